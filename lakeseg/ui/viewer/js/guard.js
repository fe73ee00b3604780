// No verdict on a region that nobody has seen: keys and buttons of the page act once, and then not again before the next
// region is on the screen and the eye had a moment; a key that is held down acts once. It only holds events back; what a
// key does is the page's affair. And N takes the keyboard to the page's note, Enter or Escape back from it.

import { typing } from "./keys.js";

const MOMENT = 180; // ms
const PATIENCE = 4000; // ms; then an answer is no longer expected

export class Guard {
  constructor(viewer, signal) {
    this.viewer = viewer;
    this.shut = true;
    const on = (type, act) => window.addEventListener(type, act, { signal, capture: true });
    on("keydown", (event) => this.key(event));
    on("click", (event) => this.button(event) && this.pass(event));
  }

  // A message from Python is on the screen.
  follow({ region }) {
    if (!region || region.beat === this.beat) return;
    this.beat = region.beat;
    this.open(MOMENT);
  }

  open(after) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.ready()) return this.open(MOMENT);
      this.shut = false;
      this.tell();
    }, after);
  }

  // A key that is pressed before the page's buttons are there would be lost; once they are, they need a moment to listen.
  ready() {
    const { buttons } = this.viewer.scene?.region ?? {};
    const late = this.late;
    this.late = Boolean(buttons) && !document.querySelector(`.${buttons} button`);
    return !this.late && !late;
  }

  pass(event) {
    if (this.shut) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    this.shut = true;
    this.tell();
    this.open(PATIENCE);
  }

  // A control that was used last may keep letters to itself: take the focus from it, and let the page have the key.
  handOver(event) {
    event.stopImmediatePropagation();
    document.activeElement?.blur();
    document.body.dispatchEvent(new KeyboardEvent("keydown", event));
  }

  // For tests: whether a key would act now.
  tell() {
    this.viewer.root.dataset.guard = this.shut ? "shut" : "open";
  }

  button(event) {
    const { buttons } = this.viewer.scene?.region ?? {};
    return buttons && event.composedPath().some((part) => part instanceof Element && part.matches(`.${buttons} button`));
  }

  key(event) {
    const { region } = this.viewer.scene ?? {};
    if (!region || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event)) {
      const field = event.composedPath()[0];
      const leaves = event.key === "Enter" || event.key === "Escape";
      if (leaves && region.note && field.getAttribute("aria-label") === region.note) setTimeout(() => field.blur());
      return;
    }
    const has = (keys) => keys.split(" ").includes(event.key.length === 1 ? event.key.toUpperCase() : event.key);
    if (event.repeat && (has(region.once) || has(region.plain) || this.button(event))) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (event.isTrusted && event.key.length === 1 && (has(region.once) || has(region.plain))) {
      this.handOver(event);
    } else if (has(region.once)) {
      this.pass(event);
    } else if (region.note && has("N")) {
      const field = document.querySelector(`input[aria-label="${region.note}"]`);
      if (field) event.preventDefault();
      field?.focus();
    }
  }
}
