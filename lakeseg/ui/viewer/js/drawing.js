// Lasso and brush: which pixels of the region are drawn. With the Shift key they are taken away again. What is drawn goes to
// Python after each stroke as runs, "first:count,first:count" in row-major order (lakeseg/review/runs.py).

const BRUSH = 9; // radius in CSS pixels; a pixel of the lake under the pointer is always reached

export function runsOf(mask) {
  const runs = [];
  for (let i = 0; i < mask.length; i += 1) {
    if (!mask[i]) continue;
    const first = i;
    while (i + 1 < mask.length && mask[i + 1]) i += 1;
    runs.push(`${first}:${i - first + 1}`);
  }
  return runs.join(",");
}

function maskOf(runs, region) {
  const mask = new Uint8Array(region.mask.length);
  for (const run of runs.split(",").filter(Boolean)) {
    const [first, count] = run.split(":").map(Number);
    for (let i = first; i < first + count; i += 1) mask[i] = region.mask[i];
  }
  return mask;
}

// Whether a point lies inside a polygon of [{x, y}], by the even-odd rule.
function inside(polygon, x, y) {
  let odd = false;
  polygon.forEach((a, i) => {
    const b = polygon[(i + 1) % polygon.length];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) odd = !odd;
  });
  return odd;
}

// The distance of a point from the line between two others.
function distance(a, b, x, y) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const along = dx || dy ? Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy))) : 0;
  return Math.hypot(a.x + along * dx - x, a.y + along * dy - y);
}

export class Drawing {
  constructor(viewer) {
    this.viewer = viewer;
    this.path = null; // of the stroke that is being made, in image coordinates
  }

  get memory() {
    return this.viewer.memory.drawing;
  }

  get tool() {
    return this.viewer.scene?.region?.drawable ? this.memory.tool : "";
  }

  // Python has sent a scene: what was drawn on another region is over.
  follow({ region }) {
    const of = region ? `${region.name} ${region.serial} ${region.mask.length}` : "";
    if (of === this.memory.of) return;
    this.path = null;
    Object.assign(this.memory, { of, tool: "", mask: region ? maskOf(region.drawn, region) : null });
  }

  use(tool) {
    this.memory.tool = this.memory.tool === tool ? "" : tool;
    this.viewer.arrange();
  }

  clear() {
    this.memory.mask?.fill(0);
    this.send();
  }

  begin(point, erase) {
    Object.assign(this, { path: [point], erase });
    if (this.tool === "brush") this.brush(point, point);
    this.viewer.ask("marks");
  }

  extend(point) {
    if (this.tool === "brush") this.brush(this.path.at(-1), point);
    this.path.push(point);
    this.viewer.ask("marks");
  }

  end() {
    if (this.tool === "lasso" && this.path.length > 2) this.fill((x, y) => inside(this.path, x, y));
    this.path = null;
    this.send();
  }

  cancel() {
    this.path = null;
    this.viewer.ask("picture");
  }

  // Put in, or take away, the region's pixels whose centre is within reach.
  fill(reached) {
    const { region, width } = this.viewer.scene;
    const { mask } = this.memory;
    region.mask.forEach((inRegion, i) => {
      if (inRegion && reached((i % width) + 0.5, Math.floor(i / width) + 0.5)) mask[i] = this.erase ? 0 : 1;
    });
    this.viewer.ask("picture");
  }

  brush(from, to) {
    const radius = Math.max(0.5, BRUSH / this.viewer.camera.scale(this.viewer.view));
    const under = (x, y) => Math.floor(to.x) + 0.5 === x && Math.floor(to.y) + 0.5 === y;
    this.fill((x, y) => under(x, y) || distance(from, to, x, y) <= radius);
  }

  send() {
    const { region } = this.viewer.scene;
    this.viewer.arrange(); // the legend counts what is drawn
    this.viewer.setStateValue("drawn", { of: region.name, serial: region.serial, runs: runsOf(this.memory.mask) });
  }

  // The stroke that is being made.
  paint(context, camera, view) {
    if (!this.path || this.tool !== "lasso") return;
    context.beginPath();
    this.path.forEach(({ x, y }) => {
      const place = camera.toView(view, x, y);
      context.lineTo(place.x, place.y);
    });
    context.closePath();
    for (const [strokeStyle, lineWidth, dash] of [["#000", 3, []], ["#fff", 1.5, [5, 4]]]) {
      Object.assign(context, { strokeStyle, lineWidth });
      context.setLineDash(dash);
      context.stroke();
    }
    context.setLineDash([]);
  }
}

// Strokes instead of panning while a tool is chosen. A second finger ends the stroke without effect.
export function listenToStrokes(viewer, stage, signal) {
  const { drawing } = viewer;
  let pointer = null;
  const at = (event) => {
    const box = event.target.closest(".view").getBoundingClientRect();
    return viewer.camera.toImage(viewer.view, event.clientX - box.left, event.clientY - box.top);
  };
  const on = (type, act) => stage.addEventListener(type, (event) => {
    if (drawing.tool && event.target.closest?.(".view") && !event.target.closest(".divider")) act(event);
  }, { signal, capture: true });

  on("pointerdown", (event) => {
    event.stopPropagation();
    if (pointer !== null) {
      drawing.cancel();
      pointer = null;
    } else if (event.button === 0 && event.isPrimary) {
      pointer = event.pointerId;
      event.target.closest(".view").setPointerCapture(pointer);
      drawing.begin(at(event), event.shiftKey);
    }
  });
  on("pointermove", (event) => { if (event.pointerId === pointer) drawing.extend(at(event)); });
  on("pointerup", (event) => {
    event.stopPropagation();
    if (event.pointerId === pointer) drawing.end();
    pointer = null;
  });
  on("pointercancel", () => {
    if (pointer !== null) drawing.cancel();
    pointer = null;
  });
}
