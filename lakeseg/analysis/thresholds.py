"""Every labelled pixel with its score, and the exact confusion matrix at any threshold: precision–recall and ROC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from lakeseg.bands import LAND, NO_LABEL, UNCLASSIFIED, WATER, is_fill
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.data.dataset import Dataset
from lakeseg.metrics import Interval, quantile_interval, resampled

NEVER: Final = -1.0
"""Score of a pixel that the model calls unclassified: it is water at no threshold."""

_POINTS: Final = 400
_STEPS: Final = 256  # of recall and of fall-out, in which the areas of a draw are counted
_CELLS: Final = 1 << 20  # of the table from which groups are drawn
_SEED: Final = 0
_AXES: Final = ("recall", "precision", "fall_out")


def water_score(probabilities: np.ndarray) -> np.ndarray:
    """Return p(water) / (p(water) + p(land)) of (..., 3) probabilities as (...) float64, `NEVER` where unclassified.

    In float64 the quotient of float32 probabilities is at least 0.5 exactly where p(water) ≥ p(land), so the threshold
    0.5 gives the classes of `metrics.classes`, ties included. Where both are 0 it is 0.5, a tie; where they are NaN, as
    of a pixel that misses a band, it is NaN.
    """
    p = probabilities.astype(np.float64)
    water, land, unclassified = p[..., 0], p[..., 1], p[..., 2]
    total = water + land
    score = np.divide(water, total, out=np.full(total.shape, 0.5), where=total != 0)
    return np.where(unclassified > np.maximum(water, land), NEVER, score)


def classes_at(scores: np.ndarray, threshold: float) -> np.ndarray:
    """Return the (...) uint8 class codes of (...) scores at a threshold: water from it on; 0, no class, where NaN."""
    codes = np.where(scores >= threshold, np.uint8(WATER), np.uint8(LAND))
    codes = np.where(np.isnan(scores), np.uint8(NO_LABEL), codes)
    return np.where(scores == NEVER, np.uint8(UNCLASSIFIED), codes)


@dataclass(frozen=True, eq=False)
class PixelScores:
    """The labelled pixels of some lakes, one lake after the other.

    Attributes:
        labels: (N,) uint8 codes 1 to 3.
        scores: (N,) float64 of `water_score`.
        water: (N,) float32 probability of water.
        ends: (L,) int64, where each lake ends.
    """

    labels: np.ndarray
    scores: np.ndarray
    water: np.ndarray
    ends: np.ndarray

    @property
    def pixels(self) -> int:
        """Labelled pixels, unclassified ones included."""
        return len(self.labels)

    @cached_property
    def by_truth(self) -> tuple[np.ndarray, ...]:
        """Ascending scores of the pixels labelled water, land, unclassified."""
        return tuple(np.sort(self.scores[self.labels == code]) for code in (WATER, LAND, UNCLASSIFIED))

    @cached_property
    def _owner(self) -> np.ndarray:
        """Lake and truth of each pixel as one number, 3 × lake + truth; int32, for there are many pixels."""
        lakes = np.repeat(np.arange(len(self.ends), dtype=np.int32), np.diff(self.ends, prepend=0))
        return np.asarray(3 * lakes + self.labels - 1, dtype=np.int32)

    @cached_property
    def _never(self) -> np.ndarray:
        """Pixels of each lake and truth that the model calls unclassified, (3 L,)."""
        return np.bincount(self._owner[self.scores == NEVER], minlength=3 * len(self.ends))

    @cached_property
    def _known(self) -> np.ndarray:
        """Pixels of each lake and truth, (3 L,)."""
        return np.bincount(self._owner, minlength=3 * len(self.ends))

    def confusion(self, threshold: float = 0.5) -> np.ndarray:
        """Return the (3, 3) int64 confusion matrix at a threshold from 0 to 1, exactly, by two look-ups a class."""
        rows = []
        for ordered in self.by_truth:
            never, below = np.searchsorted(ordered, [0.0, threshold])
            rows.append([len(ordered) - below, below - never, never])
        return np.array(rows, np.int64)

    def lake_confusions(self, threshold: float = 0.5) -> np.ndarray:
        """Return the (L, 3, 3) int64 confusion matrix of each lake at a threshold from 0 to 1."""
        water = np.bincount(self._owner[self.scores >= threshold], minlength=3 * len(self.ends))
        table = np.stack([water, self._known - water - self._never, self._never], axis=-1)
        return table.reshape(-1, 3, 3).astype(np.int64)


def read_scores(dataset: Dataset, fingerprint: str, ids: Sequence[str], cache: PredictionCache) -> PixelScores | None:
    """Return the labelled pixels of lakes `ids` with what the model `fingerprint` says; None where one is not cached.

    A pixel that has fill in any band is no labelled pixel.
    """
    parts, lengths, shapes = [], [], {lake: (int(h), int(w)) for lake, h, w in _shapes(dataset, ids)}
    counts, labels = dataset.pixels(ids)
    labels = np.where(is_fill(counts, dataset.fill), np.uint8(NO_LABEL), labels)
    start = 0
    for lake in ids:
        probabilities = cache.get(CacheKey(dataset.fingerprint, lake, fingerprint))
        if probabilities is None or probabilities.shape[:2] != shapes[lake]:
            return None
        size = shapes[lake][0] * shapes[lake][1]
        known = labels[start : start + size] != NO_LABEL
        parts.append(probabilities.reshape(-1, 3)[known])
        lengths.append(len(parts[-1]))
        start += size
    said = np.concatenate([np.empty((0, 3), np.float32), *parts])
    ends = np.cumsum(lengths, dtype=np.int64)
    return PixelScores(labels[labels != NO_LABEL], water_score(said), said[:, 0].copy(), ends)


def _shapes(dataset: Dataset, ids: Sequence[str]) -> list[tuple[str, int, int]]:
    rows = [dataset.lakes.position(lake) for lake in ids]
    return [(lake, dataset.lakes.height[row], dataset.lakes.width[row]) for lake, row in zip(ids, rows, strict=True)]


@dataclass(frozen=True, eq=False)
class Curves:
    """Precision–recall and ROC of water: one point a distinct score, from the strictest threshold to the loosest.

    Attributes:
        thresholds: (K,) descending; the last calls everything water: it is `NEVER` if a pixel has that score.
        recall, precision, fall_out: (K,): TP / P, TP / (TP + FP), FP / N. NaN where undefined.
        average_precision: Σ (R_k − R_{k−1}) P_k: the area under the steps, without interpolation.
        roc_area: The area under the ROC by trapezoids: the share of (water, other) pairs in the right order, ties half.
    """

    thresholds: np.ndarray
    recall: np.ndarray
    precision: np.ndarray
    fall_out: np.ndarray
    average_precision: float
    roc_area: float

    @property
    def best(self) -> tuple[float, float]:
        """Threshold (0 to 1) with the highest F1, and that F1: optimistic, for it was chosen on these very pixels.

        Where every pixel is called unclassified, F1 is 0 at any threshold.
        """
        total = self.precision + self.recall
        f1 = np.divide(2 * self.precision * self.recall, total, out=np.zeros_like(total), where=total > 0)
        reached = np.where(self.thresholds == NEVER, 0.0, f1)
        place = int(reached.argmax())
        return max(float(self.thresholds[place]), 0.0), float(reached[place])

    def thinned(self, points: int = _POINTS) -> Curves:
        """Return at most `points` points for drawing: even steps of recall and of fall-out, and the first few at left.

        The areas stay those of all points.
        """
        count = len(self.thresholds)
        if count <= points:
            return self
        even, steps = np.linspace(0, 1, points // 3), np.geomspace(1, count, points // 3)
        by_axis = [np.searchsorted(axis, even) for axis in (self.recall, self.fall_out)]
        kept = np.unique(np.concatenate([[0, count - 1], *by_axis, steps.astype(int) - 1]).clip(0, count - 1))
        return replace(self, **{name: getattr(self, name)[kept] for name in ("thresholds", *_AXES)})


def curves(pixels: PixelScores, unclassified: str = "excluded") -> Curves | None:
    """Return the curves of water against land ("class": against land and unclassified); None without both sides."""
    water, land, other = pixels.by_truth
    rest = np.sort(np.concatenate([land, other])) if unclassified == "class" else land
    if not len(water) or not len(rest):
        return None
    thresholds = np.unique(np.concatenate([water, rest]))[::-1]
    hits = len(water) - np.searchsorted(water, thresholds)
    false = len(rest) - np.searchsorted(rest, thresholds)
    recall, precision, fall_out = hits / len(water), hits / (hits + false), false / len(rest)
    steps = np.diff(recall, prepend=0.0)
    area = np.trapezoid(np.concatenate([[0.0], recall]), np.concatenate([[0.0], fall_out]))
    return Curves(thresholds, recall, precision, fall_out, float((steps * precision).sum()), float(area))


@dataclass(frozen=True)
class AreaIntervals:
    """The 95 % bootstrap intervals of both areas of `Curves`, over ground groups."""

    average_precision: Interval
    roc_area: Interval


def area_intervals(
    pixels: PixelScores, groups: Sequence[str], unclassified: str = "excluded", draws: int = 2000
) -> AreaIntervals | None:
    """Return the intervals of the areas under both curves when ground groups are drawn anew; None where `curves` is.

    Of each draw the areas are counted in some hundred steps of recall and of fall-out (exactly, if there are no more
    distinct scores), and moved by what these steps leave out on all pixels: some 0.001 at most.

    Args:
        pixels: Of L lakes.
        groups: Ground group of each of the L lakes.
        unclassified: As in `curves`.
        draws: Resamplings.
    """
    whole = curves(pixels, unclassified)
    if whole is None:
        return None
    table = _score_classes(pixels, groups, unclassified)
    drawn = _areas(resampled(table, np.random.default_rng(_SEED), draws))
    exact = (whole.average_precision, whole.roc_area)
    names = ("average_precision", "roc_area")
    found = [
        quantile_interval(name, np.clip(values + area - rough, 0, 1), draws)
        for name, values, area, rough in zip(names, drawn, exact, _areas(table.sum(axis=0)), strict=True)
    ]
    return AreaIntervals(*found)


def _score_classes(pixels: PixelScores, groups: Sequence[str], unclassified: str) -> np.ndarray:
    """Return (G, K, 2) float64: water and other pixels of each group in classes of scores, the highest first."""
    names, row = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    kept = (pixels.labels != UNCLASSIFIED) | (unclassified == "class")
    water, scores = pixels.labels[kept] == WATER, pixels.scores[kept]
    steps = min(_STEPS, max(16, _CELLS // (4 * len(names))))
    lower = np.unique(np.concatenate([_even(scores[water], steps), _even(scores[~water], steps)]))
    place = len(lower) - np.searchsorted(lower, scores, side="right")
    owner = np.repeat(row, np.diff(pixels.ends, prepend=0))[kept]
    counts = np.bincount((owner * len(lower) + place) * 2 + ~water, minlength=len(names) * len(lower) * 2)
    return counts.reshape(len(names), len(lower), 2).astype(np.float64)


def _even(scores: np.ndarray, steps: int) -> np.ndarray:
    """Return all distinct scores if there are no more than `steps`, else the lowest and others evenly among them."""
    distinct = np.unique(scores)
    if len(distinct) <= steps:
        return distinct
    return np.quantile(scores, np.linspace(0, 1, steps, endpoint=False), method="lower")


def _areas(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return average precision and ROC area of (..., K, 2) counts, (...) each; NaN without water or without others."""
    hits, false = np.moveaxis(np.cumsum(table, axis=-2), -1, 0)
    sides = hits[..., -1] * false[..., -1]
    known = np.where(sides > 0, 1.0, np.nan)
    total = np.maximum(hits + false, 1)
    precise = (table[..., 0] * hits / total).sum(axis=-1) / np.maximum(hits[..., -1], 1)
    pairs = (table[..., 1] * (hits - table[..., 0] / 2)).sum(axis=-1) / np.maximum(sides, 1)
    return precise * known, pairs * known
