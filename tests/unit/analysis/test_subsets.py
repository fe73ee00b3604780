import math

import numpy as np
import pytest

from lakeseg.analysis.components import best_exhaustively, best_greedily
from lakeseg.analysis.lasso import inside, sampled
from lakeseg.analysis.subsets import all_subsets, best_of_size, drops, is_complete, options_for, presets, shapley
from lakeseg.inference import OWN_WAY, Options

SEVEN = (1, 2, 3, 4, 5, 6, 7)
SIX = (1, 2, 3, 4, 6, 7)
# Two bands: 1 alone .3, 2 alone .5, together .6
TWO = {(1,): 0.3, (2,): 0.5, (1, 2): 0.6}


def test_seven_bands_have_127_subsets():
    subsets = all_subsets(SEVEN)
    assert len(subsets) == len(set(subsets)) == 127
    assert subsets[0] == (1,)
    assert subsets[-1] == SEVEN
    assert len(all_subsets(SIX)) == 63


def test_presets_offer_only_bands_that_are_there():
    assert {p.name: p.bands for p in presets(SEVEN)} == {
        "All": SEVEN,
        "RGB": (1, 3, 4),
        "RGB + NIR": (1, 2, 3, 4),
        "No SWIR": (1, 2, 3, 4, 5),
        "SWIR only": (6, 7),
    }
    assert {p.name: p.bands for p in presets(SIX)}["No SWIR"] == (1, 2, 3, 4)
    assert [p.name for p in presets((6, 7))] == ["All", "SWIR only"]


def test_all_bands_of_the_data_are_the_networks_own_way():
    assert options_for(SIX, SIX) == OWN_WAY
    assert options_for((4, 1), SIX) == Options(bands=(1, 4))


def test_the_best_of_each_size():
    assert best_of_size(TWO) == {1: (2,), 2: (1, 2)}
    assert is_complete(TWO, (1, 2))
    assert not is_complete(TWO, (1, 2, 3))
    assert not is_complete(TWO | {(1,): math.nan}, (1, 2))


def test_drops_by_hand():
    lost = drops(TWO, (1, 2))
    assert lost[0, 0] == pytest.approx(0.1)  # without band 1: .6 − .5
    assert lost[1, 1] == pytest.approx(0.3)  # without band 2: .6 − .3
    assert math.isnan(lost[0, 1])  # without both there is no band


def test_shapley_values_by_hand():
    # band 1: half of (.3 − 0) and half of (.6 − .5); band 2: half of (.5 − 0) and half of (.6 − .3)
    assert shapley(TWO, (1, 2)) == pytest.approx([0.2, 0.4])


def test_greedy_and_exhaustive_choices_differ_where_two_columns_help_together():
    worth = {(0,): 0.2, (1,): 0.2, (2,): 0.5, (0, 1): 0.9, (0, 2): 0.6, (1, 2): 0.55, (0, 1, 2): 0.95}
    assert best_exhaustively(worth.__getitem__, 3) == [(2,), (0, 1), (0, 1, 2)]
    assert best_greedily(worth.__getitem__, 3) == [(2,), (0, 2), (0, 1, 2)]


def test_points_inside_a_triangle():
    triangle = np.array([[0, 0], [4, 0], [0, 4]])
    points = np.array([[[1, 1], [3, 3]], [[-1, 1], [1, 2.9]]])
    assert inside(points, triangle).tolist() == [[True, False], [False, True]]


def test_an_outline_that_crosses_itself_counts_by_even_and_odd():
    ring = np.array([[0, 0], [6, 0], [6, 6], [0, 6], [0, 0], [2, 2], [2, 4], [4, 4], [4, 2], [2, 2]])
    assert inside(np.array([[1, 1], [3, 3]]), ring).tolist() == [True, False]


def test_sampled_pixels_are_spread_over_the_valid_ones():
    valid = np.ones((40, 50), bool)
    valid[:, :10] = False
    few = sampled(valid, 100)
    assert few.sum() == 100
    assert not few[:, :10].any()
    assert few[:10].any()
    assert few[-10:].any()
    np.testing.assert_array_equal(sampled(valid, 5000), valid)
