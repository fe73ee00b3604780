"""Charts of a review: each is a valid Vega-Lite specification whose data hold the numbers."""

from __future__ import annotations

import math

import pytest

from lakeseg.figures.review import before_after, class_bars, kappa_matrix, shares, weights, worth


def data_of(chart) -> list[dict]:
    """Rows of all data sets of a chart, which is checked against Vega-Lite's schema on the way."""
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def pair(first, second, kappa, low=math.nan, high=math.nan):
    return {"first": first, "second": second, "kappa": kappa, "low": low, "high": high, "same": 0.9, "pixels": 1200}


def test_the_matrix_shows_each_pair_both_ways():
    rows = data_of(kappa_matrix([pair("ann", "bo", 0.612, 0.5, 0.7), pair("ann", "cy", -0.1)], ["ann", "bo", "cy"]))
    found = {(row["first"], row["second"]): (row["main"], row["between"], row["below"]) for row in rows}
    assert found["ann", "bo"] == found["bo", "ann"] == (".612", ".500 to .700", "1,200 px")
    assert found["cy", "ann"] == ("−.100", "", "1,200 px")


def test_a_kappa_that_is_undefined_is_a_dash():
    assert {row["main"] for row in data_of(kappa_matrix([pair("ann", "bo", math.nan)], ["ann", "bo"]))} == {"–"}


def test_shares_stand_on_their_lines_with_a_line_of_chance():
    row = {"label": "ann", "share": 0.8, "low": math.nan, "high": math.nan, "text": "80 %", "of": 10}
    rows = data_of(shares([row, row | {"label": "bo", "low": 0.7, "high": 0.9}], "Share", chance=0.5))
    assert {"chance": 0.5} in rows
    assert {one["label"]: one["end"] for one in rows if "label" in one} == {"ann": 0.8, "bo": 0.9}


@pytest.mark.parametrize("value", [0.8, math.nan])
def test_before_and_after(value):
    row = {"label": "FCN", "before": 0.7, "after": value, "low": 0.75, "high": 0.85, "text": "+.100", "sure": True}
    rows = data_of(before_after([row], "F1"))
    assert [(one["before"], one["text"]) for one in rows] == [(0.7, "+.100")]


def test_bars_of_classes_add_up():
    rows = data_of(class_bars([{"when": "Before", "water": 10, "land": 30, "unclassified": 60}]))
    assert [(row["class"], row["start"], row["end"]) for row in rows] == [
        ("water", 0.0, 0.1), ("land", 0.1, 0.4), ("unclassified", 0.4, 1.0),
    ]  # fmt: skip


def test_worth_draws_references_apart():
    step = {"verdicts": 100, "f1": 0.6, "low": 0.5, "high": 0.7, "accuracy": 0.9, "pixels": 50}
    nobody = step | {"who": "models' mean", "f1": 0.4}
    rows = data_of(worth([step, step | {"verdicts": 200, "f1": 0.7}], [nobody, nobody | {"who": "FCN", "f1": 0.401}]))
    places = sorted(row["place"] for row in rows if "place" in row)
    assert places[1] - places[0] == pytest.approx(0.07 * 0.3)  # a share of the span of all values
    assert {row["text"] for row in rows if "text" in row} == {"models' mean .400", "FCN .401"}
    assert data_of(worth([step], []))


def test_weights_are_signed():
    assert {row["label"]: row["text"] for row in data_of(weights({"band 2": -0.5, "FCN": 1.25}))} == {
        "band 2": "−.500",
        "FCN": "+1.250",
    }
    assert weights({}).to_dict()
