"""What each band is worth, from the scores of every subset of the bands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lakeseg.bands import band_choices
from lakeseg.inference import OWN_WAY, Options

Bands = tuple[int, ...]
Scores = Mapping[Bands, float]


@dataclass(frozen=True)
class Preset:
    """A named choice of bands."""

    name: str
    bands: Bands


def presets(available: Sequence[int]) -> list[Preset]:
    """Return the named choices that the bands of a dataset allow."""
    return [Preset(name, bands) for name, bands in band_choices(available).items()]


def all_subsets(available: Sequence[int]) -> list[Bands]:
    """Return every subset but the empty one, small ones first: 127 of seven bands."""
    return [subset for size in range(1, len(available) + 1) for subset in combinations(sorted(available), size)]


def options_for(subset: Bands, available: Sequence[int]) -> Options:
    """Return how a model for any bands is asked for a subset; all that the data has are its own way."""
    return OWN_WAY if set(subset) == set(available) else Options(bands=tuple(sorted(subset)))


def is_complete(scores: Scores, available: Sequence[int]) -> bool:
    """Say whether there is a score for every subset, and it is defined."""
    return all(not math.isnan(scores.get(subset, math.nan)) for subset in all_subsets(available))


def best_of_size(scores: Scores) -> dict[int, Bands]:
    """Return the subset with the highest score of each size; the first of equals."""
    best: dict[int, Bands] = {}
    for subset, score in scores.items():
        if len(subset) not in best or score > scores[best[len(subset)]]:
            best[len(subset)] = subset
    return dict(sorted(best.items()))


def drops(scores: Scores, available: Sequence[int]) -> np.ndarray:
    """Return (B, B): what the score of all bands loses when two of them go together; on the diagonal when one goes.

    NaN where that leaves no band.
    """
    bands = tuple(sorted(available))
    whole = scores[bands]
    lost = np.full((len(bands), len(bands)), np.nan)
    for row, one in enumerate(bands):
        for column, other in enumerate(bands):
            left = tuple(band for band in bands if band not in (one, other))
            if left:
                lost[row, column] = whole - scores[left]
    return lost


def shapley(scores: Scores, available: Sequence[int]) -> np.ndarray:
    """Return (B,) shares of the score of all bands: what a band adds, averaged over every order in which they may come.

    They add up to the score of all bands; no band at all scores 0. Shapley (1953), doi:10.1515/9781400881970-018.
    """
    bands = tuple(sorted(available))
    values = np.zeros(len(bands))
    for place, band in enumerate(bands):
        others = [other for other in bands if other != band]
        for size in range(len(bands)):
            weight = 1 / (len(bands) * math.comb(len(bands) - 1, size))
            for subset in combinations(others, size):
                without = scores[subset] if subset else 0.0
                values[place] += weight * (scores[tuple(sorted((*subset, band)))] - without)
    return values
