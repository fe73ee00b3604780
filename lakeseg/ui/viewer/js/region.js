// A region in question over every picture: its outline, and what of it is drawn. The outline is light between dark, in a
// colour that no class, ramp or usual composite has, so that it shows on snow and on deep water.

import { tintOf } from "./colour.js";
import { outlineOf, traceOutline } from "./outline.js";

export const REGION_COLOUR = "#ff4fd8";
export const DRAWN_COLOUR = "#ffe14d";

// The decoded region with what painting needs; null if there is none.
export function regionOf(part, lake) {
  if (!part?.data?.mask) return null;
  return { ...part, mask: part.data.mask, outline: outlineOf(part.data.mask, lake, 1) };
}

// The drawn pixels with what painting needs; null if none is drawn.
export function drawnLayer(mask, lake) {
  if (!mask?.includes(1)) return null;
  return { pixels: mask.reduce((sum, value) => sum + value, 0), outline: outlineOf(mask, lake, 1), tint: tintOf(mask, lake, DRAWN_COLOUR) };
}

function strokeLine(context, outline, colour, camera, view) {
  const weight = Math.min(1, 0.5 + camera.scale(view) / 5);
  traceOutline(context, outline, camera, view);
  Object.assign(context, { lineCap: "square", strokeStyle: "rgba(0, 0, 0, 0.85)", lineWidth: 4.4 * weight });
  context.stroke();
  Object.assign(context, { strokeStyle: colour, lineWidth: 2.2 * weight });
  context.stroke();
}

export function paintRegion(context, region, drawn, camera, view, drawTint) {
  context.save();
  if (drawn) {
    context.globalAlpha = 0.6;
    drawTint(drawn.tint);
    context.globalAlpha = 1;
  }
  strokeLine(context, region.outline, REGION_COLOUR, camera, view);
  if (drawn) strokeLine(context, drawn.outline, DRAWN_COLOUR, camera, view);
  context.restore();
}

// Legend items; their swatches are outlines.
export function regionItems({ region, drawn }) {
  const number = (value) => value.toLocaleString("en");
  const items = region ? [{ kind: "layer", code: "region", name: `region px ${number(region.pixels)}` }] : [];
  return drawn ? [...items, { kind: "layer", code: "drawn", name: `drawn px ${number(drawn.pixels)}` }] : items;
}
