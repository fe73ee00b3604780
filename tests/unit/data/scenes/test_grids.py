from __future__ import annotations

import math

import h5py
import numpy as np
import pytest

from lakeseg.data.dataset import Header, Lake, open_dataset
from lakeseg.data.scenes.grids import (
    CELL_M,
    SINUSOIDAL,
    cell_size_m,
    centre,
    grid_around,
    grid_of,
    lonlat_of_centre,
    nominal_size_m,
    tile_grid,
    transformed,
)
from lakeseg.data.scenes.scene import Grid
from lakeseg.data.write import write_dataset
from lakeseg.errors import DatasetError

HEADER = Header("placed", (1, 2), "by hand", False)


def lake(name, grid=None, **place):
    return Lake(name, np.ones((2, 3, 2), np.int16), np.ones((2, 3), np.uint8), name, grid=grid, **place)


def test_the_cell_is_that_of_the_modis_grid():
    assert abs(CELL_M - 463.31271653) < 1e-7  # as the MODIS Land team gives it
    # 60° N is six tiles of 10°, 2400 cells each, north of the equator.
    assert centre(0.0, 60.0, 500.0)[2] == pytest.approx(6 * 2400 * CELL_M)


def test_another_pixel_size_is_placed_in_its_utm_zone():
    # The central meridian of zone 33 is 15° E, where x is 500 km; in the south, y counts from 10,000 km.
    crs, x, y, cell = centre(15.0, 0.0, 30.0)
    assert (crs, cell) == ("EPSG:32633", 30.0)
    assert (x, y) == pytest.approx((500_000, 0), abs=1e-3)
    crs, _, y, _ = centre(-179.9, -10.0, 30.0)
    assert crs == "EPSG:32701"
    assert 8_800_000 < y < 8_900_000  # ten degrees are some 1,106 km


def test_a_tile_lies_where_its_product_says():
    # StructMetadata of every h18v04 tile: upper left (0.000000, 5559752.598333), lower right (1111950.519667, …078667)
    a, b, x, d, e, y = tile_grid(18, 4).transform
    assert (x, y) == pytest.approx((0.0, 5559752.598333), abs=1e-3)
    assert (x + 2400 * a, y + 2400 * e) == pytest.approx((1111950.519667, 4447802.078667), abs=1e-3)
    assert (b, d) == (0, 0)
    assert tile_grid(18, 4, 1200).transform[0] == pytest.approx(2 * CELL_M)


def test_the_sinusoidal_formula_agrees_with_proj():
    _, x, y, _ = centre(12.5, 43.1, 500.0)
    assert transformed("EPSG:4326", SINUSOIDAL, 12.5, 43.1) == pytest.approx((x, y), abs=0.01)


@pytest.mark.parametrize("pixel", [500.0, 30.0])
def test_the_centre_of_a_grid_around_a_place_is_that_place(pixel):
    grid = grid_around(10.2, 45.6, (31, 58), pixel)
    assert lonlat_of_centre(grid, (31, 58)) == pytest.approx((10.2, 45.6), abs=1e-6)
    assert nominal_size_m(grid, (31, 58)) == pixel


def test_sizes_of_pixels_follow_from_the_grid():
    assert cell_size_m(Grid("EPSG:32633", (30.0, 0, 0, 0, -30.0, 0)), (4, 4)) == 30
    # Turned by 30°, a pixel stays as large as it was.
    c, s = 30 * math.cos(math.pi / 6), 30 * math.sin(math.pi / 6)
    assert cell_size_m(Grid("EPSG:32633", (c, s, 0, s, -c, 0)), (4, 4)) == pytest.approx(30)
    # At 60° N a degree of longitude is half as long as one of latitude, which is 111.195 km on this sphere.
    side = cell_size_m(Grid("EPSG:4326", (0.01, 0, 10, 0, -0.01, 60.0)), (2, 2))
    assert side == pytest.approx(1111.95 * math.sqrt(0.5), rel=1e-3)
    assert cell_size_m(Grid("EPSG:2263", (100.0, 0, 0, 0, -100.0, 0)), (2, 2)) == pytest.approx(30.48, abs=1e-3)  # feet


def test_a_local_system_has_pixels_of_its_own_unit():
    local = 'LOCAL_CS["harbour",UNIT["metre",1]]'
    assert cell_size_m(Grid(local, (30.0, 0, 0, 0, -30.0, 0)), (4, 4)) == 30
    assert all(map(math.isnan, lonlat_of_centre(Grid(local, (30.0, 0, 0, 0, -30.0, 0)), (4, 4))))


def test_a_place_off_the_earth_is_no_place():
    assert all(map(math.isnan, lonlat_of_centre(None, (2, 2))))
    assert all(map(math.isnan, lonlat_of_centre(Grid("EPSG:32633", (30.0, 0, 1e12, 0, -30.0, 1e12)), (2, 2))))
    with pytest.raises(DatasetError):
        transformed("no such system", "EPSG:4326", 0, 0)


def test_a_dataset_keeps_grids_and_its_fingerprint_does_not_change(tmp_path):
    grid = Grid("EPSG:32633", (30.0, 0.0, 500_000.25, 0.0, -30.0, 4_649_776.0))
    with_grid = write_dataset(tmp_path / "a.h5", HEADER, [lake("a"), lake("b", grid)])
    without = write_dataset(tmp_path / "b.h5", HEADER, [lake("a"), lake("b")])
    assert with_grid.fingerprint == without.fingerprint
    assert open_dataset(tmp_path / "a.h5").lake("b").grid == grid
    assert with_grid.lake("a").grid is None
    assert without.lake("b").grid is None
    with h5py.File(tmp_path / "b.h5") as file:
        assert "grid" not in file["lakes"]


def test_a_stored_grid_comes_before_the_centre():
    grid = Grid("EPSG:32633", (30.0, 0.0, 0.0, 0.0, -30.0, 0.0))
    assert grid_of(lake("a", grid, lon=1.0, lat=2.0), 500.0) == grid
    around = grid_of(lake("a", lon=1.0, lat=2.0), 500.0)
    assert around is not None
    assert around.crs == SINUSOIDAL
    assert grid_of(lake("a"), 500.0) is None


def test_grids_that_make_no_sense_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="six finite numbers"):
        write_dataset(tmp_path / "a.h5", HEADER, [lake("a", Grid("EPSG:32633", (math.nan, 0, 0, 0, -30.0, 0)))])
    write_dataset(tmp_path / "b.h5", HEADER, [lake("a", Grid("EPSG:32633", (30.0, 0, 0, 0, -30.0, 0)))])
    with h5py.File(tmp_path / "b.h5", "r+") as file:
        del file["lakes/grid"]
    with pytest.raises(DatasetError, match="do not fit its lakes"):
        open_dataset(tmp_path / "b.h5")
