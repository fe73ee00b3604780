"""Rasters written by rasterio and pyhdf come back as they went in, whatever their shape, type and tiling."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakeseg.data.readers.importing import import_file
from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.cutting import Cut, Placed, grouped
from lakeseg.data.scenes.opening import open_scene
from lakeseg.data.scenes.resampling import Frame, mean_counts, weights
from lakeseg.data.scenes.scene import Grid, Window
from tests.unit.data.scenes.hdf import tile_a1
from tests.unit.data.scenes.rasters import UTM, write_tif

FILL = -28672
SLOW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def image(seed: int, bands: int, height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.integers(-100, 16001, (bands, height, width)).astype(np.int16)
    values[rng.random(values.shape) < 0.1] = FILL
    return values


@SLOW
@given(
    seed=st.integers(0, 999),
    order=st.permutations(range(1, 8)).flatmap(lambda bands: st.integers(1, 7).map(lambda count: tuple(bands[:count]))),
    shape=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    real=st.booleans(),
    tiled=st.booleans(),
)
def test_a_geotiff_comes_back_band_by_band(seed, order, shape, real, tiled):
    values = image(seed, len(order), *shape)
    values[0, 0, 0] = 5  # a lake has at least one value
    stored = np.where(values == FILL, np.nan, values * 1e-4).astype(np.float32) if real else values
    more = {"tiled": True, "blockxsize": 16, "blockysize": 16} if tiled else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_tif(folder / "a.tif", stored, nodata=None if real else FILL, compress="deflate", **more)
        options = ReadOptions(bands=order, cut="tiles", tile=16)
        clean = (values != FILL).all(axis=0)
        if not clean.any():
            return
        with open_scene(path, options) as scene:
            got = scene.read(Window(0, 0, *shape))
        np.testing.assert_array_equal(got, values[np.argsort(order)].transpose(1, 2, 0))
        lakes = list(import_file(path, folder / "out.h5", options).dataset.iter_lakes())
        for lake in lakes:
            row = round((4_650_000 - lake.grid.transform[5]) / 500)
            column = round((lake.grid.transform[2] - 500_000) / 500)
            height, width = lake.shape
            np.testing.assert_array_equal(lake.image, got[row : row + height, column : column + width])


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 999), height=st.integers(1, 30), width=st.integers(1, 30))
def test_an_hdf4_tile_comes_back(seed, height, width):
    values = image(seed, 7, height, width)
    with tempfile.TemporaryDirectory() as name:
        bands = {band: values[band - 1] for band in range(1, 8)}
        path = tile_a1(Path(name) / "MOD09A1.A2017193.hdf", height, width, bands=bands)
        with open_scene(path) as scene:
            np.testing.assert_array_equal(scene.read(Window(0, 0, height, width)), values.transpose(1, 2, 0))


@given(
    start=st.floats(-5, 20, allow_nan=False),
    cell=st.floats(0.3, 9, allow_nan=False),
    count=st.integers(1, 12),
    size=st.integers(1, 20),
)
def test_weights_share_out_exactly_what_lies_under_the_target(start, cell, count, size):
    bounds = start + cell * np.arange(count + 1)
    first, lengths = weights(bounds, size)
    assert (lengths >= 0).all()
    assert lengths.shape[0] == count
    covered = np.clip(np.minimum(bounds[1:], size) - np.maximum(bounds[:-1], 0), 0, None)
    np.testing.assert_allclose(lengths.sum(axis=1), covered, atol=3e-3)
    assert (lengths.sum(axis=0) <= 1 + 3e-3).all()
    assert 0 <= first <= size


@given(seed=st.integers(0, 999), factor=st.floats(1.0, 6.0), row=st.integers(0, 5), column=st.integers(0, 5))
def test_a_mean_lies_within_its_pixels_and_does_not_depend_on_the_window(seed, factor, row, column):
    values = image(seed, 1, 23, 19)[0]
    source = Frame(Grid(UTM, (10.0, 0.0, 0.0, 0.0, -10.0, 0.0)), values.shape)
    target = source.coarser(factor)
    whole = Window(0, 0, *target.shape)

    def read(window: Window) -> np.ndarray:
        return values[window.row : window.row + window.height, window.column : window.column + window.width]

    got = mean_counts(read, source, target, whole, "")
    known = got[got != FILL]
    assert ((known >= values[values != FILL].min()) & (known <= values.max())).all()
    row, column = min(row, target.shape[0] - 1), min(column, target.shape[1] - 1)
    part = Window(row, column, target.shape[0] - row, target.shape[1] - column)
    np.testing.assert_array_equal(mean_counts(read, source, target, part, ""), got[row:, column:])


boxes = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 6), st.integers(1, 6))


@given(st.lists(boxes, min_size=1, max_size=25))
def test_groups_are_the_components_of_overlap(drawn):
    places = [
        Placed(Cut(str(number), Window(0, 0, 1, 1)), UTM, (x, y, x + width, y + height))
        for number, (x, y, width, height) in enumerate(drawn)
    ]
    got = grouped(places, [place.cut.name for place in places])
    ground = np.zeros((len(drawn), 30, 30), bool)
    for number, (x, y, width, height) in enumerate(drawn):
        ground[number, x : x + width, y : y + height] = True
    meets = (ground[:, None] & ground[None]).any(axis=(2, 3))
    reach = np.linalg.matrix_power(meets.astype(float), len(drawn)) > 0
    same = np.array(got)[:, None] == np.array(got)[None]
    np.testing.assert_array_equal(same, reach)
