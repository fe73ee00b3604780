// The view as a PNG: title rows, panels, legend, scale bar and caption on one canvas, as large as on the screen or twice.

import { paintMark, paintView } from "./paint.js";
import { DIFFERENCE, rgbOf } from "./colour.js";
import { GAP, roundLength, TITLE } from "./layout.js";

const PAD = 16;
const LINE = 24;

function swatchColour(item, code, viewer) {
  const { classes } = viewer.scene;
  if (code === 0) return "#a9adb4";
  if (item.kind !== "difference") return classes[code].colour;
  const { colour, dim } = DIFFERENCE[code];
  if (!dim) return colour;
  const mixed = rgbOf(classes[dim].colour).map((value, k) => Math.round(value * 0.3 + viewer.ground[k] * 0.7));
  return `rgb(${mixed.join(", ")})`;
}

function drawLegend(context, viewer, x, y) {
  let place = x;
  for (const item of viewer.legend) {
    for (const code of item.second ? [item.code, item.second] : [item.code]) {
      context.fillStyle = swatchColour(item, code, viewer);
      context.fillRect(place, y + 6, 12, 12);
      context.strokeStyle = "#8a8f98";
      context.strokeRect(place + 0.5, y + 6.5, 11, 11);
      place += 15;
    }
    context.fillStyle = viewer.colours.text;
    context.fillText(item.name, place + 2, y + 16);
    place += context.measureText(item.name).width + 18;
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
    context.fillText(cell.panels[0].subtitle, x + used, y + 17, Math.max(1, view.width - used));
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
    paintView(context, sources, viewer.memory.swipe.split, viewer.camera, view, viewer.overlay());
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
  const width = grid.columns * view.width + (grid.columns - 1) * GAP + 2 * PAD;
  const height = grid.rows * (view.height + TITLE) + (grid.rows - 1) * GAP + 2 * LINE + 2 * PAD;
  const ratio = Math.max(2, devicePixelRatio);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = viewer.colours.background;
  context.fillRect(0, 0, width, height);
  viewer.cells.forEach((cell, i) => {
    const x = PAD + (i % grid.columns) * (view.width + GAP);
    const y = PAD + Math.floor(i / grid.columns) * (view.height + TITLE + GAP);
    drawCell(context, cell, viewer, x, y);
  });
  const base = height - PAD - 2 * LINE;
  context.font = `12px ${viewer.colours.font}`;
  drawLegend(context, viewer, PAD, base + 4);
  drawScale(context, viewer, width - PAD, base + 4);
  context.fillStyle = viewer.colours.quiet;
  context.fillText(scene.caption, PAD, base + LINE + 18, width - 2 * PAD);
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
