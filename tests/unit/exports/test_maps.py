"""Lakes as GeoTIFF, outlines and pictures, read back by GDAL and Pillow."""

from __future__ import annotations

import io
import sqlite3
from dataclasses import replace

import numpy as np
import pyogrio
import pytest
import rasterio
from PIL import Image
from rasterio.features import rasterize
from scipy import ndimage

from lakeseg.bands import DEFAULT_FILL
from lakeseg.errors import ConfigError, DatasetError
from lakeseg.exports import picture
from lakeseg.exports.content import Origin, labelled, of_prediction
from lakeseg.exports.geopackage import bodies, write_outlines
from lakeseg.exports.maps import placed, write_map, write_maps
from lakeseg.exports.picture import picture_png, scale_km
from tests.unit.exports.exported import RING, TILE, UTM, dataset, lake

LABELS = Origin("Labels")


def test_a_lake_lies_where_its_raster_lay(tmp_path):
    data = dataset(tmp_path / "d.h5", lake("a", grid=TILE), lake("b", grid=UTM))
    for content, grid in zip(labelled(data, ["a", "b"]), (TILE, UTM), strict=True):
        write_map(tmp_path / "m.tif", data, content, LABELS)
        with rasterio.open(tmp_path / "m.tif") as file:
            np.testing.assert_array_equal(file.read(1), RING)
            assert file.transform[:6] == pytest.approx(grid.transform, rel=1e-12)
            assert file.crs == rasterio.crs.CRS.from_user_input(grid.crs)
            tags = file.tags()
        assert (tags["lake"], tags["source"], tags["simulated"]) == (content.lake.id, "Labels", "yes")
        assert tags["dataset_fingerprint"] == data.fingerprint


def test_pixels_that_miss_a_band_are_nodata(tmp_path):
    one = lake("a", grid=TILE)
    one.image[0, 0, 3] = one.image[4, 5, 0] = DEFAULT_FILL
    data = dataset(tmp_path / "d.h5", one)
    likely = np.tile(np.array([0.5, 0.3, 0.2], np.float32), (5, 6, 1))
    content = of_prediction(data.lake("a"), likely, data.fill)
    write_map(tmp_path / "c.tif", data, content, Origin("m"))
    write_map(tmp_path / "p.tif", data, content, Origin("m"), probabilities=True)
    missing = np.zeros((5, 6), bool)
    missing[0, 0] = missing[4, 5] = True
    with rasterio.open(tmp_path / "c.tif") as classes, rasterio.open(tmp_path / "p.tif") as water:
        np.testing.assert_array_equal(classes.read(1), np.where(missing, 0, 1))
        np.testing.assert_array_equal(np.isnan(water.read(1)), missing)
        np.testing.assert_array_equal(water.read_masks(1) == 0, missing)
        assert water.read(1)[1, 1] == pytest.approx(0.5)


def test_a_folder_has_a_map_of_each_lake_whatever_its_name(tmp_path):
    data = dataset(tmp_path / "d.h5", lake("Lake é 1", grid=TILE), lake("b", grid=TILE), lake("nowhere"))
    assert placed(data) == ["Lake é 1", "b"]
    paths = write_maps(tmp_path / "maps", data, labelled(data, placed(data)), LABELS)
    assert [path.name for path in paths] == ["%4cake%20%c3%a9%201.tif", "b.tif"]
    with pytest.raises(ConfigError, match="does not say where it lies"):
        write_map(tmp_path / "n.tif", data, next(labelled(data, ["nowhere"])), LABELS)


def test_bodies_by_hand():
    ring, pair = bodies(RING)
    assert (ring.pixels, len(ring.rings), pair.pixels, len(pair.rings)) == (8, 2, 2, 1)
    assert sorted(map(tuple, ring.rings[1][:-1].tolist())) == [(1, 1), (1, 2), (2, 1), (2, 2)]


