"""The audit: numbers worked out by hand from the study's tables and the layers that it describes."""

from __future__ import annotations

import math

import pytest

from lakeseg.study import audit
from lakeseg.study.audit import networks, protocol
from lakeseg.study.published import Counts, facts
from lakeseg.study.results import Result
from lakeseg.study.runs import Run, Runs

POINTS = {point.number: point for point in audit.points()}


def evidence(number: int) -> dict[str, tuple[str, str]]:
    return {row.name: (row.printed, row.recomputed) for row in POINTS[number].evidence}


def test_there_are_fourteen_points_in_order_and_each_says_everything():
    assert [point.number for point in audit.points()] == list(range(1, 15))
    for point in POINTS.values():
        assert all([point.title, point.where, point.claim, point.finding, point.matters, point.evidence])
        assert len(point.columns) == 3


@pytest.mark.parametrize("number", [*range(1, 13), 14])
def test_none_of_these_claims_holds(number):
    assert POINTS[number].verdict == "does not hold"


def test_one_digit_too_many():
    assert 3_931_252 - 520_985 - 1_722_550 == 1_687_717
    assert evidence(1)["Land"] == ("16,887,717", "1,687,717 (42.9 %)")
    assert "43.8 %" in POINTS[1].finding  # 1,722,550 / 3,931,252


def test_the_mean_image_is_larger_than_the_largest():
    # 132² = 17,424; 3,931,252 / 135 = 29,120.4, side 170.6; 1,852,618 / 956 = 1,937.9, side 44.0
    assert evidence(2)["Largest image"] == ("132×132", "17,424 px")
    assert evidence(2)["Mean image of Dataset1"][1] == "29,120 px, about 171×171"
    assert evidence(2)["Mean image of Dataset2"][1] == "1,938 px, about 44×44"


def test_scores_of_table_3_by_its_counts():
    # 17170/22060, 17150/22070, 6288/8480
    found = evidence(3)
    assert found["8×8: F1"] == (".7730", ".7783")
    assert found["16×16: F1"] == (".7821", ".7771")
    assert found["32×32: F1"] == (".7175", ".7415")
    assert found["64×64: F1"] == ("NA", ".0000")
    assert [found[f"{size}×{size}: accuracy"][1] for size in (8, 16, 32, 64)] == [
        "91.13 %",
        "94.07 %",
        "96.76 %",
        "99.37 %",
    ]
    assert found["16×16: pixels"] == ("324 × 16² = 82,944", "counts add up to 82,944")


def test_swapped_errors_leave_f1_and_change_recall():
    # 8×8: 8585 / (8585 + 2208) as defined, 8585 / (8585 + 2682) by the caption; the land printed for 16×16 is that of
    # the caption: (69449 + 3206) / 82944 = 87.60 %, as defined (69449 + 1714) / 82944 = 85.80 %
    found = evidence(4)
    assert found["8×8: F1"] == (".7783", ".7783")
    assert found["8×8: recall"] == (".7954", ".7620")
    assert found["16×16: land, printed 87.59 %"] == ("85.80 %", "87.60 %")
    assert "the definitions at 32 px and 64 px and the caption at 16 px" in POINTS[4].finding


def test_lakes_and_cells_that_are_missing():
    assert 956 - 701 - 109 - 105 == 41
    assert evidence(5)["In none"][1] == "41"
    assert 18_602 + 10_618 + 2_957 + 430_798 == 462_975
    assert evidence(6)["Tested pixels"] == ("463,155", "462,975")
    assert evidence(6)["Share of land"] == ("93.27 %", "93.69 %")  # 433,755 / 462,975


def test_a_layer_by_hand():
    assert networks.convolution(3, 7, 64) == 3 * 3 * 7 * 64 + 64
    # 4,096 + 32,896 + 57,456 + 113,008 + 200,816 + 64,576 + 771
    assert networks.fcn_weights() == 473_619


@pytest.mark.parametrize(
    ("side", "expected"), [(8, 473_643), (16, 473_675), (31, 473_735), (32, 473_739), (64, 473_867)]
)
def test_parameters_depend_on_the_height_of_the_patch(side, expected):
    assert networks.fcn_parameters(side) == expected == 473_619 + 4 * (side - 2)


def test_trainable_parameters():
    assert evidence(7)["Trainable at 32×32"] == ("473,739", "473,679")


def test_parameters_of_the_cited_unet():
    assert networks.unet_parameters(learned=False) == 7_847_875 == facts()["parameters"]["unet_cited_code_upsampling"]
    assert networks.unet_parameters(learned=True) == 7_761_315


