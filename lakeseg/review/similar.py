"""Regions that look alike: settled ones as a precedent, open ones to be settled in one go.

The distance of two regions is the root mean square over the bands of the difference of their mean spectra, by the
square root of reflectance and in standard deviations of the dataset's unclassified pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from lakeseg.bands import LAND, WATER
from lakeseg.review.regions import Regions

NEAR: Final = 0.15
"""Distance up to which two spectra are alike, in standard deviations."""
UNDISPUTED: Final = 0.1
"""Most that may be said otherwise where all judges agree: share of pixels and mean probability of another class."""


@dataclass(frozen=True)
class Alike:
    """A region and its distance from the one in question, in standard deviations."""

    region: int
    distance: float


@dataclass(frozen=True, eq=False)
class Spectra:
    """The spectra of regions, ready to be compared; made once for a dataset's regions."""

    regions: Regions

    @cached_property
    def standard(self) -> np.ndarray:
        """(R, B) float32 square roots of reflectance in standard deviations."""
        rooted = np.sqrt(np.maximum(self.regions.spectra.astype(np.float64), 0))
        weights = self.regions.pixels / max(int(self.regions.pixels.sum()), 1)
        mean = weights @ rooted
        spread = np.sqrt(weights @ (rooted - mean) ** 2)
        return np.asarray((rooted - mean) / np.where(spread > 0, spread, 1), np.float32)

    def distances(self, region: int) -> np.ndarray:
        """Return the (R,) distances of all regions from one."""
        return np.sqrt(((self.standard - self.standard[region]) ** 2).mean(axis=1))

    def settled_alike(self, region: int, verdicts: np.ndarray, count: int = 5) -> tuple[Alike, ...]:
        """Return the settled regions that look most like one, the nearest first; never the region itself.

        Args:
            region: The one in question.
            verdicts: (R,) 0 where a region is not settled (`queue.Standing.verdicts`).
            count: How many at most.
        """
        away = np.where(verdicts > 0, self.distances(region), np.inf)
        away[region] = np.inf
        nearest = np.argsort(away, kind="stable")[:count]
        return tuple(Alike(int(one), float(away[one])) for one in nearest if np.isfinite(away[one]))

    def open_alike(self, region: int, left: np.ndarray, near: float = NEAR) -> np.ndarray:
        """Return the (n,) open regions that one verdict may settle with this one, the nearest first, itself among them.

        All judges call them what they call this one, hardly a pixel is said otherwise, no judge doubts it, and their
        spectra are `near`. None where the judges do not agree on the region itself.

        Args:
            region: The one in question.
            left: (R,) pixels left of each region (`queue.Standing.left`).
            near: Largest distance.
        """
        same = int(self.regions.unanimous[region])
        if not same or not self.undisputed[region]:
            return np.empty(0, np.int64)
        away = self.distances(region)
        wanted = (self.regions.unanimous == same) & self.undisputed & (left > 0) & (away <= near)
        found = np.flatnonzero(wanted)
        return np.asarray(found[np.argsort(away[found], kind="stable")])

    @cached_property
    def undisputed(self) -> np.ndarray:
        """(R,) bool: all judges agree on water or on land, on all but a tenth of the pixels, and each surely."""
        regions = self.regions
        doubt = np.minimum(regions.water, 1 - regions.water).max(axis=1, initial=0)
        sure = (regions.split <= UNDISPUTED) & (doubt <= UNDISPUTED)
        return np.asarray(sure & np.isin(regions.unanimous, (WATER, LAND)))
