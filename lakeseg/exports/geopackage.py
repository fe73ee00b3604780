"""Outlines of water as GeoPackage: one polygon for each body of water, with islands as holes."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from lakeseg.bands import WATER
from lakeseg.data.dataset import Dataset
from lakeseg.data.scenes.grids import LONLAT, gdal_errors, position
from lakeseg.data.scenes.scene import Grid
from lakeseg.data.write import replacing
from lakeseg.errors import ConfigError, DatasetError, first_line
from lakeseg.exports.content import Content, Origin
from lakeseg.exports.maps import place
from lakeseg.exports.measures import cell_m
from lakeseg.extras import GEO, extra

LAYER: Final = "water"
FIELDS: Final = ("lake", "body", "pixels", "area_km2", "date", "grp", "domain", "source", "simulated")
"""`grp` is the group of lakes that overlap: `group` is a word of SQL."""
_POLYGON: Final = 3  # its number in well-known binary: OGC 06-103r4, 8.2.8

Ring = np.ndarray


@dataclass(frozen=True, eq=False)
class Body:
    """A body of water: its rings in pixels, (n, 2) of column and row, the outer one first, and its size in pixels."""

    rings: tuple[Ring, ...]
    pixels: int


def bodies(codes: np.ndarray) -> list[Body]:
    """Return the bodies of water in (H, W) class codes, the largest first; pixels that touch at a corner are apart."""
    features = extra("rasterio.features", "outlines", GEO)
    water = (codes == WATER).astype(np.uint8)
    found = []
    for shape, _ in features.shapes(water, mask=water.astype(bool), connectivity=4):
        rings = tuple(np.asarray(ring, float) for ring in shape["coordinates"])
        found.append(Body(rings, round(abs(_area(rings[0])) - sum(abs(_area(ring)) for ring in rings[1:]))))
    return sorted(found, key=lambda body: (-body.pixels, tuple(body.rings[0][0][::-1])))


def _area(ring: Ring) -> float:
    """Return the area within a closed ring by the shoelace formula, signed by its direction."""
    x, y = ring[:, 0], ring[:, 1]
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def write_outlines(path: Path, dataset: Dataset, contents: Iterable[Content], origin: Origin) -> int:
    """Write the outlines of all water, and return how many bodies there are.

    They are in the coordinate reference system of the lakes where all share one, else in longitude and latitude.

    Raises:
        ConfigError: A lake has no place, there is no water, or pyogrio or rasterio is not installed.
        DatasetError: The file cannot be written.
    """
    pyogrio = extra("pyogrio", "GeoPackage", GEO)
    rows, crs = _rows(dataset, contents, origin)
    if not rows:
        raise ConfigError(f"{path}: no pixel of these lakes is water, so there is no outline to write")
    columns = [np.array([row[1][at] for row in rows], _dtype(rows[0][1][at])) for at in range(len(FIELDS))]
    shapes = np.array([row[0] for row in rows], object)
    options = {
        "layer": LAYER,
        "dataset_options": {"VERSION": "1.3"},
        "driver": "GPKG",
        "geometry_type": "Polygon",
        "crs": _wkt(crs),
    }
    buffer = io.BytesIO()
    try:
        with _no_warnings():
            pyogrio.raw.write(buffer, shapes, columns, list(FIELDS), **options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError) as error:
        raise DatasetError(f"{path}: could not be written ({first_line(error)}); nothing was changed") from error
    with replacing(path) as temporary:
        temporary.write_bytes(buffer.getvalue())
    return len(rows)


def _no_warnings() -> warnings.catch_warnings[None]:
    return warnings.catch_warnings(action="ignore")


def _dtype(value: Any) -> Any:
    return {int: np.int64, float: np.float64, bool: bool}.get(type(value), object)


def _rows(dataset: Dataset, contents: Iterable[Content], origin: Origin) -> tuple[list[tuple[bytes, list[Any]]], str]:
    """Return well-known binary and values of `FIELDS` for each body, and the system of the coordinates."""
    drawn: list[tuple[Grid, Body, list[Any]]] = []
    for content in contents:
        grid, cell, lake = place(dataset, content.lake), cell_m(dataset, content.lake), content.lake
        for number, body in enumerate(bodies(content.codes), start=1):
            area = round(body.pixels * cell**2 / 1e6, 6)
            told = [lake.id, number, body.pixels, area, lake.date, lake.group, lake.domain]
            drawn.append((grid, body, [*told, origin.title, dataset.simulated]))
    shared = {grid.crs for grid, _, _ in drawn}
    crs = shared.pop() if len(shared) == 1 else LONLAT
    return [(_wkb(_coordinates(body, grid, crs)), values) for grid, body, values in drawn], crs


def _coordinates(body: Body, grid: Grid, crs: str) -> Iterator[np.ndarray]:
    """Yield the rings of a body as (n, 2) x and y in a coordinate reference system."""
    for ring in body.rings:
        x, y = (np.asarray(each) for each in position(grid, ring[:, 1], ring[:, 0]))  # type: ignore[arg-type]
        if crs != grid.crs:
            x, y = _moved(grid.crs, crs, x, y)
        yield np.column_stack([x, y])


def _moved(source: str, target: str, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return places of one coordinate reference system in another; a `DatasetError` where there is no way."""
    try:
        moved = extra("rasterio.warp", "outlines", GEO).transform(source, target, x, y)
    except gdal_errors() as error:
        raise DatasetError(f"coordinate reference system {source[:60]}: {first_line(error)}") from error
    if not np.isfinite(moved).all():
        raise DatasetError(f"coordinate reference system {source[:60]}: an outline has no place in {target}")
    return np.asarray(moved[0]), np.asarray(moved[1])


def _wkb(rings: Iterable[np.ndarray]) -> bytes:
    """Return a polygon as well-known binary, little-endian."""
    parts: Sequence[bytes] = [struct.pack("<I", len(ring)) + ring.astype("<f8").tobytes() for ring in rings]
    return struct.pack("<BII", 1, _POLYGON, len(parts)) + b"".join(parts)


def _wkt(crs: str) -> str:
    try:
        return str(extra("rasterio.crs", "outlines", GEO).CRS.from_user_input(crs).to_wkt())
    except gdal_errors() as error:
        raise DatasetError(f"coordinate reference system {crs[:60]}: {first_line(error)}") from error
