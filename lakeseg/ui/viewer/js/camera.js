// The one camera of all panels: a centre in image coordinates (column, row; pixel centres at .5) and a zoom relative to
// the scale at which the whole lake fits its panel. So it means the same in a panel of any size.

const MARGIN = 1; // CSS pixels left free around a lake that fits, for its frame
const FIT_LIMIT = 48; // a pixel of a tiny lake is never larger than this when the lake fits
const PIXEL_LIMIT = 72; // nor larger than this when zoomed in
const ROOM = 2; // a framed box takes this share of the view's shorter side at most: 1 / ROOM
const LEAST_ACROSS = 26; // and so many pixels of the lake are seen across at least

export class Camera {
  constructor(state) {
    this.state = state; // {x, y, zoom}, kept by the viewer's memory
    this.size = { width: 1, height: 1 };
  }

  resize(size) {
    this.size = size;
    this.clamp();
  }

  reset() {
    Object.assign(this.state, { x: this.size.width / 2, y: this.size.height / 2, zoom: 1 });
  }

  fit(view) {
    const free = (length) => Math.max(8, length - 2 * MARGIN);
    return Math.min(free(view.width) / this.size.width, free(view.height) / this.size.height, FIT_LIMIT);
  }

  scale(view) {
    return this.fit(view) * this.state.zoom;
  }

  // Image coordinates of a point of the view, and back.
  toImage(view, x, y) {
    const scale = this.scale(view);
    return { x: this.state.x + (x - view.width / 2) / scale, y: this.state.y + (y - view.height / 2) / scale };
  }

  toView(view, x, y) {
    const scale = this.scale(view);
    return { x: view.width / 2 + (x - this.state.x) * scale, y: view.height / 2 + (y - this.state.y) * scale };
  }

  // The pixel under a point of the view, or null beside the lake.
  pixelAt(view, x, y) {
    const point = this.toImage(view, x, y);
    const column = Math.floor(point.x);
    const row = Math.floor(point.y);
    const inside = column >= 0 && row >= 0 && column < this.size.width && row < this.size.height;
    return inside ? { row, column } : null;
  }

  limit(view) {
    return Math.max(2, PIXEL_LIMIT / this.fit(view));
  }

  atLimit(view) {
    return this.state.zoom >= this.limit(view);
  }

  // Zoom by a factor; what lies under (x, y) stays there. Returns whether anything changed.
  zoomAt(view, x, y, factor) {
    const zoom = Math.min(this.limit(view), Math.max(1, this.state.zoom * factor));
    if (zoom === this.state.zoom) return false;
    const within = (value, most) => Math.min(most, Math.max(0, value));
    const point = this.toImage(view, x, y);
    const keep = { x: within(point.x, this.size.width), y: within(point.y, this.size.height) };
    const ratio = this.state.zoom / zoom;
    this.state.x = keep.x + (this.state.x - keep.x) * ratio;
    this.state.y = keep.y + (this.state.y - keep.y) * ratio;
    this.state.zoom = zoom;
    this.clamp();
    return true;
  }

  panBy(view, dx, dy) {
    const scale = this.scale(view);
    this.state.x -= dx / scale;
    this.state.y -= dy / scale;
    this.clamp();
  }

  // Show a box (first row, first column, last row, last column, inclusive) with room around it.
  frame(view, [top, left, bottom, right]) {
    const across = Math.max(LEAST_ACROSS, ROOM * Math.max(right - left + 1, bottom - top + 1));
    const zoom = Math.min(view.width, view.height) / across / this.fit(view);
    this.state.zoom = Math.min(this.limit(view), Math.max(1, zoom));
    Object.assign(this.state, { x: (left + right + 1) / 2, y: (top + bottom + 1) / 2 });
    this.clamp();
  }

  // The centre may leave the middle as far as a zoom to any pixel takes it, so a zoom in never has to slip.
  clamp() {
    const room = (1 - 1 / this.state.zoom) / 2;
    const bound = (value, length) => Math.min(length * (0.5 + room), Math.max(length * (0.5 - room), value));
    this.state.x = bound(this.state.x, this.size.width);
    this.state.y = bound(this.state.y, this.size.height);
  }
}
