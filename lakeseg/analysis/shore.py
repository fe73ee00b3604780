"""The shoreline band: how good a model is near a border of classes, and how good away from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from lakeseg.analysis.thresholds import PixelScores, classes_at
from lakeseg.bands import LAND, NO_LABEL, UNCLASSIFIED, WATER, is_fill
from lakeseg.data.dataset import Dataset

WIDTHS: Final = (1, 2, 3)
FAR: Final = max(WIDTHS) + 1
"""Distance that stands for "further than the widest band", and for lakes without a border."""


def border_distance(labels: np.ndarray) -> np.ndarray:
    """Return how far each pixel of (H, W) labels is from the nearest pixel of another class, (H, W) uint8, at most FAR.

    Chessboard distance: the eight neighbours are at 1. The classes are water, land and unclassified; a pixel without a
    label is none, and so neither it nor the edge of the image makes a border. Pixels without a label are FAR.
    """
    from scipy.ndimage import distance_transform_cdt

    distance = np.full(labels.shape, FAR, np.uint8)
    for code in (WATER, LAND, UNCLASSIFIED):
        own, others = labels == code, (labels != code) & (labels != NO_LABEL)
        if own.any() and others.any():
            away = distance_transform_cdt(~others, metric="chessboard")
            distance[own] = np.minimum(away[own], FAR)
    return distance


def read_distances(dataset: Dataset, ids: Sequence[str]) -> np.ndarray:
    """Return the border distance of the labelled pixels of lakes `ids`, (N,) uint8, in the order of `PixelScores`."""
    counts, labels = dataset.pixels(ids)
    labels = np.where(is_fill(counts, dataset.fill), np.uint8(NO_LABEL), labels)
    parts, start = [np.empty(0, np.uint8)], 0
    for row in (dataset.lakes.position(lake) for lake in ids):
        shape = int(dataset.lakes.height[row]), int(dataset.lakes.width[row])
        own = labels[start : start + shape[0] * shape[1]].reshape(shape)
        parts.append(border_distance(own)[own != NO_LABEL])
        start += own.size
    return np.concatenate(parts)


def band_confusions(pixels: PixelScores, distances: np.ndarray) -> np.ndarray:
    """Return (FAR, L, 3, 3) int64: the confusion matrices of L lakes at each distance 1, 2, 3 and FAR.

    Sum the first k for the band of width k; all of them for the whole lakes.
    """
    lakes = len(pixels.ends)
    owner = np.repeat(np.arange(lakes), np.diff(pixels.ends, prepend=0))
    said = classes_at(pixels.scores, 0.5)
    place = ((distances.astype(np.int64) - 1) * lakes + owner) * 9 + (pixels.labels.astype(np.int64) - 1) * 3 + said - 1
    return np.bincount(place, minlength=FAR * lakes * 9).reshape(FAR, lakes, 3, 3)