@pytest.mark.parametrize("seed", range(3))
def test_bodies_are_those_that_scipy_finds(seed):
    codes = np.random.default_rng(seed).choice(np.array([1, 2], np.uint8), (40, 30), p=[0.55, 0.45])
    marked, count = ndimage.label(codes == 1)
    sizes = sorted(np.bincount(marked.ravel())[1:].tolist(), reverse=True)
    found = bodies(codes)
    assert [body.pixels for body in found] == sizes
    assert len(found) == count


def geometries(path):
    """Geometry (as GeoJSON) and attributes of each row, as GDAL reads them."""
    meta, _, shapes, columns = pyogrio.raw.read(path)
    rows = [dict(zip(meta["fields"], values, strict=True)) for values in zip(*columns, strict=True)]
    return meta["crs"], shapes, rows


def rings_of(wkb):
    """Read a polygon from little-endian well-known binary (OGC 06-103r4)."""
    count, at, found = int(np.frombuffer(wkb, "<u4", 1, 5)[0]), 9, []
    for _ in range(count):
        points = int(np.frombuffer(wkb, "<u4", 1, at)[0])
        found.append(np.frombuffer(wkb, "<f8", 2 * points, at + 4).reshape(-1, 2).tolist())
        at += 4 + 16 * points
    return found


def test_outlines_drawn_by_gdal_cover_the_water(tmp_path):
    data = dataset(tmp_path / "d.h5", lake("a", grid=UTM), lake("b", grid=UTM.at(100, 200)))
    assert write_outlines(tmp_path / "o.gpkg", data, labelled(data, ["a", "b"]), LABELS) == 4
    crs, shapes, rows = geometries(tmp_path / "o.gpkg")
    assert rasterio.crs.CRS.from_user_input(crs).to_epsg() == 32633
    drawn = [{"type": "Polygon", "coordinates": rings_of(each)} for each in shapes]
    grid = rasterio.Affine(*UTM.transform)
    np.testing.assert_array_equal(rasterize(drawn[:2], RING.shape, transform=grid), RING == 1)
    moved = rasterio.Affine(*UTM.at(100, 200).transform)
    np.testing.assert_array_equal(rasterize(drawn[2:], RING.shape, transform=moved), RING == 1)
    assert [(row["lake"], row["body"], row["pixels"]) for row in rows] == [
        ("a", 1, 8),
        ("a", 2, 2),
        ("b", 1, 8),
        ("b", 2, 2),
    ]
    assert rows[0]["area_km2"] == pytest.approx(8 * 0.0009)
    assert (rows[0]["domain"], rows[0]["source"], bool(rows[0]["simulated"])) == ("boreal", "Labels", True)
    with sqlite3.connect(tmp_path / "o.gpkg") as file:
        assert file.execute("select count(*) from water").fetchone() == (4,)
    file.close()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["d.h5", "o.gpkg"]


def test_outlines_of_several_systems_are_in_degrees(tmp_path):
    data = dataset(tmp_path / "d.h5", lake("a", grid=UTM), lake("b", grid=TILE))
    write_outlines(tmp_path / "o.gpkg", data, labelled(data, ["a", "b"]), LABELS)
    crs, shapes, _ = geometries(tmp_path / "o.gpkg")
    assert rasterio.crs.CRS.from_user_input(crs).to_epsg() == 4326
    lon, lat = rings_of(shapes[0])[0][0]
    # x = 500 km of UTM 33 is its central meridian of 15°; y = 6,000 km lies at 54.147° north.
    assert lon == pytest.approx(15, abs=0.01)
    assert lat == pytest.approx(54.147, abs=0.01)


def test_no_water_no_outlines(tmp_path):
    data = dataset(tmp_path / "d.h5", lake("a", np.full((3, 3), 2, np.uint8), grid=UTM))
    with pytest.raises(ConfigError, match="no pixel of these lakes is water"):
        write_outlines(tmp_path / "o.gpkg", data, labelled(data, ["a"]), LABELS)
    assert [each.name for each in tmp_path.iterdir()] == ["d.h5"]


