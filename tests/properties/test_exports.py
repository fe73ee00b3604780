"""Whatever is written reads back the same: rasters in any blocks, outlines drawn again, tables added up."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.features import rasterize

from lakeseg.data.scenes.grids import CELL_M, SINUSOIDAL
from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.exports.cog import class_layer, percent_layer, probability_layer, write_cog
from lakeseg.exports.geopackage import bodies
from lakeseg.exports.measures import shore_edges

GRID = Grid(SINUSOIDAL, (CELL_M, 0.0, -3_000_000.0, 0.0, -CELL_M, -1_000_000.0))
sides = st.integers(1, 300)


@settings(max_examples=40, deadline=None)
@given(sides, sides, st.integers(0, 2), st.integers(1, 200), st.randoms(use_true_random=False))
def test_rasters_read_back_as_they_were_written(height, width, kind, step, random):
    """In blocks of any size and order, some of them left out."""
    rng = np.random.default_rng(random.getrandbits(32))
    layer = (class_layer, percent_layer, probability_layer)[kind]((height, width), GRID, {"a": "b"})
    shape = (height, width) if kind == 0 else (height, width, 3)
    values = rng.random(shape, np.float32) if kind == 2 else rng.integers(0, 4, shape).astype(np.uint8)
    step = max(step, height // 4 + 1, width // 4 + 1)
    windows = [
        Window(row, column, min(step, height - row), min(step, width - column))
        for row in range(0, height, step)
        for column in range(0, width, step)
    ]
    random.shuffle(windows)
    kept = windows[: max(1, len(windows) - 1)]
    expected = np.full(shape, layer.nodata, layer.dtype)
    blocks = []
    for each in kept:
        part = slice(each.row, each.row + each.height), slice(each.column, each.column + each.width)
        expected[part] = values[part]
        blocks.append((each, values[part]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.tif"
        write_cog(path, layer, blocks)
        with rasterio.open(path) as file:
            read = file.read()
            assert file.crs == rasterio.crs.CRS.from_string(SINUSOIDAL)
            assert np.allclose(file.transform[:6], GRID.transform, rtol=1e-12)
    np.testing.assert_array_equal(np.moveaxis(read, 0, -1).reshape(shape), expected)


codes = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).choice(
        np.array([0, 1, 2, 3], np.uint8), tuple(np.random.default_rng(seed).integers(1, 25, 2)), p=[0.1, 0.5, 0.3, 0.1]
    )
)


@settings(max_examples=60, deadline=None)
@given(codes)
def test_outlines_drawn_again_are_the_water(values):
    """GDAL draws the polygons, holes left out, on the pixels that they came from."""
    found = bodies(values)
    shapes = [{"type": "Polygon", "coordinates": [ring.tolist() for ring in body.rings]} for body in found]
    drawn = rasterize(shapes, values.shape) if shapes else np.zeros(values.shape, np.uint8)
    np.testing.assert_array_equal(drawn, values == 1)
    assert sum(body.pixels for body in found) == (values == 1).sum()


@settings(max_examples=60, deadline=None)
@given(codes)
def test_the_shore_is_the_same_from_all_sides(values):
    assert shore_edges(values) == shore_edges(values.T) == shore_edges(values[::-1, ::-1])
    swapped = np.where(values == 1, 2, np.where(values == 2, 1, values)).astype(np.uint8)
    without = np.where(values == 3, 0, values).astype(np.uint8)
    assert shore_edges(without) == shore_edges(np.where(swapped == 3, 0, swapped).astype(np.uint8))
