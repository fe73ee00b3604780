"""Temperature: fitted, applied, stored, and what a card says of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lakeseg.analysis.predicted import pixel_scores
from lakeseg.analysis.temperature import calibration, improvement
from lakeseg.cards import Card
from lakeseg.data.splits import Split
from lakeseg.errors import ModelError
from lakeseg.making import Order, make_model
from lakeseg.metrics import classes
from lakeseg.segmenters.network import Network, rebuild
from lakeseg.segmenters.registry import PRESETS, resolve
from lakeseg.segmenters.temperature import tempered
from lakeseg.store import ModelStore
from lakeseg.training import train
from lakeseg.training.temperature import RANGE, calibrate, fit_temperature

CONFIG = resolve("fcn-lakeseg", range(1, 8), dilations=[1], width=4, patch=16, epochs=1, batch_size=8, keep="last")


def softmax(logits):
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def split_of(dataset):
    ids = dataset.lake_ids
    return Split(ids[:-4], ids[-4:-2], ids[-2:], seed=0, rule="by hand")


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_a_fit_recovers_a_known_temperature(temperature):
    """Labels are drawn from softmax(z); what is said is softmax(T z), so that T is what it takes to come back."""
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (60_000, 3))
    labels = 1 + (softmax(logits).cumsum(axis=1) < rng.random((60_000, 1))).sum(axis=1)
    assert fit_temperature(labels, softmax(temperature * logits)) == pytest.approx(temperature, rel=0.02)


def test_a_fit_of_two_pixels_by_hand():
    # Said water with odds 9 : 1 on both, right on one of four: odds 3 : 1 fit best, so 9^(1/T) = 3 and T = 2.
    labels = np.array([1, 1, 1, 2])
    assert fit_temperature(labels, np.tile([0.9, 0.1, 0.0], (4, 1))) == pytest.approx(2.0, rel=1e-4)


def test_a_fit_stays_within_its_range_and_without_pixels_at_one():
    said = np.array([[0.6, 0.2, 0.2]])
    assert fit_temperature(np.array([1]), said) == pytest.approx(RANGE[0], rel=0.01)  # always right: as sure as may be
    assert fit_temperature(np.array([2]), said) == pytest.approx(RANGE[1], rel=0.01)
    assert RANGE[0] < fit_temperature(np.array([1, 3]), np.tile([1.0, 0, 0], (2, 1))) < RANGE[1]  # 0 has a logarithm
    assert fit_temperature(np.empty(0), np.empty((0, 3))) == 1


def test_tempering_by_hand():
    # Odds 9 : 1 become 3 : 1 at T = 2, and 81 : 1 at T = 1/2.
    said = np.array([0.9, 0.1, 0.0], np.float32)
    np.testing.assert_allclose(tempered(said, 2.0), [0.75, 0.25, 0], rtol=1e-6)
    np.testing.assert_allclose(tempered(said, 0.5), [81 / 82, 1 / 82, 0], rtol=1e-6)
    assert tempered(said, 2.0).dtype == np.float32
    assert tempered(said, 1.0) is said


@given(arrays(np.float32, (20, 3), elements=st.floats(-30, 30, width=32)), st.floats(*RANGE))
def test_no_temperature_changes_a_class(logits, temperature):
    said = softmax(logits.astype(np.float32))
    after = tempered(said, temperature)
    assert np.array_equal(classes(after), classes(said))
    np.testing.assert_allclose(after.sum(axis=-1), 1, atol=1e-5)


def test_probabilities_that_rounding_would_make_equal_keep_their_order():
    land = np.array([0.49999997, 0.50000003, 0.0], np.float32)
    assert classes(tempered(land, 20.0)) == classes(land) == 2


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.nan, np.inf])
def test_a_temperature_is_a_number_above_zero(temperature):
    with pytest.raises(ModelError, match="expected a number above 0"):
        tempered(np.array([0.5, 0.5, 0.0]), temperature)
    with pytest.raises(ModelError, match="expected a number above 0"):
        Network(CONFIG).set_temperature(temperature)


@pytest.fixture(scope="module")
def network():
    made = Network(CONFIG)
    made.set_temperature(1.7)
    return made


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(2).uniform(0, 0.6, (1, 12, 12, 7)).astype(np.float32)


def test_a_network_applies_its_temperature(network, images):
    cold = rebuild(CONFIG, {name: value for name, value in network.state().items() if name != "temperature"})
    assert cold.temperature == 1
    assert "temperature" not in cold.state()
    expected = tempered(cold.predict_windows(images), 1.7)
    np.testing.assert_allclose(network.predict_windows(images), expected, atol=1e-6)


def test_the_temperature_is_stored(network, images, tmp_path):
    store = ModelStore(tmp_path)
    card = Card("T", "", CONFIG.to_json(), CONFIG.bands, network.parameters, id="warm")
    saved = store.save(network, card)
    again = store.load("warm")
    assert again.temperature == network.temperature == pytest.approx(1.7)
    assert np.array_equal(again.predict_windows(images), network.predict_windows(images))
    again.set_temperature(1.0)
    assert store.save(again, card, "cold").fingerprint != saved.fingerprint


@pytest.mark.parametrize("value", [[0.0], [np.nan], [1.0, 2.0], [-1.0]])
def test_a_damaged_temperature_is_refused_and_changes_nothing(network, value):
    other = Network(CONFIG)
    before = other.state()
    with pytest.raises(ModelError, match="damaged weights \\(temperature\\): train the model again"):
        other.assign(network.state() | {"temperature": np.array(value, np.float32)})
    assert all(np.array_equal(before[name], value) for name, value in other.state().items())


def test_calibration_lowers_the_crossentropy_of_the_lakes_it_is_fitted_on(small_dataset):
    made = Network(CONFIG)
    made.model.get_layer("logits").bias.assign([9.0, 0.0, -9.0])  # sure of water everywhere, and mostly wrong
    calibrate(made, small_dataset, small_dataset.lake_ids)
    assert made.temperature > 2

    def crossentropy(one):
        seen = pixel_scores(one, small_dataset, small_dataset.lake_ids)
        right = np.where(seen.labels == 1, seen.scores, 1 - seen.scores)
        return -np.log(np.maximum(right, 1e-30)).mean()

    cold = rebuild(CONFIG, {name: value for name, value in made.state().items() if name != "temperature"})
    assert crossentropy(made) < crossentropy(cold)
    again = made.temperature
    calibrate(made, small_dataset, small_dataset.lake_ids)  # from 1 again, not from where it was
    assert made.temperature == again
    calibrate(made, small_dataset, ())
    assert made.temperature == 1


def test_bfloat16_training_gives_calibrated_float32_predictions(small_dataset):
    config = replace(CONFIG, precision="bfloat16", calibrate=True)
    seen = []
    result = train(small_dataset, split_of(small_dataset), config, after=seen.append)
    made = result.segmenter
    assert len(seen) == config.epochs
    assert made.model.get_layer("conv1").compute_dtype == "float32"
    assert made.temperature != 1
    lone = train(small_dataset, split_of(small_dataset), replace(config, calibrate=False)).segmenter
    assert lone.temperature == 1
    assert all(np.array_equal(value, made.state()[name]) for name, value in lone.state().items())


class Said:
    """Stands for a network that calls every pixel water with probability .9, or what a temperature makes of it."""

    config, bands, reach, margin, parameters = CONFIG, CONFIG.bands, CONFIG.reach, 0, 1

    def __init__(self, temperature=1.0):
        self.temperature = temperature

    def state(self):
        return {"temperature": np.array([self.temperature], np.float32)} if self.temperature != 1 else {}

    def predict_padded(self, images):
        return tempered(np.tile(np.float32([0.9, 0.1, 0]), (*images.shape[:3], 1)), self.temperature)


def test_errors_before_and_after_by_hand(small_dataset, monkeypatch):
    """Every pixel lies in one bin: the error is |.9 − share of water|, and |.75 − share| at T = 2."""
    monkeypatch.setattr("lakeseg.segmenters.network.rebuild", lambda _config, state: Said(*state.values()))
    lakes = small_dataset.lake_ids[:3]
    labels = np.concatenate([small_dataset.lake(lake).labels.ravel() for lake in lakes])
    share = (labels == 1).sum() / (labels > 0).sum()
    found = improvement(Said(2.0), small_dataset, lakes)
    assert found.before == pytest.approx(abs(0.9 - share), abs=1e-6)
    assert found.after == pytest.approx(abs(0.75 - share), abs=1e-6)
    assert found.pixels == (labels > 0).sum()
    said = calibration(Said(2.0), small_dataset, {"validation": lakes, "test": ()})
    assert said == {"temperature": 2.0, "validation": vars(found)}
    assert improvement(Said(2.0), small_dataset, ()) is None


def test_a_card_says_what_calibration_did(small_dataset, tmp_path):
    config = replace(CONFIG, bands=tuple(small_dataset.bands), calibrate=True)
    order = Order(PRESETS["fcn-lakeseg"], config, small_dataset, split_of(small_dataset))
    card = make_model(order, ModelStore(tmp_path))
    assert set(card.calibration) == {"temperature", "validation", "test"}
    assert all(
        0 <= card.calibration[part][name] <= 1 for part in ("validation", "test") for name in ("before", "after")
    )
    assert ModelStore(tmp_path).card("fcn-lakeseg").calibration == card.calibration


def test_a_line_for_the_page():
    errors = {"before": 0.03124, "after": 0.00871, "pixels": 208_699}
    card = Card("T", "", {"kind": "fcn"}, (), 0, calibration={"temperature": 1.384, "test": errors})
    assert card.calibration_line() == (
        "Calibration error 3.12 % before and 0.87 % after temperature T = 1.38, fitted on the validation lakes "
        "(on the test lakes of its own dataset)."
    )
    assert card.calibration_line("validation") == ""


@pytest.mark.parametrize(
    "odd", [{}, {"temperature": "hot", "test": {"before": 1, "after": 2}}, {"test": 3}, {"test": {}}]
)
def test_cards_without_calibration_say_nothing(odd):
    assert Card("T", "", {"kind": "fcn"}, (), 0, calibration=odd).calibration_line() == ""


def test_old_cards_still_load():
    values = Card("T", "", {"kind": "fcn"}, (), 0, id="old").to_json()
    del values["calibration"]
    assert Card.from_json(values).calibration == {}
