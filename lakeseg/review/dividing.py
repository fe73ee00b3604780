"""Divide a region by what somebody drew over it, with a lasso or a brush.

Drawn points are (x, y) in pixels of the lake: x to the right, y down, and the pixel in row r and column c covers
c ≤ x < c + 1, r ≤ y < r + 1.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from lakeseg.analysis.lasso import inside
from lakeseg.errors import ConfigError


def lasso(outline: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the (H, W) bool mask of the pixels whose centres lie within a closed outline of (n, 2) points.

    An outline that crosses itself holds what a ray leaves by an odd number of crossings; two points hold nothing.
    """
    return inside(_centres(shape), _points(outline))


def brush(path: np.ndarray, radius: float, shape: tuple[int, int]) -> np.ndarray:
    """Return the (H, W) bool mask of the pixels whose centres lie within `radius` pixels of a path of (n, 2) points.

    The pixels under the points themselves belong to it, however small the radius.
    """
    points = _points(path)
    painted = np.zeros(shape, bool)
    centres = _centres(shape)
    for start, end in pairwise([*points, *points[-1:]]):
        along = end - start
        share = np.clip(((centres - start) @ along) / ((along @ along) or 1.0), 0, 1)
        painted |= ((centres - start - share[..., None] * along) ** 2).sum(axis=-1) <= radius**2
    for column, row in np.floor(points).astype(int):
        if 0 <= row < shape[0] and 0 <= column < shape[1]:
            painted[row, column] = True
    return painted


def divide(positions: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of a region inside and outside what was drawn; both ascending, together all of them.

    Args:
        positions: (n,) row-major positions of the region in its lake.
        drawn: (H, W) bool.

    Raises:
        ConfigError: One of the parts is empty.
    """
    held = drawn.ravel()[positions]
    if held.all() or not held.any():
        part = "all" if held.any() else "none"
        raise ConfigError(f"the drawing holds {part} of the region's {len(positions)} px: draw around a part of it")
    return np.sort(positions[held]), np.sort(positions[~held])


def _centres(shape: tuple[int, int]) -> np.ndarray:
    """Return (H, W, 2) x and y of the pixels' centres."""
    return np.stack(np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5), axis=-1)


def _points(values: np.ndarray) -> np.ndarray:
    points = np.asarray(values, np.float64).reshape(-1, 2) if np.size(values) % 2 == 0 else np.full((1, 2), np.nan)
    if not np.isfinite(points).all():
        raise ConfigError("the drawing holds something else than points (x, y): draw it again")
    return points
