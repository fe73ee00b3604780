// Pointer and wheel on the panels: hover, drag, pinch, click, double click.

const SLOP = 4; // CSS pixels that a click may move
const DOUBLE = 240; // ms in which a second click makes a double click; the first is held back so long

export function listenToPointers(viewer, stage, signal) {
  const held = new Map(); // pointer id -> last point
  let moved = false;
  let waiting = null; // a click that may become a double click

  const on = (type, act, options = {}) => stage.addEventListener(type, act, { signal, ...options });
  const viewOf = (event) => event.target.closest?.(".view");
  const pointIn = (view, event) => {
    const box = view.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  function pinch(view, event, before) {
    const [a, b] = [...held.values()];
    const distance = (p, q) => Math.hypot(p.x - q.x, p.y - q.y);
    const other = held.get([...held.keys()].find((id) => id !== event.pointerId));
    const box = view.getBoundingClientRect();
    const middle = { x: (a.x + b.x) / 2 - box.left, y: (a.y + b.y) / 2 - box.top };
    viewer.zoom(distance(a, b) / Math.max(1, distance(before, other)), middle);
  }

  on("pointerdown", (event) => {
    const view = viewOf(event);
    if (!view || event.button !== 0 || event.target.closest(".divider")) return;
    if (!held.size) moved = false;
    held.set(event.pointerId, { x: event.clientX, y: event.clientY, startX: event.clientX, startY: event.clientY });
    view.setPointerCapture(event.pointerId);
  });

  on("pointermove", (event) => {
    const view = viewOf(event);
    const before = held.get(event.pointerId);
    if (before && view) {
      const now = { ...before, x: event.clientX, y: event.clientY };
      held.set(event.pointerId, now);
      if (held.size === 2) {
        moved = true;
        pinch(view, event, before);
      } else if (moved || Math.hypot(now.x - before.startX, now.y - before.startY) > SLOP) {
        const from = moved ? before : { x: before.startX, y: before.startY };
        moved = true;
        viewer.pan(now.x - from.x, now.y - from.y);
      }
    }
    viewer.hover(view && !event.target.closest(".divider") ? pointIn(view, event) : null);
  });

  function click(pixel) {
    if (waiting) {
      clearTimeout(waiting.timer);
      waiting = null;
      viewer.reset();
      return;
    }
    if (pixel) waiting = { timer: setTimeout(() => { waiting = null; viewer.select(pixel); }, DOUBLE) };
    else waiting = { timer: setTimeout(() => { waiting = null; }, DOUBLE) };
  }

  on("pointerup", (event) => {
    const view = viewOf(event);
    if (!held.delete(event.pointerId) || moved || held.size || !view) return;
    click(viewer.pixelAt(pointIn(view, event)));
  });
  on("pointercancel", (event) => held.delete(event.pointerId));
  on("pointerleave", () => viewer.hover(null));

  on("wheel", (event) => {
    const view = viewOf(event);
    if (!view) return;
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    const factor = Math.exp(-Math.max(-240, Math.min(240, pixels)) * (event.ctrlKey ? 0.01 : 0.0022));
    const point = pointIn(view, event);
    const changed = viewer.zoom(factor, point);
    if (changed || factor > 1 || event.ctrlKey) event.preventDefault(); // zoomed out fully, the page scrolls on
    viewer.hover(point);
  }, { passive: false });

  signal.addEventListener("abort", () => clearTimeout(waiting?.timer));
}

// Dragging the swipe's divider, and Left and Right while it has the focus.
export function listenToDivider(viewer, stage, signal) {
  let dragging = false;
  const on = (type, act) => stage.addEventListener(type, act, { signal });
  const grip = (event) => event.target.closest?.(".divider");

  on("pointerdown", (event) => {
    if (!grip(event)) return;
    dragging = true;
    grip(event).setPointerCapture(event.pointerId);
  });
  on("pointermove", (event) => {
    if (!dragging || !grip(event)) return;
    const box = grip(event).parentElement.getBoundingClientRect();
    viewer.moveDivider((event.clientX - box.left) / box.width);
  });
  on("pointerup", () => { dragging = false; });
  on("pointercancel", () => { dragging = false; });
  on("keydown", (event) => {
    const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
    if (!step || !grip(event)) return;
    event.preventDefault();
    event.stopPropagation(); // the page's Left and Right switch lakes
    viewer.moveDivider(viewer.memory.swipe.split + step);
  });
}
