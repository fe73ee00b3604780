// Keys of the whole page: P presents, Escape leaves, Space held hides the overlay. All others pass through untouched.

function typing(event) {
  const target = event.composedPath()[0];
  return target instanceof Element && (target.matches("input, textarea, select") || target.isContentEditable);
}

export function listenToKeys(viewer, signal) {
  const on = (target, type, act) => target.addEventListener(type, act, { signal });
  const concerned = () => viewer.present.on || viewer.root.matches(":hover") || viewer.peeking;

  on(document, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
    if (event.key === "p" || event.key === "P") {
      if (!event.repeat) viewer.present.toggle();
    } else if (event.key === "Escape" && viewer.present.on) {
      viewer.present.leave();
    } else if (event.key === " " && viewer.overlaid && concerned()) {
      event.preventDefault(); // no scrolling, and no press of a focused button
      viewer.peek(true);
    }
  });
  on(document, "keyup", (event) => {
    if (event.key !== " " || !viewer.peeking) return;
    event.preventDefault();
    viewer.peek(false);
  });
  on(window, "blur", () => viewer.peek(false));
}
