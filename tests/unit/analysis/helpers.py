"""Labelled pixels by hand."""

import numpy as np

from lakeseg.analysis.thresholds import PixelScores


def pixels_of(labels, water, ends=None) -> PixelScores:
    """Pixels of a two-class model that says `water`; one lake unless `ends` says where each lake ends."""
    water = np.asarray(water, np.float32)
    ends = np.array([len(water)] if ends is None else ends, np.int64)
    return PixelScores(np.asarray(labels, np.uint8), water.astype(np.float64), water, ends[: len(water)])
