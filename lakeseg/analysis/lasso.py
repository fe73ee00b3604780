"""Which points lie within an outline that somebody drew, and which of many pixels are shown to draw around."""

from __future__ import annotations

import numpy as np


def inside(points: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Say which of (..., 2) points lie within a closed outline (n, 2), which may cross itself, (...) bool.

    By the even-odd rule: a ray to the right of the point crosses the outline an odd number of times (Shimrat 1962,
    doi:10.1145/368637.368653).
    """
    x, y = points[..., 0], points[..., 1]
    crossed = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 != y1:
            straddles = (y0 > y) != (y1 > y)
            crossed ^= straddles & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return crossed


def sampled(valid: np.ndarray, most: int) -> np.ndarray:
    """Return at most `most` of the pixels that are True in an (H, W) mask, spread evenly over them, as such a mask."""
    places = np.flatnonzero(valid)
    chosen = np.zeros(valid.shape, bool)
    if len(places) > most:
        places = places[np.linspace(0, len(places) - 1, most).round().astype(int)]
    chosen.flat[places] = True
    return chosen
