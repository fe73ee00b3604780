"""Numbers as text, and the words that follow from them."""

from __future__ import annotations

import math

import pytest

from lakeseg.analysis.seeds import SeededDifference
from lakeseg.metrics import Interval
from lakeseg.study.answers import words
from tests.unit.study.answers.hands import spaced


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.8125, ".812"), (0.0, "0"), (1.0, "1.00"), (0.9999, "1.00"), (math.nan, "–"), (None, "–"), (0.0004, ".000")],
)
def test_a_score(value, text):
    assert words.score(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.031, "+.031"),
        (-0.2, "−.200"),
        (0.0, "+.000"),
        (-0.0002, "−.0002"),
        (0.00004, "+.00004"),
        (0.00049, "+.0005"),
        (1.0, "+1.000"),
    ],
)
def test_a_difference_keeps_its_sign_and_never_rounds_to_nothing(value, text):
    assert words.signed(value) == text


def found(low, high):
    return SeededDifference((low + high) / 2, Interval("f1", low, high, 0.95, 10))


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(0.001, 0.1, words.BEATS), (-0.1, -0.001, words.LOSES), (-0.1, 0.1, words.EVEN), (0.0, 0.1, words.EVEN)],
)
def test_the_interval_decides_the_words(low, high, text):
    assert words.relation(found(low, high)) == text


def test_lists_and_units():
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert spaced(words.sizes([8, 16])) == "8 and 16 px"
    assert spaced(words.percents(0.891, 0.9)) == "89.1–90.0 %"
    assert words.origin({"name": "lab", "simulated": True}) == "lab, simulated"
    assert words.origin({"name": "lab (simulated)", "simulated": True}) == "lab (simulated)"
