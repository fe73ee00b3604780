"""Shares of pixels over lakes, with intervals: how often somebody is right where the labels leave a pixel open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lakeseg.errors import ConfigError
from lakeseg.metrics import Interval, quantile_interval, resampled

DRAWS: Final = 2000
SEED: Final = 0


@dataclass(frozen=True)
class Share:
    """`count` of `pixels`, as a share with its 95 % interval over ground groups; NaN where there are no pixels."""

    count: int
    pixels: int
    share: float
    interval: Interval

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        ends = {"low": self.interval.low, "high": self.interval.high}
        return {"count": self.count, "pixels": self.pixels, "share": self.share} | ends


@dataclass(frozen=True)
class ShareDifference:
    """A share less another one of the same pixels, with its paired 95 % interval over ground groups."""

    value: float
    interval: Interval

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"value": self.value, "low": self.interval.low, "high": self.interval.high}


def share(counts: np.ndarray, pixels: np.ndarray, groups: Sequence[str], draws: int = DRAWS) -> Share:
    """Return the share of the pixels of all lakes that `counts` counts.

    Whole ground groups are drawn with replacement, for the pixels of a lake resemble each other.

    Args:
        counts: (L,) how many pixels of each lake.
        pixels: (L,) of how many.
        groups: Ground group of each lake.
        draws: Of the bootstrap.

    Raises:
        ConfigError: The lengths differ.
    """
    drawn = _drawn(np.stack([counts, pixels], axis=1), groups, draws)
    whole = int(pixels.sum())
    value = float(counts.sum() / whole) if whole else math.nan
    return Share(int(counts.sum()), whole, value, quantile_interval("share", _ratio(drawn[:, 0], drawn[:, 1]), draws))


def share_difference(
    first: np.ndarray, second: np.ndarray, pixels: np.ndarray, groups: Sequence[str], draws: int = DRAWS
) -> ShareDifference:
    """Return the share that `first` counts less the share that `second` does, (L,) each, of the same pixels.

    Each draw takes the same ground groups for both, so that what makes a lake hard cancels.

    Raises:
        ConfigError: The lengths differ.
    """
    drawn = _drawn(np.stack([first - second, pixels], axis=1), groups, draws)
    whole = pixels.sum()
    value = float((first - second).sum() / whole) if whole else math.nan
    return ShareDifference(value, quantile_interval("share", _ratio(drawn[:, 0], drawn[:, 1]), draws))


def _drawn(table: np.ndarray, groups: Sequence[str], draws: int) -> np.ndarray:
    """Return (draws, k) sums of the (L, k) table over ground groups drawn with replacement."""
    if len(table) != len(groups):
        raise ConfigError(f"shares: expected a ground group for each of {len(table)} lakes, got {len(groups)}")
    names, place = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    sums = np.zeros((len(names), table.shape[1]), np.int64)
    np.add.at(sums, place, table)
    return resampled(sums, np.random.default_rng(SEED), draws) if len(names) else np.zeros((1, table.shape[1]))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
