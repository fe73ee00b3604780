"""Where lakes are cut out of a raster: the whole of it, tiles, water bodies, or outlines of a vector file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from lakeseg.bands import DEFAULT_FILL, DEFAULT_SCALE, INDICES, WATER, WATER_INDICES, spectral_index
from lakeseg.data.readers.options import CUTS, ReadOptions
from lakeseg.data.scenes.bodies import find_bodies
from lakeseg.data.scenes.grids import LONLAT, gdal_errors, same_crs
from lakeseg.data.scenes.opening import RasterScene
from lakeseg.data.scenes.outlines import ENDINGS, read_outlines
from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.errors import ConfigError, DatasetError
from lakeseg.extras import GEO, extra

MARGIN: Final = 8
MIN_SIZE: Final = 16
TILE: Final = 128
MOST_PIXELS: Final = 1 << 23
_MOST_SEARCHED: Final = 1 << 28  # takes minutes; a sparse file may claim far more
_MOST_TILES: Final = 200_000
_NO_PLACE: Final = "pixels of "
_ROWS_AT_ONCE: Final = 1 << 21


_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Cut:
    """One lake to be cut out: its name within the raster, its window, and its group where something says one."""

    name: str
    window: Window
    group: str = ""


def usual_cut(shape: tuple[int, int], has_labels: bool) -> str:
    """Return how a raster is cut unless the user says: small ones stay whole, large ones by their water, else tiles."""
    if max(shape) <= 512:
        return "whole"
    return "water" if has_labels else "tiles"


def check_cut(options: ReadOptions) -> None:
    """Raise a `ConfigError` unless the options of cutting make sense."""
    cut = options.cut
    if cut is not None and cut not in (*CUTS, *INDICES) and Path(cut).suffix.lower() not in ENDINGS:
        listed = ", ".join((*CUTS, *WATER_INDICES))
        raise ConfigError(f"--cut {cut!r}: expected {listed}, or a file of outlines ({', '.join(ENDINGS)})")
    for name, least in (("margin", 0), ("min_size", 1), ("tile", 1), ("days", 1)):
        value = getattr(options, name)
        if value is not None and value < least:
            raise ConfigError(f"--{name.replace('_', '-')} {value}: expected at least {least}")


def cuts_of(scene: RasterScene, options: ReadOptions, left_out: list[str]) -> list[Cut]:
    """Return what is cut out of a scene; `left_out` gains a line for what cannot be.

    Raises:
        ConfigError: An option makes no sense.
        DatasetError: The raster is too large for this way of cutting, or the outlines cannot be read.
    """
    cut = options.cut or usual_cut(scene.shape, scene.has_labels)
    if cut == "whole":
        return [_whole(scene)]
    if cut == "tiles":
        return list(_tiles(scene.shape, options.tile or TILE))
    if cut == "water" or cut in INDICES:
        found = _water_bodies(scene, cut, options)
    else:
        found = _outlined(scene, Path(cut), options, left_out)
    fitting = [each for each in found if each.window.height * each.window.width <= MOST_PIXELS]
    if len(fitting) < len(found):
        left_out.append(f"{scene.name}: left out {len(found) - len(fitting)} lakes of more than {MOST_PIXELS} px")
    return fitting


def _whole(scene: RasterScene) -> Cut:
    height, width = scene.shape
    if height * width > MOST_PIXELS:
        raise DatasetError(f"{scene.name}: {height}×{width} px are too many for one lake: add --cut tiles or water")
    return Cut("", Window(0, 0, height, width))


def _tiles(shape: tuple[int, int], side: int) -> Iterator[Cut]:
    side = min(side, math.isqrt(MOST_PIXELS))
    count = math.ceil(shape[0] / side) * math.ceil(shape[1] / side)
    if count > _MOST_TILES:
        raise DatasetError(
            f"{shape[0]}×{shape[1]} px make {count} tiles of {side} px, too many tiles: choose --tile larger"
        )
    for row in range(0, shape[0], side):
        for column in range(0, shape[1], side):
            window = Window(row, column, min(side, shape[0] - row), min(side, shape[1] - column))
            yield Cut(f"r{row:05d}c{column:05d}", window)


def _water(scene: RasterScene, cut: str) -> Iterator[np.ndarray]:
    """Yield where there is water by the labels or by an index, (h, W) bool, some rows after the other."""
    height, width = scene.shape
    step = max(1, _ROWS_AT_ONCE // width)
    for row in range(0, height, step):
        yield _water_in(scene, cut, Window(row, 0, min(step, height - row), width))


def _water_in(scene: RasterScene, cut: str, window: Window) -> np.ndarray:
    if cut == "water":
        labels = scene.read_labels(window)
        return np.zeros((window.height, window.width), bool) if labels is None else labels == WATER
    image = scene.read(window)
    values = spectral_index(cut, image.astype(np.float32) * DEFAULT_SCALE, scene.bands)
    return np.asarray((values > INDICES[cut].water_above) & (image != DEFAULT_FILL).all(axis=-1))


def _water_bodies(scene: RasterScene, cut: str, options: ReadOptions) -> list[Cut]:
    """Return the windows around connected water, the largest water body first."""
    if cut == "water" and not scene.has_labels:
        choices = " or ".join(f"--cut {name}" for name in WATER_INDICES)
        raise ConfigError(f"{scene.name}: has no labels to find water by: add {choices}, or --labels FILE")
    if scene.shape[0] * scene.shape[1] > _MOST_SEARCHED:
        size = f"{scene.shape[0]}×{scene.shape[1]} px"
        raise DatasetError(f"{scene.name}: {size} are too many to look for water: add --pixel-size")
    margin = MARGIN if options.margin is None else options.margin
    cuts = []
    for number, body in enumerate(find_bodies(_water(scene, cut), options.min_size or MIN_SIZE), start=1):
        window = _grown((body.top, body.left, body.bottom, body.right), margin, scene.shape)
        cuts.append(Cut(f"w{body.top:05d}-{body.left:05d}-{number}", window))
    return cuts


def _grown(box: tuple[int, int, int, int], margin: int, shape: Sequence[int]) -> Window:
    top, left = max(0, box[0] - margin), max(0, box[1] - margin)
    bottom, right = min(shape[0], box[2] + margin), min(shape[1], box[3] + margin)
    return Window(top, left, bottom - top, right - left)


def _outlined(scene: RasterScene, path: Path, options: ReadOptions, left_out: list[str]) -> list[Cut]:
    """Return the windows around the outlines that lie, at least in part, on the raster."""
    if scene.grid is None:
        raise DatasetError(f"{scene.name}: does not say where it lies, so outlines cannot be placed on it")
    margin = MARGIN if options.margin is None else options.margin
    cuts, outside = [], 0
    for outline in read_outlines(path, scene.grid.crs, options.ids, options.groups):
        box = _pixels(scene.grid, outline.box)
        if box[2] <= 0 or box[3] <= 0 or box[0] >= scene.shape[0] or box[1] >= scene.shape[1]:
            outside += 1
            continue
        cuts.append(Cut(outline.name, _grown(box, margin, scene.shape), outline.group))
    if outside:
        left_out.append(f"{scene.name}: {outside} outlines of {path.name} lie outside of it")
    return cuts


def _pixels(grid: Grid, box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    """Return first row, first column, last row and last column (exclusive) of a box in the units of a grid."""
    a, b, c, d, e, f = grid.transform
    determinant = a * e - b * d
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    columns = [(e * (x - c) - b * (y - f)) / determinant for x, y in corners]
    rows = [(a * (y - f) - d * (x - c)) / determinant for x, y in corners]
    ends = [np.clip(value, -1e9, 1e9) for value in (min(rows), min(columns), max(rows), max(columns))]
    return math.floor(ends[0]), math.floor(ends[1]), math.ceil(ends[2]), math.ceil(ends[3])


@dataclass(frozen=True)
class Placed:
    """A cut and where it lies on the ground: the name of a system and a box in it; of one raster, its own pixels."""

    cut: Cut
    crs: str
    box: tuple[float, float, float, float]


def placed(scene: RasterScene, cuts: list[Cut]) -> list[Placed]:
    """Return cuts with their place on the ground, in the pixels of this raster where it does not say its place."""
    found = []
    for cut in cuts:
        window, grid = cut.window, scene.grid or Grid(f"{_NO_PLACE}{scene.name}", (1.0, 0.0, 0.0, 0.0, 1.0, 0.0))
        a, b, c, d, e, f = grid.transform
        rows = (window.row, window.row + window.height)
        columns = (window.column, window.column + window.width)
        xs = [a * column + b * row + c for row in rows for column in columns]
        ys = [d * column + e * row + f for row in rows for column in columns]
        found.append(Placed(cut, grid.crs, (min(xs), min(ys), max(xs), max(ys))))
    return found


def grouped(places: list[Placed], names: list[str]) -> list[str]:
    """Return the group of each cut, shared by those that overlap on the ground and by those that something groups."""
    parent = list(range(len(places)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    said: dict[str, int] = {}
    for number, place in enumerate(places):
        if place.cut.group:
            parent[root(number)] = root(said.setdefault(place.cut.group, number))
    for one, other in _overlaps(places):
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    return [places[root(number)].cut.group or names[root(number)] for number in range(len(places))]


def _overlaps(places: list[Placed]) -> Iterator[tuple[int, int]]:
    """Yield pairs of cuts that share ground: in one system by their boxes in it, else by those in degrees."""
    systems: list[str] = []
    where = [_system(place.crs, systems) for place in places]
    yield from (pair for pair in _sweep([place.box for place in places]) if where[pair[0]] == where[pair[1]])
    if len(systems) > 1:
        yield from (pair for pair in _sweep([_degrees(place) for place in places]) if where[pair[0]] != where[pair[1]])


def _system(crs: str, systems: list[str]) -> int:
    """Return the number of a coordinate reference system among those seen so far, under whatever name."""
    for number, other in enumerate(systems):
        if crs == other or (_on_ground(crs) and _on_ground(other) and same_crs(crs, other)):
            return number
    systems.append(crs)
    return len(systems) - 1


def _on_ground(crs: str) -> bool:
    return not crs.startswith(_NO_PLACE)


def _degrees(place: Placed) -> _Box | None:
    """Return the box of a place in degrees, a little larger than itself; None where it has no place on the ground."""
    if not _on_ground(place.crs):
        return None
    warp = extra("rasterio.warp", "a place on the ground", GEO)
    try:
        west, south, east, north = map(float, warp.transform_bounds(place.crs, LONLAT, *place.box))
    except gdal_errors():  # a local system
        return None
    if not all(map(math.isfinite, (west, south, east, north))):
        return None
    return (west, south, east, north) if west <= east else (-180.0, south, 180.0, north)


def _sweep(boxes: Sequence[_Box | None]) -> Iterator[tuple[int, int]]:
    """Yield pairs of boxes that overlap, from west to east; neighbours that only touch do not."""
    there = {number: box for number, box in enumerate(boxes) if box is not None}
    reaching: list[int] = []
    for number, (left, bottom, right, top) in sorted(there.items(), key=lambda item: item[1][0]):
        slack = 1e-6 * max(right - left, top - bottom)
        reaching = [other for other in reaching if there[other][2] > left + slack]
        for other in reaching:
            if there[other][1] < top - slack and bottom < there[other][3] - slack:
                yield other, number
        reaching.append(number)


def unique(cuts: list[Cut]) -> list[Cut]:
    """Return cuts under names of their own: the second of a name gets its number."""
    seen: dict[str, int] = {}
    result = []
    for cut in cuts:
        seen[cut.name] = seen.get(cut.name, 0) + 1
        count = seen[cut.name]
        result.append(cut if count == 1 else replace(cut, name=f"{cut.name}-{count}"))
    return result
