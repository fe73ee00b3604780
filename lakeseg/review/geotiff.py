"""Consensus labels as GeoTIFF, one file a lake, on the grid that MODIS images lie on.

A lake that was cut out of a raster lies where it lay there. Of others a dataset knows the centre and how large a pixel
is, no more: `data/scenes/grids.py` says where they are placed.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

from lakeseg.bands import CLASS_COLOURS, CLASS_NAMES, NO_LABEL
from lakeseg.cache import safe_name
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.data.scenes.grids import grid_of
from lakeseg.data.write import replacing
from lakeseg.errors import ConfigError
from lakeseg.evaluation import Progress
from lakeseg.extras import GEO, extra
from lakeseg.review.consensus import Consensus, settled_labels

_NOWHERE: Final = "lake {!r}: the dataset does not say where it lies, which a GeoTIFF needs"
_PLAIN: Final = re.compile(r"\w[\w.-]{0,99}", re.ASCII)


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
        raise ConfigError(_NOWHERE.format(lake_id))
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
    return extra("rasterio", "GeoTIFF", GEO)


def _profile(rasterio: ModuleType, dataset: Dataset, lake: Lake) -> dict[str, Any]:
    grid = grid_of(lake, dataset.pixel_size_m)
    if grid is None:
        raise ConfigError(_NOWHERE.format(lake.id))
    height, width = lake.shape
    return {
        "driver": "GTiff",
        "height": height,
        "width": width,
        "count": 1,
        "dtype": "uint8",
        "crs": grid.crs,
        "transform": rasterio.Affine(*grid.transform),
        "nodata": NO_LABEL,
        "compress": "deflate",
    }


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
        "placed_by": "its grid" if lake.grid else "centre of the lake; rows from north to south",
    }
