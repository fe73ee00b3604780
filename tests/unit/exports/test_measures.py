"""Area, shoreline and the table: numbers by hand, geometry against lines of known length."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import rasterio

from lakeseg.data.scenes.grids import CELL_M
from lakeseg.data.scenes.scene import Grid
from lakeseg.exports.content import Origin, labelled, of_prediction
from lakeseg.exports.measures import area_km2, cell_m, lake_row, shore_edges, shoreline_km, write_table
from lakeseg.store import Card
from tests.unit.exports.exported import RING, TILE, UTM, dataset, lake


def test_area_and_edges_by_hand():
    assert area_km2(RING, 500.0) == pytest.approx(10 * 0.25)
    # The ring: 4 around its island, 3 below and 3 at its right; the pair: 2 above, 2 below, 1 at either end.
    assert shore_edges(RING) == 4 + 3 + 3 + 2 + 2 + 2


def test_the_border_of_the_image_and_pixels_without_class_are_no_shore():
    assert shore_edges(np.ones((4, 4), np.uint8)) == 0
    assert shore_edges(np.array([[0, 1, 0]], np.uint8)) == 0
    assert shore_edges(np.array([[1, 3], [2, 1]], np.uint8)) == 4


@pytest.mark.parametrize("degrees", [0, 13, 30, 45, 71])
def test_shores_in_all_directions_are_right_on_the_mean(degrees):
    """A line at one angle is off by its stairs: |cos| + |sin| times π/4, exactly; a circle has all angles."""
    side, angle = 1200, math.radians(degrees)
    rows, columns = np.mgrid[:side, :side]
    line = np.where((columns - side / 2) * math.cos(angle) + (rows - side / 2) * math.sin(angle) < 0, 1, 2)
    inner = line[100:-100, 100:-100].astype(np.uint8)
    length = 1000 / max(abs(math.cos(angle)), abs(math.sin(angle)))
    stairs = abs(math.cos(angle)) + abs(math.sin(angle))
    assert shoreline_km(inner, 1000.0) == pytest.approx(length * stairs * math.pi / 4, rel=3e-3)


def test_the_shore_of_a_circle():
    rows, columns = np.mgrid[:1000, :1000]
    circle = np.where(np.hypot(rows - 499.5, columns - 499.5) < 400, 1, 2).astype(np.uint8)
    assert shoreline_km(circle, 10.0) == pytest.approx(2 * math.pi * 4.0, rel=1e-3)


def test_a_pixel_is_as_large_as_its_grid_says(tmp_path):
    data = dataset(tmp_path / "d.h5", lake("tile", grid=TILE), lake("utm", grid=UTM), lake("none"))
    assert [cell_m(data, each) for each in data.iter_lakes()] == pytest.approx([CELL_M, 30.0, CELL_M])
    small = dataset(tmp_path / "s.h5", lake("none"), pixel_size_m=90.0)
    assert cell_m(small, small.lake("none")) == 90.0


@pytest.mark.parametrize("crs", ["EPSG:3857", rasterio.crs.CRS.from_epsg(3857).to_wkt()])
def test_metres_of_the_webs_maps_are_longer_than_those_of_the_ground(tmp_path, crs):
    """At 60° north one on the ground is drawn as 1/cos 60° = 2; there y is R ln tan 75° with R = 6,378,137 m."""
    y = 6_378_137 * math.log(math.tan(math.radians(75)))
    grid = Grid(crs, (1000.0, 0.0, 2_000_000.0, 0.0, -1000.0, y + 2_500))  # the middle of five rows lies at 60°
    data = dataset(tmp_path / "d.h5", lake("a", grid=grid))
    assert cell_m(data, data.lake("a")) == pytest.approx(500, rel=1e-6)


def test_a_row_of_labels(tmp_path):
    data = dataset(tmp_path / "d.h5", lake("a", grid=UTM))
    (content,) = labelled(data, ["a"])
    row = lake_row(data, content, Origin("Labels"))
    assert (row["lake"], row["simulated"], row["domain"], row["date"]) == ("a", "yes", "boreal", "2018-07-01")
    assert (row["height"], row["width"], row["pixel_m"]) == (5, 6, 30.0)
    assert (row["label_water_px"], row["label_land_px"], row["label_unclassified_px"]) == (10, 19, 1)
    assert row["label_water_km2"] == pytest.approx(10 * 900 / 1e6)
    assert row["label_shoreline_km"] == pytest.approx(16 * 0.03 * math.pi / 4, abs=1e-4)
    assert row["lon"] is None  # nobody knows it
    assert "f1" not in row


def card(**changed):
    return replace(Card("A model", "", {"kind": "logistic"}, (1,), 0, id="m"), **changed)


def test_a_row_of_a_model_by_hand(tmp_path):
    one = lake("a", grid=UTM)
    one.image[4, 0, 2] = -28672  # a pixel that misses a band: land by its label, in no number
    data = dataset(tmp_path / "d.h5", one)
    likely = np.zeros((5, 6, 3), np.float32)
    likely[..., 1] = 1
    likely[:3, :3] = (1, 0, 0)  # 9 px of water: the 8 of the ring and its island; the pair is missed
    row = lake_row(data, of_prediction(data.lake("a"), likely, data.fill), Origin("A model", card()))
    assert (row["missing_px"], row["label_land_px"], row["label_none_px"]) == (1, 18, 1)
    assert (row["model"], row["standing"]) == ("m", "unseen")
    assert (row["water_px"], row["land_px"], row["unclassified_px"]) == (9, 20, 0)
    assert (row["precision"], row["recall"]) == pytest.approx((8 / 9, 8 / 10), abs=1e-6)
    assert row["f1"] == pytest.approx(2 * 8 / (9 + 10), abs=1e-6)
    assert row["scored_px"] == 28  # 30 less the unclassified and the missing
    assert row["shoreline_km"] == pytest.approx(6 * 0.03 * math.pi / 4, abs=1e-4)


def test_pandas_reads_the_table(tmp_path):
    """Undefined scores are empty, and a name that a spreadsheet would run is none."""
    dry = np.full((2, 2), 2, np.uint8)
    data = dataset(tmp_path / "d.h5", lake("=1+1", dry), lake('b,"c"', grid=UTM))
    wet, land = (np.tile(np.eye(3, dtype=np.float32)[at], (5, 6, 1)) for at in (0, 1))
    contents = [
        of_prediction(data.lake("=1+1"), land[:2, :2], data.fill),
        of_prediction(data.lake('b,"c"'), wet, data.fill),
    ]
    assert write_table(tmp_path / "t.csv", data, contents, Origin("A model", card())) == 2
    table = pd.read_csv(tmp_path / "t.csv")
    assert table.lake.tolist() == ["'=1+1", 'b,"c"']
    assert table.f1.isna().tolist() == [True, False]
    assert table.f1[1] == pytest.approx(2 * 10 / (29 + 10), abs=1e-6)
    assert table.water_px.tolist() == [0, 30]
