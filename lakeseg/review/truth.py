"""How often verdicts are right, on simulated lakes whose water fraction is known pixel by pixel.

A pixel is water if half of it is. A region of a thousand pixels is one decision, so that intervals draw whole ground
groups (`agreement.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lakeseg.analysis.undecided import Share, share
from lakeseg.bands import LAND, UNCLASSIFIED, WATER
from lakeseg.data.table import LakeTable
from lakeseg.metrics import Interval
from lakeseg.review.agreement import LEAST_GROUNDS, grounds_of
from lakeseg.review.consensus import Consensus
from lakeseg.review.verdicts import LAND as SAYS_LAND
from lakeseg.review.verdicts import MIXED, UNSURE, VERDICTS
from lakeseg.review.verdicts import WATER as SAYS_WATER
from lakeseg.review.votes import HALF, Votes

NEAR: Final = 10  # points of percent within which a stated fraction counts as met


@dataclass(frozen=True)
class Match:
    """How verdicts of a kind compare with the truth.

    Attributes:
        kind: Of what the verdicts are.
        verdicts: How many have a pixel here.
        pixels: Their pixels.
        true_water: Mean true water of these pixels, 0 to 1.
        right: Pixels whose class is right; of mixed, regions whose fraction is within `NEAR` points of the truth; None
            where nothing can be right.
        off: Mean distance in points of percent between fraction and truth, a mean over regions; NaN but of mixed.
    """

    kind: str
    verdicts: int
    pixels: int
    true_water: float
    right: Share | None
    off: float = math.nan

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        names = ("kind", "verdicts", "pixels", "true_water", "off")
        right = None if self.right is None else self.right.to_json()
        return {name: getattr(self, name) for name in names} | {"right": right}


def by_verdict(votes: Votes, truth: np.ndarray, lakes: LakeTable) -> list[Match]:
    """Return how often each verdict is right, in the order of `VERDICTS`; those that nobody gave are left out.

    Args:
        votes: The votes.
        truth: (P,) percent of water of `votes.pixels`.
        lakes: Index of the dataset.
    """
    found = []
    for code, name in enumerate(VERDICTS):
        mask = votes.code == code
        if mask.any():
            found.append(_match(name, votes, truth, lakes, mask))
    return found


def by_confidence(votes: Votes, truth: np.ndarray, lakes: LakeTable) -> list[Match]:
    """Return how often the verdicts water and land are right, by their confidence."""
    pure = np.isin(votes.code, [VERDICTS.index(SAYS_WATER), VERDICTS.index(SAYS_LAND)])
    masks = {str(level): pure & (votes.confidence == level) for level in (1, 2, 3)}
    return [_match(name, votes, truth, lakes, mask) for name, mask in masks.items() if mask.any()]


def by_reviewer(votes: Votes, truth: np.ndarray, lakes: LakeTable) -> list[Match]:
    """Return how often each reviewer is right where he could tell; mixed counts by its half."""
    told = votes.code != VERDICTS.index(UNSURE)
    masks = {name: told & (votes.reviewer == place) for place, name in enumerate(votes.reviewers)}
    return [_pure(name, votes, truth, lakes, mask) for name, mask in masks.items() if mask.any()]


def of_consensus(found: Consensus, truth: np.ndarray, lakes: LakeTable) -> Share:
    """Return how often the labels on which reviewers settled are right."""
    label = found.label
    settled = label != UNCLASSIFIED
    right = (label == np.where(truth >= HALF, WATER, LAND))[settled]
    return _share(right, grounds_of(lakes, found.pixel[settled]))


def _match(kind: str, votes: Votes, truth: np.ndarray, lakes: LakeTable, mask: np.ndarray) -> Match:
    if kind == MIXED:
        return _mixed(votes, truth, lakes, mask)
    if kind == UNSURE:
        water = truth[votes.places[mask]]
        return Match(kind, _regions(votes, mask), len(water), float(water.mean() / 100), None)
    return _pure(kind, votes, truth, lakes, mask)


def _pure(kind: str, votes: Votes, truth: np.ndarray, lakes: LakeTable, mask: np.ndarray) -> Match:
    places = votes.places[mask]
    water = truth[places]
    right = votes.classes[mask] == np.where(water >= HALF, WATER, LAND)
    found = _share(right, grounds_of(lakes, votes.pixels[places]))
    return Match(kind, _regions(votes, mask), len(water), float(water.mean() / 100), found)


def _mixed(votes: Votes, truth: np.ndarray, lakes: LakeTable, mask: np.ndarray) -> Match:
    """Compare the fraction of each region with its mean true water."""
    of, place = np.unique(votes.of[mask], return_inverse=True)
    water = truth[votes.places[mask]]
    mean = np.bincount(place, water) / np.bincount(place)
    first = np.flatnonzero(mask)[np.unique(place, return_index=True)[1]]
    off = np.abs(mean - votes.percent[first])
    right = _share(off <= NEAR, grounds_of(lakes, votes.pixel[first]))
    return Match(MIXED, len(of), len(water), float(water.mean() / 100), right, float(off.mean()))


def _regions(votes: Votes, mask: np.ndarray) -> int:
    return len(np.unique(votes.of[mask]))


def _share(right: np.ndarray, grounds: np.ndarray) -> Share:
    """Return how many of (n,) things are right, with an interval over their ground groups if there are enough."""
    names, place = np.unique(grounds, return_inverse=True)
    counts, whole = np.bincount(place, right), np.bincount(place)
    groups: Sequence[str] = [str(name) for name in names]
    found = share(counts.astype(np.int64), whole, groups)
    if len(names) >= LEAST_GROUNDS:
        return found
    return Share(found.count, found.pixels, found.share, Interval("share", math.nan, math.nan, 0.95, 0))
