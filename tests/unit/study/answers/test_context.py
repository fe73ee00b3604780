"""Question 3: context is what a network has over its twin without neighbours."""

from __future__ import annotations

import pytest

from lakeseg.study.answers import answer
from tests.unit.study.answers.hands import known, lakes, run, runs_of, spaced

# tp 8, fn 2, fp 2: F1 .8; tp 7, fn 3, fp 3: .7; tp 5, fn 5, fp 5: .5
HIGH, MIDDLE, LOW = lakes(8, 2, 2, 88), lakes(7, 3, 3, 87), lakes(5, 5, 5, 85)


def runs(network, twin, boosting=MIDDLE):
    return [
        runs_of("fcn-lakeseg", network),
        runs_of("fcn-pixel", twin),
        runs_of("logistic", LOW, seeds=1),
        runs_of("boosting", boosting),
        runs_of("fcn-paper-16", MIDDLE, title="FCN paper 16×16"),
    ]


@pytest.mark.parametrize(
    ("network", "twin", "starts"),
    [
        (HIGH, MIDDLE, "Yes: seeing a pixel's neighbours adds +.100 [+.100, +.100] of F1 to the same network"),
        (MIDDLE, MIDDLE, "It cannot be told: seeing a pixel's neighbours adds no sure amount"),
        (MIDDLE, HIGH, "No: seeing a pixel's neighbours adds a loss, −.100"),
    ],
)
def test_the_twin_decides(network, twin, starts):
    assert answer(3, known(*runs(network, twin))).verdict.startswith(starts)


def test_non_linearity_stands_apart_and_the_studys_network_has_its_place():
    said = answer(3, known(*runs(HIGH, MIDDLE))).verdict
    assert "neighbours adds +.200 [+.200, +.200] (1×1 kernels) and +.200 [+.200, +.200] (boosting) of F1 to log" in said
    assert said.endswith("beats logistic regression and cannot be told apart from gradient boosting.")


def test_without_the_control_it_says_so():
    found = answer(3, known(runs_of("logistic", LOW, seeds=1), runs_of("boosting", HIGH)))
    assert found.verdict.startswith("The control of 1×1 kernels has not run: ")
    assert "fcn-pixel" in found.missing
    assert answer(3, known()).verdict == "Not run yet."


def test_runs_on_other_lakes_are_not_compared():
    other = [run("logistic", 0, {"chosen": lakes(8, 2, 2, 88, count=3), "fair": lakes(8, 2, 2, 88, count=3)})]
    assert answer(3, known(other, runs_of("boosting", HIGH))).verdict == "Not run yet."


def test_table_5_has_printed_recomputed_and_ours():
    ours = [
        run("logistic-pixels", seed, {"study": [[6, 4, 2 + seed, 88 - seed]]}, lakes=[], groups=[]) for seed in (0, 2)
    ]
    rows = {row[0]: tuple(map(spaced, row[1:])) for row in answer(3, known(ours)).tables[0].rows}
    printed = ("1,389,463", "463,155", "18,602", "10,618", "2,957", "430,798", ".7326", "93.27 %", "–")
    assert rows["printed"] == printed
    assert rows["recomputed"][1:] == (
        "462,975",
        "–",
        "–",
        "–",
        "–",
        ".7327",
        "93.69 %",
        "97.07 %",
    )  # the audit's numbers
    # F1 of the seeds 12/18 = .667 and 12/20 = .600, accuracy 94 and 92 of 100
    assert rows["ours, 2 seeds"][:6] == ("6,400", "100", "6", "4", "3", "87")
    assert rows["ours, 2 seeds"][6].startswith(".633 [")
    assert rows["ours, 2 seeds"][7:] == ("90.00 %", "93.00 %")
    assert rows["ours, spread"][2:] == ("6–6", "4–4", "2–4", "86–88", ".600–.667", "–", "92.00–94.00 %")
