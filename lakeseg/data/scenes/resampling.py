"""From one grid of pixels to another of the same coordinate reference system: by area, or by the nearest pixel.

A pixel of the target is the mean of the source pixels under it, weighted by the area that they share with it, over
those that are not missing; it is missing where less than half of its area is covered by others. (GDAL calls this
"average".) Rows and columns are independent on such grids, so a mean is two products of sparse matrices.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from lakeseg.bands import DEFAULT_FILL, LAND, NO_LABEL, UNCLASSIFIED, WATER
from lakeseg.data.scenes.grids import same_crs
from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.errors import DatasetError

_CELLS_AT_ONCE: Final = 1 << 22
_COVERED: Final = 0.5
_DIGITS: Final = 6  # rounded first, so that a mean of half a count goes the same way in every window
_SAME: Final = 1e-3  # of a pixel

Read = Callable[[Window], np.ndarray]
Sum = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Frame:
    """A grid with its size in pixels."""

    grid: Grid | None
    shape: tuple[int, int]

    def coarser(self, factor: float) -> Frame:
        """Return the frame of the same ground in pixels `factor` times as wide; what is left at the edges counts in."""
        if self.grid is None:
            raise DatasetError("a raster without a place cannot be brought to another pixel size: name no --pixel-size")
        a, b, c, d, e, f = self.grid.transform
        height, width = (max(1, math.ceil(side / factor - _SAME)) for side in self.shape)
        return Frame(Grid(self.grid.crs, (a * factor, b * factor, c, d * factor, e * factor, f)), (height, width))


def same_frame(one: Frame, other: Frame) -> bool:
    """Say whether two frames have the same pixels, up to a thousandth of one."""
    if one.shape != other.shape:
        return False
    if one.grid is None or other.grid is None:
        return True
    if not same_crs(one.grid.crs, other.grid.crs):
        return False
    unit = abs(one.grid.transform[0]) + abs(one.grid.transform[1])
    reach = np.array((max(one.shape), max(one.shape), 1) * 2)
    differences = np.subtract(one.grid.transform, other.grid.transform) * reach
    return bool((np.abs(differences) < _SAME * unit).all())


def edges(source: Frame, target: Frame, window: Window, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of a window of the target in rows (h + 1,) and columns (w + 1,) of the source.

    Raises:
        DatasetError: The grids differ in their system, or one is turned against the other.
    """
    if source.grid is None or target.grid is None:
        raise DatasetError(f"{where}: has {source.shape} px and no place, other files {target.shape}: cut them alike")
    if not same_crs(source.grid.crs, target.grid.crs):
        raise DatasetError(
            f"{where}: is in another coordinate reference system: bring it to that of the bands (gdalwarp)"
        )
    a, b, c, d, e, f = source.grid.transform
    ta, tb, tc, td, te, tf = target.grid.transform
    if any((b, d, tb, td)):
        raise DatasetError(f"{where}: is turned against north: bring it to north-up pixels (gdalwarp)")
    rows = (tf + te * np.arange(window.row, window.row + window.height + 1) - f) / e
    columns = (tc + ta * np.arange(window.column, window.column + window.width + 1) - c) / a
    return rows, columns


def weights(bounds: np.ndarray, size: int) -> tuple[int, np.ndarray]:
    """Return the first source pixel under `bounds` (n + 1,) and the lengths (n, m) that each target pixel shares.

    An edge that lies on one of the source up to rounding lies on it, so that it brings in no further pixel.
    """
    near = np.where(np.abs(bounds - np.rint(bounds)) < _SAME, np.rint(bounds), bounds)
    first = int(np.clip(np.floor(near.min()), 0, size))
    last = int(np.clip(np.ceil(near.max()), first, size))
    pixels = np.arange(first, last)
    below, above = np.minimum(near[:-1], near[1:]), np.maximum(near[:-1], near[1:])  # one of the two may be upside down
    low = np.maximum(below[:, None], pixels[None, :])
    high = np.minimum(above[:, None], pixels[None, :] + 1)
    return first, np.clip(high - low, 0, None)


