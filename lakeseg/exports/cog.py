"""Cloud-Optimized GeoTIFF: written block by block, with place, colours, class names, nodata and overviews.

GDAL's own driver `COG` lays out the file; it can only copy, so blocks first go to a tiled GeoTIFF beside it. What has
no place within a GeoTIFF, such as names of classes, `styles.py` puts beside it.
"""

from __future__ import annotations

import errno
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage
from typing import Any, Final

import numpy as np

from lakeseg.bands import CLASS_COLOURS, CLASS_NAMES, NO_LABEL
from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.data.write import replacing, write_reason
from lakeseg.errors import DatasetError, first_line
from lakeseg.exports.styles import rgba, write_sidecars
from lakeseg.extras import GEO, extra

BLOCK: Final = 256  # side of the tiles within the file, in pixels
PERCENT_NODATA: Final = 255
_CACHE: Final = 64 << 20  # bytes: rasterio does not take megabytes, as GDAL's own option does
_ROOM: Final = 1 << 20  # bytes: with less left when a write has failed, the disk was full
_SMALLEST: Final = 256  # overviews are halved until they fit this side, in pixels


@dataclass(frozen=True)
class Layer:
    """What a raster is, beside its values.

    Attributes:
        shape: Rows and columns in pixels.
        grid: Where it lies; None leaves the file without a place.
        dtype: NumPy name, such as `uint8`.
        nodata: Value of pixels that have none; a pixel that no block covers gets it.
        bands: Description of each band.
        names: Classes by value, empty where values are no classes.
        colours: Of the classes, `#rrggbb`; nodata is transparent.
        tags: Metadata, as texts.
    """

    shape: tuple[int, int]
    grid: Grid | None
    dtype: str
    nodata: float
    bands: tuple[str, ...]
    names: Mapping[int, str] = field(default_factory=dict)
    colours: Mapping[int, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def class_layer(shape: tuple[int, int], grid: Grid | None, tags: Mapping[str, str]) -> Layer:
    """Return the layer of (H, W) uint8 class codes: 1 water, 2 land, 3 unclassified, 0 nodata."""
    return Layer(shape, grid, "uint8", NO_LABEL, ("class",), CLASS_NAMES, CLASS_COLOURS, tags)


def probability_layer(shape: tuple[int, int], grid: Grid | None, tags: Mapping[str, str]) -> Layer:
    """Return the layer of (H, W, 3) float32 probabilities of water, land, unclassified; NaN is nodata."""
    bands = tuple(f"probability of {CLASS_NAMES[code]}" for code in (1, 2, 3))
    return Layer(shape, grid, "float32", float("nan"), bands, tags=tags)


def percent_layer(shape: tuple[int, int], grid: Grid | None, tags: Mapping[str, str]) -> Layer:
    """Return the layer of (H, W, 3) uint8 percent of water, land, unclassified; 255 is nodata."""
    bands = tuple(f"percent {CLASS_NAMES[code]}" for code in (1, 2, 3))
    return Layer(shape, grid, "uint8", PERCENT_NODATA, bands, tags=tags)


def write_cog(path: Path, layer: Layer, blocks: Iterable[tuple[Window, np.ndarray]]) -> None:
    """Write a Cloud-Optimized GeoTIFF from blocks; it appears whole or not at all.

    Memory stays with one block and 64 MB, whatever the size of the raster; the disk needs room for it without
    compression on top. Overviews take the nearest value of classes and the average of anything else.

    Args:
        path: Of the file, which should end in `.tif`; `.tif.aux.xml` and `.qml` come to lie beside it (`styles.py`).
        layer: What it is.
        blocks: Windows within the raster with their values, (h, w) or (h, w, number of bands), in any order.

    Raises:
        ConfigError: rasterio is not installed.
        DatasetError: It cannot be written, or a block does not fit.
    """
    rasterio = extra("rasterio", "GeoTIFF", GEO)
    with (
        replacing(path) as temporary,
        _beside(temporary) as work,
        _errors_of(rasterio, path),
        _nowhere(rasterio, layer),
    ):
        with rasterio.open(work, "w+", **_profile(rasterio, layer)) as file:
            _describe(file, layer)
            for window, values in blocks:
                _write_block(file, layer, window, values)
        with rasterio.open(work, "r+") as file:
            file.build_overviews(_factors(layer.shape), _resampling(rasterio, layer))
        _copy(work, temporary, layer)
    write_sidecars(path, layer.names, layer.colours, 1 if layer.dtype == "float32" else 100)


@contextmanager
def _beside(temporary: Path) -> Iterator[Path]:
    """Yield the name of the file that blocks go to; its ending is one that `replacing` clears away after a kill."""
    work = temporary.with_name(temporary.name.removesuffix(".part") + ".work.part")
    try:
        yield work
    finally:
        for left in (work, work.with_name(f"{work.name}.aux.xml"), temporary.with_name(f"{temporary.name}.aux.xml")):
            left.unlink(missing_ok=True)


@contextmanager
def _errors_of(rasterio: Any, path: Path) -> Iterator[None]:
    """Run GDAL with little memory, without sidecars of its own, and with errors of one line."""
    try:
        with rasterio.Env(GDAL_CACHEMAX=_CACHE, GDAL_PAM_ENABLED="NO"):
            yield
    except (rasterio.errors.RasterioError, rasterio.errors.CRSError, rasterio._err.CPLE_BaseError) as error:
        raise DatasetError(_reason(path, error)) from error


def _reason(path: Path, error: Exception) -> str:
    """Return one line that says why; of a full disk GDAL tells only what it could not write of the file's inside."""
    with suppress(OSError):
        if disk_usage(path.parent).free < _ROOM:
            return write_reason(path, OSError(errno.ENOSPC, "full"))
    return f"{path}: could not be written ({first_line(error.__cause__ or error)}); nothing was changed"


@contextmanager
def _nowhere(rasterio: Any, layer: Layer) -> Iterator[None]:
    """Keep rasterio from warning that a raster without a place has none."""
    if layer.grid is not None:
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        yield


def _profile(rasterio: Any, layer: Layer) -> dict[str, Any]:
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "height": layer.shape[0],
        "width": layer.shape[1],
        "count": len(layer.bands),
        "dtype": layer.dtype,
        "nodata": layer.nodata,
        "tiled": True,
        "blockxsize": BLOCK,
        "blockysize": BLOCK,
        "interleave": "band",  # by pixel, GDAL loses what a block leaves of a tile when its cache runs full
        "sparse_ok": True,
        "bigtiff": "if_safer",
    }
    if layer.grid is not None:
        profile |= {
            "crs": rasterio.crs.CRS.from_user_input(layer.grid.crs),
            "transform": rasterio.Affine(*layer.grid.transform),
        }
    return profile


