"""What a raster is here, whatever its format: bands of counts on a grid, read in windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True)
class Grid:
    """Where pixels lie: a coordinate reference system, and the affine map from (column, row) to its units.

    Attributes:
        crs: As EPSG code, PROJ string or WKT.
        transform: (a, b, c, d, e, f): x = a · column + b · row + c, y = d · column + e · row + f, for the upper left
            corner of a pixel (the order of `affine.Affine`).
    """

    crs: str
    transform: tuple[float, float, float, float, float, float]

    def at(self, row: int, column: int) -> Grid:
        """Return the grid of a part whose upper left pixel is (row, column) of this one."""
        a, b, c, d, e, f = self.transform
        return Grid(self.crs, (a, b, a * column + b * row + c, d, e, d * column + e * row + f))


@dataclass(frozen=True)
class Window:
    """A part of a raster in pixels: its upper left corner, height and width."""

    row: int
    column: int
    height: int
    width: int


class Scene(Protocol):
    """A raster of surface reflectance. Threads take one each. Errors are a `DatasetError` that names the file.

    Attributes:
        name: What a person calls it.
        bands: MODIS band numbers, ascending.
        shape: Rows and columns in pixels.
        grid: Where it lies, None where the file does not say.
        pixel_size_m: Side of a pixel in metres.
        date: ISO date, empty where unknown.
        provenance: What a dataset made from it should remember: reader, source's name, options, versions.
    """

    name: str
    bands: tuple[int, ...]
    shape: tuple[int, int]
    grid: Grid | None
    pixel_size_m: float
    date: str
    provenance: Mapping[str, Any]

    def read(self, window: Window) -> np.ndarray:
        """Return (h, w, B) int16 counts of 1e-4 reflectance, −28672 where missing, for a window within the scene."""
        ...

    def read_labels(self, window: Window) -> np.ndarray | None:
        """Return (h, w) uint8 class codes, None where the scene has no labels."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...
