// How many columns, and how large the cells: the grid with the largest square that fits every cell.

export const GAP = 8;
export const TITLE = 26; // height of a panel's title row

export function chooseGrid(count, width, maxHeight, fill) {
  let best = null;
  for (let rows = 1; rows <= count; rows += 1) {
    const columns = Math.ceil(count / rows);
    if (Math.ceil(count / columns) !== rows) continue; // the same grid with an empty row
    const cellWidth = Math.floor((width - GAP * (columns - 1)) / columns);
    const most = Math.floor((maxHeight - GAP * (rows - 1)) / rows) - TITLE;
    const side = Math.min(cellWidth, most);
    const cellHeight = Math.max(40, fill ? most : side);
    // On a near tie fewer rows win, except that a filled screen prefers cells that are wider than high.
    const margin = fill && best && best.cellWidth < best.cellHeight ? 0.97 : 1.04;
    if (!best || side > best.side * margin) best = { rows, columns, cellWidth, cellHeight, side };
  }
  return best;
}

// A round length for the scale bar: 1, 2 or 5 times a power of ten metres, at most `widest` CSS pixels long.
export function roundLength(metresPerPixel, widest) {
  const most = metresPerPixel * widest;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((step) => step * power).find((length) => length <= most) ?? power;
  const text = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  return { metres, width: metres / metresPerPixel, text };
}
