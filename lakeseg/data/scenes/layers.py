"""One band of a file, read in windows: the raw numbers as they are stored, and where they lie.

Only the drivers named here ever open a file, so that a text which calls itself GeoTIFF cannot send GDAL to other files.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Protocol

import numpy as np

from lakeseg.data.scenes.grids import SINUSOIDAL, gdal_errors
from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.errors import DatasetError, first_line
from lakeseg.extras import GEO, extra

ENDINGS: Final = (".tif", ".tiff", ".jp2")
_DRIVERS: Final = {
    b"II*\0": "GTiff",
    b"MM\0*": "GTiff",
    b"II+\0": "GTiff",
    b"MM\0+": "GTiff",
    b"\0\0\0\x0c": "JP2OpenJPEG",
}
_MAX_BLOCK_BYTES: Final = 1 << 28
_MAX_SIDE: Final = 1 << 20
_CACHE_MB: Final = "64"
_SMALLEST, _LARGEST = 1e-9, 1e9  # of a pixel, in degrees or metres
_FARTHEST: Final = 1e12


class Layer(Protocol):
    """Numbers (H, W) of one kind. Errors are a `DatasetError` that names the file.

    Attributes:
        name: What a message calls it.
        shape: Rows and columns.
        grid: Where it lies, None where the file does not say.
        dtype: Type of its numbers.
        nodata: The number that means missing, None where the file names none.
        scale: What the file says a number is to be multiplied with, 1 where it says nothing.
        offset: What it says is to be added after that.
        description: What the file calls it, often nothing.
    """

    name: str
    shape: tuple[int, int]
    grid: Grid | None
    dtype: np.dtype
    nodata: float | None
    scale: float
    offset: float
    description: str

    def read(self, window: Window) -> np.ndarray:
        """Return (h, w) numbers of a window within the layer."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def rasterio() -> ModuleType:
    """Import rasterio with a block cache that stays small whatever the memory of the machine (GDAL takes 5 % of it)."""
    os.environ.setdefault("GDAL_CACHEMAX", _CACHE_MB)
    return extra("rasterio", "a raster", GEO)


def open_layers(path: Path) -> list[Layer]:
    """Open every band of a GeoTIFF or JPEG 2000.

    Raises:
        ConfigError: rasterio is not installed.
        DatasetError: The file is missing, damaged, or larger than any raster.
    """
    if not path.is_file():
        raise DatasetError(f"{path}: no such file: expected a GeoTIFF")
    reader, driver = rasterio(), _driver(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", reader.errors.NotGeoreferencedWarning)  # its grid is None, which says it
            file = reader.open(path.resolve(), driver=driver)
    except gdal_errors() as error:
        raise DatasetError(f"{path}: not a GeoTIFF, or damaged: copy it again ({first_line(error)[:120]})") from error
    try:
        _check(path, file)
        return [_Band(path, file, number) for number in range(1, file.count + 1)]
    except gdal_errors() as error:
        file.close()
        raise DatasetError(f"{path}: damaged: copy it again ({first_line(error)[:120]})") from error
    except BaseException:
        file.close()
        raise


def _driver(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        remedy = "ask its owner, or copy it to a folder of yours"
        raise DatasetError(f"{path}: cannot be read ({first_line(error)}): {remedy}") from error
    if head not in _DRIVERS:
        raise DatasetError(f"{path}: not a GeoTIFF by its first bytes: save it as GeoTIFF, or copy it again")
    return _DRIVERS[head]


def _check(path: Path, file: Any) -> None:
    height, width = file.block_shapes[0]
    size = max(np.dtype(name).itemsize for name in file.dtypes if not name.startswith("complex_int"))
    if any(np.dtype(name).kind not in "iuf" for name in file.dtypes):
        raise DatasetError(f"{path}: holds {file.dtypes[0]}: expected whole or real numbers")
    bands = file.count if str(file.interleaving).lower().endswith("pixel") else 1
    if max(file.shape) > _MAX_SIDE or height * width * size * bands > _MAX_BLOCK_BYTES:
        got = f"{file.height}×{file.width} px in blocks of {height}×{width}"
        raise DatasetError(
            f"{path}: {got}: too large to be read in windows; rewrite it with gdal_translate -co TILED=YES"
        )


def single(path: Path) -> Layer:
    """Open a file of one band; a `DatasetError` where it holds several."""
    layers = open_layers(path)
    if len(layers) > 1:
        layers[0].close()
        raise DatasetError(f"{path}: holds {len(layers)} bands where its name says one: give it by itself with --bands")
    return layers[0]


@contextmanager
def closing(layers: list[Layer]) -> Iterator[None]:
    """Close the layers opened so far when what follows fails."""
    try:
        yield
    except BaseException:
        for layer in layers:
            layer.close()
        raise


class _Band:
    """One band of an opened raster; what a mask within the file leaves out is NaN."""

    def __init__(self, path: Path, file: Any, number: int) -> None:
        self._path, self._file, self._number = path, file, number
        self.name = path.name if file.count == 1 else f"{path.name}, band {number}"
        self.shape = (int(file.height), int(file.width))
        self.grid = grid_of_file(file)
        self.dtype = np.dtype(file.dtypes[number - 1])
        self.nodata = file.nodatavals[number - 1]
        self.scale, self.offset = float(file.scales[number - 1]), float(file.offsets[number - 1])
        self.description = file.descriptions[number - 1] or ""
        self._masked = rasterio().enums.MaskFlags.per_dataset in file.mask_flag_enums[number - 1]

    def read(self, window: Window) -> np.ndarray:
        part = rasterio().windows.Window(window.column, window.row, window.width, window.height)
        try:
            numbers = np.asarray(self._file.read(self._number, window=part))
            left_out = self._file.read_masks(self._number, window=part) == 0 if self._masked else None
        except gdal_errors() as error:
            reason = first_line(error)[:120]
            raise DatasetError(f"{self._path}: damaged or truncated: copy it again ({reason})") from error
        return numbers if left_out is None else np.where(left_out, np.nan, numbers)

    def close(self) -> None:
        self._file.close()


def grid_of_file(file: Any) -> Grid | None:
    """Return where an opened raster lies, None where it has no system or a transform that makes no sense."""
    if file.crs is None or file.transform.is_identity:
        return None
    a, b, c, d, e, f = tuple(file.transform)[:6]
    sides = (abs(a) + abs(b), abs(d) + abs(e), math.sqrt(abs(a * e - b * d)))
    if not all(_SMALLEST < side < _LARGEST for side in sides) or not all(abs(x) < _FARTHEST for x in (c, f)):
        return None
    return Grid(crs_name(file.crs), (a, b, c, d, e, f))


def crs_name(crs: Any) -> str:
    """Return the short name of a coordinate reference system where it has one, else its definition."""
    code = crs.to_epsg()
    if code:
        return f"EPSG:{code}"
    return SINUSOIDAL if crs == type(crs).from_user_input(SINUSOIDAL) else str(crs.to_wkt())
