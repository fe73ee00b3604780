import numpy as np
import pytest

from lakeseg.errors import ModelError
from lakeseg.metrics import classes
from lakeseg.segmenters.registry import rebuild, resolve
from lakeseg.segmenters.rules import IndexThreshold, Naive, best_threshold, fit_index

BANDS = (1, 2, 3, 4, 5, 6, 7)


def test_naive_calls_everything_land():
    segmenter = Naive(resolve("naive", BANDS))
    assert segmenter.predict_pixels(np.zeros((3, 0), np.float32)).tolist() == [[0, 1, 0]] * 3
    assert rebuild(segmenter.config, segmenter.state()).parameters == 0


def test_best_threshold_by_hand():
    # Cuts after .9, .8, .5, .2 call 1, 2, 3, 4 pixels water, of which 1, 1, 2, 2 are:
    # F1 = 2·1/(1+2), 2·1/(2+2), 2·2/(3+2), 2·2/(4+2) = .67, .5, .8, .67, so the cut lies halfway between .5 and .2.
    values, water = np.array([0.2, 0.9, 0.5, 0.8]), np.array([False, True, True, False])
    assert best_threshold(values, water) == pytest.approx(0.35)


def test_best_threshold_never_splits_equal_values():
    # .5 twice, once water, once land: calling both costs F1 2·2/(3+2) = .8, calling .9 alone 2·1/(1+2) = .67.
    assert best_threshold(np.array([0.5, 0.9, 0.5, 0.1]), np.array([True, True, False, False])) == pytest.approx(0.3)


def test_best_threshold_may_call_all_water():
    assert best_threshold(np.array([1.0, 2.0]), np.array([True, False])) == 1.0


def test_best_threshold_agrees_with_trying_every_value():
    rng = np.random.default_rng(0)
    values, water = rng.integers(0, 40, 300) / 40, rng.random(300) < 0.3

    def f1(threshold):
        called = values >= threshold
        return 2 * (called & water).sum() / (called.sum() + water.sum())

    assert f1(best_threshold(values, water)) == max(f1(value) for value in values)


def fitted(name="ndwi"):
    rng = np.random.default_rng(1)
    labels = np.where(rng.random(500) < 0.3, 1, 2).astype(np.uint8)
    reflectance = rng.uniform(0.05, 0.2, (500, len(resolve(name, BANDS).bands))).astype(np.float32)
    reflectance[labels == 1, 0] *= 0.4  # band 2: water is dark in the near infrared
    return fit_index(resolve(name, BANDS), reflectance, labels), reflectance


@pytest.mark.parametrize("name", ["ndwi", "awei"])
def test_probability_crosses_one_half_at_the_threshold_and_grows(name):
    segmenter, reflectance = fitted(name)
    probabilities = segmenter.predict_pixels(reflectance)
    from lakeseg.bands import spectral_index

    values = spectral_index(segmenter.config.variant, reflectance, segmenter.bands)
    assert probabilities.dtype == np.float32
    assert np.array_equal(classes(probabilities) == 1, values >= segmenter.threshold)
    assert (np.diff(probabilities[np.argsort(values), 0]) >= 0).all()
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert not probabilities[:, 2].any()


def test_a_hair_below_the_threshold_is_land():
    segmenter = IndexThreshold(resolve("ndwi", BANDS), threshold=1e-9, slope=1.0)
    assert classes(segmenter.predict_pixels(np.array([[0.1, 0.1]], np.float32))).tolist() == [2]  # NDWI 0


def test_state_round_trip_and_damage():
    segmenter, reflectance = fitted()
    again = rebuild(segmenter.config, segmenter.state())
    assert np.array_equal(again.predict_pixels(reflectance), segmenter.predict_pixels(reflectance))
    for state in ({}, {"threshold": np.array(np.nan), "slope": np.array(1.0)}):
        with pytest.raises(ModelError, match="NDWI: damaged weights"):
            rebuild(segmenter.config, state)


def test_training_without_water_says_so():
    with pytest.raises(ModelError, match="NDWI: the training lakes hold no water pixels"):
        fit_index(resolve("ndwi", BANDS), np.ones((3, 2), np.float32), np.array([2, 2, 3], np.uint8))
