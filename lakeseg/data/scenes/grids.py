"""Where pixels lie: the sinusoidal grid of MODIS, UTM, and what follows from a grid.

MODIS land images are on the sinusoidal grid of a sphere, whose cells of nominally 500 m are 463.3127 m wide (MODIS
Land team, https://modis-land.gsfc.nasa.gov/GCTP.html). A dataset that knows no grid, only where the centre of a lake
lies and how large a pixel is, is taken to have rows from north to south: on the grid of MODIS for its pixel size, else
in the UTM zone of the centre.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Final

from lakeseg.data.dataset import MODIS_PIXEL_M, Lake
from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.errors import DatasetError, first_line
from lakeseg.extras import GEO, extra

RADIUS_M: Final = 6_371_007.181
SINUSOIDAL: Final = f"+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R={RADIUS_M} +units=m +no_defs"
TILE_CELLS: Final = 2400
CELL_M: Final = 10.0 * math.pi / 180.0 * RADIUS_M / TILE_CELLS  # a tile is 10° of latitude and 2400 cells high
LONLAT: Final = "EPSG:4326"
_NOMINAL: Final = (0.95, 1.05)


def sinusoidal(lon: float, lat: float) -> tuple[float, float]:
    """Return x and y in metres of (lon, lat) in degrees on the sphere of MODIS."""
    phi, lam = math.radians(lat), math.radians(lon)
    return RADIUS_M * lam * math.cos(phi), RADIUS_M * phi


def tile_grid(horizontal: int, vertical: int, cells: int = TILE_CELLS) -> Grid:
    """Return the grid of MODIS tile h…v… with `cells` rows and columns: 2400 at 500 m, 1200 at 1 km."""
    side = CELL_M * TILE_CELLS
    cell = side / cells
    return Grid(SINUSOIDAL, (cell, 0.0, (horizontal - 18) * side, 0.0, -cell, (9 - vertical) * side))


def centre(lon: float, lat: float, pixel_m: float) -> tuple[str, float, float, float]:
    """Return the grid of an image with its centre at (lon, lat) in degrees: its name, x, y and cell, in metres."""
    if pixel_m == MODIS_PIXEL_M:
        return SINUSOIDAL, *sinusoidal(lon, lat), CELL_M
    zone = min(int((lon + 180) // 6) + 1, 60)
    crs = f"EPSG:{326 if lat >= 0 else 327}{zone:02d}"
    x, y = transformed(LONLAT, crs, lon, lat)
    return crs, x, y, pixel_m


def grid_around(lon: float, lat: float, shape: tuple[int, int], pixel_m: float) -> Grid:
    """Return the grid of an image of `shape` (rows, columns) with its centre at (lon, lat) in degrees."""
    crs, x, y, cell = centre(lon, lat, pixel_m)
    height, width = shape
    return Grid(crs, (cell, 0.0, x - width / 2 * cell, 0.0, -cell, y + height / 2 * cell))


def grid_of(lake: Lake, pixel_m: float) -> Grid | None:
    """Return the grid of a lake: the stored one, else one around its centre, else None."""
    if lake.grid is not None:
        return lake.grid
    if not (math.isfinite(lake.lon) and math.isfinite(lake.lat)):
        return None
    return grid_around(lake.lon, lake.lat, lake.shape, pixel_m)


def transformed(source: str, target: str, x: float, y: float) -> tuple[float, float]:
    """Return a point of one coordinate reference system in another.

    Raises:
        ConfigError: rasterio is not installed.
        DatasetError: A system is unknown, or the point has no place in the target.
    """
    warp = extra("rasterio.warp", "a place on the ground", GEO)
    try:
        (there_x,), (there_y,) = warp.transform(source, target, [x], [y])
    except gdal_errors() as error:
        raise DatasetError(f"no way from {source[:60]} to {target[:60]}: {first_line(error)}") from error
    return float(there_x), float(there_y)


def gdal_errors() -> tuple[type[Exception], ...]:
    """Return what rasterio raises when GDAL or PROJ cannot do something."""
    errors, inner = (extra(name, "a place on the ground", GEO) for name in ("rasterio.errors", "rasterio._err"))
    return errors.RasterioError, inner.CPLE_BaseError, ValueError, OSError


def lonlat_of_centre(grid: Grid | None, shape: tuple[int, int]) -> tuple[float, float]:
    """Return longitude and latitude in degrees of the centre of an image, NaN where they cannot be told."""
    if grid is None:
        return math.nan, math.nan
    x, y = position(grid, shape[0] / 2, shape[1] / 2)
    try:
        lon, lat = transformed(grid.crs, LONLAT, x, y)
    except DatasetError:
        return math.nan, math.nan
    return (lon, lat) if math.isfinite(lon) and math.isfinite(lat) else (math.nan, math.nan)


def position(grid: Grid, row: float, column: float) -> tuple[float, float]:
    """Return x and y of a place in pixels: (0, 0) is the upper left corner of the first one."""
    a, b, c, d, e, f = grid.transform
    return a * column + b * row + c, d * column + e * row + f


def affine(grid: Grid) -> Any:
    """Return the transform as the `affine.Affine` that rasterio takes."""
    return extra("rasterio", "a place on the ground", GEO).Affine(*grid.transform)


def cell_size_m(grid: Grid, shape: tuple[int, int]) -> float:
    """Return the side in metres of a square as large as a pixel in the middle of an image, on a sphere for degrees."""
    a, b, _, d, e, _ = grid.transform
    area = abs(a * e - b * d)
    try:
        crs = extra("rasterio.crs", "a place on the ground", GEO).CRS.from_user_input(grid.crs)
        if not crs.is_geographic:
            return math.sqrt(area) * float(crs.linear_units_factor[1])
    except gdal_errors():  # a local system, which says nothing of its units
        return math.sqrt(area)
    _, lat = position(grid, shape[0] / 2, shape[1] / 2)
    return math.sqrt(area * max(math.cos(math.radians(lat)), 1e-6)) * RADIUS_M * math.pi / 180


def nominal_size_m(grid: Grid, shape: tuple[int, int]) -> float:
    """Return the side of a pixel as people name it: 500 m for cells of the MODIS grid, else metres to a centimetre."""
    size = cell_size_m(grid, shape)
    low, high = (CELL_M * factor for factor in _NOMINAL)
    if low <= size <= high and is_sinusoidal(grid.crs):
        return MODIS_PIXEL_M
    return round(size, 2) if size >= 1 else size


def is_sinusoidal(crs: str) -> bool:
    """Say whether a system is a sinusoidal projection, in PROJ's words or in WKT."""
    return "sinusoidal" in crs.lower() or "+proj=sinu" in crs


def window_grid(grid: Grid | None, window: Window) -> Grid | None:
    """Return the grid of a window, None where that of the whole is not known."""
    return None if grid is None else grid.at(window.row, window.column)


@lru_cache(maxsize=256)
def same_crs(one: str, other: str) -> bool:
    """Say whether two names mean the same coordinate reference system."""
    if one == other:
        return True
    crs = extra("rasterio.crs", "a place on the ground", GEO).CRS
    try:
        return bool(crs.from_user_input(one) == crs.from_user_input(other))
    except gdal_errors():
        return False
