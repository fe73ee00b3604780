import numpy as np
import pytest

from lakeseg.analysis.calibration import reliability
from tests.unit.analysis.helpers import pixels_of


def test_the_diagram_by_hand():
    # two bins: below .5 said .2 and .4 (mean .3), one of two is water; from .5 on said .8 (mean .8), water
    # error = 2/3 · |.3 − .5| + 1/3 · |.8 − 1| = .2
    pixels = pixels_of([1, 2, 1, 3], [0.2, 0.4, 0.8, 0.9])
    found = reliability(pixels, ["g"], bins=2)
    assert found.edges.tolist() == [0, 0.5, 1]
    assert found.pixels.tolist() == [2, 1]  # unclassified is left out
    assert found.said == pytest.approx([0.3, 0.8])
    assert found.found == pytest.approx([0.5, 1])
    assert found.error == pytest.approx(0.2)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.2, 0.2))  # one lake: every draw is the same


def test_a_bin_holds_its_lower_edge_and_the_last_its_upper_too():
    found = reliability(pixels_of([1, 1, 1, 1], [0, 0.5, 0.5, 1]), ["g"], bins=2)
    assert found.pixels.tolist() == [1, 3]
    assert found.error == pytest.approx((1 + 0.5 + 0.5 + 0) / 4)


def test_bins_of_equal_mass_hold_about_as_many_pixels_each():
    said = np.linspace(0, 1, 90) ** 3
    found = reliability(pixels_of(np.ones(90), said), ["g"], bins=9, equal_mass=True)
    assert set(found.pixels.tolist()) <= {9, 10, 11}
    assert found.pixels.sum() == 90
    tied = reliability(pixels_of([1] * 9 + [2], [0.25] * 10), ["g"], bins=5, equal_mass=True)
    assert tied.pixels.tolist() == [10]
    assert tied.error == pytest.approx(0.65)


def test_an_empty_bin_has_no_means_and_no_pixels_no_error():
    found = reliability(pixels_of([1], [0.9]), ["g"], bins=2)
    assert np.isnan(found.said[0])
    assert np.isnan(found.found[0])
    assert np.isnan(reliability(pixels_of([3], [0.9]), ["g"]).error)
    empty = reliability(pixels_of([], []), [])
    assert np.isnan(empty.error)
    assert np.isnan(empty.interval.low)


def test_the_interval_is_that_of_a_slow_loop_over_groups():
    rng = np.random.default_rng(5)
    said = rng.random(400).astype(np.float32)
    labels = np.where(rng.random(400) < said**1.5, 1, 2)
    ends, groups = [100, 150, 260, 400], ["b", "a", "b", "c"]
    found = reliability(pixels_of(labels, said, ends), groups, bins=4, draws=50)
    starts = [0, *ends[:-1]]
    of_group = [np.r_[100:150], np.r_[0:100, 150:260], np.r_[260:400]]  # a, b, c
    assert [starts, ends] == [[0, 100, 150, 260], ends]
    draw = np.random.default_rng(0)
    values = []
    for picks in draw.integers(0, 3, (50, 3)):
        rows = np.concatenate([of_group[pick] for pick in picks])
        place = np.minimum((said[rows].astype(float) * 4).astype(int), 3)
        gaps = [
            abs(said[rows][place == b].astype(float).sum() - (labels[rows][place == b] == 1).sum()) for b in range(4)
        ]
        values.append(sum(gaps) / len(rows))
    assert (found.interval.low, found.interval.high) == pytest.approx(np.quantile(values, [0.025, 0.975]))
