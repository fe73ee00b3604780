// What may lie over every picture: the patch grid (kept, pruned, discarded) and a set of marked pixels. Marks are told
// apart by their pattern, not by colour alone, and every line has a halo, so that they show on water and on snow.

import { tintOf } from "./colour.js";
import { outlineOf, traceOutline } from "./outline.js";
import { DRAWN_COLOUR, REGION_COLOUR, regionOf } from "./region.js";

export const MARKED_COLOUR = "#00e5ff";
const VEILS = { pruned: "rgba(122, 127, 136, 0.48)", discarded: "rgba(122, 127, 136, 0.74)" };
const USUAL = 28; // CSS pixels; the lines of patches that look smaller are finer
const TILE = 8; // side of a hatch in CSS pixels, drawn at twice that
const tiles = {};

function stripes(tile, colour, width, down) {
  Object.assign(tile, { strokeStyle: colour, lineWidth: width, lineCap: "square" });
  for (const shift of [-2 * TILE, 0, 2 * TILE]) {
    tile.beginPath();
    tile.moveTo(shift - 2, down ? -2 : 2 * TILE + 2);
    tile.lineTo(shift + 2 * TILE + 2, down ? 2 * TILE + 2 : -2);
    tile.stroke();
  }
}

// Diagonal stripes for what is pruned, crossed ones for what is discarded.
function tileOf(state) {
  if (tiles[state]) return tiles[state];
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * TILE;
  const tile = canvas.getContext("2d");
  if (state === "discarded") for (const down of [true, false]) stripes(tile, "rgba(20, 22, 28, 0.5)", 2, down);
  else {
    stripes(tile, "rgba(20, 22, 28, 0.45)", 4.5, false);
    stripes(tile, "rgba(255, 255, 255, 0.9)", 2, false);
  }
  return (tiles[state] = canvas);
}

// The pattern of a state, fixed to the lake so that it pans along.
export function patternOf(context, state, left = 0, top = 0) {
  const pattern = context.createPattern(tileOf(state), "repeat");
  pattern.setTransform(new DOMMatrix([0.5, 0, 0, 0.5, left, top]));
  return pattern;
}

// Both fills of a state, in order.
export function fillsOf(context, state, left, top) {
  return VEILS[state] ? [VEILS[state], patternOf(context, state, left, top)] : [];
}

export function patchSwatch(state) {
  if (state === "marked") return `color-mix(in srgb, ${MARKED_COLOUR} 60%, transparent)`;
  if (state === "drawn") return `color-mix(in srgb, ${DRAWN_COLOUR} 60%, transparent)`;
  if (state === "region") return REGION_COLOUR;
  if (state === "kept") return "transparent";
  const line = state === "pruned" ? "#ffffff 0 1.5px, #5b6069 1.5px 2.2px" : "#3c4048 0 1px";
  const one = (angle) => `repeating-linear-gradient(${angle}deg, ${line}, transparent 0 4px)`;
  return state === "pruned" ? `${one(135)}, #a3a7ae` : `${one(45)}, ${one(135)}, #868b94`;
}

// The pruned patches of a row that touch each other, joined: [x0, y0, x1, y1, …] in pixels.
function prunedRuns({ states, rows, columns, size, gap, stride }) {
  const runs = [];
  for (let row = 0; row < rows; row += 1) {
    let start = -1;
    for (let column = 0; column <= columns; column += 1) {
      const pruned = column < columns && states[row * columns + column] === 1;
      if (start >= 0 && (!pruned || gap)) {
        runs.push(start * stride, row * stride, (column - 1) * stride + size, row * stride + size);
        start = -1;
      }
      if (pruned && start < 0) start = column;
    }
  }
  return runs;
}

// What lies in no patch: the gaps, and the rest at the right and below.
function outsideRuns({ rows, columns, size, gap, stride }, { width, height }) {
  if (!rows || !columns) return [0, 0, width, height];
  const runs = [0, rows * stride - gap, width, height, columns * stride - gap, 0, width, height];
  for (let row = 1; gap && row < rows; row += 1) runs.push(0, row * stride - gap, width, row * stride);
  for (let column = 1; gap && column < columns; column += 1) {
    runs.push(column * stride - gap, 0, column * stride, height);
  }
  return runs;
}

// The sides of all patches as lines across the lake.
function sideLines({ rows, columns, size, gap, stride }) {
  if (!rows || !columns) return [];
  const sides = (count) => Array.from({ length: count }, (_, i) => (gap || i === count - 1 ? [i * stride, i * stride + size]
    : [i * stride])).flat();
  const [right, below] = [columns * stride - gap, rows * stride - gap];
  return [...sides(rows).flatMap((y) => [0, y, right, y]), ...sides(columns).flatMap((x) => [x, 0, x, below])];
}

// The decoded grid with what painting and reading need; null if there is none.
function patchesOf(part, lake) {
  if (!part?.data?.states) return null;
  const { states, counts: bytes } = part.data;
  const laid = { ...part, states, counts: new Uint32Array(bytes.buffer), stride: part.size + part.gap };
  const pruned = states.reduce((sum, state) => sum + state, 0);
  const inside = states.length * part.size ** 2;
  const labels = [0, 1, 2, 3].filter((code) => laid.counts.some((count, i) => i % 4 === code && count));
  return {
    ...laid, labels, kept: states.length - pruned, pruned, discarded: lake.width * lake.height - inside,
    prunedRuns: prunedRuns(laid), outsideRuns: outsideRuns(laid, lake), lines: sideLines(laid),
  };
}

