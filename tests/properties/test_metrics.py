import json
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lakeseg.metrics import Scores, bootstrap_interval, bounds, classes, confusion, score_arrays

COUNTS = st.integers(0, 10**6)
MATRICES = arrays.arrays(np.int64, (3, 3), elements=COUNTS)
RULES = st.sampled_from(["excluded", "class"])
SHAPES = st.tuples(st.integers(0, 12), st.integers(0, 12))
TOLERANCE = 1e-12


def below(low, high):
    """`low` is not above `high`, where both are defined."""
    return math.isnan(low) or math.isnan(high) or low <= high + TOLERANCE


@given(MATRICES, RULES)
def test_iou_is_never_above_f1_and_one_follows_from_the_other(matrix, rule):
    scores = Scores.from_confusion(matrix, rule)
    assert below(scores.iou, scores.f1)
    assert math.isnan(scores.f1) == math.isnan(scores.iou)
    if not math.isnan(scores.f1):
        assert math.isclose(scores.iou, scores.f1 / (2 - scores.f1), abs_tol=TOLERANCE)


@given(MATRICES, RULES)
def test_every_metric_stays_in_its_range(matrix, rule):
    values = Scores.from_confusion(matrix, rule).to_json()
    for name, value in values.items():
        if name != "pixels" and value is not None:
            assert (-1 if name == "kappa" else 0) - TOLERANCE <= value <= 1 + TOLERANCE
    json.dumps(values, allow_nan=False)


@given(MATRICES, RULES)
def test_f1_lies_between_precision_and_recall(matrix, rule):
    scores = Scores.from_confusion(matrix, rule)
    if not math.isnan(scores.precision) and not math.isnan(scores.recall):
        low, high = sorted((scores.precision, scores.recall))
        assert below(low, scores.f1)
        assert below(scores.f1, high)


@given(MATRICES)
def test_bounds_hold_whatever_unclassified_hides(matrix):
    both, excluded = bounds(matrix), Scores.from_confusion(matrix)
    for name in ("precision", "recall", "f1", "iou", "accuracy"):
        assert below(getattr(both.worst, name), getattr(both.best, name))
        assert below(getattr(excluded, name), getattr(both.best, name))
        assert below(getattr(both.worst, name), getattr(excluded, name))
    assert both.best.pixels == both.worst.pixels == matrix.sum()


@given(MATRICES, st.integers(0, 2**32))
def test_bounds_hold_for_any_guess_at_the_truth(matrix, seed):
    hidden, both = matrix[2], bounds(matrix)
    water = np.random.default_rng(seed).integers(0, hidden + 1)
    guess = matrix.copy()
    guess[2] = 0
    guess[0] += water
    guess[1] += hidden - water
    scores = Scores.from_confusion(guess)
    for name in ("precision", "recall", "f1", "iou", "accuracy"):
        assert below(getattr(both.worst, name), getattr(scores, name))
        assert below(getattr(scores, name), getattr(both.best, name))


@given(arrays.arrays(np.uint8, SHAPES, elements=st.integers(0, 3)), st.integers(0, 99))
def test_confusion_counts_every_labelled_pixel_once(labels, seed):
    predicted = np.random.default_rng(seed).integers(1, 4, labels.shape).astype(np.uint8)
    matrix = confusion(labels, predicted)
    assert matrix.sum() == (labels > 0).sum()
    assert matrix.sum(axis=1).tolist() == [(labels == code).sum() for code in (1, 2, 3)]
    half = len(labels) // 2
    assert (matrix == confusion(labels[:half], predicted[:half]) + confusion(labels[half:], predicted[half:])).all()


@given(arrays.arrays(np.uint8, SHAPES, elements=st.integers(1, 2)))
def test_a_perfect_prediction_scores_one(labels):
    scores = Scores.from_confusion(confusion(labels, labels))
    assert math.isnan(scores.f1) or scores.f1 == scores.iou == scores.precision == scores.recall == 1
    assert math.isnan(scores.accuracy) or scores.accuracy == 1


@given(arrays.arrays(np.int64, st.tuples(st.integers(0, 4), st.just(3), st.just(3)), elements=COUNTS), RULES)
def test_many_at_once_equal_one_by_one(matrices, rule):
    many = score_arrays(matrices, rule)
    for row, matrix in enumerate(matrices):
        one = Scores.from_confusion(matrix, rule)
        assert all(np.array_equal(many[name][row], getattr(one, name), equal_nan=True) for name in many)


@given(
    arrays.arrays(np.int64, st.tuples(st.integers(1, 6), st.just(3), st.just(3)), elements=COUNTS),
    st.sampled_from(["f1", "iou", "accuracy", "kappa"]),
    RULES,
)
def test_intervals_are_ordered_and_repeat(matrices, metric, rule):
    first, second = (bootstrap_interval(matrices, np.random.default_rng(7), metric, rule, draws=40) for _ in range(2))
    assert below(first.low, first.high)
    assert first.to_json() == second.to_json()


@given(arrays.arrays(np.float32, st.tuples(st.integers(0, 9), st.just(3)), elements=st.floats(0, 1, width=32)))
def test_classes_are_argmax_plus_one(probabilities):
    assert classes(probabilities).tolist() == [int(row.argmax()) + 1 for row in probabilities]
