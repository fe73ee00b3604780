"""Whether a probability of water means what it says: the reliability diagram and its mean gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.analysis.thresholds import PixelScores
from lakeseg.bands import UNCLASSIFIED, WATER
from lakeseg.metrics import Interval, quantile_interval, resampled

BINS: Final = 15
_SEED: Final = 0


@dataclass(frozen=True, eq=False)
class Reliability:
    """Pixels by their probability of water.

    Attributes:
        edges: (B + 1,) of the bins; a bin holds its lower edge, the last its upper one too.
        pixels: (B,) int64.
        said: (B,) mean probability of water in the bin, NaN where it is empty.
        found: (B,) share of the bin's pixels labelled water, NaN where it is empty.
        error: Expected calibration error Σ pixels/N · |said − found| (doi:10.1609/aaai.v29i1.9602); NaN without pixels.
        interval: Its 95 % bootstrap interval over ground groups, in the same bins.
    """

    edges: np.ndarray
    pixels: np.ndarray
    said: np.ndarray
    found: np.ndarray
    error: float
    interval: Interval


def reliability(
    pixels: PixelScores, groups: Sequence[str], bins: int = BINS, equal_mass: bool = False, draws: int = 2000
) -> Reliability:
    """Return the reliability of p(water) on pixels labelled water or land; unclassified ones are left out.

    Args:
        pixels: Of L lakes.
        groups: Ground group of each of the L lakes.
        bins: How many: of equal width from 0 to 1, or with about as many pixels in each.
        equal_mass: Take edges at quantiles; equal ones are merged, so there may be fewer bins.
        draws: Resamplings of the interval.
    """
    kept = pixels.labels != UNCLASSIFIED
    said, right = pixels.water[kept].astype(np.float64), pixels.labels[kept] == WATER
    edges = _edges(said, bins, equal_mass)
    places = np.searchsorted(edges, said, side="right").clip(1, len(edges) - 1) - 1
    names, row = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    owner = np.repeat(row, np.diff(pixels.ends, prepend=0))[kept]
    sums = _sums(owner * (len(edges) - 1) + places, (len(names), len(edges) - 1), said, right)
    count, total, hits = np.moveaxis(sums.sum(axis=0), -1, 0)
    mean, share = (np.divide(part, count, out=np.full(len(count), np.nan), where=count > 0) for part in (total, hits))
    drawn = resampled(sums, np.random.default_rng(_SEED), draws) if len(names) else np.empty((0, 1, 3))
    interval = quantile_interval("calibration error", _error(drawn), draws)
    return Reliability(edges, count.astype(np.int64), mean, share, float(_error(sums.sum(axis=0))), interval)


def _edges(said: np.ndarray, bins: int, equal_mass: bool) -> np.ndarray:
    if not equal_mass or not len(said):
        return np.linspace(0, 1, bins + 1)
    edges = np.unique(np.quantile(said, np.linspace(0, 1, bins + 1)))
    return edges if len(edges) > 1 else np.array([edges[0], np.nextafter(edges[0], 2)])


def _sums(place: np.ndarray, shape: tuple[int, int], said: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return (groups, bins, 3): pixels, their summed probability, and how many of them are water."""
    weights = (None, said, right.astype(np.float64))
    parts = [np.bincount(place, weight, minlength=shape[0] * shape[1]).reshape(shape) for weight in weights]
    return np.stack(parts, axis=-1).astype(np.float64)


def _error(sums: np.ndarray) -> np.ndarray:
    """Return the calibration error of (..., B, 3) sums: |Σ p − hits| over all bins by the pixels."""
    pixels = sums[..., 0].sum(axis=-1)
    gaps = np.abs(sums[..., 1] - sums[..., 2]).sum(axis=-1)
    return np.divide(gaps, pixels, out=np.full(np.shape(pixels), np.nan), where=pixels > 0)