def nearest(read: Read, source: Frame, target: Frame, window: Window, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Return what a layer says at the middle of each target pixel, (h, w), and where it says anything at all."""
    if same_frame(source, target):
        return read(window), np.ones((window.height, window.width), bool)
    rows, columns = (
        np.floor((bounds[:-1] + bounds[1:]) / 2 + 1e-9).astype(np.int64)
        for bounds in edges(source, target, window, where)
    )
    inside = ((rows >= 0) & (rows < source.shape[0]))[:, None] & ((columns >= 0) & (columns < source.shape[1]))[None, :]
    rows, columns = np.clip(rows, 0, source.shape[0] - 1), np.clip(columns, 0, source.shape[1] - 1)
    top, left = int(rows.min()), int(columns.min())
    part = read(Window(top, left, int(rows.max()) - top + 1, int(columns.max()) - left + 1))
    return part[np.ix_(rows - top, columns - left)], inside


def parts(source: Frame, target: Frame, window: Window, where: str) -> Iterator[tuple[slice, Window, Sum]]:
    """Yield rows of the window, the source pixels under them, and what sums those up by area.

    A strip of rows at a time, so that a coarse window of a fine raster does not have to be in memory at once.
    """
    from scipy.sparse import csr_array

    rows, columns = edges(source, target, window, where)
    left, across = weights(columns, source.shape[1])
    tall = abs(rows[-1] - rows[0]) / window.height
    step = max(1, int(_CELLS_AT_ONCE / max(1, tall * across.shape[1])))
    for start in range(0, window.height, step):
        stop = min(start + step, window.height)
        top, down = weights(rows[start : stop + 1], source.shape[0])
        if down.shape[1] and across.shape[1]:
            under = Window(top, left, down.shape[1], across.shape[1])
            yield slice(start, stop), under, partial(_summed, csr_array(down), csr_array(across))


def _summed(down: Any, across: Any, values: np.ndarray) -> np.ndarray:
    """Return the sums of (H, W) values by area, (h, w), for sparse weights (h, H) of rows and (w, W) of columns."""
    return np.asarray((across @ (down @ values.astype(np.float64)).T).T)


def mean_counts(read: Read, source: Frame, target: Frame, window: Window, where: str) -> np.ndarray:
    """Return (h, w) int16 counts by area from a `read` that gives int16 counts of the source."""
    result = np.full((window.height, window.width), DEFAULT_FILL, np.int16)
    cell = _cell_area(source, target)
    for rows, under, summed in parts(source, target, window, where):
        counts = read(under)
        known = counts != DEFAULT_FILL
        area = summed(known)
        mean = np.rint(np.round(summed(np.where(known, counts, 0)) / np.where(area > 0, area, 1), _DIGITS))
        result[rows] = np.where(area >= _COVERED * cell - 1e-9, mean, DEFAULT_FILL).astype(np.int16)
    return result


def class_shares(read: Read, source: Frame, target: Frame, window: Window, where: str) -> np.ndarray:
    """Return (4, h, w) float64: the share of each target pixel's area that has the code 0, 1, 2, 3."""
    shares = np.zeros((4, window.height, window.width))
    cell = _cell_area(source, target)
    for rows, under, summed in parts(source, target, window, where):
        codes = read(under)
        for code in (WATER, LAND, UNCLASSIFIED):
            shares[code, rows] = summed(codes == code) / cell
    shares[NO_LABEL] = 1 - shares[1:].sum(axis=0)
    return shares


def majority(shares: np.ndarray) -> np.ndarray:
    """Return (h, w) uint8: the label of most of the labelled area; no label where half or more of the area has none.

    Where two classes have the same share, the label is unclassified: the ground is as much the one as the other.
    """
    classes = shares[1:]
    best = classes.max(axis=0)
    tied = (np.abs(classes - best) < 1e-9).sum(axis=0) > 1
    labels = np.where(tied, UNCLASSIFIED, classes.argmax(axis=0) + 1)
    return np.where(shares[NO_LABEL] > _COVERED + 1e-9, NO_LABEL, labels).astype(np.uint8)


def water_percent(shares: np.ndarray) -> np.ndarray:
    """Return (h, w) uint8: water in percent of what is water or land, 0 where there is neither."""
    known = shares[WATER] + shares[LAND]
    return np.rint(100 * shares[WATER] / np.where(known > 0, known, 1)).astype(np.uint8)


def _cell_area(source: Frame, target: Frame) -> float:
    """Return the area of a target pixel in source pixels."""
    if source.grid is None or target.grid is None:
        return 1.0
    a, e = source.grid.transform[0], source.grid.transform[4]
    return abs(target.grid.transform[0] * target.grid.transform[4] / (a * e))
