import numpy as np
import pytest
from sklearn import metrics as peer

from lakeseg.analysis import thresholds
from lakeseg.analysis.thresholds import (
    NEVER,
    PixelScores,
    area_intervals,
    classes_at,
    curves,
    read_scores,
    water_score,
)
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.metrics import classes, confusion
from tests.lakes import make_dataset


def pixels_of(labels, probabilities, ends=None):
    labels, probabilities = np.asarray(labels, np.uint8), np.asarray(probabilities, np.float32)
    ends = np.array([len(labels)] if ends is None else ends, np.int64)
    return PixelScores(labels, water_score(probabilities), probabilities[:, 0], ends)


def drawn(count, seed=0, third=True):
    """Labels and probabilities with many ties, as a small network gives them."""
    rng = np.random.default_rng(seed)
    said = rng.integers(0, 8, (count, 3)).astype(np.float32)
    said[:, 2] *= third
    return rng.integers(1, 4, count).astype(np.uint8), (said / np.maximum(said.sum(1, keepdims=True), 1))


def test_the_score_by_hand():
    said = np.array(
        [[0.6, 0.2, 0.2], [0.3, 0.3, 0.3], [0.2, 0.3, 0.5], [0, 0, 0], [0, 0, 1], [0.25, 0.75, 0]], np.float32
    )
    assert water_score(said) == pytest.approx([0.75, 0.5, NEVER, 0.5, NEVER, 0.25], abs=1e-7)


def test_a_pixel_that_nobody_saw_is_water_at_no_threshold_and_nothing_else_either():
    said = np.array([[[np.nan] * 3, [0.75, 0.25, 0]]], np.float32)
    score = water_score(said)
    np.testing.assert_array_equal(score, [[np.nan, 0.75]])
    assert [classes_at(score, at).tolist() for at in (0, 0.5, 0.8)] == [[[0, 1]], [[0, 1]], [[0, 2]]]


def test_half_gives_the_classes_of_every_near_tie():
    near = np.float32(0.4999999)
    values = np.array(
        [0, 1e-40, 1e-20, near, np.nextafter(near, np.float32(1)), 0.5, np.nextafter(0.5, 1), 1], np.float32
    )
    grid = np.stack(np.meshgrid(values, values, values), axis=-1).reshape(-1, 3)
    assert (classes_at(water_score(grid), 0.5) == classes(grid)).all()


def test_confusion_at_any_threshold_is_a_count():
    labels, said = drawn(500)
    pixels = pixels_of(labels, said, [0, 100, 100, 500])
    for threshold in (0.0, 0.2, 0.5, 4 / 7, 1.0):
        codes = classes_at(water_score(said), threshold)
        assert (pixels.confusion(threshold) == confusion(labels, codes)).all()
        parts = [
            confusion(labels[part], codes[part]) for part in (slice(0), slice(100), slice(100, 100), slice(100, 500))
        ]
        assert (pixels.lake_confusions(threshold) == np.array(parts)).all()
    assert (pixels.confusion() == confusion(labels, classes(said))).all()


@pytest.mark.parametrize("rule", ["excluded", "class"])
@pytest.mark.parametrize("third", [True, False])
def test_curves_and_areas_are_those_of_scikit_learn(rule, third):
    labels, said = drawn(600, seed=3, third=third)
    found = curves(pixels_of(labels, said), rule)
    kept = labels < 4 if rule == "class" else labels < 3
    water, score = labels[kept] == 1, water_score(said)[kept]
    precision, recall, at = peer.precision_recall_curve(water, score)
    assert found.thresholds == pytest.approx(at[::-1])
    assert found.precision == pytest.approx(precision[:-1][::-1])
    assert found.recall == pytest.approx(recall[:-1][::-1])
    fall_out, hits, _ = peer.roc_curve(water, score, drop_intermediate=False)
    assert found.fall_out == pytest.approx(fall_out[1:])
    assert found.recall == pytest.approx(hits[1:])
    assert found.average_precision == pytest.approx(peer.average_precision_score(water, score))
    assert found.roc_area == pytest.approx(peer.roc_auc_score(water, score))


def test_the_best_threshold_by_hand():
    # water at .9 and .4, land at .6 and .1: from .4 on TP 2, FP 1, so F1 4/5; at .9 TP 1, FN 1, F1 2/3
    found = curves(pixels_of([1, 1, 2, 2], [[0.9, 0.1, 0], [0.4, 0.6, 0], [0.6, 0.4, 0], [0.1, 0.9, 0]]))
    assert found.best == pytest.approx((0.4, 0.8))


def test_a_model_that_calls_everything_unclassified_has_no_best_threshold():
    assert curves(pixels_of([1, 2], [[0, 0, 1], [0, 0, 1]])).best == (0, 0)


