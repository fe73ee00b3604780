import json
import math

import numpy as np
import pytest
from sklearn import metrics as peer

from lakeseg.errors import ConfigError
from lakeseg.metrics import (
    Scores,
    bootstrap_interval,
    bounds,
    classes,
    confusion,
    confusion_to_json,
    score_arrays,
    sum_by_group,
)

# rows: truth water, land, unclassified; columns: the same, predicted
MIXED = np.array([[5, 1, 2], [1, 6, 1], [2, 3, 4]])


def two_classes(tp, fn, fp, tn):
    return np.array([[tp, fn, 0], [fp, tn, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("tp", "fn", "fp", "tn", "f1", "accuracy"),
    [  # counts of the study's table 3 (8×8 to 64×64 patches); F1 = 2 TP / (2 TP + FP + FN) worked out by hand
        (8585, 2208, 2682, 41629, 17170 / 22060, 50214 / 55104),
        (8575, 3206, 1714, 69449, 17150 / 22070, 78024 / 82944),
        (3144, 1420, 772, 62248, 6288 / 8480, 65392 / 67584),
        (0, 206, 0, 32562, 0.0, 32562 / 32768),
        (18602, 10618, 2957, 430798, 37204 / 50779, 449400 / 462975),  # table 5
    ],
)
def test_published_counts(tp, fn, fp, tn, f1, accuracy):
    scores = Scores.from_confusion(two_classes(tp, fn, fp, tn))
    assert scores.f1 == pytest.approx(f1)
    assert scores.accuracy == pytest.approx(accuracy)
    assert scores.pixels == tp + fn + fp + tn


def test_published_f1_as_recomputed_by_the_audit():
    rows = [
        (8585, 2208, 2682, 41629),
        (8575, 3206, 1714, 69449),
        (3144, 1420, 772, 62248),
        (18602, 10618, 2957, 430798),
    ]
    f1 = [round(Scores.from_confusion(two_classes(*row)).f1, 4) for row in rows]
    assert f1 == [0.7783, 0.7771, 0.7415, 0.7327]


def test_every_metric_of_one_table_by_hand():
    # table 3, 8×8: truth 10793 water + 44311 land, said 11267 water + 43837 land, of 55104
    scores = Scores.from_confusion(two_classes(8585, 2208, 2682, 41629))
    chance = (10793 * 11267 + 44311 * 43837) / 55104**2
    accuracy = 50214 / 55104
    assert scores.precision == scores.users_accuracy == pytest.approx(8585 / 11267)
    assert scores.recall == scores.producers_accuracy == pytest.approx(8585 / 10793)
    assert scores.commission == pytest.approx(2682 / 11267)
    assert scores.omission == pytest.approx(2208 / 10793)
    assert scores.iou == pytest.approx(8585 / 13475)
    assert scores.balanced_accuracy == pytest.approx((8585 / 10793 + 41629 / 44311) / 2)
    assert scores.kappa == pytest.approx((accuracy - chance) / (1 - chance))
    assert scores.kappa == pytest.approx(0.7229, abs=5e-5)


def test_excluded_drops_unclassified_truth_and_counts_unclassified_predictions_as_wrong():
    # kept rows [5 1 2] and [1 6 1]: TP 5, FP 1, FN 1 + 2; land said rightly 6 of 8; 11 of 16 right
    scores = Scores.from_confusion(MIXED, "excluded")
    assert scores.pixels == 16
    assert (scores.precision, scores.recall) == pytest.approx((5 / 6, 5 / 8))
    assert (scores.f1, scores.iou) == pytest.approx((10 / 14, 5 / 9))
    assert (scores.accuracy, scores.balanced_accuracy) == pytest.approx((11 / 16, 11 / 16))
    # chance: (8·6 + 8·7 + 0·3) / 256 = 104 / 256, so kappa = (176 − 104) / (256 − 104)
    assert scores.kappa == pytest.approx(72 / 152)
    assert scores.macro_f1 == pytest.approx((10 / 14 + 12 / 15) / 2)
    assert scores.macro_iou == pytest.approx((5 / 9 + 6 / 9) / 2)


def test_third_class():
    # all rows: TP 5, FP 1 + 2, FN 1 + 2; 15 of 25 right; recalls 5/8, 6/8, 4/9
    scores = Scores.from_confusion(MIXED, "class")
    assert scores.pixels == 25
    assert (scores.precision, scores.recall, scores.f1, scores.iou) == pytest.approx((5 / 8, 5 / 8, 10 / 16, 5 / 11))
    assert scores.accuracy == pytest.approx(15 / 25)
    assert scores.balanced_accuracy == pytest.approx((5 / 8 + 6 / 8 + 4 / 9) / 3)
    # chance: (8·8 + 8·10 + 9·7) / 625 = 207 / 625, so kappa = (375 − 207) / (625 − 207)
    assert scores.kappa == pytest.approx(168 / 418)
    assert scores.macro_f1 == pytest.approx((10 / 16 + 12 / 18 + 8 / 16) / 3)


def test_bounds_by_hand():
    both = bounds(MIXED)
    # right: 2 said water become TP, 3 said land and 4 said unclassified become rightly found land
    assert (both.best.precision, both.best.recall, both.best.f1) == pytest.approx((7 / 8, 7 / 10, 14 / 18))
    assert both.best.accuracy == pytest.approx((5 + 6 + 9) / 25)
    # wrong: 2 become false water, 3 + 4 become missed water
    assert (both.worst.precision, both.worst.recall, both.worst.f1) == pytest.approx((5 / 8, 5 / 15, 10 / 23))
    assert both.worst.accuracy == pytest.approx(11 / 25)
    assert both.best.pixels == both.worst.pixels == 25
    assert set(both.to_json()) == {"worst", "best"}


def test_bounds_without_unclassified_are_the_scores():
    matrix = two_classes(3, 1, 2, 7)
    assert bounds(matrix).worst == bounds(matrix).best == Scores.from_confusion(matrix)


@pytest.mark.parametrize("unclassified", ["excluded", "class"])
def test_scikit_learn_agrees(unclassified):
    rng = np.random.default_rng(1)
    truth, said = rng.integers(0, 4, 5000), rng.integers(1, 4, 5000)
    scores = Scores.from_confusion(confusion(truth, said), unclassified)
    kept = np.isin(truth, [1, 2] if unclassified == "excluded" else [1, 2, 3])
    truth, said = truth[kept], said[kept]
    water = {"y_true": truth == 1, "y_pred": said == 1}
    assert scores.pixels == len(truth)
    assert scores.precision == pytest.approx(peer.precision_score(**water))
    assert scores.recall == pytest.approx(peer.recall_score(**water))
    assert scores.f1 == pytest.approx(peer.f1_score(**water))
    assert scores.iou == pytest.approx(peer.jaccard_score(**water))
    assert scores.accuracy == pytest.approx(peer.accuracy_score(truth, said))
    assert scores.kappa == pytest.approx(peer.cohen_kappa_score(truth, said))
    present = np.unique(truth)
    assert scores.macro_f1 == pytest.approx(peer.f1_score(truth, said, labels=present, average="macro"))
    assert scores.macro_iou == pytest.approx(peer.jaccard_score(truth, said, labels=present, average="macro"))
    recalls = peer.recall_score(truth, said, labels=present, average=None)
    assert scores.balanced_accuracy == pytest.approx(recalls.mean())


def test_confusion_counts_rows_of_truth_and_leaves_out_no_label():
    labels = np.array([[0, 1, 1], [2, 3, 0]], np.uint8)
    predicted = np.array([[1, 1, 2], [3, 3, 0]], np.uint8)
    assert confusion(labels, predicted).tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 1]]
    assert confusion(labels, predicted).dtype == np.int64