def test_a_cut_logit_does_not_learn():
    # Without the cut the slope is p − 1; p = 1 / (1 + e⁴ + 1) for logits −1, 3, −1
    assert networks.slope((-1, 3, -1), 0, cut=True) == 0
    assert networks.slope((-1, 3, -1), 0, cut=False) == pytest.approx(1 / (2 + math.exp(4)) - 1, abs=1e-6)
    # With 1 %, 1 / (e^z + 2) = .01, so z = ln 98
    assert f"{math.log(98):.2f}" in POINTS[8].finding
    assert networks.softmax([0, 0]) == [0.5, 0.5]


def test_gaps_and_the_check_that_compares_tuples():
    # 132 px hold 16 patches of 8, and 14 with a gap of 1: 14² · 64 / 132² = 72.0 %; 16² · 64 / 132² = 94.0 %
    assert evidence(9)["8×8 patches of 132×132"] == ("94.0 %", "72.0 %")
    assert evidence(9)["Is an image of 40×10 large enough for 32×32?"] == ("no", "yes")


def test_f1_at_another_prevalence_by_hand():
    # recall .5, fall-out .1; at half water 2·.25 / (.25 + .5 + .05) = .625, at a tenth .1 / (.05 + .1 + .09) = .41667
    counts = Counts(tp=50, fn=50, fp=10, tn=90)
    assert protocol.f1_at(counts, 0.5) == pytest.approx(counts.scores.f1) == pytest.approx(0.625)
    assert protocol.f1_at(counts, 0.1) == pytest.approx(0.1 / 0.24)
    assert "32, 16, 8, 64 instead of 8, 16, 32, 64" in POINTS[10].finding


def test_a_random_split_puts_every_lake_on_both_sides():
    # 12 · 28 = 336 pixels: .75³³⁶ is about 1e−42
    assert "10⁻⁴²" in POINTS[11].finding
    assert evidence(11)["Share of pixels in the test"][0] == "25.0 %"


def run(name: str, seed: int, hits: int, **more: object) -> Run:
    """A run on two lakes of 100 px each with 50 px of water, `hits` of them found in each."""
    counts = [[hits, 50 - hits, 0, 50]] * 2
    values: dict = {"config": {}, "dataset": {"fingerprint": "f"}, "split": {}, "parameters": 1, "training_pixels": 1}
    values |= {"history": {}, "seconds_per_epoch": 1.0, "machine": {}, "threshold": 0.5, "validation": {}}
    values |= {"lakes": ["a", "b"], "groups": ["a", "b"], "scores": {"study": counts, "fair": counts}}
    return Run(name=name, title=name, seed=seed, key="k", **{**values, **more})


def test_the_spread_over_our_seeds():
    # F1 = 2 h / (50 + h): 25 → .667, 30 → .75, 40 → .889; the spread .222 is beyond .0091 and .0286 of the tables
    runs = Runs([run("fcn-paper-16", seed, hits) for seed, hits in enumerate((25, 30, 40))])
    point = audit.points(runs)[12]
    assert point.verdict == "does not hold"
    assert "up to .222 (FCN 16 px)" in point.finding
    rows = {row.name: row.recomputed for row in point.evidence}
    assert rows["FCN 16×16"] == ".667–.889, 3 seeds"
    assert rows["FCN 8×8"] == "not run yet"


def test_the_spread_may_be_smaller_than_the_differences():
    names = ("fcn-paper-8", "fcn-paper-16", "fcn-paper-32", "unet-paper-16", "unet-paper-32")
    every = [run(name, seed, 40) for name in names for seed in range(3)]
    assert audit.points(Runs(every))[12].verdict == "holds"
    assert audit.points(Runs(every[:3]))[12].verdict == "not run yet"  # of the others nobody knows


def test_without_runs_the_seed_waits():
    assert POINTS[13].verdict == "not run yet"
    assert audit.points(Runs([run("fcn-paper-16", 0, 25)]))[12].verdict == "not run yet"  # one seed has no spread


def test_lakes_on_seen_ground():
    rows = [{"domain": "", "lakes": 93, "of_lakes": 135}, {"domain": "arid", "lakes": 2, "of_lakes": 135}]
    point = audit.points(unclassified=Result("unclassified", {"name": "Ours"}, "", rows))[13]
    assert "In Ours, 42 of 135 lakes (31 %) share ground" in point.finding
