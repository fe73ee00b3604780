// One viewer on the page: takes messages from Python, owns camera, cells and sources, and repaints once per frame.

import { Camera } from "./camera.js";
import { Cell } from "./cell.js";
import { tintOf, WATER } from "./colour.js";
import { Decoder, readMessage } from "./decode.js";
import { Drawing, listenToStrokes } from "./drawing.js";
import { Focus } from "./focus.js";
import { Guard } from "./guard.js";
import { listenToDivider, listenToPointers } from "./interact.js";
import { listenToKeys } from "./keys.js";
import { chooseGrid, GAP } from "./layout.js";
import { outlineOf } from "./outline.js";
import { OVERLAY_COLOUR, paintCrosshair, paintMark, paintView } from "./paint.js";
import { layersOf, tellLayers } from "./patches.js";
import { Present } from "./present.js";
import { legendItems, reserveLines, showLegend, showReadout, showScale } from "./readout.js";
import { drawnLayer } from "./region.js";
import { downloadView } from "./snapshot.js";
import { sourcesOf } from "./source.js";
import { Toolbar } from "./toolbar.js";

const WINDOW_SHARE = 0.7; // the most height, if Python gives none: this much of the window's, but not under 420 px
const LEAST_HEIGHT = 420;

export class Viewer {
  constructor(root, memory) {
    const part = (name) => root.querySelector(`.${name}`);
    Object.assign(this, { root, memory, host: root.parentElement, stage: part("stage"), footer: part("footer") });
    Object.assign(this, { readout: part("readout"), scalebar: part("scalebar"), bar: part("toolbar") });
    this.camera = new Camera(memory.camera);
    this.decoder = new Decoder();
    this.drawing = new Drawing(this);
    this.focus = new Focus(this);
    this.cells = [];
    this.made = new Map(); // what a source is made of -> source
    this.turn = 0;
    this.frames = new Set();
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    this.toolbar = new Toolbar(this.bar, memory, {
      changed: () => this.arrange(),
      zoom: (factor) => this.zoom(factor, { x: this.view.width / 2, y: this.view.height / 2 }),
      reset: () => this.reset(),
      whole: () => this.focus.whole(),
      draw: (tool) => this.drawing.use(tool),
      clear: () => this.drawing.clear(),
      download: () => downloadView(this),
      present: () => this.present.toggle(),
    });
    this.present = new Present(root, this.host, memory, () => this.arrange(), signal);
    listenToStrokes(this, this.stage, signal);
    listenToPointers(this, this.stage, signal);
    listenToDivider(this, this.stage, signal);
    listenToKeys(this, signal);
    this.guard = new Guard(this, signal);
    addEventListener("resize", () => this.arrange(), { signal });
    this.observer = new ResizeObserver(() => this.host.offsetWidth !== this.arrangedFor && this.arrange());
    this.observer.observe(this.host);
    document.fonts?.ready.then(() => signal.aborted || this.arrange());
  }

  destroy() {
    this.turn += 1;
    this.leaving.abort();
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    this.present.unmount();
  }

  // A message from Python. The old pictures stay until the new ones are decoded; of two messages the newer one wins.
  async update(bytes, setStateValue) {
    const turn = (this.turn += 1);
    this.setStateValue = setStateValue;
    const { header, body } = readMessage(bytes);
    const parts = [...header.panels, ...["patches", "marked", "region"].map((name) => header[name] ?? {})];
    const decoded = await Promise.all(parts.map((part) => this.decoder.panel(part, body)));
    if (turn !== this.turn) return;
    this.decoder.keepOnly(decoded);
    this.scene = { ...header, panels: decoded.slice(0, -3), ...layersOf(...decoded.slice(-3), header) };
    this.readTheme();
    this.followLake();
    this.drawing.follow(this.scene);
    this.makeSources();
    this.arrange();
    this.guard.follow(this.scene);
    this.root.dataset.lake = header.lake;
    this.root.dataset.state = "ready";
  }

