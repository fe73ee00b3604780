// What a panel paints and reads out: a canvas, its codes or values, and how many pixels of each code.

import { countCodes, differenceCodes, DIFFERENCE, MISSING, paintCodes, UNCLASSIFIED } from "./colour.js";
import { outlineOf } from "./outline.js";

function lazily(make) {
  let made;
  return () => (made ??= make());
}

function codedSource(panel, codes, scene, ground) {
  const counts = countCodes(codes);
  return {
    kind: panel.kind,
    codes,
    counts,
    canvas: paintCodes(panel, codes, scene, scene.classes, ground),
    hatched: counts[0] > 0,
    outline: counts[UNCLASSIFIED] ? lazily(() => outlineOf(codes, scene, UNCLASSIFIED)) : null,
    probability: panel.data.probability,
  };
}

// The source of a decoded panel, or null for a message or a pending panel.
export function sourceOf(panel, panels, scene, ground) {
  if (panel.kind === "image") return { kind: "image", canvas: panel.data.image };
  if (panel.kind === "classes") return codedSource(panel, panel.data.codes, scene, ground);
  if (panel.kind === "scalar") {
    const values = panel.data.values;
    const hatched = values.includes(MISSING);
    return { kind: "scalar", values, hatched, canvas: paintCodes(panel, values, scene, scene.classes, ground) };
  }
  if (panel.kind !== "difference") return null;
  const codesOf = (key) => panels.find((other) => other.key === key)?.data.codes;
  const [truth, predicted] = [codesOf(panel.truth), codesOf(panel.predicted)];
  return truth && predicted ? codedSource(panel, differenceCodes(truth, predicted), scene, ground) : null;
}

// The sources of a scene's panels, and a map of them by what they are made of, which spares making them again.
export function sourcesOf(scene, ground, before) {
  const { panels } = scene;
  const digests = (panel) => Object.values(panel.blobs ?? {}).map((place) => place.digest);
  const made = new Map();
  const sources = panels.map((panel) => {
    const rests = panels.filter((other) => [panel.truth, panel.predicted].includes(other.key));
    const name = JSON.stringify([panel.kind, panel.low, panel.high, panel.ramp, scene.width, scene.height,
      panel.kind === "difference" && ground, ...[panel, ...rests].map(digests)]);
    const source = before.get(name) ?? sourceOf(panel, panels, scene, ground);
    if (source && digests(panel).length + rests.length) made.set(name, source);
    return source;
  });
  return { sources, made };
}

// Two decimals without the leading zero below one, three significant digits above: .71, −.05, 12.3.
export function numberText(value) {
  if (Math.abs(value) >= 0.995) return (Math.abs(value) < 10 ? value.toFixed(2) : value.toPrecision(3)).replace("-", "−");
  return value.toFixed(2).replace("0.", ".").replace("-", "−");
}

// What a panel says about a pixel: {text, code}, or null if it has nothing to say.
export function readPixel(panel, source, scene, index) {
  if (!source || source.kind === "image") return null;
  if (source.kind === "scalar") {
    const step = source.values[index];
    if (step === MISSING) return { text: "no value" };
    const value = panel.low + (step / panel.steps) * (panel.high - panel.low);
    return { text: panel.counts ? String(Math.round(value)) : numberText(value) };
  }
  const code = source.codes[index];
  if (code === 0) return { text: panel.none ?? "not compared", code };
  const name = source.kind === "classes" ? scene.classes[code].name : DIFFERENCE[code].name;
  const step = source.probability?.[index] ?? MISSING;
  return { text: step === MISSING ? name : `${name} ${numberText(step / 100)}`, code };
}
