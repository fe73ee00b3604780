"""Lakes that hold the same pixels: the same image twice, or cut-outs that overlap."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from lakeseg.analysis.health.tally import Tally
from lakeseg.data.dataset import Dataset

_COMMON: Final = 8  # a value that more lakes hold is no sign that any of them show the same ground
_FEWEST: Final = 3  # shared samples that make a pair worth reading
_MOST_PAIRS: Final = 2000
_SAME: Final = 0.95  # share of the overlap that has to be equal
_LEAST_OVERLAP: Final = 9  # pixels


@dataclass(frozen=True)
class Pair:
    """Two lakes (rows of the index) of which `pixels` are the same, moved by (rows, columns) against each other."""

    first: int
    second: int
    pixels: int
    moved: tuple[int, int]


def same_images(tally: Tally) -> list[list[int]]:
    """Return the rows of lakes whose shape and pixels are the same, a list for each set of them."""
    found: dict[bytes, list[int]] = defaultdict(list)
    for row, digest in enumerate(tally.digests):
        found[digest].append(row)
    return [rows for rows in found.values() if len(rows) > 1]


def overlapping(dataset: Dataset, tally: Tally) -> list[Pair]:
    """Return pairs of lakes that overlap with the same pixels, the same image left out, the largest overlap first.

    Pixels that two lakes have in common are found among the samples; the most likely shift between the lakes is then
    checked on all their pixels. The most alike `_MOST_PAIRS` pairs are looked at.
    """
    ends = np.cumsum(tally.size)
    pairs = [_overlap(dataset, pair, places) for pair, places in _alike(tally, ends)]
    return sorted((pair for pair in pairs if pair is not None), key=lambda pair: -pair.pixels)


def _alike(tally: Tally, ends: np.ndarray) -> Iterator[tuple[tuple[int, int], list[tuple[int, int]]]]:
    """Yield pairs of rows, with the places in the file of the samples they share."""
    order = np.argsort(tally.sampled, kind="stable")
    hashes, places = tally.sampled[order], tally.sampled_at[order]
    shared: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    first = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]])
    counts = np.diff(np.r_[first, len(hashes)])
    for start, count in zip(first[counts > 1].tolist(), counts[counts > 1].tolist(), strict=True):
        at = places[start : start + count]
        rows = np.searchsorted(ends, at, side="right")
        if count <= _COMMON:
            for one, other in combinations(range(count), 2):
                if rows[one] != rows[other]:
                    low, high = sorted((one, other), key=lambda each: int(rows[each]))
                    shared[int(rows[low]), int(rows[high])].append((int(at[low]), int(at[high])))
    likely = sorted((pair for pair in shared if len(shared[pair]) >= _FEWEST), key=lambda pair: -len(shared[pair]))
    yield from ((pair, shared[pair]) for pair in likely[:_MOST_PAIRS] if _differ(tally, pair))


def _differ(tally: Tally, pair: tuple[int, int]) -> bool:
    return tally.digests[pair[0]] != tally.digests[pair[1]]


def _overlap(dataset: Dataset, pair: tuple[int, int], places: list[tuple[int, int]]) -> Pair | None:
    """Return what two lakes have in common at the shift for which most of their shared samples speak."""
    table, (one, other) = dataset.lakes, pair
    widths = int(table.width[one]), int(table.width[other])
    starts = int(table.offset[one]), int(table.offset[other])
    moves = Counter(
        (
            (here - starts[0]) // widths[0] - (there - starts[1]) // widths[1],
            (here - starts[0]) % widths[0] - (there - starts[1]) % widths[1],
        )
        for here, there in places
    )
    (rows, columns), votes = moves.most_common(1)[0]
    if votes < _FEWEST:
        return None
    left, right = (dataset.lake(str(table.id[row])).image for row in pair)
    part = _common(left, right, rows, columns) == _common(right, left, -rows, -columns)
    equal = part.all(axis=-1)
    pixels = int(equal.sum())
    if pixels < _LEAST_OVERLAP or pixels < _SAME * equal.size:
        return None
    return Pair(one, other, pixels, (rows, columns))


def _common(image: np.ndarray, other: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return the part of (H, W, B) `image` that `other` covers, whose first pixel lies at (rows, columns) of it."""
    top, left = max(rows, 0), max(columns, 0)
    return image[top : max(rows + other.shape[0], 0), left : max(columns + other.shape[1], 0)]
