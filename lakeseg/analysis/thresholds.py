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

NEVER: Final = -1.0
"""Score of a pixel that the model calls unclassified: it is water at no threshold."""

_POINTS: Final = 400
_AXES: Final = ("recall", "precision", "fall_out")


def water_score(probabilities: np.ndarray) -> np.ndarray:
    """Return p(water) / (p(water) + p(land)) of (..., 3) probabilities as (...) float64, `NEVER` where unclassified.

    In float64 the quotient of float32 probabilities is at least 0.5 exactly where p(water) ≥ p(land), so the threshold
    0.5 gives the classes of `metrics.classes`, ties included. Where both are 0 it is 0.5, a tie.
    """
    p = probabilities.astype(np.float64)
    water, land, unclassified = p[..., 0], p[..., 1], p[..., 2]
    total = water + land
    score = np.divide(water, total, out=np.full(total.shape, 0.5), where=total > 0)
    return np.where(unclassified > np.maximum(water, land), NEVER, score)


def classes_at(scores: np.ndarray, threshold: float) -> np.ndarray:
    """Return the (...) uint8 class codes of (...) scores at a threshold: water from it on."""
    codes = np.where(scores >= threshold, np.uint8(WATER), np.uint8(LAND))
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
        """Lake and truth of each pixel as one number, 3 × lake + truth."""
        lakes = np.repeat(np.arange(len(self.ends)), np.diff(self.ends, prepend=0))
        return np.asarray(3 * lakes + self.labels - 1, dtype=np.int64)

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
        """Threshold (0 to 1) with the highest F1, and that F1: optimistic, for it was chosen on these very pixels."""
        total = self.precision + self.recall
        f1 = np.divide(2 * self.precision * self.recall, total, out=np.zeros_like(total), where=total > 0)
        place = int(np.where(self.thresholds == NEVER, -1.0, f1).argmax())
        return float(self.thresholds[place]), float(f1[place])

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
