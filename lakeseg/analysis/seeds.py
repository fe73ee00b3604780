"""How sure a score is when both the lakes and the seed of a training might have been others."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from lakeseg.errors import ConfigError, unknown
from lakeseg.metrics import Interval, quantile_interval

DRAWS: Final = 2000
_LAKES_SEED: Final = 0
_SEEDS_SEED: Final = 1
_COUNTS: Final = 4

Metric = Callable[[np.ndarray], np.ndarray]


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, NaN where whole is 0."""
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def _f1(counts: np.ndarray) -> np.ndarray:
    tp, fn, fp, _ = np.moveaxis(counts, -1, 0)
    return _ratio(2 * tp, 2 * tp + fn + fp)


def _iou(counts: np.ndarray) -> np.ndarray:
    tp, fn, fp, _ = np.moveaxis(counts, -1, 0)
    return _ratio(tp, tp + fn + fp)


def _accuracy(counts: np.ndarray) -> np.ndarray:
    return _ratio(counts[..., 0] + counts[..., 3], counts.sum(axis=-1))


METRICS: Final[Mapping[str, Metric]] = {
    "f1": _f1,
    "iou": _iou,
    "precision": lambda counts: _ratio(counts[..., 0], counts[..., 0] + counts[..., 2]),
    "recall": lambda counts: _ratio(counts[..., 0], counts[..., 0] + counts[..., 1]),
    "accuracy": _accuracy,
}
"""Metrics of water from (..., 4) float64 counts tp, fn, fp, tn; (...) each, NaN where undefined."""


@dataclass(frozen=True)
class Summary:
    """A metric over the seeds of one model.

    Attributes:
        mean: Over the seeds, each scored on all lakes together; NaN where no seed has it defined.
        low, high: 95 % bootstrap interval of that mean, over ground groups of lakes and over seeds.
        least, most: Over the seeds.
        sd: Standard deviation over the seeds (n − 1), 0 for one.
        seeds, lakes, pixels: What it rests on; `pixels` are those of one seed.
        values: Of each seed.
    """

    metric: str
    mean: float
    low: float
    high: float
    least: float
    most: float
    sd: float
    seeds: int
    lakes: int
    pixels: int
    values: tuple[float, ...]


@dataclass(frozen=True)
class SeededDifference:
    """The mean of one model over its seeds less that of another, with its paired 95 % interval."""

    value: float
    interval: Interval

    @property
    def sure(self) -> bool:
        """Whether the interval excludes zero."""
        return self.interval.low > 0 or self.interval.high < 0


def summary(counts: np.ndarray, groups: Sequence[str], metric: str = "f1", draws: int = DRAWS) -> Summary:
    """Summarise the (S, L, 4) counts tp, fn, fp, tn of S seeds on the same L lakes.

    Each draw takes as many ground groups and as many seeds as there are, with replacement; its value is the mean over
    the drawn seeds of the metric on the drawn lakes. With one group (a set of single pixels) only seeds are drawn.

    Raises:
        ConfigError: There is no such metric, or the shapes do not fit.
    """
    values = _metric(metric)(_checked(counts, groups).sum(axis=1))
    drawn = _drawn(counts, groups, metric, draws, _SEEDS_SEED)
    interval = quantile_interval(metric, drawn, draws)
    known = values[~np.isnan(values)]
    return Summary(
        metric,
        _mean(values),
        interval.low,
        interval.high,
        float(known.min(initial=math.inf)) if len(known) else math.nan,
        float(known.max(initial=-math.inf)) if len(known) else math.nan,
        float(known.std(ddof=1)) if len(known) > 1 else 0.0,
        len(counts),
        counts.shape[1],
        int(counts[0].sum()),
        tuple(float(value) for value in values),
    )


def _mean(values: np.ndarray) -> float:
    """Return the mean of those that are defined, NaN without any."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def difference(
    first: np.ndarray, second: np.ndarray, groups: Sequence[str], metric: str = "f1", draws: int = DRAWS
) -> SeededDifference:
    """Return the difference of two models' means, (S, L, 4) and (T, L, 4) counts on the same lakes.

    Each draw takes the same ground groups for both, so that what makes a lake hard cancels; their seeds are drawn
    apart.

    Raises:
        ConfigError: The two are not of the same lakes.
    """
    if first.shape[1:] != second.shape[1:]:
        raise ConfigError(f"difference: expected the same lakes, got {first.shape[1]} and {second.shape[1]}")
    means = [_mean(_metric(metric)(counts.sum(axis=1))) for counts in (first, second)]
    drawn = _drawn(first, groups, metric, draws, _SEEDS_SEED) - _drawn(second, groups, metric, draws, _SEEDS_SEED + 1)
    return SeededDifference(means[0] - means[1], quantile_interval(metric, drawn, draws))


def _drawn(counts: np.ndarray, groups: Sequence[str], metric: str, draws: int, seeds_seed: int) -> np.ndarray:
    """Return the metric of every draw, (draws,); the drawn lakes depend on the groups alone."""
    by_group = _by_group(_checked(counts, groups), groups)
    seeds, size = by_group.shape[:2]
    beside = by_group.transpose(1, 0, 2).reshape(size, -1)  # one product for all seeds
    values = _metric(metric)((_times(size, draws) @ beside).reshape(draws, seeds, _COUNTS))
    picks = np.random.default_rng(seeds_seed).integers(0, seeds, (draws, seeds))
    picked = np.take_along_axis(values, picks, axis=1)
    known = ~np.isnan(picked)
    return _ratio(np.where(known, picked, 0).sum(axis=1), known.sum(axis=1).astype(np.float64))


@lru_cache(maxsize=4)
def _times(groups: int, draws: int) -> np.ndarray:
    """Return how often each draw takes each ground group, (draws, groups) float64, read-only; to draw takes longest."""
    drawn = np.random.default_rng(_LAKES_SEED).multinomial(groups, np.full(groups, 1 / groups), draws)
    times = drawn.astype(np.float64)
    times.flags.writeable = False
    return times


def _by_group(counts: np.ndarray, groups: Sequence[str]) -> np.ndarray:
    """Sum (S, L, 4) counts over the lakes of each ground group: (S, G, 4) float64."""
    names, place = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    member = place[None, :] == np.arange(len(names))[:, None]
    return np.einsum("gl,slc->sgc", member.astype(np.float64), counts, optimize=True)


def _checked(counts: np.ndarray, groups: Sequence[str]) -> np.ndarray:
    if counts.ndim != 3 or counts.shape[2] != _COUNTS or counts.shape[1] != len(groups) or not counts.size:
        raise ConfigError(f"seeds: expected (seeds, {len(groups)}, 4) counts, got {counts.shape}")
    return counts


def _metric(name: str) -> Metric:
    if name not in METRICS:
        raise ConfigError(unknown("metric", name, list(METRICS)))
    return METRICS[name]
