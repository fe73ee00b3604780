"""What others say of the pixels that reviewers voted on: labels, labellers, models; on simulated lakes, the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lakeseg.bands import LAND, WATER, is_fill
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.data.simulate import labellers
from lakeseg.metrics import classes
from lakeseg.review.agreement import CLASSES, Kappa, categories, cohen, grounds_of, rated
from lakeseg.review.votes import Votes

MAP, RULE = "static map", "spectral rule"
LABELLERS: Final = (MAP, RULE)


@dataclass(frozen=True, eq=False)
class Facts:
    """What a dataset says of P pixels.

    Attributes:
        pixel: (P,) int64 rows in `/pixels`, ascending.
        label: (P,) uint8 class codes, 0 where a band is fill.
        truth: (P,) uint8 percent of water; None where the dataset does not know.
        labellers: (P,) uint8 class codes of each labeller, by name; empty where nobody knows.
    """

    pixel: np.ndarray
    label: np.ndarray
    truth: np.ndarray | None
    labellers: Mapping[str, np.ndarray]


def by_lake(dataset: Dataset, pixel: np.ndarray) -> Iterator[tuple[str, slice, np.ndarray]]:
    """Yield, for (P,) ascending rows of `/pixels`, each lake with its part of them and their positions in it."""
    if not len(pixel):
        return
    rows = np.searchsorted(dataset.lakes.offset, pixel, side="right") - 1
    starts = np.flatnonzero(np.r_[True, np.diff(rows) > 0])
    for first, last in zip(starts, [*starts[1:], len(rows)], strict=True):
        part = slice(int(first), int(last))
        yield str(dataset.lakes.id[rows[first]]), part, pixel[part] - dataset.lakes.offset[rows[first]]


def facts(dataset: Dataset, pixel: np.ndarray) -> Facts:
    """Return what a dataset says of (P,) ascending rows of `/pixels`."""
    label = np.zeros(len(pixel), np.uint8)
    truth = np.zeros(len(pixel), np.uint8) if dataset.truth_available else None
    told = {name: np.zeros(len(pixel), np.uint8) for name in LABELLERS}
    known = labellers.may_be_known(dataset)
    for lake_id, part, positions in by_lake(dataset, pixel):
        lake = dataset.lake(lake_id)
        flat = np.where(is_fill(lake.image, dataset.fill), np.uint8(0), lake.labels).ravel()
        label[part] = flat[positions]
        if truth is not None and lake.truth is not None:
            truth[part] = lake.truth.ravel()[positions]
        masks = labellers.votes(lake.image, lake.labels) if known else None
        known = masks is not None
        for name, mask in zip(LABELLERS, masks or (), strict=False):
            told[name][part] = np.where(mask.ravel()[positions], WATER, LAND)
    return Facts(pixel, label, truth, told if known else {})


def says(dataset: Dataset, pixel: np.ndarray, card: Card, cache: PredictionCache) -> np.ndarray:
    """Return (P,) uint8: the class that a model gives each pixel, 0 in lakes whose prediction is not in the cache."""
    out = np.zeros(len(pixel), np.uint8)
    for lake_id, part, positions in by_lake(dataset, pixel):
        made = cache.get(CacheKey(dataset.fingerprint, lake_id, card.fingerprint))
        if made is not None:
            out[part] = classes(made.reshape(-1, 3)[positions])
    return out


@dataclass(frozen=True)
class Opinion:
    """How far a reviewer agrees with somebody who is none: a model, a labeller."""

    reviewer: str
    other: str
    kappa: Kappa

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"reviewer": self.reviewer, "other": self.other, **self.kappa.to_json()}


def opinions(votes: Votes, dataset: Dataset, others: Mapping[str, np.ndarray], draws: int = 2000) -> list[Opinion]:
    """Return how far each reviewer's classes agree with each of `others`, by name (P,) class codes of `votes.pixels`.

    A model that calls a pixel unclassified agrees with nobody there; what the reviewer could not tell is left out.
    """
    table, grounds, k = rated(votes), grounds_of(dataset.lakes, votes.pixels), categories(CLASSES)
    pairs: Sequence[tuple[int, str]] = [(n, name) for n in range(len(votes.reviewers)) for name in others]
    return [Opinion(votes.reviewers[n], name, cohen(table[:, n], others[name], grounds, k, draws)) for n, name in pairs]
