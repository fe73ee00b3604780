"""One confusion matrix, summed, then metrics.

A confusion matrix is (3, 3) int64: rows are the truth, columns the prediction, both in the order water, land,
unclassified. A pixel without label (code 0) is in no matrix. A ratio whose denominator is 0 is NaN: undefined, not 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np

from lakeseg.bands import CLASS_NAMES, LAND, NO_LABEL, UNCLASSIFIED, WATER
from lakeseg.errors import ConfigError, unknown

Unclassified = Literal["excluded", "class"]
UNCLASSIFIED_RULES: Final = ("excluded", "class")
_W, _L, _U = WATER - 1, LAND - 1, UNCLASSIFIED - 1
_DRAWS_AT_ONCE: Final = 1 << 21


def classes(probabilities: np.ndarray) -> np.ndarray:
    """Return the (...) uint8 class codes of (..., 3) probabilities: the largest, the first of equals (argmax + 1).

    0, no class, where they are NaN, as they are of pixels that nobody saw (`inference.seen`).
    """
    water, land, unclassified = (probabilities[..., position] for position in (_W, _L, _U))
    codes = np.where(land > water, np.uint8(LAND), np.uint8(WATER))
    codes = np.where(unclassified > np.maximum(water, land), np.uint8(UNCLASSIFIED), codes)
    return np.where(np.isnan(water), np.uint8(NO_LABEL), codes)


def confusion(labels: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Count label codes 0–3 against predicted codes 1–3, both of one shape, as a (3, 3) int64 matrix.

    Raises:
        ConfigError: The shapes differ, a code is none, or a labelled pixel has no prediction.
    """
    if labels.shape != predicted.shape:
        raise ConfigError(f"confusion: labels {labels.shape} and prediction {predicted.shape} differ in shape")
    if labels.size and max(labels.max(), predicted.max()) > UNCLASSIFIED:
        raise ConfigError("confusion: a code is above 3: expected 0 no label, 1 water, 2 land, 3 unclassified")
    pairs = (labels.astype(np.uint8) << 2 | predicted.astype(np.uint8)).ravel()
    counts = np.bincount(pairs, minlength=16).reshape(4, 4)[1:]
    if counts[:, NO_LABEL].any():
        raise ConfigError(f"confusion: {counts[:, NO_LABEL].sum()} labelled pixels have prediction 0: expected 1 to 3")
    return counts[:, 1:].astype(np.int64)


