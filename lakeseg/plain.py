"""Values as JSON takes them; times and counts as a person reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """Return `value` with mappings, sequences and NumPy values turned into what JSON knows; NaN and ∞ become None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def duration(seconds: float) -> str:
    """Return a time in minutes, in seconds below half a minute, such as "3 min"."""
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"


def place_in_words(lon: float, lat: float) -> str:
    """Return a place in degrees, such as "61.50° N, 23.75° E"."""
    north, east = "N" if lat >= 0 else "S", "E" if lon >= 0 else "W"
    return f"{abs(lat):.2f}° {north}, {abs(lon):.2f}° {east}"


def counted(number: int, word: str) -> str:
    """Return a number and what is counted, such as "1 lake" or "1,204 lakes"."""
    return f"{number:,} {word}{'s' * (number != 1)}"
