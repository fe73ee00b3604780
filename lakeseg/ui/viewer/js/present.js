// Present mode: the viewer alone, over the whole window (the browser's top layer, so no sidebar or header covers it) and
// over the whole screen where the browser permits. It outlives a rerun with new images, and even a remount.

export class Present {
  constructor(root, host, memory, changed, signal) {
    Object.assign(this, { root, host, memory, changed });
    document.addEventListener("fullscreenchange", () => {
      if (!document.fullscreenElement && this.fullscreen) this.leave();
    }, { signal });
    if (memory.present) this.show();
  }

  get on() {
    return this.memory.present;
  }

  toggle() {
    if (this.on) this.leave();
    else this.enter();
  }

  show() {
    this.host.style.height = `${this.host.offsetHeight}px`; // nothing moves behind the scenes
    this.memory.shown = true;
    this.root.dataset.mode = "present";
    this.root.setAttribute("popover", "manual");
    this.root.showPopover?.(); // a browser without popovers still has the fixed position
  }

  hide() {
    this.root.removeAttribute("popover"); // which also closes it
    this.memory.shown = false;
    delete this.root.dataset.mode;
    this.host.style.height = "";
  }

  // A remount finds the mode on and shows it again; without one soon, the mode is over.
  unmount() {
    this.hide();
    const { memory } = this;
    if (memory.present) setTimeout(() => { if (!memory.shown) memory.present = false; }, 1500);
  }

  enter() {
    this.memory.present = true;
    this.show();
    this.changed();
    document.documentElement.requestFullscreen?.().then(() => {
      this.fullscreen = true;
      if (!this.on) this.leave();
      else if (this.root.isConnected) { // back above the element that went full screen
        this.root.hidePopover?.();
        this.root.showPopover?.();
      }
    }).catch(() => {}); // not permitted: the whole window will do
  }

  leave() {
    this.memory.present = false;
    if (this.fullscreen && document.fullscreenElement) document.exitFullscreen().catch(() => {});
    this.fullscreen = false;
    this.hide();
    this.changed();
  }
}
