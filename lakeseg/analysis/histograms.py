"""How often each value of each band occurs, per group of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

WIDTH: Final = 32  # counts in a bin: 0.0032 of reflectance
_SHIFT: Final = 5
_LOWEST: Final = -(1 << 15)
BINS: Final = (1 << 16) // WIDTH


@dataclass(frozen=True, eq=False)
class Histograms:
    """Pixels in bins of `WIDTH` counts over the whole range of int16, (..., B, `BINS`) int64."""

    pixels: np.ndarray

    @classmethod
    def empty(cls, shape: tuple[int, ...], bands: int) -> Histograms:
        """Return histograms of no pixel at all, for groups of this shape."""
        return cls(np.zeros((*shape, bands, BINS), np.int64))

    def add(self, group: tuple[int, ...], counts: np.ndarray) -> None:
        """Add (n, B) int16 counts to one group."""
        bands = counts.shape[1]
        places = ((counts.astype(np.int32) - _LOWEST) >> _SHIFT) + BINS * np.arange(bands, dtype=np.int32)
        self.pixels[group] += np.bincount(places.ravel(), minlength=bands * BINS).reshape(bands, BINS)

    def of(self, rows: Sequence[int], band: int) -> np.ndarray:
        """Return the pixels of each class in the domains `rows`, (4, `BINS`), of the band at this position."""
        return np.asarray(self.pixels[list(rows), :, band].sum(axis=0))


def coarse(pixels: np.ndarray, bars: int = 48, share: float = 0.999) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges in counts (bars + 1,) and pixels (..., bars) of wider bins that hold the middle `share`.

    The range is that of all rows of (..., `BINS`) together; the first and last bar take what lies beyond it.
    """
    reached = np.cumsum(pixels.reshape(-1, BINS).sum(axis=0))
    tail = (1 - share) / 2 * reached[-1]
    first, last = int(np.searchsorted(reached, tail, side="right")), int(np.searchsorted(reached, reached[-1] - tail))
    merged = max(1, -(-(last + 1 - first) // bars))
    first = max(0, min(first, BINS - merged * bars))
    edges = first + merged * np.arange(bars + 1)
    place = np.clip((np.arange(BINS) - first) // merged, 0, bars - 1)
    bars_of = np.stack([np.bincount(place, row, bars) for row in pixels.reshape(-1, BINS)])
    return edges * WIDTH + _LOWEST, bars_of.reshape(*pixels.shape[:-1], bars).astype(np.int64)
