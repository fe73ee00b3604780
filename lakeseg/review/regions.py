"""Regions: unclassified pixels of a lake that belong together, and what is known of each.

`Regions` is the table that the queue is made of, with one row a region over all lakes of a dataset. It is made once for
a dataset and some models (`cutting.py`), and kept as a file beside the dataset's other caches.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Judge:
    """A model whose opinion was asked when the regions were cut."""

    id: str
    fingerprint: str
    title: str


@dataclass(frozen=True, eq=False)
class Regions:
    """Regions of a dataset, R of them, in the order of lakes and of their first pixel.

    Attributes:
        dataset: Fingerprint of the dataset.
        judges: Models, K of them, that were asked. May be none.
        bands: Band numbers of `spectra`.
        lake: (R,) int32 row of the lake in the dataset's table.
        first: (R + 1,) int64 where each region's pixels begin in `positions`.
        positions: (P,) int32 row-major positions in the lake, ascending within a region.
        box: (R, 4) int32 first row, first column, last row, last column, both inclusive.
        spectra: (R, B) float32 mean reflectance.
        water: (R, K) float32 mean probability of water of each judge.
        says: (R, K) uint8 class code that each judge gives most pixels.
        split: (R,) float32 share of pixels on which the judges do not all say the same; 0 without judges.
        entropy: (R,) float32 mean entropy in bits of the judges' mean probability; 0 without judges.
        shore: (R,) float32 distance in pixels from the region to the nearest border of labelled water and labelled
            land, or of what most judges call water; infinite where a lake has none.
    """

    dataset: str
    judges: tuple[Judge, ...]
    bands: tuple[int, ...]
    lake: np.ndarray
    first: np.ndarray
    positions: np.ndarray
    box: np.ndarray
    spectra: np.ndarray
    water: np.ndarray
    says: np.ndarray
    split: np.ndarray
    entropy: np.ndarray
    shore: np.ndarray

    def __len__(self) -> int:
        return len(self.lake)

    @cached_property
    def pixels(self) -> np.ndarray:
        """(R,) int64 pixels of each region."""
        return np.diff(self.first)

    def positions_of(self, region: int) -> np.ndarray:
        """Return the (n,) positions of a region in its lake."""
        return self.positions[self.first[region] : self.first[region + 1]]

    @cached_property
    def unanimous(self) -> np.ndarray:
        """(R,) uint8 class code that all judges give the region, 0 where they differ or there are none."""
        if not self.says.shape[1]:
            return np.zeros(len(self), np.uint8)
        return np.where((self.says == self.says[:, :1]).all(axis=1), self.says[:, 0], 0).astype(np.uint8)
