"""The arrays that the viewer's test app shows and that its tests expect."""

from __future__ import annotations

import numpy as np

HEIGHT, WIDTH = 60, 80
MESSAGE = "Needs band 5: <img src=x onerror='throw 1'> choose another model"


def labels() -> np.ndarray:
    """A square lake of water in land, an unclassified bar, a masked corner."""
    codes = np.full((HEIGHT, WIDTH), 2, np.uint8)
    codes[15:45, 20:50] = 1
    codes[50:54, 10:70] = 3
    codes[:6, :8] = 0
    return codes


def predicted() -> np.ndarray:
    """The lake two pixels too far right: columns 20, 21 are missed, 50, 51 are false water; a corner nobody saw."""
    codes = np.full((HEIGHT, WIDTH), 2, np.uint8)
    codes[15:45, 22:52] = 1
    codes[58:, 76:] = 0
    return codes


def probability() -> np.ndarray:
    """A different two-decimal number for most pixels."""
    row, column = np.indices((HEIGHT, WIDTH))
    return ((row * 37 + column * 11) % 101) / 100


def composite(seed: int) -> np.ndarray:
    """Noise: the worst picture for any compression."""
    return np.random.default_rng(seed).integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)
