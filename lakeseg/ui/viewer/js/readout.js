// Below the panels: the pixel under the cursor in every panel, the legend, the scale bar.

import { AGREE_LAND, AGREE_WATER, FALSE_WATER, MISSED, swatchOf } from "./colour.js";
import { element, setText } from "./dom.js";
import { roundLength } from "./layout.js";
import { layerItems, longestPatch, patchSwatch, readPatch } from "./patches.js";
import { regionItems } from "./region.js";
import { readPixel } from "./source.js";

function swatch(kind, code, classes) {
  const made = element("i", `swatch code${code}`);
  made.style.background = kind === "layer" ? patchSwatch(code) : swatchOf(kind, code, classes);
  return made;
}

export function showReadout(root, scene, sources, pixel, marked) {
  if (!pixel) {
    root.replaceChildren(element("span", "quiet", {}, "Point at a pixel to read it, click to mark it"));
    return;
  }
  const index = pixel.row * scene.width + pixel.column;
  const patch = scene.patches && readPatch(scene.patches, pixel, scene.classes);
  const grid = !patch ? [] : [" · ", element(
    "span", "item", { "data-key": "patch" }, element("span", "name", {}, `${patch.name} `), element("span", "value", {}, patch.text),
  )];
  const items = scene.panels.flatMap((panel, i) => {
    const read = readPixel(panel, sources[i], scene, index);
    if (!read) return [];
    const value = element("span", "value", {}, read.text);
    const parts = [element("span", "name", {}, `${panel.title} `), value];
    if (read.code !== undefined) parts.splice(1, 0, swatch(panel.kind, read.code, scene.classes));
    return [" · ", element("span", "item", { "data-key": panel.key }, ...parts)];
  });
  const place = element("span", "place", {}, `row ${pixel.row} col ${pixel.column}`);
  root.replaceChildren(...(marked ? [element("span", "quiet", {}, "marked ")] : []), place, ...items, ...grid);
}

// How many lines pieces of text take in `width`, each with `extra` pixels for its swatch and gap.
export function linesOf(pieces, extra, font, width) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = font;
  let [lines, used] = [1, 0];
  for (const piece of pieces) {
    const part = context.measureText(piece).width + extra;
    if (used && used + part > width) [lines, used] = [lines + 1, 0];
    used += part;
  }
  return lines;
}

// The longest readout of this scene, in pieces: its lines are reserved, so that nothing moves under the pointer.
export function longestReadout(scene, sources) {
  const longest = { classes: "unclassified .99", difference: "unclassified", scalar: "no value", pending: "unclassified .99" };
  const read = scene.panels.filter((panel, i) => (sources[i] || panel.kind === "pending") && longest[panel.kind]);
  return [
    `marked row ${scene.height} col ${scene.width}`,
    ...read.map((panel) => ` · ${panel.title} ${longest[panel.kind]}`),
    ...(scene.patches ? [longestPatch(scene.patches, scene.classes)] : []),
  ];
}

// The classes that the scene shows and, with a difference panel, the errors; a single one gives their pixel counts.
export function legendItems(scene, sources, drawn) {
  const counted = (kind) => sources.filter((source) => source?.kind === kind);
  const present = (kind, code) => counted(kind).some((source) => source.counts[code] > 0);
  const items = [1, 2, 3, 0]
    .filter((code) => present("classes", code) || ((code === 0 || code === 3) && present("difference", code)))
    .map((code) => ({ kind: "classes", code, name: code ? scene.classes[code].name : "masked" }));
  items.push(...layerItems(scene), ...regionItems({ region: scene.region, drawn }));
  const differences = counted("difference");
  if (!differences.length) return items;
  const pixels = (code) => (differences.length > 1 ? "" : ` ${differences[0].counts[code].toLocaleString("en")}`);
  items.push({ kind: "difference", code: MISSED, name: `missed water${pixels(MISSED)}` });
  items.push({ kind: "difference", code: FALSE_WATER, name: `false water${pixels(FALSE_WATER)}` });
  items.push({ kind: "difference", code: AGREE_WATER, second: AGREE_LAND, name: "agree" });
  return items;
}

// The longest legend that a scene of these panels can have, whatever its lake.
export function longestLegend(scene) {
  const has = (kind) => scene.panels.some((panel) => panel.kind === kind);
  const names = has("classes") || has("pending") ? ["water", "land", "unclassified", "masked"] : [];
  if (scene.patches) names.push("kept patches 99,999", "pruned patches 99,999", "discarded px 99,999");
  if (scene.marked) names.push("marked px 99,999");
  if (scene.region) names.push("region px 99,999", ...(scene.region.drawable ? ["drawn px 99,999"] : []));
  return has("difference") ? [...names, "missed water 99,999", "false water 99,999", "__ agree"] : names;
}

// Keep room for the longest readout and legend in a footer of `width`, whose style is `style`.
export function reserveLines(footer, scene, sources, style, width) {
  const size = parseFloat(style.fontSize);
  const read = linesOf(longestReadout(scene, sources), 19, `${size}px ${style.fontFamily}`, width);
  footer.querySelector(".readout").style.height = `${1.5 * read}em`;
  const room = width - (scene.pixel_size_m ? 200 : 0);
  const lines = linesOf(longestLegend(scene), 32, `${size - 1}px ${style.fontFamily}`, room);
  footer.querySelector(".legend").style.minHeight = `${1.5 * lines}em`;
}

export function showLegend(root, items, classes) {
  root.replaceChildren(...items.map(({ kind, code, second, name }) => {
    const swatches = [swatch(kind, code, classes)];
    if (second) swatches.push(swatch(kind, second, classes));
    const title = kind === "difference" ? "Number of pixels on the whole lake" : "";
    return element("span", "item", { "data-code": `${kind}-${code}`, title }, ...swatches, name);
  }));
}

export function showScale(root, metresPerPixel) {
  root.hidden = !metresPerPixel;
  if (!metresPerPixel) return;
  const { width, text } = roundLength(metresPerPixel, 120);
  setText(root.querySelector(".length"), text);
  root.querySelector(".bar").style.width = `${width.toFixed(1)}px`;
}
