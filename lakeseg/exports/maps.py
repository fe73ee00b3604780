"""Lakes as Cloud-Optimized GeoTIFF, each where it lies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from lakeseg.cache import safe_name
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.data.scenes.grids import grid_of
from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.data.table import GRID, GRID_CRS
from lakeseg.errors import ConfigError
from lakeseg.exports.cog import class_layer, probability_layer, write_cog
from lakeseg.exports.content import Content, Origin

_PLAIN: Final = re.compile(r"\w[\w.-]{0,99}", re.ASCII)


def has_place(dataset: Dataset, lake_id: str) -> bool:
    """Say whether the dataset knows where a lake is."""
    return bool(_known(dataset, slice(row := dataset.lakes.position(lake_id), row + 1))[0])


def placed(dataset: Dataset) -> list[str]:
    """Return the ids of the lakes whose place is known."""
    return list(dataset.lakes.id[_known(dataset, slice(None))].tolist())


def _known(dataset: Dataset, rows: slice) -> np.ndarray:
    """Say for each of these lakes whether its grid or its centre is known, (n,) bool."""
    table = dataset.lakes
    known = np.isfinite(table.lon[rows]) & np.isfinite(table.lat[rows])
    if GRID in table.columns and GRID_CRS in table.columns:
        known |= np.isfinite(table.columns[GRID][rows]).all(axis=1)
    return np.asarray(known)


def place(dataset: Dataset, lake: Lake) -> Grid:
    """Return the grid of a lake; a `ConfigError` where the dataset does not say where it lies."""
    grid = grid_of(lake, dataset.pixel_size_m)
    if grid is None:
        raise ConfigError(f"lake {lake.id!r}: the dataset does not say where it lies, which a map needs")
    return grid


def file_name(lake_id: str) -> str:
    """Return the id where any disk takes it, else a name made from it."""
    return lake_id if _PLAIN.fullmatch(lake_id) else safe_name(lake_id)


def write_map(path: Path, dataset: Dataset, content: Content, origin: Origin, *, probabilities: bool = False) -> None:
    """Write the classes of a lake, or its probabilities, as GeoTIFF.

    Raises:
        ConfigError: Its place is not known, or rasterio is not installed.
        DatasetError: The file cannot be written.
    """
    lake, grid = content.lake, place(dataset, content.lake)
    tags = origin.tags(dataset, lake) | {"placed_by": _placed_by(lake)}
    if probabilities and content.probabilities is not None:
        values, layer = content.probabilities, probability_layer(lake.shape, grid, tags)
    else:
        values, layer = content.codes, class_layer(lake.shape, grid, tags)
    write_cog(path, layer, [(Window(0, 0, *lake.shape), values)])


def _placed_by(lake: Lake) -> str:
    return "its raster" if lake.grid is not None else "centre of the lake; rows from north to south"


def write_maps(
    folder: Path, dataset: Dataset, contents: Iterable[Content], origin: Origin, *, probabilities: bool = False
) -> list[Path]:
    """Write one GeoTIFF for each lake, named by its id, and return their paths; errors as of `write_map`."""
    paths = []
    for content in contents:
        paths.append(folder / f"{file_name(content.lake.id)}.tif")
        write_map(paths[-1], dataset, content, origin, probabilities=probabilities)
    return paths