  readTheme() {
    const style = getComputedStyle(this.root);
    const quiet = getComputedStyle(this.root.querySelector(".caption")).color;
    const surface = style.getPropertyValue("--surface");
    this.colours = { background: style.backgroundColor, text: style.color, font: style.fontFamily, quiet, surface };
    this.ground = (style.backgroundColor.match(/[\d.]+/g) ?? [255, 255, 255]).slice(0, 3).map(Number);
  }

  followLake() {
    const { memory, scene } = this;
    const identity = `${scene.lake} ${scene.width}×${scene.height}`;
    const news = memory.identity !== identity;
    memory.identity = identity;
    this.camera.resize(scene);
    if (news) {
      this.camera.reset();
      this.hovered = null;
    }
    this.focus.follow(identity);
    const [serial, mark] = scene.select;
    if (memory.serial !== serial) {
      memory.serial = serial;
      memory.marked = mark ? { row: mark[0], column: mark[1] } : null;
    }
  }

  makeSources() {
    Object.assign(this, sourcesOf(this.scene, this.ground, this.made));
    this.overlayMade = null;
  }

  get marked() {
    const { marked } = this.memory;
    return marked && marked.row < this.scene.height && marked.column < this.scene.width ? marked : null;
  }

  sourcesOf(cell) {
    return cell.panels.map((panel) => this.sources[this.scene.panels.indexOf(panel)]);
  }

  // Which panels the cells show: all, or the two of a swipe.
  shown() {
    const { swipe } = this.memory;
    const { panels } = this.scene;
    const pictures = panels.filter((_, i) => this.sources[i]);
    if (pictures.length < 2) return panels.map((panel) => [panel]);
    const known = (key) => pictures.find((panel) => panel.key === key);
    swipe.left = (known(swipe.left) ?? pictures[0]).key;
    swipe.right = (known(swipe.right) ?? pictures.find((panel) => panel.key !== swipe.left)).key;
    return swipe.on ? [[known(swipe.left), known(swipe.right)]] : panels.map((panel) => [panel]);
  }

  // Lay everything out for the room there is, then paint.
  arrange() {
    if (!this.scene || (!this.host.offsetWidth && !this.present.on)) return; // hidden: the observer calls again
    const { memory, scene, present } = this;
    const shown = this.shown();
    const swiping = shown.length === 1 && shown[0].length === 2;
    this.toolbar.update(scene.panels, swiping);
    this.footer.querySelector(".caption").textContent = scene.caption;
    const drawn = drawnLayer(memory.drawing.mask, scene);
    this.toolbar.updateDrawing(scene, this.drawing.tool, drawn);
    this.stage.dataset.tool = this.drawing.tool;
    this.legend = legendItems(scene, this.sources, drawn);
    showLegend(this.footer.querySelector(".legend"), this.legend, scene.classes);
    while (this.cells.length < shown.length) this.cells.push(new Cell());
    this.cells.length = shown.length;
    this.cells.forEach((cell, i) => cell.show(shown[i], memory.swipe.split));
    if (this.stage.childElementCount !== shown.length || this.stage.firstChild !== this.cells[0].root) {
      this.stage.replaceChildren(...this.cells.map((cell) => cell.root));
    }
    this.arrangedFor = this.host.offsetWidth;
    const style = getComputedStyle(this.root);
    const inner = (a, b) => parseFloat(style[a]) + parseFloat(style[b]);
    const width = this.root.clientWidth - inner("paddingLeft", "paddingRight");
    reserveLines(this.footer, scene, this.sources, style, width);
    const others = this.bar.offsetHeight + this.footer.offsetHeight + inner("paddingTop", "paddingBottom");
    const height = scene.max_height ?? Math.max(LEAST_HEIGHT, (scene.window_share ?? WINDOW_SHARE) * innerHeight);
    const most = (present.on ? innerHeight : height) - others - 2 * GAP;
    this.grid = chooseGrid(shown.length, width, most, present.on || swiping);
    this.view = { width: this.grid.cellWidth, height: this.grid.cellHeight };
    this.focus.settle();
    this.stage.style.gridTemplateColumns = `repeat(${this.grid.columns}, ${this.view.width}px)`;
    this.ratio = devicePixelRatio || 1;
    this.cells.forEach((cell) => cell.resize(this.view, this.ratio));
    this.paintNow();
  }

