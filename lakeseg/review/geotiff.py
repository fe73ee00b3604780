"""Consensus labels as GeoTIFF, one file a lake, on the grid that MODIS images lie on.

A dataset knows where the centre of a lake lies and how large a pixel is, no more: rows are taken to run from north to
south and the image to lie on its grid without rotation. MODIS land images are on the sinusoidal grid of a sphere, whose
cells of nominally 500 m are 463.3127 m wide (MODIS Land team, https://modis-land.gsfc.nasa.gov/GCTP.html). Images of
another pixel size are placed in the UTM zone of their centre.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

from lakeseg.bands import CLASS_COLOURS, CLASS_NAMES, NO_LABEL
from lakeseg.cache import safe_name
from lakeseg.data.dataset import MODIS_PIXEL_M, Dataset, Lake
from lakeseg.data.write import replacing
from lakeseg.errors import ConfigError
from lakeseg.evaluation import Progress
from lakeseg.review.consensus import Consensus, settled_labels

RADIUS_M: Final = 6_371_007.181
SINUSOIDAL: Final = f"+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R={RADIUS_M} +units=m +no_defs"
_PLAIN: Final = re.compile(r"\w[\w.-]{0,99}", re.ASCII)
CELL_M: Final = 10.0 * math.pi / 180.0 * RADIUS_M / 2400  # a tile is 10° of latitude and 2400 cells high


def has_place(dataset: Dataset, lake_id: str) -> bool:
    """Say whether the dataset knows where a lake is."""
    row = dataset.lakes.position(lake_id)
    return bool(np.isfinite(dataset.lakes.lon[row]) and np.isfinite(dataset.lakes.lat[row]))


def placed(dataset: Dataset) -> list[str]:
    """Return the ids of the lakes whose place is known."""
    known = np.isfinite(dataset.lakes.lon) & np.isfinite(dataset.lakes.lat)
    return list(dataset.lakes.id[known].tolist())


def write_geotiff(path: Path, dataset: Dataset, lake_id: str, found: Consensus) -> None:
    """Write the labels of one lake: class codes with a colour table, 0 no data.

    Raises:
        ConfigError: The place of the lake is not known, or rasterio is not installed.
        DatasetError: The lake is not in the dataset, or the file cannot be written.
    """
    rasterio = _rasterio()
    if not has_place(dataset, lake_id):
        raise ConfigError(f"lake {lake_id!r}: the dataset does not say where it lies, which a GeoTIFF needs")
    lake, row = dataset.lake(lake_id), dataset.lakes.position(lake_id)
    labels = settled_labels(lake, int(dataset.lakes.offset[row]), dataset.fill, found)
    with replacing(path) as temporary, rasterio.open(temporary, "w", **_profile(rasterio, dataset, lake)) as file:
        file.write(labels, 1)
        file.write_colormap(1, {code: _rgba(CLASS_COLOURS[code], code) for code in CLASS_NAMES})
        file.set_band_description(1, "class")
        names = {f"class_{code}": name for code, name in CLASS_NAMES.items()}
        file.update_tags(**names, **_tags(dataset, lake, found))


def write_geotiffs(folder: Path, dataset: Dataset, found: Consensus, progress: Progress | None = None) -> list[Path]:
    """Write one GeoTIFF for each lake whose place is known, named by its id, and return their paths.

    Raises:
        ConfigError: No lake has a place, or rasterio is not installed.
        DatasetError: A file cannot be written.
    """
    _rasterio()
    ids = placed(dataset)
    if not ids:
        raise ConfigError(f"{dataset.path}: does not say where its lakes lie, which a GeoTIFF needs")
    paths = []
    for done, lake_id in enumerate(ids, start=1):
        path = folder / f"{_file_name(lake_id)}.tif"
        write_geotiff(path, dataset, lake_id, found)
        paths.append(path)
        if progress is not None:
            progress(done / len(ids), lake_id)
    return paths


def _file_name(lake_id: str) -> str:
    """Return the id where any disk takes it, else a name made from it."""
    return lake_id if _PLAIN.fullmatch(lake_id) else safe_name(lake_id)


def _rasterio() -> ModuleType:
    try:
        import rasterio
    except ImportError:
        raise ConfigError("GeoTIFF needs rasterio: run `pip install -r requirements-geo.txt`") from None
    return rasterio


def _profile(rasterio: ModuleType, dataset: Dataset, lake: Lake) -> dict[str, Any]:
    crs, x, y, cell = centre(lake.lon, lake.lat, dataset.pixel_size_m)
    height, width = lake.shape
    corner = (x - width / 2 * cell, y + height / 2 * cell)
    return {
        "driver": "GTiff",
        "height": height,
        "width": width,
        "count": 1,
        "dtype": "uint8",
        "crs": crs,
        "transform": rasterio.Affine(cell, 0, corner[0], 0, -cell, corner[1]),
        "nodata": NO_LABEL,
        "compress": "deflate",
    }


def centre(lon: float, lat: float, pixel_m: float) -> tuple[str, float, float, float]:
    """Return the grid of an image with its centre at (lon, lat) in degrees: its name, x, y and cell, in metres."""
    if pixel_m == MODIS_PIXEL_M:
        phi, lam = math.radians(lat), math.radians(lon)
        return SINUSOIDAL, RADIUS_M * lam * math.cos(phi), RADIUS_M * phi, CELL_M
    from rasterio.warp import transform

    zone = min(int((lon + 180) // 6) + 1, 60)
    crs = f"EPSG:{326 if lat >= 0 else 327}{zone:02d}"
    (x,), (y,) = transform("EPSG:4326", crs, [lon], [lat])
    return crs, float(x), float(y), pixel_m


def _rgba(colour: str, code: int) -> tuple[int, int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue, 0 if code == NO_LABEL else 255


def _tags(dataset: Dataset, lake: Lake, found: Consensus) -> dict[str, str]:
    return {
        "lake": lake.id,
        "date": lake.date,
        "dataset": dataset.name,
        "dataset_fingerprint": dataset.fingerprint,
        "rule": found.rule.words,
        "placed_by": "centre of the lake; rows from north to south",
    }
