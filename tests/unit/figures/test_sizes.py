from __future__ import annotations

import json

import pytest

from lakeseg.figures.sizes import changed_chart, colours_of, flips_chart, sizes_chart
from lakeseg.study import published

ROW = {"terms": "study", "title": "FCN paper 16×16", "series": "FCN paper", "size": 16, "low": 0.6, "high": 0.8}
ROWS = [
    ROW | {"f1": 0.7, "pixels": 100, "land_share": 0.801},
    ROW | {"size": 32, "f1": None, "pixels": 0, "land_share": None},
    ROW | {"series": "Logistic regression", "size": 16, "f1": 0.5, "pixels": 100, "land_share": 0.801},
]
FLIPS = [{"model": "m", "title": "FCN", "pixels": 200, "flips": [180, 15, 5], "changed": [10, 15]}]


def values(chart) -> list[dict]:
    return [row for table in chart.to_dict()["datasets"].values() for row in table]


def test_models_are_solid_and_published_values_hollow():
    rows = published.size_rows()
    colours = colours_of([row["series"] for row in [*rows, *ROWS]])
    chart = sizes_chart(ROWS, rows, colours).to_dict()
    marks = [layer["mark"] for layer in chart["layer"]]
    points = [mark for mark in marks if mark["type"] == "point"]
    assert [mark["filled"] for mark in points] == [True, False]
    drawn = [row for row in values(sizes_chart(ROWS, rows, colours)) if row["published"]]
    assert {(row["title"], row["size"]) for row in drawn if row["f1"] == 0} == {("FCN, 2018, recomputed", 64)}
    assert not any(row["size"] == 64 and row["published"] == "printed" for row in drawn)  # NA is not drawn


def test_places_of_one_size_stand_side_by_side():
    colours = colours_of(["FCN paper", "Logistic regression"])
    drawn = {row["x"] for row in values(sizes_chart(ROWS, [], colours)) if row["size"] == 16}
    assert len({round(x, 3) for x in drawn if x < 1.2}) == 2
    assert sum(x for x in drawn if x < 1.2) == pytest.approx(2)  # around place 1


def test_the_axis_says_how_much_land_was_tested():
    text = json.dumps(sizes_chart(ROWS, [], colours_of(["FCN paper", "Logistic regression"])).to_dict())
    assert "'16 px', '80 % land'" in text


def test_flips_are_shares_of_all_pixels():
    assert [row["share"] for row in values(flips_chart(FLIPS))] == [15 / 200, 5 / 200]
    assert [(row["size"], row["share"]) for row in values(changed_chart(FLIPS, (8, 64)))] == [(8, 0.05), (64, 0.075)]


def test_published_rows_are_those_of_the_tables():
    rows = {(row["title"], row["size"]): row["f1"] for row in published.size_rows()}
    assert rows["FCN, 2018, printed", 16] == 0.7821
    assert rows["FCN, 2018, recomputed", 16] == pytest.approx(0.7771, abs=5e-5)
    assert rows["U-Net, 2018, printed", 32] == 0.1926
    assert rows["FCN RGB, 2018, printed", 8] == 0.716
    assert len(rows) == 4 + 4 + 2 + 4
