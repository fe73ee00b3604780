"""Merge neighbouring pixels into regions that are alike within and simple in outline.

The segmentation that minimises Mumford and Shah's piecewise constant functional, variance within the regions plus a
price for the length of their borders, is sought by merging neighbours (Koepfler, Lopez & Morel 1994,
https://doi.org/10.1137/0731046; in remote sensing known as the full lambda schedule, Robinson, Redding & Crisp 2002).
Two neighbours a and b of n_a and n_b pixels that share a border of length l become one where

    n_a n_b / (n_a + n_b) · |mean_a − mean_b|² / l  ≤  price.

The left side is what the merger adds to the variance, for each unit of border that it removes. So a speck joins its
surroundings even where it differs somewhat, and two large regions only where they hardly do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

DIAGONAL: Final = 0.5
"""Length of the border between pixels that meet in a corner, in sides of a pixel."""
REACH: Final = 4.0
"""Pixels that count as one unit of the features where a region is too large and is divided by place."""
REST: Final = 10
"""A piece of less than a tenth of the largest size joins its neighbour, which may become a tenth too large."""


@dataclass(frozen=True)
class Sizes:
    """What limits the merging.

    Attributes:
        price: Of one pixel side of border, in the unit of the squared features.
        least: Regions of fewer pixels join a neighbour at any price.
        most: Larger regions are divided into pieces that lie close together.
    """

    price: float
    least: int = 4
    most: int = 600


def neighbours(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs (E, 2) of the pixels of an (H, W) mask that touch, and the (E,) lengths of their borders.

    Pixels are numbered in row-major order, those of the mask only. Those that meet in a corner touch, too.
    """
    number = np.full(mask.shape, -1, np.int64)
    number[mask] = np.arange(np.count_nonzero(mask))
    steps = (
        (number[:, :-1], number[:, 1:], 1.0),
        (number[:-1], number[1:], 1.0),
        (number[:-1, :-1], number[1:, 1:], DIAGONAL),
        (number[:-1, 1:], number[1:, :-1], DIAGONAL),
    )
    pairs, lengths = [], []
    for here, there, length in steps:
        both = (here >= 0) & (there >= 0)
        pairs.append(np.stack([here[both], there[both]], axis=1))
        lengths.append(np.full(len(pairs[-1]), length))
    return np.concatenate(pairs), np.concatenate(lengths)


def merge(features: np.ndarray, where: np.ndarray, pairs: np.ndarray, lengths: np.ndarray, sizes: Sizes) -> np.ndarray:
    """Return the region of each of n pixels, (n,) int64, numbered from 0 in the order of their first pixels.

    In each round all pairs merge of which each is the other's cheapest neighbour; equal ones in the order of the
    pixels, so that the same input gives the same regions.

    Args:
        features: (n, F) of the pixels; the distance is Euclidean.
        where: (n, 2) row and column of each.
        pairs: (E, 2) pixels that touch.
        lengths: (E,) of their borders.
        sizes: Price and limits.
    """
    graph = _Graph(features, pairs, lengths)
    graph.exhaust(sizes.price, len(features) + 1, len(features) + 1)
    graph.exhaust(np.inf, len(features) + 1, sizes.least)
    whole = graph.region
    if np.bincount(whole, minlength=1).max() <= sizes.most:
        return in_order(whole)
    return in_order(_divided(whole, np.hstack([features, where / REACH]), pairs, lengths, sizes))


def _divided(
    whole: np.ndarray, features: np.ndarray, pairs: np.ndarray, lengths: np.ndarray, sizes: Sizes
) -> np.ndarray:
    """Return regions of which those that were too large are in pieces: their pixels merge anew, by place as well."""
    giant = (np.bincount(whole) > sizes.most)[whole]
    number = np.cumsum(giant) - 1
    inside = giant[pairs[:, 0]] & (whole[pairs[:, 0]] == whole[pairs[:, 1]])
    graph = _Graph(features[giant], number[pairs[inside]], lengths[inside])
    graph.exhaust(np.inf, sizes.most, sizes.most)
    graph.exhaust(np.inf, sizes.most + sizes.most // REST, sizes.most // REST)
    divided = whole.copy()
    divided[giant] = whole.max() + 1 + graph.region
    return divided


def in_order(region: np.ndarray) -> np.ndarray:
    """Return (n,) numbers of regions, renamed from 0 in the order of their first pixels."""
    _, first, place = np.unique(region, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[place]


class _Graph:
    """Regions so far: `region` (n,) of each pixel, sums and sizes of each region, and the borders that are left."""

    def __init__(self, features: np.ndarray, pairs: np.ndarray, lengths: np.ndarray) -> None:
        self.region = np.arange(len(features))
        self.sums = np.array(features, np.float64)  # a copy: it grows
        self.sizes = np.ones(len(features), np.int64)
        self.pairs, self.lengths = pairs, lengths

    def exhaust(self, price: float, most: int, small: int) -> None:
        """Merge until no pair is left that may."""
        while self.round(price, most, small):
            pass

    def round(self, price: float, most: int, small: int) -> bool:
        """Merge once the pairs of at most `most` pixels of which one has fewer than `small`; say whether any did."""
        joined = self._mutual(price, most, small)
        if not len(joined):
            return False
        target = np.arange(len(self.sizes))
        target[joined[:, 1]] = joined[:, 0]
        kept = np.flatnonzero(target == np.arange(len(target)))
        place = np.empty(len(target), np.int64)
        place[kept] = np.arange(len(kept))
        place = place[target]
        self.sums[joined[:, 0]] += self.sums[joined[:, 1]]
        self.sizes[joined[:, 0]] += self.sizes[joined[:, 1]]
        self.sums, self.sizes, self.region = self.sums[kept], self.sizes[kept], place[self.region]
        self._join_borders(place)
        return True

    def _mutual(self, price: float, most: int, small: int) -> np.ndarray:
        """Return (m, 2) pairs that are each other's cheapest among those that may merge."""
        ends = self.sizes[self.pairs]
        may = np.flatnonzero((ends.sum(axis=1) <= most) & (ends.min(axis=1, initial=most) < small))
        cost = self._costs(may)
        cheap = cost <= price
        may, cost = may[cheap], cost[cheap]
        pairs = self.pairs[may[np.lexsort((may, cost))]]
        place = np.arange(len(pairs))
        best = np.full(len(self.sizes), len(pairs))
        for end in (0, 1):
            np.minimum.at(best, pairs[:, end], place)
        return pairs[(best[pairs[:, 0]] == place) & (best[pairs[:, 1]] == place)]

    def _costs(self, some: np.ndarray) -> np.ndarray:
        """Return what merging some of the pairs adds to the variance, for each unit of border, (m,)."""
        one, other = self.pairs[some].T
        means = self.sums / self.sizes[:, None]
        apart = ((means[one] - means[other]) ** 2).sum(axis=1)
        n, m = self.sizes[one], self.sizes[other]
        return np.asarray(apart * (n * m / (n + m)) / self.lengths[some])

    def _join_borders(self, place: np.ndarray) -> None:
        """Rename the ends of the borders; those between the same two regions become one, those within one go."""
        pairs = np.sort(place[self.pairs], axis=1)
        apart = pairs[:, 0] != pairs[:, 1]
        keys, where = np.unique(pairs[apart, 0] * len(self.sizes) + pairs[apart, 1], return_inverse=True)
        self.lengths = np.bincount(where, self.lengths[apart], len(keys))
        self.pairs = np.stack([keys // len(self.sizes), keys % len(self.sizes)], axis=1)
