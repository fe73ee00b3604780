"""One look at every pixel of a dataset: moments and histograms of its bands, per domain and class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.analysis.histograms import Histograms
from lakeseg.analysis.moments import Moments
from lakeseg.bands import CLASS_NAMES, is_fill
from lakeseg.data.dataset import Dataset
from lakeseg.data.table import LakeTable

MOST_DOMAINS: Final = 12
UNKNOWN: Final = "unknown"
OTHERS: Final = "other domains"
_CODES: Final = len(CLASS_NAMES)


@dataclass(frozen=True, eq=False)
class Survey:
    """What the bands of a dataset look like: arrays start with axes (domain, class code).

    `lakes` (D,) counts lakes; single pixels have none.
    """

    bands: tuple[int, ...]
    scale: float
    domains: tuple[str, ...]
    lakes: np.ndarray
    moments: Moments
    histograms: Histograms

    def rows(self, domain: str | None) -> list[int]:
        """Return the rows of one domain, or of all of them for None and for a domain that is not here."""
        return [self.domains.index(domain)] if domain in self.domains else list(range(len(self.domains)))


def survey(dataset: Dataset) -> Survey:
    """Read a dataset once, in parts, and return its moments and histograms; pixels with a missing value are left out.

    The smallest of more than a dozen domains are taken together.
    """
    names, of_lake = domain_rows(dataset.lakes)
    shape = (len(names), _CODES)
    moments, histograms = Moments.empty(shape, len(dataset.bands)), Histograms.empty(shape, len(dataset.bands))
    for domain, code, counts in _groups(dataset, of_lake):
        moments.add((domain, code), counts)
        histograms.add((domain, code), counts)
    lakes = np.bincount(of_lake, minlength=len(names)) * (not dataset.of_pixels)
    return Survey(dataset.bands, dataset.scale, names, lakes, moments, histograms)


def domain_rows(table: LakeTable) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of the domains, and for each lake the row of its own, (L,) int64."""
    names, row, lakes = np.unique(table.domain, return_inverse=True, return_counts=True)
    shown = [name or UNKNOWN for name in names.tolist()]
    if len(names) <= MOST_DOMAINS:
        return tuple(shown), row
    kept = np.sort(np.argsort(-lakes, kind="stable")[: MOST_DOMAINS - 1])
    place = np.full(len(names), len(kept))
    place[kept] = np.arange(len(kept))
    return (*(shown[name] for name in kept), OTHERS), place[row]


def _groups(dataset: Dataset, of_lake: np.ndarray) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield (domain, class code, (n, B) int16 counts) for each part of the file and each pair that occurs in it."""
    ends = dataset.lakes.offset + dataset.lakes.size
    start = 0
    for counts, labels in dataset.iter_pixels():
        lake = np.searchsorted(ends, np.arange(start, start + len(labels)), side="right")
        start += len(labels)
        keys = of_lake[lake] * _CODES + labels
        keys[is_fill(counts, dataset.fill)] = -1
        order = np.argsort(keys, kind="stable")
        present, first = np.unique(keys[order], return_index=True)
        for key, group in zip(present.tolist(), np.split(order, first[1:]), strict=True):
            if key >= 0:
                yield key // _CODES, key % _CODES, counts[group]