  // What lies over the pictures: null, or outline, tint, opacity.
  overlay() {
    const { overlay } = this.memory;
    const source = this.sources[this.scene.panels.findIndex((p) => p.kind === "classes" && p.key === overlay.key)];
    if (!source || this.peeking) return null;
    if (this.overlayMade?.source !== source) {
      const { codes } = source;
      this.overlayMade = {
        source, outline: outlineOf(codes, this.scene, WATER), tint: tintOf(codes, this.scene, OVERLAY_COLOUR),
      };
    }
    return { ...this.overlayMade, opacity: overlay.opacity, fill: overlay.style === "fill" };
  }

  layers() {
    const { patches, marked, region } = this.peeking ? {} : this.scene;
    const drawn = region && drawnLayer(this.memory.drawing.mask, this.scene);
    return { overlay: this.overlay(), patches, marked, region, drawn };
  }

  get overlaid() {
    return Boolean(this.scene?.patches || this.scene?.marked || this.scene?.region || this.scene?.panels.some((p) => p.kind === "classes" && p.key === this.memory.overlay.key));
  }

  ask(what) {
    this.frames.add(what);
    this.frame ??= requestAnimationFrame(() => this.paintNow(this.frames.has("picture")));
  }

  paintNow(pictures = true) {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.frames.clear();
    if (!this.view) return;
    const { camera, view, memory, root } = this;
    if (pictures) {
      const layers = this.layers();
      for (const cell of this.cells) {
        const context = cell.context(cell.picture, this.ratio);
        const sources = this.sourcesOf(cell);
        if (sources.every(Boolean)) paintView(context, sources, memory.swipe.split, camera, view, layers);
      }
      showScale(this.scalebar, this.scene.pixel_size_m && this.scene.pixel_size_m / camera.scale(view));
      this.toolbar.updateZoom(memory.camera.zoom, camera.atLimit(view));
      root.dataset.camera = [memory.camera.x, memory.camera.y, camera.scale(view)].map((n) => n.toFixed(4)).join(",");
      root.dataset.overlay = layers.overlay ? memory.overlay.key : "";
      tellLayers(root, layers);
    }
    this.paintMarks();
  }

  paintMarks() {
    const { camera, view, root, hovered, marked } = this;
    for (const cell of this.cells) {
      const context = cell.context(cell.marks, this.ratio);
      if (!this.sourcesOf(cell).every(Boolean)) continue;
      if (marked) paintMark(context, marked, camera, view);
      if (hovered) paintCrosshair(context, hovered, camera, view);
      this.drawing.paint(context, camera, view);
    }
    const pixel = hovered ?? marked;
    showReadout(this.readout, this.scene, this.sources, pixel, !hovered);
    root.dataset.row = hovered?.row ?? "";
    root.dataset.col = hovered?.column ?? "";
    root.dataset.marked = marked ? `${marked.row},${marked.column}` : "";
  }

  pixelAt(point) {
    return this.scene ? this.camera.pixelAt(this.view, point.x, point.y) : null;
  }

  hover(point) {
    this.hovered = point && this.pixelAt(point);
    this.ask("marks");
  }

  zoom(factor, point) {
    const changed = this.camera.zoomAt(this.view, point.x, point.y, factor);
    if (changed) this.ask("picture");
    return changed;
  }

  pan(dx, dy) {
    this.camera.panBy(this.view, dx, dy);
    this.ask("picture");
  }

  reset() {
    this.focus.toggle();
  }

  select(pixel) {
    this.memory.marked = pixel;
    this.memory.clicks += 1;
    this.ask("marks");
    this.setStateValue("pixel", [pixel.row, pixel.column, this.memory.clicks]);
  }

  peek(held) {
    if (Boolean(this.peeking) === held) return;
    this.peeking = held;
    this.ask("picture");
  }

  moveDivider(split) {
    this.memory.swipe.split = Math.min(1, Math.max(0, split));
    this.cells[0].placeDivider(this.memory.swipe.split);
    this.ask("picture");
  }
}
