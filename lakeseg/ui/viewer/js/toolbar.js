// The toolbar: overlay, swipe, zoom, download, present. It changes the viewer's memory and asks for a repaint; Python
// never hears of it.

import { element, icon } from "./dom.js";

function button(name, label, act) {
  const made = element("button", "tool", { type: "button", "aria-label": label, title: label }, icon(name));
  made.addEventListener("click", act);
  return made;
}

function picker(label, act) {
  const made = element("select", "picker", { "aria-label": label, title: label });
  made.addEventListener("change", () => act(made.value));
  return made;
}

function fillPicker(select, options, chosen) {
  const wanted = JSON.stringify(options);
  if (select.dataset.options !== wanted) {
    select.dataset.options = wanted;
    select.replaceChildren(...options.map(([value, text]) => element("option", "", { value }, text)));
  }
  select.value = chosen;
}

// Arrow keys and letters typed into a control are its own: the page's shortcuts must not also act on them. A control
// that was used with the mouse gives the keyboard back to the page.
function keepKeys(control) {
  for (const type of ["keydown", "keyup"]) {
    control.addEventListener(type, (event) => {
      if (event.key !== "Escape" && event.key !== "Tab") event.stopPropagation();
    });
  }
  let byMouse = false;
  control.addEventListener("pointerdown", () => { byMouse = true; });
  control.addEventListener("keydown", () => { byMouse = false; });
  control.addEventListener("change", () => byMouse && control.blur());
}

export class Toolbar {
  constructor(root, memory, act) {
    const { overlay, swipe } = memory;
    const changed = (change) => (value) => {
      change(value);
      act.changed();
    };
    this.memory = memory;
    this.overlay = picker("Overlay the water of", changed((value) => (overlay.key = value)));
    this.style = element("select", "picker", { "aria-label": "Overlay style", title: "Overlay style" });
    fillPicker(this.style, [["outline", "outline"], ["fill", "fill"]], overlay.style);
    this.style.addEventListener("change", () => changed((value) => (overlay.style = value))(this.style.value));
    this.opacity = element("input", "opacity", {
      type: "range", min: 10, max: 100, step: 5, "aria-label": "Overlay opacity", title: "Overlay opacity",
    });
    this.opacity.addEventListener("input", () => changed((value) => (overlay.opacity = value / 100))(this.opacity.value));
    this.overlayTools = element(
      "div", "tools", { title: "Hold Space to hide the overlay" }, icon("layers"), this.overlay, this.style, this.opacity,
    );
    this.swipe = button("swipe", "Swipe between two panels", () => changed(() => (swipe.on = !swipe.on))());
    this.left = picker("Left of the divider", changed((value) => (swipe.left = value)));
    this.right = picker("Right of the divider", changed((value) => (swipe.right = value)));
    this.swipeTools = element("div", "tools", {}, this.swipe, this.left, this.right);
    this.out = button("remove", "Zoom out", () => act.zoom(1 / 1.5));
    this.in = button("add", "Zoom in", () => act.zoom(1.5));
    this.fit = button("fit", "Show the whole lake (double click)", act.whole);
    this.region = button("region", "Region or whole lake (F)", act.reset);
    this.lasso = button("lasso", "Lasso; Shift takes away", () => act.draw("lasso"));
    this.brush = button("brush", "Brush; Shift takes away", () => act.draw("brush"));
    this.clear = button("clear", "Forget what is drawn", act.clear);
    this.drawTools = element("div", "tools", {}, this.lasso, this.brush, this.clear);
    root.replaceChildren(
      this.overlayTools, this.drawTools, element("div", "space"), this.swipeTools,
      element("div", "tools", {}, this.out, this.in, this.fit, this.region),
      element("div", "tools", {}, button("download", "Download this view as PNG", act.download),
        button("present", "Present (P)", act.present)),
    );
    [this.overlay, this.style, this.opacity, this.left, this.right].forEach(keepKeys);
  }

  updateDrawing({ focus, region }, tool, drawn) {
    this.region.hidden = !focus;
    this.drawTools.hidden = !region?.drawable;
    for (const name of ["lasso", "brush"]) this[name].setAttribute("aria-pressed", String(tool === name));
    this.clear.disabled = !drawn;
  }

  // Offer what the scene has.
  update(panels, swiping) {
    const { overlay, swipe } = this.memory;
    const named = (list) => list.map((panel) => [panel.key, panel.title]);
    const classes = panels.filter((panel) => panel.kind === "classes");
    const pictures = panels.filter((panel) => panel.kind !== "message" && panel.kind !== "pending");
    this.overlayTools.hidden = !classes.length || !panels.some((panel) => panel.kind === "image");
    const known = classes.some((panel) => panel.key === overlay.key);
    fillPicker(this.overlay, [["", "no overlay"], ...named(classes)], known ? overlay.key : "");
    this.style.hidden = this.opacity.hidden = !known;
    this.opacity.value = Math.round(overlay.opacity * 100);
    this.swipeTools.hidden = pictures.length < 2;
    this.swipe.setAttribute("aria-pressed", String(swiping));
    this.left.hidden = this.right.hidden = !swiping;
    fillPicker(this.left, named(pictures), swipe.left);
    fillPicker(this.right, named(pictures), swipe.right);
  }

  updateZoom(zoom, atLimit) {
    this.out.disabled = this.fit.disabled = zoom <= 1;
    this.in.disabled = atLimit;
  }
}
