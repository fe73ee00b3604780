"""Pixels of a lake as runs: the form in which regions and verdicts are kept.

A pixel is its row-major position in the lake, row × width + column. A run is (first position, number of pixels); as
text, `"first:count,first:count"` in ascending order. No run touches the next, so each set of pixels has one text.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from lakeseg.errors import ConfigError


def encode(positions: np.ndarray) -> str:
    """Return the text of (n,) positions, in any order; the empty text of none."""
    ordered = np.unique(np.asarray(positions, np.int64))
    if not len(ordered):
        return ""
    breaks = np.flatnonzero(np.diff(ordered) != 1) + 1
    starts = ordered[np.r_[0, breaks]]
    counts = np.diff(np.r_[0, breaks, len(ordered)])
    return ",".join(f"{start}:{count}" for start, count in zip(starts.tolist(), counts.tolist(), strict=True))


def decode(text: str) -> np.ndarray:
    """Return the (n,) int64 positions of a text, ascending.

    Raises:
        ConfigError: The text is no list of runs in ascending order that do not touch.
    """
    runs = _parsed(text)
    return np.concatenate([np.arange(first, first + count) for first, count in runs] or [np.empty(0, np.int64)])


def extent(text: str) -> tuple[int, int]:
    """Return how many pixels a text has, and its last position; both without making the positions.

    Raises:
        ConfigError: The text is no list of runs in ascending order that do not touch, or holds none.
    """
    runs = _parsed(text)
    if not runs:
        raise ConfigError("runs of pixels: expected at least one")
    return sum(count for _, count in runs), sum(runs[-1]) - 1


def _parsed(text: str) -> list[tuple[int, int]]:
    try:
        runs = [(int(first), int(count)) for first, count in (part.split(":") for part in text.split(",") if part)]
        good = all(first >= 0 and count > 0 for first, count in runs)
    except ValueError:
        good = False
    if not good or any(a + n >= b for (a, n), (b, _) in pairwise(runs)):
        raise ConfigError(f"runs of pixels {text[:60]!r}: expected first:count,first:count in ascending order")
    return runs


def mask(text: str, shape: tuple[int, int]) -> np.ndarray:
    """Return the (H, W) bool mask of a text.

    Raises:
        ConfigError: The text is no list of runs, or leaves the image.
    """
    positions = decode(text)
    out = np.zeros(shape[0] * shape[1], bool)
    if len(positions) and positions[-1] >= len(out):
        raise ConfigError(f"runs of pixels: position {positions[-1]} lies outside {shape[0]}×{shape[1]} px")
    out[positions] = True
    return out.reshape(shape)
