from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lakeseg.analysis.calibration import reliability
from lakeseg.analysis.comparing import densest, paired_difference
from lakeseg.analysis.shore import FAR, border_distance
from lakeseg.analysis.thresholds import PixelScores, classes_at, curves, water_score
from lakeseg.metrics import bound_matrices, classes, confusion

P = st.floats(0, 1, width=32)
PROBABILITIES = arrays.arrays(np.float32, st.tuples(st.integers(0, 40), st.just(3)), elements=P)
SEEDS = st.integers(0, 2**32 - 1)


def labelled(said, seed):
    labels = np.random.default_rng(seed).integers(1, 4, len(said)).astype(np.uint8)
    return PixelScores(labels, water_score(said), said[:, 0], np.array([len(said)]))


@given(PROBABILITIES)
def test_half_reproduces_the_classes(said):
    assert (classes_at(water_score(said), 0.5) == classes(said)).all()


@given(PROBABILITIES, SEEDS, st.lists(st.floats(0, 1), min_size=2, max_size=6))
def test_a_higher_threshold_never_calls_more_water(said, seed, thresholds):
    pixels = labelled(said, seed)
    tables = [pixels.confusion(threshold) for threshold in sorted(thresholds)]
    for lower, higher in pairwise(tables):
        assert (higher[:, 0] <= lower[:, 0]).all()
        assert (higher[:, 1] >= lower[:, 1]).all()
        assert (higher.sum(axis=1) == lower.sum(axis=1)).all()


@given(PROBABILITIES, SEEDS, st.floats(0, 1))
def test_the_matrix_at_a_threshold_is_the_count_of_its_map(said, seed, threshold):
    pixels = labelled(said, seed)
    counted = confusion(pixels.labels, classes_at(pixels.scores, threshold))
    assert (pixels.confusion(threshold) == counted).all()
    assert (pixels.lake_confusions(threshold)[0] == counted).all()


@given(PROBABILITIES, SEEDS)
def test_curves_rise_and_their_areas_are_shares(said, seed):
    found = curves(labelled(said, seed))
    if found is not None:
        assert (np.diff(found.recall) >= 0).all()
        assert (np.diff(found.fall_out) >= 0).all()
        assert -1e-9 <= found.average_precision <= 1 + 1e-9
        assert -1e-9 <= found.roc_area <= 1 + 1e-9


@settings(max_examples=50)
@given(PROBABILITIES, SEEDS, st.booleans(), st.integers(1, 20))
def test_a_calibration_error_is_a_share_and_every_pixel_is_in_a_bin(said, seed, equal_mass, bins):
    pixels = labelled(said, seed)
    found = reliability(pixels, ["g"], bins, equal_mass, draws=20)
    assert found.pixels.sum() == (pixels.labels != 3).sum()
    assert np.isnan(found.error) if not found.pixels.sum() else -1e-9 <= found.error <= 1 + 1e-9


@settings(max_examples=50)
@given(arrays.arrays(np.int64, st.tuples(st.integers(1, 6), st.just(3), st.just(3)), elements=st.integers(0, 99)))
def test_a_model_never_differs_from_itself(table):
    same = paired_difference(table, table, [f"g{n % 3}" for n in range(len(table))], draws=30)
    assert same.value == 0 or np.isnan(same.value)
    assert same.interval.low == 0 or np.isnan(same.interval.low)


@settings(max_examples=50)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)))
def test_distances_are_the_same_from_every_side(labels):
    distance = border_distance(labels)
    assert ((distance >= 1) & (distance <= FAR)).all()
    assert (border_distance(labels[::-1]) == distance[::-1]).all()
    assert (border_distance(labels.T) == distance.T).all()


@given(arrays.arrays(bool, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_the_densest_place_is_a_marked_one(mask):
    place = densest(mask)
    assert (place is None) == (not mask.any())
    assert place is None or mask[place]


@given(arrays.arrays(np.int64, (2, 3, 3), elements=st.integers(0, 999)))
def test_bounds_move_pixels_but_lose_none(matrices):
    worst, best = bound_matrices(matrices)
    assert (worst.sum(axis=(1, 2)) == matrices.sum(axis=(1, 2))).all()
    assert (best.sum(axis=(1, 2)) == matrices.sum(axis=(1, 2))).all()
    assert (bound_matrices(matrices[0])[0] == worst[0]).all()