@pytest.mark.parametrize(("width", "bar"), [(30, 10), (29, 5), (6, 2), (0.9, 0.2), (2400, 500)])
def test_a_scale_bar_is_a_round_length_of_a_third_at_most(width, bar):
    assert scale_km(width) == pytest.approx(bar)


def test_a_picture_has_its_colours_legend_and_scale(tmp_path):
    data = dataset(tmp_path / "d.h5", lake("a", grid=UTM))
    content = next(labelled(data, ["a"]))
    with Image.open(io.BytesIO(picture_png(data, content, LABELS))) as image:
        rgb = np.asarray(image.convert("RGB"))
        assert image.text["dataset_fingerprint"] == data.fingerprint
    zoom = 133  # 800 over 6 px
    rows, columns = np.nonzero((rgb == (8, 48, 107)).all(axis=-1))
    top, left = rows.min(), columns.min()
    middles = rgb[top + zoom // 2 :: zoom, left + zoom // 2 :: zoom][:5, :6]
    colours = {1: (8, 48, 107), 2: (65, 148, 74), 3: (255, 255, 255)}
    np.testing.assert_array_equal(middles, [[colours[code] for code in row] for row in RING.tolist()])
    below = rgb[top + 5 * zoom + 4 :]
    assert (below == (65, 148, 74)).all(axis=-1).sum() > 100  # the legend's land
    # 0.05 km of 0.18 km: two and a half pixels of 30 m minus one
    bar = (below[:16] == (28, 39, 51)).all(axis=-1).any(axis=0).sum()
    assert bar == pytest.approx(0.05 / 0.03 * zoom, abs=2)


def test_a_picture_of_probabilities(tmp_path):
    data = dataset(tmp_path / "d.h5", lake("a", grid=UTM))
    likely = np.zeros((5, 6, 3), np.float32)
    likely[..., 0] = np.linspace(0, 1, 6)
    likely[..., 1] = 1 - likely[..., 0]
    png = picture_png(data, of_prediction(data.lake("a"), likely, data.fill), Origin("m"), probabilities=True)
    with Image.open(io.BytesIO(png)) as image:
        rgb = np.asarray(image.convert("RGB"))
    row = rgb[rgb.shape[0] // 2, 24 + 66 :: 133][:6]
    assert tuple(row[0]) == (255, 255, 255)
    assert tuple(row[5]) == (8, 48, 107)
    assert (np.diff(row[:, 0].astype(int)) < 0).all()


def test_a_grid_that_nobody_knows_is_one_line(tmp_path):
    """Grids come from files: one may say anything."""
    data = dataset(tmp_path / "d.h5", lake("a", grid=replace(UTM, crs="no such thing")), lake("b", grid=UTM))
    contents = list(labelled(data, ["a", "b"]))
    for write in (
        lambda: write_map(tmp_path / "m.tif", data, contents[0], LABELS),
        lambda: write_outlines(tmp_path / "o.gpkg", data, contents, LABELS),
        lambda: write_outlines(tmp_path / "o.gpkg", data, contents[:1], LABELS),
    ):
        with pytest.raises(DatasetError) as caught:
            write()
        assert len(str(caught.value).splitlines()) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["d.h5"]


def test_a_picture_of_a_tile_is_thinned_out_but_counts_every_pixel(tmp_path, monkeypatch):
    monkeypatch.setattr(picture, "MOST_SIDE", 50)
    codes = np.where(np.arange(120) < 60, 1, 2).astype(np.uint8)[None].repeat(90, axis=0)
    data = dataset(tmp_path / "d.h5", lake("a", codes, grid=UTM))
    rgb, legend = picture._classes(codes, 3)
    assert rgb.shape == (30, 40, 3)
    assert [text for _, text in legend] == ["water 5,400 px", "land 5,400 px"]
    with Image.open(io.BytesIO(picture_png(data, next(labelled(data, ["a"])), Origin("16×16")))) as image:
        water = (np.asarray(image.convert("RGB")) == (8, 48, 107)).all(axis=-1)
        assert water[image.height // 3].sum() == 20 * 6  # 40 px of 90 m, each 6 px wide: as large as it can be
