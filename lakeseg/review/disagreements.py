"""Where reviewers contradict each other: pixels that one calls water and another land, for somebody to adjudicate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lakeseg.bands import LAND, UNCLASSIFIED, WATER
from lakeseg.data.table import LakeTable
from lakeseg.review import runs
from lakeseg.review.consensus import Consensus
from lakeseg.review.verdicts import Verdict
from lakeseg.review.votes import NOTHING, Votes


@dataclass(frozen=True)
class Disagreement:
    """Pixels of a lake on which the same verdicts contradict each other.

    Attributes:
        lake: Id of the lake.
        runs: The pixels, as `runs.encode` gives them.
        pixels: How many.
        verdicts: The standing verdict of each reviewer on them.
        apart: Percent of water between the two that lie farthest apart.
        tied: Whether the consensus is open there, at least in part.
    """

    lake: str
    runs: str
    pixels: int
    verdicts: tuple[Verdict, ...]
    apart: int
    tied: bool


def disagreements(votes: Votes, lakes: LakeTable, found: Consensus) -> list[Disagreement]:
    """Return where classes differ (mixed counts by its half, can't tell contradicts nobody).

    Ties come first, then what is farther apart on more pixels.

    Args:
        votes: The votes.
        lakes: Index of the dataset.
        found: What these votes come to.
    """
    classes = votes.table(votes.classes)
    differ = np.flatnonzero((classes == WATER).any(axis=1) & (classes == LAND).any(axis=1))
    if not len(differ):
        return []
    there = np.flatnonzero(np.isin(votes.places, differ))
    said = np.zeros((len(differ), len(votes.reviewers)), np.int32)
    said[np.searchsorted(differ, votes.places[there]), votes.reviewer[there]] = votes.of[there] + 1
    sets, place = np.unique(said, axis=0, return_inverse=True)
    order = np.argsort(place.ravel(), kind="stable")
    parts = np.split(differ[order], np.cumsum(np.bincount(place.ravel()))[:-1])
    listed = [
        _one(votes.pixels[part], [votes.verdicts[n - 1] for n in row if n], lakes, (found.label[part] == UNCLASSIFIED))
        for row, part in zip(sets.tolist(), parts, strict=True)
    ]
    return sorted(listed, key=lambda one: (not one.tied, -one.apart * one.pixels, one.lake, one.runs))


def _one(pixel: np.ndarray, verdicts: Sequence[Verdict], lakes: LakeTable, open_: np.ndarray) -> Disagreement:
    lake = verdicts[0].lake
    percent = [NOTHING if one.water is None else round(100 * one.water) for one in verdicts]
    told = [value for value in percent if value != NOTHING]
    text = runs.encode(pixel - lakes.offset[lakes.position(lake)])
    return Disagreement(lake, text, len(pixel), tuple(verdicts), max(told) - min(told), bool(open_.any()))