def _divide(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, NaN where whole is 0."""
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole != 0)


def _mean_defined(values: np.ndarray) -> np.ndarray:
    """Return the mean over the last axis of the values that are defined, NaN where none is."""
    defined = ~np.isnan(values)
    return _divide(np.where(defined, values, 0).sum(axis=-1), defined.sum(axis=-1))


def _in_play(matrices: np.ndarray, unclassified: str) -> tuple[np.ndarray, int]:
    """Return the matrices as float64 with the rows that count, and how many classes the truth has."""
    if unclassified not in UNCLASSIFIED_RULES:
        raise ConfigError(unknown("treatment of unclassified pixels", unclassified, list(UNCLASSIFIED_RULES)))
    matrices = np.asarray(matrices, np.float64)
    if matrices.shape[-2:] != (3, 3):
        raise ConfigError(f"metrics: expected confusion matrices (..., 3, 3), got {matrices.shape}")
    if unclassified == "class":
        return matrices, 3
    kept = matrices.copy()
    kept[..., _U, :] = 0
    return kept, 2


def score_arrays(matrices: np.ndarray, unclassified: Unclassified = "excluded") -> dict[str, np.ndarray]:
    """Return every metric of (..., 3, 3) confusion matrices as (...) float64 arrays, by the names of `Scores`."""
    table, count = _in_play(matrices, unclassified)
    hits = np.diagonal(table, axis1=-2, axis2=-1)
    truth, said = table.sum(axis=-1), table.sum(axis=-2)
    recall, precision = _divide(hits, truth), _divide(hits, said)
    f1, iou = _divide(2 * hits, truth + said), _divide(hits, truth + said - hits)
    pixels = truth.sum(axis=-1)
    accuracy = _divide(hits.sum(axis=-1), pixels)
    chance = _divide((truth * said).sum(axis=-1), pixels**2)
    return {
        "pixels": pixels,
        "precision": precision[..., _W],
        "recall": recall[..., _W],
        "f1": f1[..., _W],
        "iou": iou[..., _W],
        "commission": 1 - precision[..., _W],
        "omission": 1 - recall[..., _W],
        "accuracy": accuracy,
        "balanced_accuracy": _mean_defined(recall[..., :count]),
        "kappa": _divide(accuracy - chance, 1 - chance),
        "macro_f1": _mean_defined(f1[..., :count]),
        "macro_iou": _mean_defined(iou[..., :count]),
    }


@dataclass(frozen=True)
class Scores:
    """Every metric of one confusion matrix; NaN where undefined.

    Attributes:
        pixels: How many labelled pixels the numbers rest on.
        precision, recall, f1, iou: Of water against everything else: TP / (TP + FP), TP / (TP + FN),
            2 TP / (2 TP + FP + FN), TP / (TP + FP + FN).
        commission, omission: Errors of water, 1 − precision and 1 − recall.
        accuracy: Share of the pixels whose class is right.
        balanced_accuracy: Mean recall of the classes that occur in the truth.
        kappa: Cohen's (accuracy − chance) / (1 − chance), doi:10.1177/001316446002000104.
        macro_f1, macro_iou: Means over the classes (water and land; with "class" unclassified too) that occur in the
            truth or in the prediction.
    """

    pixels: int
    precision: float
    recall: float
    f1: float
    iou: float
    commission: float
    omission: float
    accuracy: float
    balanced_accuracy: float
    kappa: float
    macro_f1: float
    macro_iou: float

    @property
    def users_accuracy(self) -> float:
        """User's accuracy of water: another name of precision."""
        return self.precision

    @property
    def producers_accuracy(self) -> float:
        """Producer's accuracy of water: another name of recall."""
        return self.recall

    @classmethod
    def from_confusion(cls, matrix: np.ndarray, unclassified: Unclassified = "excluded") -> Scores:
        """Derive the metrics of a (3, 3) confusion matrix.

        With "excluded", pixels whose truth is unclassified leave; on a water or land pixel the prediction
        "unclassified" stays and is wrong, which for the metrics of water means: not water. With "class", unclassified
        is a third class as good as the others.
        """
        values = {name: float(value) for name, value in score_arrays(matrix, unclassified).items()}
        return cls(pixels=int(values.pop("pixels")), **values)

    def to_json(self) -> dict[str, float | int | None]:
        """Return plain values with user's and producer's accuracy; None stands for undefined."""
        values = asdict(self) | {"users_accuracy": self.precision, "producers_accuracy": self.recall}
        return {name: None if math.isnan(value) else value for name, value in values.items()}


@dataclass(frozen=True)
class Bounds:
    """The scores if every pixel of unclassified truth were predicted wrong (`worst`) and right (`best`)."""

    worst: Scores
    best: Scores

    def to_json(self) -> dict[str, Any]:
        """Return both as plain values."""
        return {"worst": self.worst.to_json(), "best": self.best.to_json()}


def bounds(matrix: np.ndarray) -> Bounds:
    """Return what precision, recall, F1, IoU and accuracy can at least and at most be, whatever "unclassified" hides.

    Balanced accuracy and kappa are given at these two extremes, which need not be their own.
    """
    return Bounds(*(Scores.from_confusion(one) for one in bound_matrices(matrix)))


def bound_matrices(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a (..., 3, 3) confusion matrix if all pixels of unclassified truth were predicted wrong, and if right.

    Such a pixel is in fact water or land. Right: it is what the prediction says (and land, rightly found, where that is
    "unclassified"). Wrong: it is the other (and missed water where that is "unclassified").
    """
    worst, best = np.array(matrix, np.int64), np.array(matrix, np.int64)
    hidden = worst[..., _U, :].copy()
    worst[..., _U, :] = best[..., _U, :] = 0
    best[..., _W, _W] += hidden[..., _W]
    best[..., _L, _L] += hidden[..., _L] + hidden[..., _U]
    worst[..., _L, _W] += hidden[..., _W]
    worst[..., _W, _L] += hidden[..., _L]
    worst[..., _W, _U] += hidden[..., _U]
    return worst, best


@dataclass(frozen=True)
class Interval:
    """A bootstrap interval of one metric at `level`, from `draws` resamplings; NaN where undefined in all of them."""

    metric: str
    low: float
    high: float
    level: float
    draws: int

    def to_json(self) -> dict[str, Any]:
        """Return plain values; None stands for undefined."""
        return {name: None if value != value else value for name, value in asdict(self).items()}  # noqa: PLR0124 - NaN


def bootstrap_interval(
    confusions: np.ndarray,
    rng: np.random.Generator,
    metric: str = "f1",
    unclassified: Unclassified = "excluded",
    draws: int = 2000,
    level: float = 0.95,
) -> Interval:
    """Return the percentile interval of `metric` when lakes are drawn anew with replacement (`bootstrap_intervals`)."""
    return bootstrap_intervals(confusions, rng, (metric,), unclassified, draws, level)[metric]


def bootstrap_intervals(
    confusions: np.ndarray,
    rng: np.random.Generator,
    metrics: Sequence[str],
    unclassified: Unclassified = "excluded",
    draws: int = 2000,
    level: float = 0.95,
) -> dict[str, Interval]:
    """Return the percentile intervals of `metrics` when lakes are drawn anew with replacement, from the same draws.

    Pixels of one lake resemble each other, so whole lakes are drawn: each draw sums as many of the (L, 3, 3) confusion
    matrices as there are. Pass sums per ground group (`sum_by_group`) where lakes overlap.
    Percentile bootstrap: Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    for metric in metrics:
        if metric not in Scores.__dataclass_fields__:
            raise ConfigError(unknown("metric", metric, list(Scores.__dataclass_fields__)))
    drawn = resampled(confusions, rng, draws) if len(confusions) else np.zeros((1, 3, 3))
    values = score_arrays(drawn, unclassified)
    return {metric: quantile_interval(metric, values[metric], draws, level) for metric in metrics}


def quantile_interval(metric: str, values: np.ndarray, draws: int, level: float = 0.95) -> Interval:
    """Return the interval that holds the middle `level` of a metric's values in all draws, (draws,)."""
    defined = values[~np.isnan(values)]
    tail = (1 - level) / 2
    low, high = np.quantile(defined, [tail, 1 - tail]) if len(defined) else (math.nan, math.nan)
    return Interval(metric, float(low), float(high), level, draws)


def resampled(matrices: np.ndarray, rng: np.random.Generator, draws: int) -> np.ndarray:
    """Return (draws, …) float64: sums of as many of the (L, …) matrices as there are, drawn with replacement."""
    count = len(matrices)
    flat = np.asarray(matrices, np.float64).reshape(count, -1)
    at_once = max(1, _DRAWS_AT_ONCE // count)
    parts = []
    for start in range(0, draws, at_once):
        rows = min(at_once, draws - start)
        picks = rng.integers(0, count, (rows, count)) + count * np.arange(rows)[:, None]
        times = np.bincount(picks.ravel(), minlength=rows * count).reshape(rows, count)
        parts.append(times.astype(np.float64) @ flat)
    return np.concatenate(parts).reshape(draws, *np.shape(matrices)[1:])


def sum_by_group(confusions: np.ndarray, groups: Sequence[str] | np.ndarray) -> np.ndarray:
    """Sum (L, 3, 3) confusion matrices over lakes of one ground group: (G, 3, 3) in the groups' sorted order."""
    names, rows = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.zeros((len(names), 3, 3), np.int64)
    np.add.at(sums, rows, confusions)
    return sums


def confusion_to_json(matrix: np.ndarray) -> dict[str, Any]:
    """Return the matrix with its row and column names, ready for JSON."""
    return {"classes": [CLASS_NAMES[code] for code in (WATER, LAND, UNCLASSIFIED)], "rows_truth": matrix.tolist()}
