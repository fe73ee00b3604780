"""Outlines of lakes from a vector file, as boxes in the coordinates of a raster."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from lakeseg.data.scenes.grids import gdal_errors
from lakeseg.errors import ConfigError, DatasetError, first_line, unknown
from lakeseg.extras import GEO, extra

ENDINGS: Final = (".geojson", ".json", ".gpkg", ".shp")
_HEADS: Final = {".shp": (b"\x00\x00\x27\x0a",), ".gpkg": (b"SQLite format 3\x00",)}
_JSON: Final = (b"{", b"[")
_AT_ONCE: Final = 500
_NESTED: Final = (4, 5, 6, 7)
_DEEP: Final = 8


@dataclass(frozen=True)
class Outline:
    """One feature: its name, what it shares with others, empty where no column says, and its box (x0, y0, x1, y1)."""

    name: str
    group: str
    box: tuple[float, float, float, float]


def read_outlines(path: Path, crs: str, names: str | None = None, groups: str | None = None) -> Iterator[Outline]:
    """Yield the features of a file with their boxes in `crs`, a few hundred in memory at a time.

    Args:
        path: GeoJSON, GeoPackage or Shapefile; of several layers the first.
        crs: Coordinate reference system of the raster.
        names: Column with the name of each lake; its number in the file by default.
        groups: Column with what lakes that overlap share.

    Raises:
        ConfigError: pyogrio is not installed, or a column is unknown.
        DatasetError: The file is missing, damaged or of another kind.
    """
    _check(path)
    pyogrio = extra("pyogrio", "a file of outlines", GEO)
    try:
        with _quiet():
            told = pyogrio.read_info(path.resolve())
        columns = _columns(path, told, names, groups)
        source = told["crs"] or "EPSG:4326"
        for start in range(0, max(0, told["features"]), _AT_ONCE):
            which = {"columns": columns, "skip_features": start, "max_features": _AT_ONCE, "return_fids": True}
            with _quiet():
                part = pyogrio.raw.read(path.resolve(), **which)
            yield from _outlines(part, columns, (source, crs), (names, groups))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError, *gdal_errors()) as error:
        raise DatasetError(f"{path}: not outlines, or damaged: save it again ({first_line(error)[:120]})") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep GDAL's remarks on a file to ourselves: what matters is whether outlines come of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def _check(path: Path) -> None:
    if not path.is_file():
        raise DatasetError(f"{path}: no such file: expected outlines (GeoJSON, GeoPackage or Shapefile)")
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise DatasetError(f"{path}: expected outlines ending in {', '.join(ENDINGS)}")
    with path.open("rb") as file:
        head = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    with path.open("rb") as file:
        raw = file.read(64)
    fits = raw.startswith(_HEADS[ending]) if ending in _HEADS else head.startswith(_JSON)
    if not fits:
        raise DatasetError(f"{path}: not {ending} by its first bytes: save it again")


def _columns(path: Path, told: dict[str, Any], names: str | None, groups: str | None) -> list[str]:
    known = [str(name) for name in told["fields"]]
    for name in filter(None, (names, groups)):
        if name not in known:
            raise ConfigError(f"{path}: {unknown('column', name, known)}")
    return sorted({name for name in (names, groups) if name})


def _outlines(
    part: Any, columns: list[str], crs: tuple[str, str], asked: tuple[str | None, str | None]
) -> Iterator[Outline]:
    told, numbers, shapes, values = part
    held = dict(zip([str(name) for name in told["fields"]], values, strict=True))
    for row, (number, shape) in enumerate(zip(numbers, shapes, strict=True)):
        if shape is None:
            continue
        points = np.concatenate([*coordinates(shape), np.empty((0, 2))])
        box = _box(points[np.isfinite(points).all(axis=1)], crs)
        name, group = (str(held[key][row]) if key in columns and held[key][row] is not None else "" for key in asked)
        if box is not None:
            yield Outline(name or str(number), group, box)


def _box(points: np.ndarray, crs: tuple[str, str]) -> tuple[float, float, float, float] | None:
    """Return the box around points in another system, None for no points or for places that it does not have."""
    if not len(points):
        return None
    warp = extra("rasterio.warp", "a place on the ground", GEO)
    try:
        xs, ys = warp.transform(*crs, points[:, 0], points[:, 1])
    except gdal_errors():
        return None
    there = np.array([xs, ys])
    there = there[:, np.isfinite(there).all(axis=0)]
    if not there.size:
        return None
    (left, bottom), (right, top) = there.min(axis=1), there.max(axis=1)
    return float(left), float(bottom), float(right), float(top)


def coordinates(shape: bytes) -> Iterator[np.ndarray]:
    """Yield the (n, 2) points of every part of a geometry in well-known binary (OGC 06-103r4, with Z and M left out).

    Raises:
        ValueError: The bytes are no geometry of points, lines or polygons.
    """
    try:
        yield from _walk(_Cursor(shape), 0)
    except (struct.error, IndexError) as error:
        raise ValueError("a geometry ends early") from error


class _Cursor:
    """A place in the bytes of a geometry."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.order = data, 0, "<"

    def number(self) -> int:
        (value,) = struct.unpack_from(f"{self.order}I", self.data, self.at)
        self.at += 4
        return int(value)

    def points(self, count: int, width: int) -> np.ndarray:
        end = self.at + 8 * count * width
        if end > len(self.data):
            raise ValueError("a geometry ends early")
        values = np.frombuffer(self.data[self.at : end], f"{self.order}f8").reshape(count, width)
        self.at = end
        return values[:, :2]


def _walk(cursor: _Cursor, depth: int) -> Iterator[np.ndarray]:
    cursor.order = "<" if cursor.data[cursor.at] else ">"
    cursor.at += 1
    kind = cursor.number()
    extended = (kind >> 31 & 1) + (kind >> 30 & 1)  # as PostGIS marks Z and M
    plain = kind & 0x0FFFFFFF
    width = 2 + extended + (0, 1, 1, 2)[min(plain // 1000, 3)]
    shape = plain % 1000
    if depth > _DEEP or shape not in (1, 2, 3, *_NESTED):
        raise ValueError(f"a geometry of kind {shape}: expected points, lines or polygons")
    if shape == 1:
        yield cursor.points(1, width)
    elif shape == 2:
        yield cursor.points(cursor.number(), width)
    elif shape == 3:
        for _ in range(cursor.number()):
            yield cursor.points(cursor.number(), width)
    else:
        for _ in range(cursor.number()):
            yield from _walk(cursor, depth + 1)
