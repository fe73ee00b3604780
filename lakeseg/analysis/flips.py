"""Flips: pixels whose class depends on the size of the patch in which a network saw them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from lakeseg.errors import ConfigError

FLIP_SIZES: Final = (8, 12, 16, 24, 32, 48, 64)


def flip_counts(whole: np.ndarray, by_size: Sequence[np.ndarray]) -> np.ndarray:
    """Count for each pixel how many predictions say another class than `whole` does.

    Args:
        whole: (H, W) class codes of one pass over the whole lake.
        by_size: (H, W) class codes of each patch size.

    Raises:
        ConfigError: The shapes differ.
    """
    for codes in by_size:
        if codes.shape != whole.shape:
            raise ConfigError(f"flips: expected predictions of shape {whole.shape}, got {codes.shape}")
    counts = np.zeros(whole.shape, np.uint8)
    for codes in by_size:
        counts += codes != whole
    return counts


def flip_table(whole: np.ndarray, by_size: Sequence[np.ndarray], valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many `valid` pixels flip 0, 1, … n times, (n + 1,) int64, and how many flip at each size, (n,) int64.

    The second sums to the flips of the first: both count each flip once.
    """
    counts = flip_counts(whole, by_size)[valid]
    changed = [int((codes != whole)[valid].sum()) for codes in by_size]
    return np.bincount(counts, minlength=len(by_size) + 1).astype(np.int64), np.array(changed, np.int64)
