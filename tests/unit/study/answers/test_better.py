"""The search's winner against the study's network at the size that validation lakes chose."""

from __future__ import annotations

import pytest

from lakeseg.study.answers import answer
from tests.unit.study.answers.hands import known, lakes, runs_of, spaced

HIGH, NEAR, LOW = lakes(80, 20, 20, 880), lakes(79, 21, 21, 879), lakes(50, 50, 50, 850)  # F1 .8, .79, .5


def runs(winner, parameters=473_739, best=LOW):
    validated = {"validation": {"f1_chosen": 0.9}}
    return [
        runs_of("fcn-lakeseg", winner, parameters=parameters),
        runs_of("fcn-paper-8", NEAR, title="FCN paper 8×8"),
        runs_of("fcn-paper-16", best, title="FCN paper 16×16", **validated),
    ]


@pytest.mark.parametrize(
    ("winner", "parameters", "best", "starts", "goal"),
    [
        (HIGH, 473_739, LOW, "Yes: ", "reaches the +.030"),
        (HIGH, 473_740, LOW, "Only a larger one: ", "reaches the +.030"),
        (HIGH, 400_000, NEAR, "Yes: ", "stays below the +.030"),
        (LOW, 400_000, LOW, "None was found: ", "stays below"),
        (LOW, 400_000, HIGH, "No: ", "stays below"),
    ],
)
def test_the_numbers_decide(winner, parameters, best, starts, goal):
    said = answer(6, known(*runs(winner, parameters, best))).verdict
    assert said.startswith(starts)
    assert goal in said


def test_the_best_size_is_chosen_on_validation_lakes_even_where_it_tests_worse():
    assert "best size (FCN paper 16×16)" in answer(6, known(*runs(HIGH))).verdict


def trial(number, phase, f1, state="complete", **changes):
    values = {"number": number, "phase": phase, "settings": {"depth": 6, "loss": "dice"} if number else {}}
    values |= {"config": {}, "parameters": 1000, "state": state, "f1": f1, "threshold": 0.5, "seconds": 30.0}
    return values | {"reason": "", "of": None, "device": "CPU"} | changes


def test_the_search_is_told_with_what_was_given_up():
    rows = [trial(0, "baseline", [0.6, 0.7]), trial(1, "search", [0.7, 0.8]), trial(2, "search", [0.1], "pruned")]
    rows += [trial(3, "final", [0.82], of=1), trial(4, "final", [0.75], of=0), trial(5, "final", [0.84], of=1)]
    found = answer(6, known(*runs(HIGH), search=rows))
    tables = {table.title: table.rows for table in found.tables}
    assert "3 trials within" in found.tested[0]
    assert "2 went to their end and 1 was given up early" in found.tested[0]
    assert [row[:2] for row in tables["The best trials of the search"]] == [("1", ".800"), ("0", ".700")]
    assert [row[:3] for row in tables["The finals: the best trials trained longer"]] == [
        ("1", ".830", ".820 and .840"),
        ("baseline", ".750", ".750"),
    ]
    assert ("loss", "dice", "1", ".800", ".800") in tables["What each choice came to"]


def test_what_the_search_left_out_follows_from_its_rows():
    given = {"depth": 5, "loss": "focal", "learning_rate": 0.002, "residual": False}
    rows = [trial(0, "baseline", [0.7], parameters=12), trial(1, "search", [0.6], "pruned", settings=given)]
    rows += [trial(2, "search", [0.8], settings=given | {"depth": 6, "loss": "dice", "residual": True})]
    by_hand = spaced(" ".join(answer(6, known(search=rows)).tested))
    assert "All 2 trials after the baseline were of settings listed to be tried first" in by_hand
    assert "never tried: layers 3, 4, 7 or 8; " in by_hand
    assert "; loss crossentropy, weighted or lovasz; " in by_hand
    assert "no trial that went to its end: layers 5; skip connections no; loss focal." in by_hand
    rows += [trial(3, "search", [0.8], settings=given | {"learning_rate": 0.0017264})]
    assert "sampler chose the settings of 1 trial, 2 were listed" in " ".join(answer(6, known(search=rows)).tested)


@pytest.mark.parametrize(("winner", "words"), [((0.81, 0.83), "+.010, less"), ((0.83, 0.84), "+.025, no less")])
def test_finals_within_the_spread_of_seeds_tell_nothing(winner, words):
    # the baseline's seeds lie .02 apart, its mean is .81
    finals = [trial(3 + place, "final", [f1], of=1) for place, f1 in enumerate(winner)]
    finals += [trial(5, "final", [0.80], of=0), trial(6, "final", [0.82], of=0)]
    (said,) = answer(6, known(search=[trial(0, "baseline", [0.7]), trial(1, "search", [0.8]), *finals])).sure
    assert words in said
    assert "seeds of one of them lie apart (.0200)" in said


def test_calibration_is_told_before_and_after():
    part = {"before": 0.02, "after": 0.01, "pixels": 1200}
    winner = runs_of("fcn-lakeseg", HIGH, calibration={"temperature": 1.5, "validation": part, "test": part})
    found = answer(6, known(winner))
    table = next(table for table in found.tables if table.title == "Calibration before and after")
    assert table.rows[0] == ("0", "1.500", ".0200", ".0100", ".0200", ".0100", "1,200")
    assert "falls: .0200 before, .0100 after" in spaced(found.sure[-1])
