"""Regions by hand: two lakes of 4×5 px, six regions, two judges."""

import numpy as np

from lakeseg.review.regions import Judge, Regions

JUDGES = (Judge("one", "f1", "One"), Judge("two", "f2", "Two"))
COUNTS = (4, 2, 1, 6, 3, 1)


def regions(dataset: str = "d", **changes) -> Regions:
    """Lake 0 has regions of 4, 2 and 1 px, lake 1 of 6, 3 and 1; each holds the pixels that come next in its lake."""
    positions = np.concatenate([np.arange(7), np.arange(10)]).astype(np.int32)
    first = np.concatenate([[0], np.cumsum(COUNTS)])
    fields = {
        "lake": np.array([0, 0, 0, 1, 1, 1], np.int32),
        "first": first,
        "positions": positions,
        "box": np.zeros((6, 4), np.int32),
        "spectra": np.array([[0.04], [0.04], [0.16], [0.0441], [0.36], [0.04]], np.float32),
        "water": np.array([[0.95, 0.95], [0.9, 0.2], [0.1, 0.0], [0.96, 0.97], [0.02, 0.05], [0.5, 0.6]], np.float32),
        "says": np.array([[1, 1], [1, 2], [2, 2], [1, 1], [2, 2], [1, 1]], np.uint8),
        "split": np.array([0, 1, 0, 0, 0, 1], np.float32),
        "entropy": np.array([0.29, 0.99, 0.29, 0.2, 0.2, 1.2], np.float32),
        "shore": np.array([1, 4, np.inf, 2, 10, 1], np.float32),
    }
    return Regions(dataset, JUDGES, (1,), **fields | changes)
