// Below the panels: the pixel under the cursor in every panel, the legend, the scale bar.

import { AGREE_LAND, AGREE_WATER, FALSE_WATER, MISSED, swatchOf } from "./colour.js";
import { element, setText } from "./dom.js";
import { roundLength } from "./layout.js";
import { readPixel } from "./source.js";

function swatch(kind, code, classes) {
  const made = element("i", `swatch code${code}`);
  made.style.background = swatchOf(kind, code, classes);
  return made;
}

export function showReadout(root, scene, sources, pixel, marked) {
  if (!pixel) {
    root.replaceChildren(element("span", "quiet", {}, "Point at a pixel to read it, click to mark it"));
    return;
  }
  const index = pixel.row * scene.width + pixel.column;
  const items = scene.panels.flatMap((panel, i) => {
    const read = readPixel(panel, sources[i], scene, index);
    if (!read) return [];
    const value = element("span", "value", {}, read.text);
    const parts = [element("span", "name", {}, `${panel.title} `), value];
    if (read.code !== undefined) parts.splice(1, 0, swatch(panel.kind, read.code, scene.classes));
    return [" · ", element("span", "item", { "data-key": panel.key }, ...parts)];
  });
  const place = element("span", "place", {}, `row ${pixel.row} col ${pixel.column}`);
  root.replaceChildren(...(marked ? [element("span", "quiet", {}, "marked ")] : []), place, ...items);
}

// How many lines the longest readout of this scene takes: the readout keeps that height, so that nothing moves.
export function readoutLines(scene, sources, style, width) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = `${style.fontSize} ${style.fontFamily}`;
  const longest = { classes: "unclassified .99", difference: "unclassified", scalar: "−.999" };
  const parts = scene.panels.map((panel, i) => (
    sources[i] && longest[panel.kind] ? context.measureText(`${panel.title} ${longest[panel.kind]} ·`).width + 26 : 0));
  let lines = 1;
  let used = context.measureText(`marked row ${scene.height} col ${scene.width} `).width + 8;
  for (const part of parts) {
    if (used + part > width && used > 0) {
      lines += 1;
      used = 0;
    }
    used += part;
  }
  return lines;
}

// The classes that the scene shows and, with a difference panel, the errors; a single one gives their pixel counts.
export function legendItems(scene, sources) {
  const counted = (kind) => sources.filter((source) => source?.kind === kind);
  const present = (kind, code) => counted(kind).some((source) => source.counts[code] > 0);
  const items = [1, 2, 3, 0]
    .filter((code) => present("classes", code) || ((code === 0 || code === 3) && present("difference", code)))
    .map((code) => ({ kind: "classes", code, name: code ? scene.classes[code].name : "masked" }));
  const differences = counted("difference");
  if (!differences.length) return items;
  const pixels = (code) => {
    if (differences.length > 1) return "";
    return ` ${differences[0].counts[code].toLocaleString("en")} px`;
  };
  items.push({ kind: "difference", code: MISSED, name: `missed water${pixels(MISSED)}` });
  items.push({ kind: "difference", code: FALSE_WATER, name: `false water${pixels(FALSE_WATER)}` });
  items.push({ kind: "difference", code: AGREE_WATER, second: AGREE_LAND, name: "agree, dimmed" });
  return items;
}

export function showLegend(root, items, classes) {
  root.replaceChildren(...items.map(({ kind, code, second, name }) => {
    const swatches = [swatch(kind, code, classes)];
    if (second) swatches.push(swatch(kind, second, classes));
    return element("span", "item", { "data-code": `${kind}-${code}` }, ...swatches, name);
  }));
}

export function showScale(root, metresPerPixel) {
  root.hidden = !metresPerPixel;
  if (!metresPerPixel) return;
  const { width, text } = roundLength(metresPerPixel, 120);
  setText(root.querySelector(".length"), text);
  root.querySelector(".bar").style.width = `${width.toFixed(1)}px`;
}
