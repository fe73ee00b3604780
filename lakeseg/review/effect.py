"""What verdicts change: the dataset's Table 2, and each model's numbers, before and after.

Before, a pixel labelled unclassified enters no score of water and land; after, those on which reviewers settled do.
Reviewers choose what they look at, so the pixels that come in are no random sample: the difference says what the
numbers are on these labels, not what they would be if every pixel were settled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lakeseg.analysis.comparing import Difference, paired_difference
from lakeseg.analysis.selection import choose_lakes, ground_groups
from lakeseg.bands import CLASS_NAMES, LAND, UNCLASSIFIED, WATER
from lakeseg.cache import PredictionCache
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.metrics import Interval, Scores, bootstrap_intervals, sum_by_group
from lakeseg.review.consensus import Consensus
from lakeseg.review.opinions import Facts, says

METRICS: Final = ("f1", "iou", "precision", "recall")
_SEED: Final = 0  # of `evaluation.summarise`: the same draws, so the same interval
_U: Final = UNCLASSIFIED - 1


@dataclass(frozen=True, eq=False)
class Changed:
    """Pixels whose label the consensus changes: (C,) int64 rows in `/pixels`, ascending, and (C,) uint8 new labels."""

    pixel: np.ndarray
    label: np.ndarray


def changed(found: Consensus, known: Facts) -> Changed:
    """Return which labels a consensus changes; `known` are the facts of its pixels."""
    mask = (known.label == UNCLASSIFIED) & (found.label != UNCLASSIFIED)
    return Changed(found.pixel[mask], found.label[mask])


def table2(dataset: Dataset, change: Changed) -> list[dict[str, Any]]:
    """Return how many pixels each class has before and after, of the whole dataset first and then of each domain."""
    lakes = dataset.lakes
    before = dataset.class_counts()
    row = np.searchsorted(lakes.offset, change.pixel, side="right") - 1
    moved = np.bincount(row * 4 + change.label, minlength=4 * len(lakes)).reshape(-1, 4)
    after = before + moved
    after[:, UNCLASSIFIED] -= moved.sum(axis=1)
    domains = lakes.domain
    names = sorted(set(domains.tolist()) - {""})
    masks = {"all": np.full(len(lakes), True)} | {name: domains == name for name in names}
    return [
        {"domain": name, "lakes": int(mask.sum()), "pixels": int(before[mask].sum())}
        | {f"{CLASS_NAMES[code]} before": int(before[mask, code].sum()) for code in (WATER, LAND, UNCLASSIFIED)}
        | {f"{CLASS_NAMES[code]} after": int(after[mask, code].sum()) for code in (WATER, LAND, UNCLASSIFIED)}
        for name, mask in masks.items()
    ]


@dataclass(frozen=True)
class Moved:
    """A metric before and after: values, their intervals, and the paired difference after − before."""

    metric: str
    before: float
    after: float
    before_interval: Interval
    after_interval: Interval
    difference: Difference

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        ends = {
            "before": self.before_interval,
            "after": self.after_interval,
            "difference": self.difference.interval,
        }
        values = {"before": self.before, "after": self.after, "difference": self.difference.value}
        low_high = {f"{name}_{end}": getattr(one, end) for name, one in ends.items() for end in ("low", "high")}
        return {"metric": self.metric} | values | low_high


@dataclass(frozen=True)
class Effect:
    """What the consensus changes for one model.

    Attributes:
        card: The model.
        rule: Which lakes it is judged on, in a few words.
        lakes: How many.
        pixels_before: Pixels of water and land among their labels.
        pixels_after: The same with the consensus.
        moved: One entry a metric.
        problem: Why there are no numbers, in one line; empty if there are.
    """

    card: Card
    rule: str = ""
    lakes: int = 0
    pixels_before: int = 0
    pixels_after: int = 0
    moved: tuple[Moved, ...] = ()
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        names = ("rule", "lakes", "pixels_before", "pixels_after", "problem")
        numbers = [one.to_json() for one in self.moved]
        return {"model": self.card.id, **{name: getattr(self, name) for name in names}, "metrics": numbers}


def effect(dataset: Dataset, card: Card, cache: PredictionCache, change: Changed) -> Effect:
    """Return what the consensus changes for a model on the lakes whose ground it has not seen.

    Nothing is predicted: a model whose predictions are not in the cache has a `problem` that says so.
    """
    lakes, rule = choose_lakes(card, dataset, "test")
    rows = np.array([dataset.lakes.position(lake_id) for lake_id in lakes], np.int64)
    before = cache.scores(dataset.fingerprint, card.fingerprint, len(dataset.lakes))[rows]
    here = np.isin(np.searchsorted(dataset.lakes.offset, change.pixel, side="right") - 1, rows)
    mine = Changed(change.pixel[here], change.label[here])
    said = says(dataset, mine.pixel, card, cache)
    if (before < 0).any() or not said.all():
        return Effect(card, rule, len(rows), problem="not all of its lakes are predicted yet")
    after = before + moved_counts(dataset, mine, said)[rows]
    return _effect(card, rule, (before, after), ground_groups(dataset, rows))


def moved_counts(dataset: Dataset, change: Changed, said: np.ndarray) -> np.ndarray:
    """Return (L, 3, 3) int64: what to add to each lake's confusion matrix when labels change.

    Args:
        dataset: Where the lakes are.
        change: Pixels that were unclassified and are no more, C of them.
        said: (C,) the class that a model gives them.
    """
    row = np.searchsorted(dataset.lakes.offset, change.pixel, side="right") - 1
    keys = (row * 3 + change.label - 1) * 3 + said - 1
    added = np.bincount(keys, minlength=9 * len(dataset.lakes)).reshape(-1, 3, 3)
    added[:, _U] -= added.sum(axis=1)
    return np.asarray(added)


def _effect(card: Card, rule: str, tables: tuple[np.ndarray, np.ndarray], groups: Sequence[str]) -> Effect:
    scores = [Scores.from_confusion(table.sum(axis=0)) for table in tables]
    ends = [_intervals(table, groups) for table in tables]
    moved = []
    for metric in METRICS:
        difference = paired_difference(tables[1], tables[0], groups, metric)
        first, second = (float(getattr(one, metric)) for one in scores)
        moved.append(Moved(metric, first, second, ends[0][metric], ends[1][metric], difference))
    return Effect(card, rule, len(groups), scores[0].pixels, scores[1].pixels, tuple(moved))


def _intervals(table: np.ndarray, groups: Sequence[str]) -> Mapping[str, Interval]:
    return bootstrap_intervals(sum_by_group(table, groups), np.random.default_rng(_SEED), METRICS)
