from __future__ import annotations

import json
import struct

import numpy as np
import pyogrio
import pytest

from lakeseg.data.scenes.grids import SINUSOIDAL, sinusoidal
from lakeseg.data.scenes.outlines import coordinates, read_outlines
from lakeseg.errors import ConfigError, DatasetError, LakesegError

RING = ((10.0, 45.0), (10.2, 45.0), (10.2, 45.1), (10.0, 45.1), (10.0, 45.0))


def polygon(ring=RING) -> bytes:
    """Return a polygon as well-known binary, little-endian."""
    return struct.pack("<BII", 1, 3, 1) + struct.pack("<I", len(ring)) + np.array(ring, "<f8").tobytes()


def write(path, driver, crs="EPSG:4326", shapes=None, names=("Garda",)):
    shapes = shapes or [polygon()]
    fields = [np.array(names, dtype=object)]
    pyogrio.raw.write(
        path, np.array(shapes, dtype=object), fields, ["name"], geometry_type="Polygon", crs=crs, driver=driver
    )
    return path


@pytest.mark.parametrize(
    ("name", "driver"), [("a.geojson", "GeoJSON"), ("a.gpkg", "GPKG"), ("a.shp", "ESRI Shapefile")]
)
def test_outlines_of_every_kind_arrive_in_the_system_of_the_raster(tmp_path, name, driver):
    (found,) = read_outlines(write(tmp_path / name, driver), SINUSOIDAL, names="name")
    # x = R·λ·cos φ is largest at the southern corner of the east, smallest at the northern one of the west
    corners = [sinusoidal(lon, lat) for lon, lat in RING]
    expected = (*np.min(corners, axis=0), *np.max(corners, axis=0))
    assert found.name == "Garda"
    assert found.box == pytest.approx(expected, abs=0.01)


def test_outlines_of_another_system_are_brought_to_that_of_the_raster(tmp_path):
    ring = ((500_000.0, 0.0), (500_100.0, 0.0), (500_100.0, 200.0), (500_000.0, 0.0))
    path = write(tmp_path / "a.gpkg", "GPKG", "EPSG:32633", [polygon(ring)])
    (found,) = read_outlines(path, "EPSG:4326")
    assert found.name in ("0", "1")
    assert found.box[:2] == pytest.approx((15.0, 0.0), abs=1e-9)  # the central meridian, on the equator
    assert found.box[3] == pytest.approx(200 / 110_574, rel=1e-2)  # metres a degree of latitude there


def test_more_outlines_than_are_read_at_once(tmp_path):
    shapes = [polygon([(x / 100 + number / 10, y) for x, y in RING]) for number in range(1100)]
    path = write(tmp_path / "a.gpkg", "GPKG", shapes=shapes, names=[f"n{number}" for number in range(1100)])
    assert [each.name for each in read_outlines(path, "EPSG:4326", "name")] == [f"n{number}" for number in range(1100)]


def test_a_column_that_is_not_there_lists_those_that_are(tmp_path):
    with pytest.raises(ConfigError, match="expected one of name"):
        list(read_outlines(write(tmp_path / "a.gpkg", "GPKG"), SINUSOIDAL, names="lake"))


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.geojson", b"<OGRVRTDataSource></OGRVRTDataSource>"), ("a.geojson", b'{"type": "Feat'), ("a.gpkg", b"none"),
     ("a.gpkg", b"SQLite format 3\0" + bytes(500)), ("a.shp", b"\0\0\x27\x0a" + bytes(90)), ("a.kml", b"<kml/>"),
     ("a.geojson", b"{}")],
)  # fmt: skip
def test_what_holds_no_outlines_is_refused_in_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LakesegError) as caught:
        list(read_outlines(tmp_path / name, SINUSOIDAL))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["a.geojson", "a.gpkg"])
def test_damaged_outlines_give_one_line_or_outlines(tmp_path, kind):
    whole = write(tmp_path / kind, "GPKG" if kind.endswith("gpkg") else "GeoJSON").read_bytes()
    path = tmp_path / f"damaged{kind[1:]}"
    rng = np.random.default_rng(1)
    changed = [whole[:size] for size in range(0, len(whole), max(1024, len(whole) // 24))]
    places = rng.integers(0, len(whole), 24).tolist()
    changed += [whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :] for place in places]
    for content in changed:
        path.write_bytes(content)
        try:
            assert len(list(read_outlines(path, SINUSOIDAL))) <= 1
        except LakesegError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either outcome is right


def test_geometries_without_a_place_are_passed_over(tmp_path):
    features = [
        {"type": "Feature", "properties": {}, "geometry": None},
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": []}},
        {"type": "Feature", "properties": {}, "geometry": {"type": "MultiPolygon", "coordinates": [[RING], [RING]]}},
    ]
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert len(list(read_outlines(tmp_path / "a.geojson", "EPSG:4326"))) == 1


def test_points_of_binary_geometries():
    (ring,) = coordinates(polygon())
    np.testing.assert_array_equal(ring, RING)
    big = struct.pack(">BI", 0, 1) + np.array([3, 4], ">f8").tobytes()
    assert next(coordinates(big)).tolist() == [[3, 4]]
    for kind in (1002, 0x80000002):  # a line with Z, as ISO has it and as PostGIS does
        line = struct.pack("<BII", 1, kind, 2) + np.array([1, 2, 9, 3, 4, 9], "<f8").tobytes()
        assert next(coordinates(line)).tolist() == [[1, 2], [3, 4]]
    many = struct.pack("<BII", 1, 6, 2) + polygon() * 2
    assert len(list(coordinates(many))) == 2
    deep = struct.pack("<BII", 1, 7, 1) * 50 + polygon()
    for broken in (b"", polygon()[:-3], struct.pack("<BI", 1, 15), deep, struct.pack("<BII", 1, 2, 1 << 31)):
        with pytest.raises(ValueError):  # noqa: PT011 - its text is for nobody: the reader makes it one of its own
            list(coordinates(broken))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DatasetError, match="no such file"):
        list(read_outlines(tmp_path / "a.gpkg", SINUSOIDAL))
