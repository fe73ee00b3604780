// Keys of the whole page: P presents, Escape leaves, F frames the region or the lake, Space held hides the overlay. All others pass through untouched.

const TEXT = "input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select";

export function typing(event) {
  const target = event.composedPath()[0];
  return target instanceof Element && (target.matches(TEXT) || target.isContentEditable);
}

export function listenToKeys(viewer, signal) {
  const on = (target, type, act, capture = false) => target.addEventListener(type, act, { signal, capture });
  const own = (event) => event.composedPath().includes(viewer.root);
  const concerned = () => viewer.present.on || viewer.stage.matches(":hover") || viewer.peeking;

  on(document, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
    if (event.key === "p" || event.key === "P") {
      if (!event.repeat) viewer.present.toggle();
    } else if ((event.key === "f" || event.key === "F") && viewer.scene?.focus) {
      if (!event.repeat) viewer.reset();
    } else if (event.key === "Escape" && viewer.present.on) {
      viewer.present.leave();
    }
  });
  // Space before anyone else: over the panels it neither scrolls the page nor presses the control used last.
  on(document, "keydown", (event) => {
    if (event.key !== " " || !viewer.overlaid || !concerned() || (typing(event) && !own(event))) return;
    event.preventDefault();
    event.stopPropagation();
    viewer.peek(true);
  }, true);
  on(document, "keyup", (event) => {
    if (event.key !== " " || !viewer.peeking) return;
    event.preventDefault();
    event.stopPropagation();
    viewer.peek(false);
  }, true);
  on(window, "blur", () => viewer.peek(false));
}
