"""The study's own counts, and what follows from them; expected numbers worked out by hand from Table 3."""

from __future__ import annotations

import pytest

from lakeseg.study import published


@pytest.mark.parametrize(
    ("patch", "f1", "accuracy", "land"),
    [
        # 2·8585 / (2·8585 + 2208 + 2682) = 17170 / 22060; (41629 + 8585) / 55104; (41629 + 2682) / 55104
        (8, 0.7783, 0.9113, 0.8041),
        # 17150 / 22070; 78024 / 82944; 71163 / 82944
        (16, 0.7771, 0.9407, 0.8580),
        # 6288 / 8480; 65392 / 67584; 63020 / 67584
        (32, 0.7415, 0.9676, 0.9325),
        # no water was found: 0 / 206; 32562 / 32768
        (64, 0.0, 0.9937, 0.9937),
    ],
)
def test_scores_follow_from_the_counts(patch, f1, accuracy, land):
    row = next(row for row in published.table3() if row.patch == patch)
    assert row.counts.scores.f1 == pytest.approx(f1, abs=5e-5)
    assert row.counts.scores.accuracy == pytest.approx(accuracy, abs=5e-5)
    assert row.counts.land_share == pytest.approx(land, abs=5e-5)
    assert row.counts.pixels == row.test_patches * patch * patch


def test_printed_scores_are_kept_as_printed():
    assert [row.printed_f1 for row in published.table3()] == [0.773, 0.7821, 0.7175, None]
    assert [row.printed_accuracy for row in published.table3()] == pytest.approx([0.9127, 0.9439, 0.9662, 0.993])


def test_logistic_regression_by_hand():
    counts, printed = published.table5()
    # 2·18602 / (2·18602 + 10618 + 2957) = 37204 / 50779
    assert counts.scores.f1 == pytest.approx(0.7327, abs=5e-5)
    assert printed == 0.7326
    assert counts.pixels == 462_975


def test_tables_4_and_6_are_there():
    assert [(row.patch, row.rgb_f1) for row in published.table4()] == [
        (8, 0.716),
        (16, 0.7009),
        (32, 0.4756),
        (64, None),
    ]
    assert {(row.model, row.patch): row.f1 for row in published.table6()} == {
        ("fcn", 16): 0.7821,
        ("fcn", 32): 0.7175,
        ("unet", 16): 0.7535,
        ("unet", 32): 0.1926,
    }


def test_counts_are_a_confusion_matrix_with_truth_in_rows():
    assert published.Counts(1, 2, 3, 4).matrix.tolist() == [[1, 2, 0], [3, 4, 0], [0, 0, 0]]
