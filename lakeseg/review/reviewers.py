"""What is known of each reviewer: how much, how fast, how reliable on areas whose answer is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lakeseg.bands import LAND, WATER
from lakeseg.data.dataset import Dataset
from lakeseg.review import runs
from lakeseg.review.verdicts import HONEYPOT, REPEAT, Verdict
from lakeseg.review.votes import HALF, SETTLING, Votes

_Z: Final = 1.959963984540054  # of 95 %


@dataclass(frozen=True)
class Tries:
    """`hits` of `tries`, with Wilson's 95 % interval; NaN without tries.

    Each try is a decision of its own on an area of its own, so that the binomial is at its place here. Wilson, Journal
    of the American Statistical Association 22 (1927) 209–212, doi:10.1080/01621459.1927.10502953.
    """

    hits: int
    tries: int

    @property
    def share(self) -> float:
        """Hits as a share of the tries."""
        return self.hits / self.tries if self.tries else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end."""
        n, p = self.tries, self.share
        if not n:
            return math.nan, math.nan
        middle, half = p + _Z**2 / (2 * n), _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
        return max(0.0, (middle - half) / (1 + _Z**2 / n)), min(1.0, (middle + half) / (1 + _Z**2 / n))

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        low, high = self.interval
        return {"hits": self.hits, "tries": self.tries, "share": self.share, "low": low, "high": high}


@dataclass(frozen=True)
class Reviewer:
    """One reviewer.

    Attributes:
        name: Who.
        verdicts: Standing verdicts that settle something, those in bulk included.
        pixels: Pixels on which one of them is the latest.
        unsure: Of the verdicts, those that say: can't tell.
        seconds: Median seconds a verdict, bulk left out; NaN where nobody measured it.
        honeypots: Areas on which both labellers agree, and how many were called what they say.
        repeats: Regions shown again, and how many got the class that they got before.
    """

    name: str
    verdicts: int
    pixels: int
    unsure: int
    seconds: float
    honeypots: Tries
    repeats: Tries

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        plain = {key: getattr(self, key) for key in ("name", "verdicts", "pixels", "unsure", "seconds")}
        return plain | {"honeypots": self.honeypots.to_json(), "repeats": self.repeats.to_json()}


def class_of(verdict: Verdict) -> int:
    """Return the class code that a verdict stands for: mixed by its half; 0 where the reviewer could not tell."""
    if verdict.water is None:
        return 0
    return WATER if verdict.water >= HALF / 100 else LAND


def reviewers(dataset: Dataset, verdicts: Sequence[Verdict], votes: Votes) -> list[Reviewer]:
    """Return what is known of each reviewer, by name.

    Args:
        dataset: What is reviewed.
        verdicts: All of its verdicts, of every purpose, in the order in which they were kept.
        votes: Those of them that settle something.
    """
    kept = [one for one in verdicts if one.undone_by is None]
    pixels = np.bincount(votes.reviewer, minlength=len(votes.reviewers))
    per_name = dict(zip(votes.reviewers, pixels.tolist(), strict=True))
    names = sorted({one.reviewer for one in kept})
    return [_one(dataset, name, [one for one in kept if one.reviewer == name], per_name.get(name, 0)) for name in names]


def _one(dataset: Dataset, name: str, his: Sequence[Verdict], pixels: int) -> Reviewer:
    settling = [one for one in his if one.purpose in SETTLING]
    seconds = [one.seconds for one in settling if one.seconds is not None]
    return Reviewer(
        name,
        len(settling),
        pixels,
        sum(one.water is None for one in settling),
        float(np.median(seconds)) if seconds else math.nan,
        honeypots(dataset, his),
        repeats(his),
    )


def honeypots(dataset: Dataset, verdicts: Sequence[Verdict]) -> Tries:
    """Count the honeypots among some verdicts, and those whose class is that of most of their labels."""
    shown = [one for one in verdicts if one.purpose == HONEYPOT]
    labels = {lake: dataset.lake(lake).labels.ravel() for lake in {one.lake for one in shown}}
    right = 0
    for one in shown:
        counts = np.bincount(labels[one.lake][runs.decode(one.runs)], minlength=4)
        right += class_of(one) == (WATER if counts[WATER] >= counts[LAND] else LAND)
    return Tries(int(right), len(shown))


def repeats(verdicts: Sequence[Verdict]) -> Tries:
    """Count one reviewer's repeats of what he settled before, and those that give the same class.

    Before a repeat each pixel has the class of the last verdict on it; where these differ, that of most pixels counts.
    """
    shown_again = {one.lake for one in verdicts if one.purpose == REPEAT}
    before: dict[str, list[tuple[np.ndarray, int]]] = {lake: [] for lake in shown_again}
    same = tries = 0
    for one in verdicts:
        if one.lake not in shown_again or one.purpose not in (REPEAT, *SETTLING):
            continue
        pixels = runs.decode(one.runs)
        if one.purpose == REPEAT:
            told = _last_words(pixels, before[one.lake])
            tries += bool(len(told))
            same += bool(len(told)) and int(np.bincount(told).argmax()) == class_of(one)
        else:
            before[one.lake].append((pixels, class_of(one)))
    return Tries(same, tries)


def _last_words(pixels: np.ndarray, before: Sequence[tuple[np.ndarray, int]]) -> np.ndarray:
    """Return the class that each of (n,) pixels was given last, of those that were given any."""
    said = np.full(len(pixels), -1)
    for where, code in before:
        said[np.isin(pixels, where)] = code
    return said[said >= 0]
