// The view as a PNG: title rows, panels, legend, scale bar and caption on one canvas, as large as on the screen or twice.

import { DIFFERENCE, dimmed } from "./colour.js";
import { GAP, roundLength, TITLE } from "./layout.js";
import { hatchPattern, paintMark, paintView } from "./paint.js";
import { fillsOf, MARKED_COLOUR } from "./patches.js";
import { DRAWN_COLOUR, REGION_COLOUR } from "./region.js";

const PAD = 16;
const LINE = 24;

// What a swatch is filled with, one over the other.
function swatchFills(context, item, code, viewer) {
  const { classes } = viewer.scene;
  const solid = { marked: MARKED_COLOUR, region: REGION_COLOUR, drawn: DRAWN_COLOUR };
  if (item.kind === "layer") return solid[code] ? [solid[code]] : fillsOf(context, code, 0, 0);
  if (code === 0) return [hatchPattern(context)];
  if (item.kind !== "difference") return [classes[code].colour];
  const { colour, dim } = DIFFERENCE[code];
  return [dim ? `rgb(${dimmed(classes[dim].colour, viewer.ground).join(", ")})` : colour];
}

// Where each legend item stands, wrapped to `width`: {item, x, line}.
function placeLegend(context, items, width) {
  let [x, line] = [0, 0];
  return items.map((item) => {
    const needed = (item.second ? 30 : 15) + context.measureText(item.name).width + 20;
    if (x && x + needed > width) [x, line] = [0, line + 1];
    const place = { item, x, line };
    x += needed;
    return place;
  });
}

function drawLegend(context, viewer, places, left, top) {
  for (const { item, x, line } of places) {
    const y = top + line * LINE;
    let at = left + x;
    for (const code of item.second ? [item.code, item.second] : [item.code]) {
      for (const fill of swatchFills(context, item, code, viewer)) {
        context.fillStyle = fill;
        context.fillRect(at, y + 6, 12, 12);
      }
      Object.assign(context, { strokeStyle: "#8a8f98", lineWidth: 1 });
      context.strokeRect(at + 0.5, y + 6.5, 11, 11);
      at += 15;
    }
    context.fillStyle = viewer.colours.text;
    context.fillText(item.name, at + 2, y + 16);
  }
}

function drawScale(context, viewer, right, y) {
  if (!viewer.scene.pixel_size_m) return;
  const { width, text } = roundLength(viewer.scene.pixel_size_m / viewer.camera.scale(viewer.view), 120);
  context.fillStyle = context.strokeStyle = viewer.colours.text;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(right - width, y + 8);
  context.lineTo(right - width, y + 14);
  context.lineTo(right, y + 14);
  context.lineTo(right, y + 8);
  context.stroke();
  context.textAlign = "right";
  context.fillText(text, right - width - 8, y + 16);
  context.textAlign = "left";
}

function drawRamp(context, panel, viewer, right, y) {
  const high = context.measureText(String(panel.high)).width;
  context.textAlign = "right";
  context.fillText(String(panel.high), right, y + 17);
  const [from, to] = [right - high - 62, right - high - 6];
  context.fillText(String(panel.low), from - 6, y + 17);
  context.textAlign = "left";
  const gradient = context.createLinearGradient(from, 0, to, 0);
  panel.ramp.forEach((colour, i) => gradient.addColorStop(i / (panel.ramp.length - 1), colour));
  context.fillStyle = gradient;
  context.fillRect(from, y + 8, to - from, 9);
}

function drawCell(context, cell, viewer, x, y) {
  const { view } = viewer;
  const font = viewer.colours.font;
  context.fillStyle = viewer.colours.text;
  context.font = `600 13px ${font}`;
  context.fillText(cell.panels[0].title, x, y + 17);
  const used = context.measureText(cell.panels[0].title).width + 8;
  if (cell.panels[1]) {
    context.textAlign = "right";
    context.fillText(cell.panels[1].title, x + view.width, y + 17);
    context.textAlign = "left";
  } else {
    context.font = `12px ${font}`;
    context.fillStyle = viewer.colours.quiet;
    if (cell.panels[0].kind === "scalar") drawRamp(context, cell.panels[0], viewer, x + view.width, y);
    else context.fillText(cell.panels[0].subtitle, x + used, y + 17, Math.max(1, view.width - used));
  }
  context.save();
  context.translate(x, y + TITLE);
  context.beginPath();
  context.rect(0, 0, view.width, view.height);
  context.clip();
  context.fillStyle = viewer.colours.surface;
  context.fillRect(0, 0, view.width, view.height);
  const sources = viewer.sourcesOf(cell);
  if (sources.every(Boolean)) {
    paintView(context, sources, viewer.memory.swipe.split, viewer.camera, view, viewer.layers());
    if (viewer.marked) paintMark(context, viewer.marked, viewer.camera, view);
  } else {
    context.font = `13px ${font}`;
    context.fillStyle = viewer.colours.quiet;
    context.fillText(cell.panels[0].message ?? "", 12, view.height / 2, view.width - 24);
  }
  context.restore();
}

export function composeView(viewer) {
  const { grid, view, scene } = viewer;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const font = `12px ${viewer.colours.font}`;
  context.font = font;
  const inner = Math.max(320, grid.columns * view.width + (grid.columns - 1) * GAP);
  const legend = placeLegend(context, viewer.legend, inner);
  const panels = grid.rows * (view.height + TITLE) + (grid.rows - 1) * GAP;
  const lines = legend.length ? legend.at(-1).line + 1 : 0;
  const [width, height] = [inner + 2 * PAD, panels + (lines + 1) * LINE + 4 + 2 * PAD];
  const ratio = Math.max(2, devicePixelRatio);
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = viewer.colours.background;
  context.fillRect(0, 0, width, height);
  viewer.cells.forEach((cell, i) => {
    const x = PAD + (i % grid.columns) * (view.width + GAP);
    const y = PAD + Math.floor(i / grid.columns) * (view.height + TITLE + GAP);
    drawCell(context, cell, viewer, x, y);
  });
  context.font = font;
  const base = PAD + panels + 4;
  drawLegend(context, viewer, legend, PAD, base);
  drawScale(context, viewer, width - PAD, base + lines * LINE);
  context.fillStyle = viewer.colours.quiet;
  context.fillText(scene.caption, PAD, base + lines * LINE + 16, inner - (scene.pixel_size_m ? 190 : 0));
  return canvas;
}

export function downloadView(viewer) {
  composeView(viewer).toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${viewer.scene.lake.replace(/[^\w.-]+/g, "_") || "lake"}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }, "image/png");
}
