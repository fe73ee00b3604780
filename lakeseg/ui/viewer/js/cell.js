// One cell of the grid: a title row, a picture, marks above it, and where needed a note, a colour bar or a divider.

import { element, icon, setText } from "./dom.js";

const SHARE = /^\d+\s%$/; // a subtitle that is a number: it is never cut off, the title is

export class Cell {
  constructor() {
    this.title = element("span", "title");
    this.subtitle = element("span", "subtitle");
    this.other = element("span", "title other");
    this.low = element("span", "end");
    this.ramp = element("span", "ramp");
    this.high = element("span", "end");
    this.scale = element("span", "scale", {}, this.low, this.ramp, this.high);
    this.picture = element("canvas", "picture", { role: "img" });
    this.marks = element("canvas", "marks", { "aria-hidden": "true" });
    this.text = element("span", "text");
    this.note = element("div", "note", {}, icon("info"), this.text);
    this.divider = element("div", "divider", {
      role: "slider", tabindex: 0, "aria-label": "Divider of the swipe", "aria-orientation": "horizontal",
      "aria-valuemin": 0, "aria-valuemax": 100,
    }, element("span", "grip", {}, icon("handle")));
    this.view = element("div", "view", {}, this.picture, this.marks, this.note, this.divider);
    this.root = element(
      "figure", "panel", {},
      element("figcaption", "", {}, this.title, this.subtitle, element("span", "space"), this.scale, this.other), this.view,
    );
  }

  // Show one panel, or two with a divider at `split`.
  show(panels, split) {
    const [panel, second] = panels;
    this.panels = panels;
    this.root.dataset.key = panel.key;
    this.root.dataset.kind = second ? "swipe" : panel.kind;
    setText(this.title, panel.title);
    setText(this.subtitle, second ? "" : panel.subtitle);
    this.root.classList.toggle("measured", !second && SHARE.test(panel.subtitle));
    setText(this.other, second?.title ?? "");
    this.title.title = [panel.title, panel.subtitle].filter(Boolean).join(" · ");
    this.other.hidden = this.divider.hidden = !second;
    this.scale.hidden = Boolean(second) || panel.kind !== "scalar";
    if (!this.scale.hidden) {
      setText(this.low, String(panel.low));
      setText(this.high, String(panel.high));
      this.ramp.style.background = `linear-gradient(to right, ${panel.ramp.join(", ")})`;
    }
    this.note.hidden = second || (panel.kind !== "message" && panel.kind !== "pending");
    setText(this.text, panel.message ?? "");
    this.picture.setAttribute("aria-label", panels.map((each) => each.title).join(" beside "));
    this.placeDivider(split);
  }

  placeDivider(split) {
    this.divider.style.left = `${split * 100}%`;
    this.divider.setAttribute("aria-valuenow", Math.round(split * 100));
  }

  resize(view, ratio) {
    Object.assign(this.view.style, { width: `${view.width}px`, height: `${view.height}px` });
    for (const canvas of [this.picture, this.marks]) {
      const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    }
  }

  // A cleared context in CSS pixels.
  context(canvas, ratio) {
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }
}
