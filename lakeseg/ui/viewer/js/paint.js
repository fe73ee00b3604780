// Painting one view: the hatched ground, the picture, outlines, the overlay; and the marks (crosshair, selected pixel)
// on a canvas of their own, so that moving the pointer repaints no picture.

import { traceOutline } from "./outline.js";
import { paintMarked, paintPatches } from "./patches.js";
import { paintRegion } from "./region.js";

const OUTLINE_SCALE = 1.5; // outlines of unclassified pixels only where a pixel is at least this large
export const OVERLAY_COLOUR = "#08306b";
const HALO = "#ffffff";
const FRAME = "rgba(128, 132, 140, 0.75)";

let hatchTile = null;

export function hatchPattern(context) {
  if (!hatchTile) {
    hatchTile = document.createElement("canvas");
    hatchTile.width = hatchTile.height = 8;
    const tile = hatchTile.getContext("2d");
    tile.fillStyle = "#c9ccd1";
    tile.fillRect(0, 0, 8, 8);
    tile.strokeStyle = "#8a8f98";
    tile.lineWidth = 2.4;
    for (const shift of [-8, 0, 8]) {
      tile.beginPath();
      tile.moveTo(shift - 2, 10);
      tile.lineTo(shift + 10, -2);
      tile.stroke();
    }
  }
  return context.createPattern(hatchTile, "repeat");
}

// The part of the image inside the view: source rectangle in pixels, target rectangle in the view.
function visiblePart(camera, view) {
  const scale = camera.scale(view);
  const { width, height } = camera.size;
  const from = camera.toImage(view, 0, 0);
  const to = camera.toImage(view, view.width, view.height);
  const x0 = Math.max(0, Math.floor(from.x));
  const y0 = Math.max(0, Math.floor(from.y));
  const x1 = Math.min(width, Math.ceil(to.x));
  const y1 = Math.min(height, Math.ceil(to.y));
  const place = camera.toView(view, x0, y0);
  return { x0, y0, width: x1 - x0, height: y1 - y0, x: place.x, y: place.y, scale };
}

function paintPicture(context, source, camera, view) {
  const part = visiblePart(camera, view);
  if (part.width <= 0 || part.height <= 0) return;
  const target = [part.x, part.y, part.width * part.scale, part.height * part.scale];
  if (source.hatched) {
    context.fillStyle = hatchPattern(context);
    context.fillRect(...target);
  }
  context.imageSmoothingEnabled = source.kind === "image" && part.scale * devicePixelRatio < 1;
  context.imageSmoothingQuality = "high";
  context.drawImage(source.canvas, part.x0, part.y0, part.width, part.height, ...target);
  if (source.outline && part.scale >= OUTLINE_SCALE) {
    traceOutline(context, source.outline(), camera, view);
    Object.assign(context, { strokeStyle: "#8a8f98", lineWidth: 1 });
    context.stroke();
  }
  Object.assign(context, { strokeStyle: FRAME, lineWidth: 1 });
  context.strokeRect(...target);
}

// One canvas pixel per lake pixel, scaled up over the picture.
function drawCanvas(context, canvas, camera, view) {
  const part = visiblePart(camera, view);
  if (part.width <= 0 || part.height <= 0) return;
  context.imageSmoothingEnabled = false;
  context.drawImage(
    canvas, part.x0, part.y0, part.width, part.height,
    part.x, part.y, part.width * part.scale, part.height * part.scale,
  );
}

// The water of one class panel over a picture: a dark blue line between white ones, or a tint within that line (the tint
// alone where pixels are too small for lines).
function paintOverlay(context, overlay, camera, view) {
  context.save();
  context.globalAlpha = overlay.opacity;
  if (overlay.fill) drawCanvas(context, overlay.tint, camera, view);
  const weight = Math.min(1, 0.4 + camera.scale(view) / 3); // finer lines where pixels are small
  if (!overlay.fill || weight === 1) {
    traceOutline(context, overlay.outline, camera, view);
    Object.assign(context, { lineCap: "square", strokeStyle: HALO, lineWidth: 3.4 * weight });
    context.stroke();
    Object.assign(context, { strokeStyle: OVERLAY_COLOUR, lineWidth: 1.6 * weight });
    context.stroke();
  }
  context.restore();
}

// One view: its source, or two sources either side of a swipe's divider at `split` (0 to 1), under `layers`: the overlay
// on pictures, the patch grid, the marked pixels and the region on all; each may be null.
export function paintView(context, sources, split, camera, view, { overlay, patches, marked, region, drawn }) {
  const ends = sources.length > 1 ? [0, split * view.width, view.width] : [0, view.width];
  sources.forEach((source, i) => {
    context.save();
    context.beginPath();
    context.rect(ends[i], 0, ends[i + 1] - ends[i], view.height);
    context.clip();
    paintPicture(context, source, camera, view);
    if (overlay && source.kind === "image") paintOverlay(context, overlay, camera, view);
    if (patches) paintPatches(context, patches, camera, view);
    const drawTint = (tint) => drawCanvas(context, tint, camera, view);
    if (marked) paintMarked(context, marked, camera, view, drawTint);
    if (region) paintRegion(context, region, drawn, camera, view, drawTint);
    context.restore();
  });
}

function strokeTwice(context, draw) {
  Object.assign(context, { strokeStyle: "rgba(0, 0, 0, 0.55)", lineWidth: 3 });
  draw();
  Object.assign(context, { strokeStyle: "rgba(255, 255, 255, 0.95)", lineWidth: 1 });
  draw();
}

function pixelSquare(camera, view, pixel, least) {
  const scale = camera.scale(view);
  const centre = camera.toView(view, pixel.column + 0.5, pixel.row + 0.5);
  const side = Math.max(scale, least);
  return [centre.x - side / 2, centre.y - side / 2, side, side];
}

export function paintCrosshair(context, pixel, camera, view) {
  const scale = camera.scale(view);
  const centre = camera.toView(view, pixel.column + 0.5, pixel.row + 0.5);
  const gap = Math.max(scale / 2, 5);
  const from = camera.toView(view, 0, 0);
  const to = camera.toView(view, camera.size.width, camera.size.height);
  const lines = [
    [Math.max(0, from.x), centre.y, centre.x - gap, centre.y],
    [centre.x + gap, centre.y, Math.min(view.width, to.x), centre.y],
    [centre.x, Math.max(0, from.y), centre.x, centre.y - gap],
    [centre.x, centre.y + gap, centre.x, Math.min(view.height, to.y)],
  ].filter(([x0, y0, x1, y1]) => x1 >= x0 && y1 >= y0);
  context.globalAlpha = 0.8;
  strokeTwice(context, () => {
    context.beginPath();
    for (const [x0, y0, x1, y1] of lines) {
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
    }
    context.stroke();
  });
  context.globalAlpha = 1;
  if (scale >= 4) strokeTwice(context, () => context.strokeRect(...pixelSquare(camera, view, pixel, 4)));
}

export function paintMark(context, pixel, camera, view) {
  const [x, y, width, height] = pixelSquare(camera, view, pixel, 9);
  Object.assign(context, { strokeStyle: "#000000", lineWidth: 4 });
  context.strokeRect(x, y, width, height);
  Object.assign(context, { strokeStyle: "#ffd60a", lineWidth: 2 });
  context.strokeRect(x, y, width, height);
}