def test_confusion_of_a_lake_without_any_label_is_empty():
    assert confusion(np.zeros((2, 2), np.uint8), np.ones((2, 2), np.uint8)).sum() == 0


@pytest.mark.parametrize(
    ("labels", "predicted", "says"),
    [
        ([1, 2], [1], "differ in shape"),
        ([1, 4], [1, 1], "above 3"),
        ([1, 2], [1, 9], "above 3"),
        ([1, 2], [1, 0], "1 labelled pixels have prediction 0"),
    ],
)
def test_confusion_refuses(labels, predicted, says):
    with pytest.raises(ConfigError, match=says):
        confusion(np.array(labels, np.uint8), np.array(predicted, np.uint8))


def test_undefined_is_nan_and_null():
    scores = Scores.from_confusion(np.zeros((3, 3)))
    assert scores.pixels == 0
    assert all(math.isnan(value) for value in (scores.f1, scores.iou, scores.accuracy, scores.kappa))
    values = json.loads(json.dumps(scores.to_json(), allow_nan=False))
    assert values["f1"] is None
    assert values["pixels"] == 0
    # water never said and never there: F1 undefined, accuracy perfect
    only_land = Scores.from_confusion(two_classes(0, 0, 0, 9))
    assert math.isnan(only_land.f1)
    assert (only_land.accuracy, only_land.balanced_accuracy, only_land.macro_f1) == (1, 1, 1)
    # water there and never said: precision undefined, F1 zero
    missed = Scores.from_confusion(two_classes(0, 4, 0, 9))
    assert math.isnan(missed.precision)
    assert missed.f1 == 0


