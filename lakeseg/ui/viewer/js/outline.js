// Outlines: the pixel edges between what belongs to a set and what does not, merged into runs, as [x0, y0, x1, y1, …].

function scan(lines, length, at, push) {
  for (let line = 0; line <= lines; line += 1) {
    let start = -1;
    for (let i = 0; i <= length; i += 1) {
      const edge = i < length && at(line - 1, i) !== at(line, i);
      if (edge && start < 0) start = i;
      if (!edge && start >= 0) {
        push(line, start, i);
        start = -1;
      }
    }
  }
}

export function outlineOf(codes, size, wanted) {
  const { width, height } = size;
  const segments = [];
  const at = (row, column) =>
    row >= 0 && column >= 0 && row < height && column < width && codes[row * width + column] === wanted;
  scan(height, width, at, (y, x0, x1) => segments.push(x0, y, x1, y));
  scan(width, height, (column, row) => at(row, column), (x, y0, y1) => segments.push(x, y0, x, y1));
  return Int32Array.from(segments);
}

// Adds the segments inside the view to the context's path, in view coordinates.
export function traceOutline(context, segments, camera, view) {
  const scale = camera.scale(view);
  const left = view.width / 2 - camera.state.x * scale;
  const top = view.height / 2 - camera.state.y * scale;
  context.beginPath();
  for (let i = 0; i < segments.length; i += 4) {
    const x0 = left + segments[i] * scale;
    const y0 = top + segments[i + 1] * scale;
    const x1 = left + segments[i + 2] * scale;
    const y1 = top + segments[i + 3] * scale;
    if (x1 < 0 || y1 < 0 || x0 > view.width || y0 > view.height) continue;
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  }
}
