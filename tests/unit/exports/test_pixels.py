"""Models of scikit-learn as ONNX, run by onnxruntime, against scikit-learn itself."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from lakeseg.bands import DEFAULT_FILL, to_reflectance
from lakeseg.cards import Card
from lakeseg.exports.models import write_model
from lakeseg.exports.pixels import rounded_down
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.pixelwise import fit_pixels, one_thread
from lakeseg.store import ModelStore

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ModelStore(ROOT / "models")
SCRIPT = ROOT / "examples" / "run_onnx.py"


def run(path, reflectance):
    return onnxruntime.InferenceSession(path).run(None, {"reflectance": reflectance})[0]


@pytest.fixture(scope="module", autouse=True)
def alone():
    """Scikit-learn's threads would wait for one another at each of the trees."""
    with one_thread():
        yield


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The file of a shipped model, its card and its estimator, by name."""

    @cache
    def write(name):
        card, model = SHIPPED.card(name), SHIPPED.load(name)
        path = tmp_path_factory.mktemp(name) / "m.onnx"
        write_model(path, card, model)
        return path, card, model.estimator

    return write


@pytest.mark.parametrize("name", ["logistic", "logistic-rgb", "boosting"])
def test_it_equals_scikit_learn_on_images_of_any_size(written, name):
    path, card, estimator = written(name)
    assert estimator.classes_.tolist() == [1, 2]  # water, land
    rng = np.random.default_rng(0)
    for shape in ((2, 31, 57), (1, 1, 1)):
        images = rng.gamma(1.5, 0.1, (*shape, len(card.bands))).astype(np.float32)
        expected = np.zeros((*shape, 3))
        expected[..., :2] = estimator.predict_proba(images.reshape(-1, len(card.bands))).reshape(*shape, 2)
        found = run(path, images)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-5)
    assert expected.min() == 0  # of unclassified, which it never saw


def test_a_pixel_at_a_threshold_takes_the_branch_that_scikit_learn_takes(written):
    """Each of the 6,000 thresholds, and the numbers next to it, with the other bands as in the middle of the data."""
    path, card, estimator = written("boosting")
    trees = np.concatenate([tree.nodes for stage in estimator._predictors for tree in stage])
    inner = trees[~trees["is_leaf"].astype(bool)]
    at = inner["num_threshold"].astype(np.float32)
    values = np.stack([np.nextafter(at, np.float32(-9)), at, np.nextafter(at, np.float32(9))], axis=1)
    pixels = np.full((*values.shape, len(card.bands)), 0.1, np.float32)
    pixels[np.arange(len(at)), :, inner["feature_idx"]] = values
    expected = estimator.predict_proba(pixels.reshape(-1, len(card.bands)))
    assert len(np.unique(expected)) > 500
    np.testing.assert_allclose(run(path, pixels[None])[0, ..., :2].reshape(-1, 2), expected, atol=1e-5)


def test_thresholds_are_rounded_down():
    one, next_ = np.float64(1), np.nextafter(np.float32(1), np.float32(2)).astype(np.float64)
    thresholds = np.array([one, one + (next_ - one) * 0.9, next_, -one - (next_ - one) * 0.1])
    below = -np.nextafter(np.float32(1), np.float32(2))
    np.testing.assert_array_equal(rounded_down(thresholds), np.array([1, 1, next_, below], np.float32))
    assert rounded_down(thresholds).dtype == np.float32


@pytest.mark.parametrize("kind", ["logistic", "boosting"])
def test_three_classes(tmp_path, kind):
    config = SegmenterConfig(kind, bands=(1, 2, 6), third_class=True)
    rng = np.random.default_rng(1)
    labels = rng.integers(1, 4, 600).astype(np.uint8)
    pixels = (rng.normal(0.1, 0.05, (600, 3)) + 0.1 * labels[:, None]).astype(np.float32)
    model = fit_pixels(config, pixels, labels)
    card = Card("A title", "", config.to_json(), config.bands, 0, id="m", weights={"file": "weights.skops"})
    facts = write_model(tmp_path / "m.onnx", card, model)
    found = run(tmp_path / "m.onnx", pixels.reshape(1, 20, 30, 3)).reshape(-1, 3)
    np.testing.assert_allclose(found, model.estimator.predict_proba(pixels), atol=1e-5)
    assert (facts["sides"], facts["bands"]) == ("any", [1, 2, 6])


def test_the_script_for_networks_runs_it_and_leaves_missing_pixels_empty(written, tmp_path):
    path, card, estimator = written("boosting")
    image = np.random.default_rng(2).integers(0, 5_000, (14, 9, len(card.bands))).astype(np.int16)
    image[3, 4, 5] = DEFAULT_FILL
    np.save(tmp_path / "image.npy", image)
    words = [sys.executable, "-I", str(SCRIPT), str(path), "image.npy", "classes.npy"]
    subprocess.run(words, cwd=tmp_path, check=True)
    found = np.load(tmp_path / "classes.npy")
    expected = estimator.predict(to_reflectance(image).reshape(-1, len(card.bands))).reshape(14, 9)
    expected[3, 4] = 0
    np.testing.assert_array_equal(found, expected)


def test_input_and_output_are_named_as_those_of_networks(written):
    path, card, _ = written("logistic-rgb")
    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)
    (given,), (made,) = proto.graph.input, proto.graph.output
    for value, name, last in ((given, "reflectance", 3), (made, "probabilities", 3)):
        axes = [axis.dim_value or axis.dim_param for axis in value.type.tensor_type.shape.dim]
        assert (value.name, axes) == (name, ["n", "height", "width", last])
    assert {each.key: each.value for each in proto.metadata_props}["fingerprint"] == card.fingerprint
