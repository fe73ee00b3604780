// Building elements. Text from outside only ever becomes a text node.

export function element(tag, className, attributes = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Material Design icons (Apache License 2.0), 24 × 24.
const ICONS = {
  add: "M19 13h-6v6h-2v-6H5v-2h6V5h2v6h6v2z",
  remove: "M19 13H5v-2h14v2z",
  fit: "M15 3l2.3 2.3-2.89 2.87 1.42 1.42L18.7 6.7 21 9V3zM3 9l2.3-2.3 2.87 2.89 1.42-1.42L6.7 5.3 9 3H3zm6 12l-2.3-2.3 2.89-2.87-1.42-1.42L5.3 17.3 3 15v6zm12-6l-2.3 2.3-2.87-2.89-1.42 1.42 2.89 2.87L15 21h6z",
  swipe: "M10 3H5c-1.1 0-2 .9-2 2v14c0 1.1.9 2 2 2h5v2h2V1h-2v2zm0 15H5l5-6v6zm9-15h-5v2h5v13l-5-6v9h5c1.1 0 2-.9 2-2V5c0-1.1-.9-2-2-2z",
  download: "M5 20h14v-2H5v2zM19 9h-4V3H9v6H5l7 7 7-7z",
  present: "M10 8v8l5-4-5-4zm9-5H5c-1.1 0-2 .9-2 2v14c0 1.1.9 2 2 2h14c1.1 0 2-.9 2-2V5c0-1.1-.9-2-2-2zm0 16H5V5h14v14z",
  layers: "M11.99 18.54l-7.37-5.73L3 14.07l9 7 9-7-1.63-1.27-7.38 5.74zM12 16l7.36-5.73L21 9l-9-7-9 7 1.63 1.27L12 16z",
  region: "M5 15H3v6h6v-2H5v-4zM5 5h4V3H3v6h2V5zm10-2v2h4v4h2V3h-6zm4 16h-4v2h6v-6h-2v4zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  lasso: "M12 4C6.5 4 2 7.1 2 11s4.5 7 10 7 10-3.1 10-7-4.5-7-10-7zm0 12c-4.4 0-8-2.2-8-5s3.6-5 8-5 8 2.2 8 5-3.6 5-8 5zM6 17.5l1.8.9c-.5 1.5-1.8 2.6-3.3 3.1l-.7-1.9c1-.3 1.8-1.1 2.2-2.1z",
  brush: "M7 14a3 3 0 0 0-3 3c0 1-1 2-2 2 1 1 2.5 2 4 2a4 4 0 0 0 4-4c0-1.7-1.3-3-3-3zm13.7-9.4-1.3-1.3a1 1 0 0 0-1.4 0L9 12.3 11.8 15l9-9a1 1 0 0 0 0-1.4z",
  clear: "M19 6.41L17.59 5 12 10.59 6.41 5 5 6.41 10.59 12 5 17.59 6.41 19 12 13.41 17.59 19 19 17.59 13.41 12z",
  info: "M12 2C6.48 2 2 6.48 2 12s4.48 10 10 10 10-4.48 10-10S17.52 2 12 2zm1 15h-2v-6h2v6zm0-8h-2V7h2v2z",
  handle: "M8 5v14l-6-7zM16 5l6 7-6 7z",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
