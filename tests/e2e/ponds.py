"""Five square ponds whose regions are known by hand: six unclassified squares each, 30 in all, of 300 px.

The left half of a lake is labelled water, the right half land. Down its middle stand the squares A to F, 4 px wide and
2 (A, B, C) or 3 px (D, E, F) high. What covers them: A and E water, C and D land, B and F half of both. Only in the
last lake F holds 4 px of water and 8 of land, which is one region, since no region is smaller than 6 px.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lakeseg.data.dataset import Dataset, Header, Lake
from lakeseg.data.write import write_dataset

LAKES, SIDE, LEFT, WIDTH = 5, 24, 10, 4
ROWS = {"A": (1, 2), "B": (4, 2), "C": (7, 2), "D": (10, 3), "E": (14, 3), "F": (18, 3)}
WATER = np.array([500, 200, 700, 1400, 60, 20, 10], np.int16)  # counts of bands 1 to 7
LAND = np.array([1200, 2800, 700, 500, 3600, 4200, 3000], np.int16)
HALF = ((WATER.astype(int) + LAND) // 2).astype(np.int16)
COVER = {"A": WATER, "B": HALF, "C": LAND, "D": LAND, "E": WATER, "F": HALF}


def positions(square: str) -> np.ndarray:
    """The pixels of a square, ascending."""
    row, height = ROWS[square]
    return (np.arange(row, row + height)[:, None] * SIDE + np.arange(LEFT, LEFT + WIDTH)).ravel()


def pond(number: int) -> Lake:
    image = np.where((np.arange(SIDE) < SIDE // 2)[None, :, None], WATER, LAND) * np.ones((SIDE, 1, 1), np.int16)
    labels = np.where(np.arange(SIDE) < SIDE // 2, 1, 2).astype(np.uint8) * np.ones((SIDE, 1), np.uint8)
    for square, cover in COVER.items():
        image.reshape(-1, 7)[positions(square)] = cover
        labels.ravel()[positions(square)] = 3
    if number == LAKES - 1:
        image.reshape(-1, 7)[positions("F")] = np.repeat([WATER, LAND], [4, 8], axis=0)
    return Lake(f"pond-{number}", image, labels, f"ground {number}", domain="ponds")


def make(path: Path) -> Dataset:
    return write_dataset(path, Header("Ponds", (1, 2, 3, 4, 5, 6, 7), "made by hand", False), map(pond, range(LAKES)))