function markedOf(part, lake) {
  if (!part?.data?.mask) return null;
  const { mask } = part.data;
  return { pixels: part.pixels, outline: outlineOf(mask, lake, 1), tint: tintOf(mask, lake, MARKED_COLOUR) };
}

export function layersOf(patches, marked, region, lake) {
  return { patches: patchesOf(patches, lake), marked: markedOf(marked, lake), region: regionOf(region, lake) };
}

// What is drawn, for tests, as data attributes.
export function tellLayers(root, { patches, marked, region, drawn }) {
  root.dataset.patches = patches ? [patches.size, patches.gap, patches.rows, patches.columns].join(",") : "";
  root.dataset.markedPixels = marked?.pixels ?? "";
  root.dataset.region = region?.name ?? "";
  root.dataset.drawnPixels = drawn?.pixels ?? "";
}

function fillRuns(context, runs, fills, { left, top, scale }, view) {
  context.beginPath();
  const at = (start, value) => Math.round(start + value * scale);
  for (let i = 0; i < runs.length; i += 4) {
    const [x0, y0, x1, y1] = [at(left, runs[i]), at(top, runs[i + 1]), at(left, runs[i + 2]), at(top, runs[i + 3])];
    if (x1 > x0 && y1 > y0 && x1 > 0 && y1 > 0 && x0 < view.width && y0 < view.height) {
      context.rect(x0, y0, x1 - x0, y1 - y0);
    }
  }
  for (const fill of fills) {
    context.fillStyle = fill;
    context.fill();
  }
}

export function paintPatches(context, patches, camera, view) {
  const scale = camera.scale(view);
  const place = { left: view.width / 2 - camera.state.x * scale, top: view.height / 2 - camera.state.y * scale, scale };
  for (const [state, runs] of [["discarded", patches.outsideRuns], ["pruned", patches.prunedRuns]]) {
    fillRuns(context, runs, fillsOf(context, state, place.left, place.top), place, view);
  }
  const fine = Math.min(1, Math.max(0.5, (patches.size * scale) / USUAL));
  context.beginPath();
  for (let i = 0; i < patches.lines.length; i += 4) {
    const [x0, y0, x1, y1] = patches.lines.slice(i, i + 4);
    context.moveTo(Math.round(place.left + x0 * scale), Math.round(place.top + y0 * scale));
    context.lineTo(Math.round(place.left + x1 * scale), Math.round(place.top + y1 * scale));
  }
  Object.assign(context, { lineCap: "butt", strokeStyle: `rgba(0, 0, 0, ${0.55 * fine})`, lineWidth: 1 + 2 * fine });
  context.stroke();
  Object.assign(context, { strokeStyle: `rgba(255, 255, 255, ${0.35 + 0.6 * fine})`, lineWidth: 0.6 + 0.7 * fine });
  context.stroke();
}

export function paintMarked(context, marked, camera, view, drawTint) {
  const weight = Math.min(1, 0.4 + camera.scale(view) / 3);
  context.save();
  context.globalAlpha = 0.55;
  drawTint(marked.tint);
  context.globalAlpha = 1;
  traceOutline(context, marked.outline, camera, view);
  Object.assign(context, { lineCap: "square", strokeStyle: "rgba(0, 0, 0, 0.8)", lineWidth: 3.6 * weight });
  context.stroke();
  Object.assign(context, { strokeStyle: MARKED_COLOUR, lineWidth: 1.8 * weight });
  context.stroke();
  context.restore();
}

function countsText(patches, index, classes) {
  const counted = [1, 2, 3, 0].filter((code) => patches.counts[4 * index + code]);
  return counted.map((code) => `${patches.counts[4 * index + code].toLocaleString("en")} ${classes[code].name}`).join(" · ");
}

// What the grid says of a pixel: {name, text}.
export function readPatch(patches, pixel, classes) {
  const { size, stride, rows, columns, states } = patches;
  const [row, column] = [Math.floor(pixel.row / stride), Math.floor(pixel.column / stride)];
  const inside = row < rows && column < columns && pixel.row % stride < size && pixel.column % stride < size;
  if (!inside) return { name: "no patch", text: "discarded" };
  const index = row * columns + column;
  const state = states[index] ? "pruned" : "kept";
  return { name: `patch ${row},${column}`, text: `${state} · ${countsText(patches, index, classes)}` };
}

export function longestPatch(patches, classes) {
  const most = (patches.size ** 2).toLocaleString("en");
  const counts = patches.labels.map((code) => ` · ${most} ${classes[code].name}`).join("");
  return ` · patch ${patches.rows},${patches.columns} pruned${counts}`;
}

// Legend items of both layers.
export function layerItems({ patches, marked }) {
  const number = (value) => value.toLocaleString("en");
  const items = !patches ? [] : [
    { kind: "layer", code: "kept", name: `kept patches ${number(patches.kept)}` },
    { kind: "layer", code: "pruned", name: `pruned patches ${number(patches.pruned)}` },
    { kind: "layer", code: "discarded", name: `discarded px ${number(patches.discarded)}` },
  ];
  return marked ? [...items, { kind: "layer", code: "marked", name: `marked px ${number(marked.pixels)}` }] : items;
}