def _describe(file: Any, layer: Layer) -> None:
    for number, text in enumerate(layer.bands, start=1):
        file.set_band_description(number, text)
    if layer.colours:
        file.write_colormap(1, {value: rgba(text, value == layer.nodata) for value, text in layer.colours.items()})
    file.update_tags(**{f"class_{value}": name for value, name in layer.names.items()}, **layer.tags)


def _write_block(file: Any, layer: Layer, window: Window, values: np.ndarray) -> None:
    count = len(layer.bands)
    expected = (window.height, window.width) + (() if values.ndim == 2 and count == 1 else (count,))
    inside = 0 <= window.row <= layer.shape[0] - window.height and 0 <= window.column <= layer.shape[1] - window.width
    if values.shape != expected or values.dtype != layer.dtype or not inside:
        got = f"{values.dtype} {values.shape} at {window.row}, {window.column}"
        raise DatasetError(f"block of {got}: expected {layer.dtype} {expected} within a raster of {layer.shape}")
    planes = values[None] if values.ndim == 2 else np.moveaxis(values, -1, 0)
    file.write(planes, window=((window.row, window.row + window.height), (window.column, window.column + window.width)))


def _factors(shape: tuple[int, int]) -> list[int]:
    factors: list[int] = []
    while max(shape) > _SMALLEST * 2 ** len(factors):
        factors.append(2 ** (len(factors) + 1))
    return factors


def _resampling(rasterio: Any, layer: Layer) -> Any:
    return rasterio.enums.Resampling.nearest if layer.names else rasterio.enums.Resampling.average


def _copy(work: Path, temporary: Path, layer: Layer) -> None:
    kind = "STANDARD" if layer.dtype == "uint8" else "FLOATING_POINT"
    extra("rasterio.shutil", "GeoTIFF", GEO).copy(
        work,
        temporary,
        driver="COG",
        blocksize=BLOCK,
        compress="DEFLATE",
        predictor="NO" if layer.names else kind,
        overviews="FORCE_USE_EXISTING",
        bigtiff="IF_SAFER",
    )
