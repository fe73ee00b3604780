"""Two models on the same lakes, a model on lakes of every size, and the lakes behind one cell of a matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.errors import ConfigError
from lakeseg.metrics import (
    Interval,
    Unclassified,
    bootstrap_interval,
    quantile_interval,
    resampled,
    score_arrays,
    sum_by_group,
)

SEED: Final = 0
_WINDOW: Final = 7


@dataclass(frozen=True)
class Difference:
    """A metric of model A minus that of B on the same lakes, with its paired interval."""

    value: float
    interval: Interval


def paired_difference(
    first: np.ndarray,
    second: np.ndarray,
    groups: Sequence[str],
    metric: str = "f1",
    unclassified: Unclassified = "excluded",
    draws: int = 2000,
) -> Difference:
    """Return the difference of a metric between two models' (L, 3, 3) confusion matrices of the same L lakes.

    Each draw takes the same ground groups for both: what makes a lake hard for both cancels, so the interval is that of
    the difference and narrower than the two intervals side by side suggest.

    Raises:
        ConfigError: The two are not of the same lakes.
    """
    if first.shape != second.shape or len(first) != len(groups):
        raise ConfigError(f"paired difference: expected the same lakes, got {len(first)} and {len(second)}")
    if not len(first):
        return Difference(math.nan, Interval(metric, math.nan, math.nan, 0.95, draws))
    both = np.stack([sum_by_group(first, groups), sum_by_group(second, groups)], axis=1)
    values = score_arrays(resampled(both, np.random.default_rng(SEED), draws), unclassified)[metric]
    whole = score_arrays(both.sum(axis=0), unclassified)[metric]
    return Difference(
        float(whole[0] - whole[1]), quantile_interval(metric, np.asarray(values[:, 0] - values[:, 1]), draws)
    )


@dataclass(frozen=True)
class SizeBin:
    """Lakes from `low` to `high` pixels: how many, F1 of their summed confusion matrix, and its interval."""

    low: int
    high: int
    lakes: int
    f1: float
    interval: Interval


def f1_by_size(
    confusions: np.ndarray,
    groups: Sequence[str],
    sizes: np.ndarray,
    bins: int = 6,
    unclassified: Unclassified = "excluded",
) -> list[SizeBin]:
    """Return F1 of L lakes in up to `bins` classes of about as many lakes each, from small to large.

    Args:
        confusions: (L, 3, 3).
        groups: Ground group of each lake.
        sizes: (L,) pixels of each lake.
        bins: Most classes; lakes of one size stay together.
        unclassified: As in `Scores.from_confusion`.
    """
    if not len(sizes):
        return []
    edges = np.unique(np.quantile(sizes, np.linspace(0, 1, bins + 1)))[1:-1]
    place = np.searchsorted(edges, sizes, side="right")
    return [
        _size_bin(confusions[place == one], np.asarray(groups)[place == one], sizes[place == one], unclassified)
        for one in np.unique(place)
    ]


def _size_bin(confusions: np.ndarray, groups: np.ndarray, sizes: np.ndarray, unclassified: Unclassified) -> SizeBin:
    rng = np.random.default_rng(SEED)
    interval = bootstrap_interval(sum_by_group(confusions, groups), rng, "f1", unclassified)
    f1 = float(score_arrays(confusions.sum(axis=0), unclassified)["f1"])
    return SizeBin(int(sizes.min()), int(sizes.max()), len(sizes), f1, interval)


def fullest(confusions: np.ndarray, truth: int, predicted: int, most: int = 12) -> np.ndarray:
    """Return the positions of the lakes with most pixels of class `truth` called `predicted`, most first, none empty.

    Args:
        confusions: (L, 3, 3).
        truth: Class code 1 to 3.
        predicted: Class code 1 to 3.
        most: Length of the answer at most.
    """
    counts = confusions[:, truth - 1, predicted - 1]
    order = np.argsort(-counts, kind="stable")[:most]
    return order[counts[order] > 0]


def densest(mask: np.ndarray) -> tuple[int, int] | None:
    """Return the (row, column) of the marked pixel of an (H, W) mask with most marked ones in the 7×7 px around it.

    The first of equals in reading order; None where nothing is marked.
    """
    if not mask.any():
        return None
    half = _WINDOW // 2
    sums = np.pad(mask.astype(np.int64), ((half + 1, half), (half + 1, half))).cumsum(axis=0).cumsum(axis=1)
    near = sums[_WINDOW:, _WINDOW:] - sums[:-_WINDOW, _WINDOW:] - sums[_WINDOW:, :-_WINDOW] + sums[:-_WINDOW, :-_WINDOW]
    row, column = np.unravel_index(int(np.where(mask, near, -1).argmax()), mask.shape)
    return int(row), int(column)
