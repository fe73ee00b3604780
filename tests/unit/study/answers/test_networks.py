"""Question 4: at equal epochs, seconds and parameters."""

from __future__ import annotations

import pytest

from lakeseg.study.answers import answer
from tests.unit.study.answers.hands import known, lakes, run, runs_of, spaced

HIGH, MIDDLE, LOW = lakes(8, 2, 2, 88), lakes(7, 3, 3, 87), lakes(5, 5, 5, 85)  # F1 .8, .7, .5


def runs(**counts):
    return known(*(runs_of(name.replace("_", "-"), value) for name, value in counts.items()))


def test_the_fcn_wins_where_it_beats_all_of_them():
    said = spaced(answer(4, runs(fcn_paper_32=HIGH, unet_paper_32=MIDDLE, unet_short_32=LOW)).verdict)
    at_both = "at equal epochs the FCN beats the U-Net at 32 px; at equal seconds the FCN beats the U-Net at 32 px."
    assert said == f"The FCN: {at_both}"


def test_each_size_has_its_word():
    known_runs = runs(fcn_paper_32=HIGH, unet_paper_32=MIDDLE, fcn_paper_16=MIDDLE, unet_paper_16=HIGH)
    said = spaced(answer(4, known_runs).verdict)
    assert said == "Neither in general: at equal epochs the FCN beats the U-Net at 32 px and falls behind it at 16 px."


def test_equals_are_no_difference():
    assert answer(4, runs(fcn_paper_16=HIGH, unet_paper_16=HIGH)).verdict.startswith("No difference was shown: ")


@pytest.mark.parametrize(
    ("learned", "words"),
    [
        (
            MIDDLE,
            "learned up-sampling lifts the U-Net's F1 at 32 px (+.200 [+.200, +.200]), 67 % of the FCN's lead there",
        ),
        (
            LOW,
            "learned up-sampling does not surely change the U-Net's F1 at 32 px (+.000 [+.000, +.000]), so that plain",
        ),
    ],
)
def test_up_sampling_is_tested(learned, words):
    said = answer(4, runs(fcn_paper_32=HIGH, unet_paper_32=LOW, unet_learned_32=learned)).verdict
    assert words in spaced(said)


def test_without_a_lead_there_is_nothing_to_explain():
    said = answer(4, runs(fcn_paper_32=LOW, unet_paper_32=LOW, unet_learned_32=HIGH)).verdict
    assert "lifts the U-Net's F1" in said
    assert said.endswith("where the FCN has no sure lead to explain.")


def test_seconds_stand_beside_the_studys():
    found = answer(4, runs(fcn_paper_16=HIGH, unet_paper_16=MIDDLE))
    rows = {
        row[0]: tuple(map(spaced, row[1:])) for row in next(t for t in found.tables if t.title == "Training time").rows
    }
    assert rows["FCN, published"] == ("30", "about 30 s", "about 900 s", "–", "not stated")
    assert rows["U-Net, published"][:3] == ("30", "about 23 s", "about 690 s")
    assert rows["FCN 16×16"] == ("2", "2.0 s", "4.0 s", "473,739", "an abacus, 1 core")


def test_figure_6_has_both_networks_in_training_and_validation():
    found = answer(4, runs(fcn_paper_16=HIGH, unet_paper_16=MIDDLE))
    rows = next(figure.rows for figure in found.figures if figure.chart == "losses")
    assert {(row["model"], row["part"], row["epoch"], row["value"]) for row in rows} == {
        (model, *point)
        for model in ("FCN", "U-Net")
        for point in (("training", 1, 0.5), ("training", 2, 0.25), ("validation", 1, 0.6), ("validation", 2, 0.3))
    }


def test_figure_6_in_numbers_says_when_a_loss_settles():
    (table,) = (table for table in answer(4, runs(fcn_paper_16=HIGH)).tables if table.title == "Figure 6 in numbers")
    # two epochs, .5 and .25: only the second is within 1.1 times the last
    assert table.rows[0] == ("FCN", "training", ".500 [.500–.500]", "–", "–", "–", "–", "2", "5")


@pytest.mark.parametrize(("seconds", "counts"), [(5.0, True), (5.1, False), (3.2, True), (3.1, False)])
def test_what_is_not_equal_in_time_has_no_part_in_the_verdict(seconds, counts):
    # the FCN's two epochs take 4 s; a quarter more or less is taken as equal
    brief = runs_of("unet-short-16", LOW, history={"loss": [0.5], "seconds": [seconds]})
    found = answer(4, known(runs_of("fcn-paper-16", HIGH), runs_of("unet-paper-16", MIDDLE), brief))
    assert ("at equal seconds" in found.verdict) is counts
    assert any("which is not equal and has no part" in text for text in found.tested) is not counts


def test_the_least_disturbed_seed_tells_the_time():
    scores = {"study": HIGH, "fair": HIGH, "chosen": HIGH}
    slow = [run("fcn-paper-16", 1, scores, seconds_per_epoch=6.0, history={"loss": [1.0, 1.0], "seconds": [6.0, 6.0]})]
    found = answer(4, known(runs_of("fcn-paper-16", HIGH, seeds=1), slow))
    rows = {row[0]: row for row in next(table for table in found.tables if table.title == "Training time").rows}
    assert tuple(map(spaced, rows["FCN 16×16"][2:4])) == ("2.0–6.0 s", "4.0 s")
    assert any("by up to a factor of 3.0" in text for text in found.sure)
