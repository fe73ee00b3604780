"""How far reviewers agree: kappa of each pair and of all, with intervals, on the pixels that several settled.

Pixels of a region share one verdict and those of a lake resemble each other, so that thousands of them may be a
handful of decisions: every interval here draws whole ground groups with replacement (`metrics.resampled`), and below
`LEAST_GROUNDS` of them there is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np

from lakeseg.data.table import LakeTable
from lakeseg.errors import ConfigError, unknown
from lakeseg.metrics import Interval, quantile_interval, resampled
from lakeseg.review.verdicts import VERDICTS
from lakeseg.review.votes import Votes

CLASSES, WORDS = "water or land", "all four verdicts"
SCALES: Final = (CLASSES, WORDS)
"""What counts as the same: the class of the pixel (mixed by its half, can't tell left out), or the very verdict."""

DRAWS: Final = 2000
LEAST_GROUNDS: Final = 5
_SEED: Final = 0


@dataclass(frozen=True)
class Kappa:
    """An agreement beyond chance; NaN where undefined.

    Attributes:
        value: 1 full agreement, 0 as much as chance gives.
        interval: 95 %, over ground groups; NaN where fewer than `LEAST_GROUNDS` have such pixels.
        same: Share of agreement, chance included.
        pixels: Pixels that it rests on.
        grounds: Ground groups that they lie in.
    """

    value: float
    interval: Interval
    same: float
    pixels: int
    grounds: int

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        ends = {"low": self.interval.low, "high": self.interval.high}
        return {"kappa": self.value, **ends, "same": self.same, "pixels": self.pixels, "grounds": self.grounds}


def grounds_of(lakes: LakeTable, pixel: np.ndarray) -> np.ndarray:
    """Return the ground group of each of (n,) rows of `/pixels`, as a number; a lake without a group stands alone."""
    names = np.where(lakes.group == "", lakes.id, lakes.group)
    numbers = np.unique(names, return_inverse=True)[1]
    return np.asarray(numbers[np.searchsorted(lakes.offset, pixel, side="right") - 1])


def rated(votes: Votes, scale: str = CLASSES) -> np.ndarray:
    """Return (P, R) uint8: the category that each reviewer gives each pixel, from 1 on; 0 where he gives none.

    Raises:
        ConfigError: There is no such scale.
    """
    if scale not in SCALES:
        raise ConfigError(unknown("scale", scale, list(SCALES)))
    return votes.table(votes.classes if scale == CLASSES else votes.code + 1)


def categories(scale: str) -> int:
    """Return how many categories a scale has: water, land and (of models) unclassified, or the four verdicts."""
    return len(VERDICTS) if scale == WORDS else 3


def cohen(first: np.ndarray, second: np.ndarray, grounds: np.ndarray, k: int, draws: int = DRAWS) -> Kappa:
    """Return Cohen's kappa of two raters on the pixels that both gave a category.

    (same − chance) / (1 − chance), chance from each one's own shares: Cohen, Educational and Psychological Measurement
    20 (1960) 37–46, doi:10.1177/001316446002000104.

    Args:
        first: (P,) categories 1 … k, 0 for none.
        second: Those of the other.
        grounds: (P,) number of each pixel's ground group.
        k: How many categories there are.
        draws: Of the bootstrap.
    """
    both = (first > 0) & (second > 0)
    place, count = _numbered(grounds[both])
    keys = (place * k + first[both] - 1) * k + second[both] - 1
    tables = np.bincount(keys.astype(np.int64), minlength=count * k * k).reshape(count, k * k)
    return _kappa(tables, lambda sums: _cohen(sums.reshape(-1, k, k)), int(both.sum()), draws)


def _cohen(tables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return kappa and share of agreement of (n, k, k) tables."""
    whole = tables.sum(axis=(1, 2))
    same = _ratio(np.trace(tables, axis1=1, axis2=2), whole)
    chance = _ratio((tables.sum(axis=1) * tables.sum(axis=2)).sum(axis=1), whole**2)
    return _ratio(same - chance, 1 - chance), same


def fleiss(categories_of: np.ndarray, grounds: np.ndarray, k: int, draws: int = DRAWS) -> Kappa:
    """Return Fleiss' kappa of any number of raters, who need not all have rated every pixel.

    Agreement of a pixel is the share of its pairs of raters who say the same; chance is that of two draws from the mean
    shares of the categories. Fleiss, Psychological Bulletin 76 (1971) 378–382, doi:10.1037/h0031619; where numbers
    of raters differ, each pixel weighs the same, as in Gwet, Handbook of Inter-Rater Reliability (2014), chapter 2.
    Only pixels of two raters and more count, for chance too: what one alone settled lies on other ground.

    Args:
        categories_of: (P, R) categories 1 … k, 0 for none.
        grounds: (P,) number of each pixel's ground group.
        k: How many categories there are.
        draws: Of the bootstrap.
    """
    counts = np.stack([(categories_of == one).sum(axis=1) for one in range(1, k + 1)], axis=1)
    raters = counts.sum(axis=1)
    several = raters > 1
    counts, raters = counts[several], raters[several].astype(np.float64)
    same = (counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1))
    rows = np.concatenate([np.ones((len(same), 1)), same[:, None], counts / raters[:, None]], axis=1)
    place, count = _numbered(grounds[several])
    sums = np.stack([np.bincount(place, column, minlength=count) for column in rows.T], axis=1)
    return _kappa(sums, _fleiss, len(rows), draws)


def _fleiss(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return kappa and share of agreement of (n, 2 + k) sums over pixels: one, agreement, share of each category."""
    same = _ratio(sums[:, 1], sums[:, 0])
    chance = _ratio((sums[:, 2:] ** 2).sum(axis=1), sums[:, 0] ** 2)
    return _ratio(same - chance, 1 - chance), same


def _kappa(
    sums: np.ndarray, measure: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]], pixels: int, draws: int
) -> Kappa:
    """Return a measure of (G, m) sums over ground groups, with its interval."""
    value, same = (float(one[0]) for one in measure(sums.sum(axis=0)[None].astype(np.float64)))
    drawn = np.full(1, math.nan)
    if len(sums) >= LEAST_GROUNDS:
        drawn = measure(resampled(sums, np.random.default_rng(_SEED), draws))[0]
    return Kappa(value, quantile_interval("kappa", drawn, draws), same, pixels, len(sums))


