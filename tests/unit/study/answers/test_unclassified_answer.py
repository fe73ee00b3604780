"""Question 5: agreement, what the open pixels are called, and who is right."""

from __future__ import annotations

import pytest

from lakeseg.study.answers import answer
from tests.unit.study.answers.hands import known, spaced


def share(value):
    return {"count": 0, "pixels": 0, "share": value, "low": value - 0.01, "high": value + 0.01}


def row(domain="", model="fcn-lakeseg", less=0.05, truth=True):
    """Return a row of 100 sure and 50 open pixels: 10 called water, 9 of them truly, of 20 that are."""
    labellers = {
        "static map": {
            "right": share(0.7),
            "model_less_labeller": {"value": less, "low": less - 0.01, "high": less + 0.01},
        }
    }
    told = {
        "counts": {"land": [1, 29, 0], "water": [9, 11, 0]},
        "right": share(0.76),
        "water": share(0.4),
        "right_on_sure": share(0.9),
        "labels_right_on_sure": share(0.95),
        "labellers": labellers,
    }
    about = {
        "model": model,
        "title": "FCN lakeseg",
        "rule": "all",
        "of_lakes": 5,
        "domain": domain,
        "lakes": 4,
        "groups": 4,
    }
    numbers = {"pixels": 150, "confusion": [[30, 10, 0], [0, 60, 0], [10, 40, 0]], "agreement": share(0.9)}
    return about | numbers | {"says": {"water": 10, "land": 40, "unclassified": 0}} | ({"truth": told} if truth else {})


def said(**changes):
    return spaced(answer(5, known(unclassified=[row(**changes)])).verdict)


@pytest.mark.parametrize(
    ("less", "words"), [(0.05, "more often than"), (-0.05, "less often than"), (0.0, "about as often as")]
)
def test_the_difference_decides_the_words(less, words):
    assert f"right on 76.0 % [75.0, 77.0] of those, {words} the static map (70.0 %)" in said(less=less)


def test_agreement_calls_and_the_floor_are_there():
    text = said()
    assert text.startswith("FCN lakeseg agrees with the labels on 90.0 % [89.0, 91.0] of the pixels where both")
    assert "calls 20.0 % of the 50 unclassified pixels water" in text
    assert text.endswith(", and more often than calling all of them land would be (60.0 %).")


def test_without_truth_nobody_is_right():
    assert "right" not in said(truth=False)


def test_scores_among_open_pixels_are_of_water():
    found = answer(5, known(unclassified=[row(), row("arid")]))
    # 9 of 20 found, 9 of 10 true: F1 18/30
    assert any("finds 45.0 %, and 90.0 % of what it calls water is" in spaced(text) for text in found.sure)
    assert found.tables[0].rows[0][-1] == ".600"
    assert [row[0] for row in found.tables[1].rows] == ["all domains", "arid"]


def test_nothing_was_measured():
    assert answer(5, known()).verdict == "Not run yet."


def test_a_dataset_without_unclassified_pixels_waits_for_nothing():
    found = answer(5, known(unclassified=[]))
    assert found.verdict.startswith("Nothing to ask")
    assert found.missing == ()
