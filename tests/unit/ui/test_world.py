"""Maps of lakes: where they begin, what is on them, and that they ask nobody for tiles."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lakeseg.data.write import write_dataset
from lakeseg.ui.data import world
from tests.lakes import HEADER, make_lake

LAND = Path(world.__file__).parent / "land.json"


@pytest.fixture
def dataset(tmp_path):
    places = [(24.0, 61.0), (-70.0, -33.5), (math.nan, 5.0), (10.0, 95.0)]
    lakes = [
        replace(make_lake(f"a{n}", 4, 5), lon=lon, lat=lat, domain="boreal" if n else "")
        for n, (lon, lat) in enumerate(places)
    ]
    return write_dataset(tmp_path / "placed.h5", HEADER, lakes)


def test_land_is_small_named_and_on_earth():
    assert LAND.stat().st_size < 150_000
    land = json.loads(LAND.read_text(encoding="utf-8"))
    assert "Natural Earth" in land["source"]
    rings = [np.array(ring) for each in land["features"] for ring in each["geometry"]["coordinates"]]
    for ring in rings:
        assert np.array_equal(ring[0], ring[-1])
        assert np.abs(ring[:, 0]).max() <= 180
        assert np.abs(ring[:, 1]).max() <= 90
        assert not ((np.abs(np.diff(ring[:, 0])) > 180) & (np.abs(ring[1:, 1]) < 80)).any()  # no line across the map


@pytest.mark.parametrize(
    ("lon", "lat", "is_land"), [(25, 62, True), (-60, -10, True), (170, 66, True), (-30, 30, False), (180, 0, False)]
)
def test_land_is_where_it_is(lon, lat, is_land):
    land = json.loads(LAND.read_text(encoding="utf-8"))
    polygons = [[np.array(ring) for ring in each["geometry"]["coordinates"]] for each in land["features"]]
    assert any(sum(_inside(ring, lon, lat) for ring in rings) % 2 == 1 for rings in polygons) == is_land


def _inside(ring: np.ndarray, x: float, y: float) -> bool:
    """Say whether a ray to the east crosses the ring an odd number of times."""
    (x0, y0), (x1, y1) = ring[:-1].T, ring[1:].T
    crosses = (y0 > y) != (y1 > y)
    at = x0 + (y - y0) / np.where(y1 == y0, 1, y1 - y0) * (x1 - x0)
    return bool((crosses & (at > x)).sum() % 2)


def test_lakes_with_a_place_are_on_the_map_and_no_tiles_are_asked_for(dataset):
    deck = world.deck_of(dataset)
    assert deck.ids == ("a0", "a1")
    assert deck.left_out == 0
    text = deck.deck.to_json()
    spec = json.loads(text)
    assert "cartocdn" not in text
    assert "mapbox" not in text.lower()
    assert "mapProvider" not in spec
    assert spec["mapStyle"] == "__MAP_STYLE__"  # pydeck's own word for "none was named"
    points = spec["layers"][1]["data"]
    assert spec["layers"][1]["getRadius"] == 7
    assert [point["place"] for point in points] == [[24.0, 61.0], [-70.0, -33.5]]
    assert [point["about"] for point in points] == ["4×5 px", "4×5 px · boreal"]


def test_without_places_there_is_no_map(tmp_path):
    assert world.deck_of(write_dataset(tmp_path / "no.h5", HEADER, [make_lake("a0", 4, 5)])) is None


def test_too_many_lakes_are_thinned_out(dataset, monkeypatch):
    monkeypatch.setattr(world, "MOST_SHOWN", 1)
    monkeypatch.setattr(world, "FEW", 0)
    deck = world.deck_of(dataset)
    assert (deck.ids, deck.left_out) == (("a0",), 1)
    assert json.loads(deck.deck.to_json())["layers"][1]["getRadius"] == 4


def test_the_view_shows_all_places():
    view = world.view_of(np.array([-90.0, 90.0]), np.array([0.0, 0.0]))
    # 180° at zoom z take 512 · 2^z / 2 px; with a fifth around them they take 760: 2^z = 760 / 256 / 1.2
    assert view == {"longitude": 0.0, "latitude": 0.0, "zoom": pytest.approx(math.log2(760 / 256 / 1.2))}
    one = world.view_of(np.array([24.0]), np.array([61.0]))
    assert (one["longitude"], one["latitude"]) == (24.0, pytest.approx(61.0))
    assert one["zoom"] == 2.6  # 760 px of 512 · 2^2.6 that are 360°: some 88° of longitude


def test_places_in_words(dataset):
    assert world.place_in_words(dataset.lakes, "a1") == "33.50° S, 70.00° W"
    assert [world.is_placed(dataset.lakes, f"a{n}") for n in range(4)] == [True, True, False, False]