def _numbered(grounds: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the ground groups as numbers without gaps, and how many there are."""
    names, place = np.unique(grounds, return_inverse=True)
    return place, len(names)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, NaN where whole is 0 within rounding."""
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.abs(whole) > 1e-12)


@dataclass(frozen=True)
class Pair:
    """Two reviewers, and how far they agree."""

    first: str
    second: str
    kappa: Kappa


@dataclass(frozen=True)
class Agreement:
    """How far the reviewers of a dataset agree on a scale: of all together, and of each pair with common pixels."""

    scale: str
    together: Kappa
    pairs: tuple[Pair, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        pairs = [{"first": one.first, "second": one.second, **one.kappa.to_json()} for one in self.pairs]
        return {"scale": self.scale, "fleiss": self.together.to_json(), "cohen": pairs}


def agreement(votes: Votes, lakes: LakeTable, scale: str = CLASSES, draws: int = DRAWS) -> Agreement:
    """Return how far reviewers agree on the pixels that several of them settled.

    Raises:
        ConfigError: There is no such scale.
    """
    table, k = rated(votes, scale), categories(scale)
    several = (table > 0).sum(axis=1) > 1
    table, grounds = table[several], grounds_of(lakes, votes.pixels[several])
    pairs = []
    for one, other in combinations(range(len(votes.reviewers)), 2):
        kappa = cohen(table[:, one], table[:, other], grounds, k, draws)
        if kappa.pixels:
            pairs.append(Pair(votes.reviewers[one], votes.reviewers[other], kappa))
    return Agreement(scale, fleiss(table, grounds, k, draws), tuple(pairs))