def test_unknown_treatment_and_shape():
    with pytest.raises(ConfigError, match="expected one of excluded, class"):
        Scores.from_confusion(MIXED, "dropped")
    with pytest.raises(ConfigError, match="confusion matrices"):
        score_arrays(np.zeros((2, 2)))


def test_score_arrays_of_many_equals_one_by_one():
    rng = np.random.default_rng(0)
    many = rng.integers(0, 5, (4, 6, 3, 3))
    values = score_arrays(many, "class")
    one = Scores.from_confusion(many[2, 3], "class")
    assert values["f1"].shape == (4, 6)
    assert values["kappa"][2, 3] == pytest.approx(one.kappa, nan_ok=True)
    assert values["iou"][2, 3] == pytest.approx(one.iou, nan_ok=True)


def test_classes_is_the_first_of_the_largest():
    probabilities = np.array(
        [[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.1, 0.2, 0.7], [0.3, 0.35, 0.35], [0, 0, 0]], np.float32
    )
    assert classes(probabilities).tolist() == [2, 1, 3, 2, 1]
    assert classes(probabilities).dtype == np.uint8
    assert classes(np.array([[np.nan] * 3, [0.1, 0.9, 0]], np.float32)).tolist() == [0, 2]  # nobody saw the first
    random = np.random.default_rng(0).random((20, 30, 3)).astype(np.float32)
    assert (classes(random) == random.argmax(axis=-1) + 1).all()


def test_interval_of_two_lakes_spans_both():
    # with replacement, one lake alone comes up in a quarter of the draws: the 95 % interval ends at each lake's F1
    lakes = np.array([two_classes(8, 2, 2, 8), two_classes(2, 8, 8, 2)])
    interval = bootstrap_interval(lakes, np.random.default_rng(0), draws=400)
    assert (interval.low, interval.high) == pytest.approx((0.2, 0.8))
    assert (interval.metric, interval.level, interval.draws) == ("f1", 0.95, 400)


def test_interval_repeats_with_its_seed_and_narrows_with_more_lakes():
    rng = np.random.default_rng(3)
    lakes = np.array([two_classes(*rng.integers(1, 50, 4)) for _ in range(400)])

    def width(count, seed):
        interval = bootstrap_interval(lakes[:count], np.random.default_rng(seed), metric="iou", draws=500)
        return interval.high - interval.low

    assert width(400, 1) == width(400, 1)
    assert width(400, 1) < width(25, 1)


def test_interval_agrees_with_the_normal_theory_of_a_mean():
    # lakes of one water pixel each, found or not: recall is a mean of coin flips, its deviation sqrt(p (1 − p) / n)
    found = np.arange(1000) < 300
    lakes = np.array([two_classes(int(hit), int(not hit), 0, 0) for hit in found])
    interval = bootstrap_interval(lakes, np.random.default_rng(0), metric="recall", draws=4000)
    margin = 1.96 * math.sqrt(0.3 * 0.7 / 1000)
    assert interval.low == pytest.approx(0.3 - margin, abs=0.003)
    assert interval.high == pytest.approx(0.3 + margin, abs=0.003)


def test_interval_of_nothing_is_undefined():
    nothing = bootstrap_interval(np.zeros((0, 3, 3)), np.random.default_rng(0))
    dry = bootstrap_interval(np.array([two_classes(0, 0, 0, 5)] * 3), np.random.default_rng(0), draws=20)
    for interval in (nothing, dry):
        assert math.isnan(interval.low)
        assert interval.to_json()["high"] is None
    with pytest.raises(ConfigError, match="unknown metric 'f2'"):
        bootstrap_interval(np.array([MIXED]), np.random.default_rng(0), metric="f2")


def test_sum_by_group():
    lakes = np.stack([MIXED, 2 * MIXED, 10 * MIXED])
    assert sum_by_group(lakes, ["b", "a", "b"]).tolist() == [(2 * MIXED).tolist(), (11 * MIXED).tolist()]


def test_confusion_to_json_names_its_axes():
    values = confusion_to_json(MIXED)
    assert values["classes"] == ["water", "land", "unclassified"]
    assert values["rows_truth"][0] == [5, 1, 2]
