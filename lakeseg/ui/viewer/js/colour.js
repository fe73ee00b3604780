// Colours, and the one canvas per panel (one canvas pixel per lake pixel) that painting scales up.

export const WATER = 1;
export const LAND = 2;
export const UNCLASSIFIED = 3;
export const MISSING = 255;

// Codes of a difference panel; 0 stays "no label".
export const AGREE_WATER = 1;
export const AGREE_LAND = 2;
export const MISSED = 4;
export const FALSE_WATER = 5;
export const DIFFERENCE = {
  [AGREE_WATER]: { name: "water, agrees", dim: WATER },
  [AGREE_LAND]: { name: "land, agrees", dim: LAND },
  [UNCLASSIFIED]: { name: "unclassified", colour: "#ffffff" },
  [MISSED]: { name: "missed water", colour: "#c51b8a" },
  [FALSE_WATER]: { name: "false water", colour: "#ff9500" },
};
const DIM = 0.36;

export function rgbOf(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

// 256 colours between the anchors of a ramp.
export function rampTable(anchors) {
  const stops = anchors.map(rgbOf);
  return Array.from({ length: 256 }, (_, i) => {
    const place = (i / 255) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(place));
    return stops[low].map((value, k) => Math.round(value + (stops[low + 1][k] - value) * (place - low)));
  });
}

export function differenceCodes(truth, predicted) {
  return truth.map((label, i) => {
    if (label === 0 || predicted[i] === 0) return 0;
    if (label === UNCLASSIFIED) return UNCLASSIFIED;
    if (label === WATER) return predicted[i] === WATER ? AGREE_WATER : MISSED;
    return predicted[i] === WATER ? FALSE_WATER : AGREE_LAND;
  });
}

export function countCodes(codes) {
  const counts = new Array(256).fill(0);
  for (const code of codes) counts[code] += 1;
  return counts;
}

// [red, green, blue] of a colour faded into the ground, for what agrees.
export function dimmed(hex, ground) {
  return rgbOf(hex).map((value, k) => Math.round(value * DIM + ground[k] * (1 - DIM)));
}

// 256 colours by code as 32-bit words (alpha, blue, green, red); 0 is transparent, where the hatching shows through.
function tableOf(panel, classes, ground) {
  const table = new Uint32Array(256);
  const set = (code, [red, green, blue]) => {
    table[code] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  };
  if (panel.kind === "scalar") {
    const ramp = rampTable(panel.ramp);
    for (let step = 0; step <= panel.steps; step += 1) set(step, ramp[Math.round((step / panel.steps) * 255)]);
  } else if (panel.kind === "difference") {
    for (const [code, { colour, dim }] of Object.entries(DIFFERENCE)) {
      set(code, dim ? dimmed(classes[dim].colour, ground) : rgbOf(colour));
    }
  } else {
    for (const code of [WATER, LAND, UNCLASSIFIED]) set(code, rgbOf(classes[code].colour));
  }
  return table;
}

function canvasOf(codes, size, table) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: size.width, height: size.height });
  const image = new ImageData(size.width, size.height);
  const words = new Uint32Array(image.data.buffer);
  for (let i = 0; i < codes.length; i += 1) words[i] = table[codes[i]];
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// `ground` is the page's background [red, green, blue], which dimmed colours fade into.
export function paintCodes(panel, codes, size, classes, ground) {
  return canvasOf(codes, size, tableOf(panel, classes, ground));
}

export function tintOf(codes, size, colour) {
  const table = new Uint32Array(256);
  const [red, green, blue] = rgbOf(colour);
  table[WATER] = ((150 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  return canvasOf(codes, size, table);
}

// The CSS background of a legend's swatch.
export const HATCH = "repeating-linear-gradient(135deg, #8a8f98 0 2px, #c9ccd1 2px 4px)";

export function swatchOf(kind, code, classes) {
  if (code === 0) return HATCH;
  if (kind !== "difference") return classes[code].colour;
  const { colour, dim } = DIFFERENCE[code];
  return dim ? `color-mix(in srgb, ${classes[dim].colour} ${DIM * 100}%, transparent)` : colour;
}