def test_without_water_or_without_land_there_is_no_curve():
    assert curves(pixels_of([2, 3], [[1, 0, 0], [0, 1, 0]])) is None
    assert curves(pixels_of([1, 3], [[1, 0, 0], [0, 1, 0]])) is None
    assert curves(pixels_of([1, 3], [[1, 0, 0], [0, 1, 0]]), "class") is not None
    assert curves(pixels_of([], np.empty((0, 3)))) is None


def test_thinning_keeps_both_ends_the_areas_and_the_shape():
    rng = np.random.default_rng(1)
    water = rng.random(20_000).astype(np.float32)
    labels = np.where(rng.random(20_000) < water**2, 1, 2)
    full = curves(pixels_of(labels, np.stack([water, 1 - water, 0 * water], axis=1)))
    thin = full.thinned(300)
    assert len(thin.thresholds) <= 300
    assert (thin.thresholds[0], thin.thresholds[-1]) == (full.thresholds[0], full.thresholds[-1])
    assert thin.average_precision == full.average_precision
    for x, y in (("fall_out", "recall"), ("recall", "precision")):
        all_points, few = (np.stack([getattr(one, x), getattr(one, y)], axis=-1) for one in (full, thin))
        far = np.abs(all_points[::50, None] - few[None]).max(axis=-1).min(axis=1)
        assert far.max() < 0.02  # no point of the curve is further from one that is drawn
    assert curves(pixels_of([1, 2], [[1, 0, 0], [0, 1, 0]])).thinned().thresholds.tolist() == [1.0, 0.0]


def test_reading_skips_what_enters_no_score(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(3, 4), (2, 2)], codes=(0, 1, 2, 3))
    cache, rng = PredictionCache(tmp_path / "cache"), np.random.default_rng(0)
    assert read_scores(dataset, "model", ["a0"], cache) is None
    said = {lake.id: rng.dirichlet([1, 1, 1], lake.shape).astype(np.float32) for lake in dataset.iter_lakes()}
    for lake, probabilities in said.items():
        cache.put(CacheKey(dataset.fingerprint, lake, "model"), probabilities)
    found = read_scores(dataset, "model", ["a1", "a0"], cache)
    parts = [confusion(dataset.lake(lake).labels, classes(said[lake])) for lake in ("a1", "a0")]
    assert (found.lake_confusions() == np.array(parts)).all()
    assert found.pixels == sum(int((dataset.lake(lake).labels > 0).sum()) for lake in said)
    assert read_scores(dataset, "model", [], cache).pixels == 0


GROUPS = ["b", "a", "b", "c", "d"]
ENDS = [100, 150, 260, 400, 600]
MEMBERS = [np.r_[100:150], np.r_[0:100, 150:260], np.r_[260:400], np.r_[400:600]]  # of a, b, c, d


def areas_of_draws(labels, said, rule, draws):
    """Both areas of every draw of groups, each by scikit-learn."""
    found, score = [], water_score(said)
    for picks in np.random.default_rng(0).integers(0, 4, (draws, 4)):
        rows = np.concatenate([MEMBERS[pick] for pick in picks])
        rows = rows if rule == "class" else rows[labels[rows] < 3]
        water = labels[rows] == 1
        found.append((peer.average_precision_score(water, score[rows]), peer.roc_auc_score(water, score[rows])))
    return np.quantile(found, [0.025, 0.975], axis=0).T


@pytest.mark.parametrize("rule", ["excluded", "class"])
def test_intervals_of_areas_are_those_of_a_slow_loop_over_groups(rule):
    labels, said = drawn(600, seed=5)
    found = area_intervals(pixels_of(labels, said, ENDS), GROUPS, rule, draws=60)
    ends = [(one.low, one.high) for one in (found.average_precision, found.roc_area)]
    np.testing.assert_allclose(ends, areas_of_draws(labels, said, rule, 60), atol=1e-12)


def test_intervals_of_areas_hold_where_scores_are_counted_in_steps(monkeypatch):
    monkeypatch.setattr(thresholds, "_STEPS", 40)
    rng = np.random.default_rng(6)
    water = rng.random(600).astype(np.float32)
    labels = np.where(rng.random(600) < water, 1, 2).astype(np.uint8)
    said = np.stack([water, 1 - water, 0 * water], axis=1)
    found = area_intervals(pixels_of(labels, said, ENDS), GROUPS, draws=60)
    ends = [(one.low, one.high) for one in (found.average_precision, found.roc_area)]
    np.testing.assert_allclose(ends, areas_of_draws(labels, said, "excluded", 60), atol=5e-3)


def test_without_water_areas_have_no_interval():
    assert area_intervals(pixels_of([2, 3], [[1, 0, 0], [0, 1, 0]]), ["g"]) is None
    lakes = pixels_of([1, 2, 2], [[1, 0, 0], [0, 1, 0], [1, 0, 0]], [2, 3])  # some draws lack water: they do not count
    assert area_intervals(lakes, ["a", "b"], draws=20).roc_area.high == 1.0
