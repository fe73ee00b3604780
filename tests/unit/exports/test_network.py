"""Exported networks, run by onnxruntime and by Keras in processes that cannot import this project."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from lakeseg.bands import DEFAULT_FILL
from lakeseg.cards import Card
from lakeseg.cli import main
from lakeseg.errors import ConfigError, ModelError
from lakeseg.exports.models import write_model
from lakeseg.inference import predict_lake
from lakeseg.metrics import classes
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.network import Network
from lakeseg.segmenters.normalise import Normaliser
from lakeseg.segmenters.rules import Naive
from lakeseg.store import ModelStore

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ModelStore(ROOT / "models")
SCRIPT = ROOT / "examples" / "run_onnx.py"


def counts(height, width, bands, seed=0):
    """Counts of reflectance 0 to 0.9, a few pixels missing in one band."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 9_000, (height, width, bands)).astype(np.int16)
    image[rng.random((height, width)) < 0.02, -1] = DEFAULT_FILL
    return image


def reflectance(image):
    missing = (image == DEFAULT_FILL).any(axis=-1, keepdims=True)
    return np.where(missing, 0, image * np.float32(1e-4)).astype(np.float32)


def run(path, image, bands=None):
    """What onnxruntime makes of (n, h, w, B) reflectance."""
    session = onnxruntime.InferenceSession(path)
    given = {"reflectance": image, "bands": bands}
    return session.run(None, {each.name: given[each.name] for each in session.get_inputs()})[0]


@pytest.mark.parametrize(
    ("model", "shape"),
    [("fcn-lakeseg", (33, 21)), ("fcn-lakeseg-rgb", (20, 40)), ("fcn-bands", (19, 30)), ("fcn-paper-16", (16, 16))],
)
def test_onnx_equals_our_prediction(tmp_path, model, shape):
    card, segmenter = SHIPPED.card(model), SHIPPED.load(model)
    write_model(tmp_path / "m.onnx", card, segmenter)
    image = counts(*shape, len(card.bands))
    expected = predict_lake(segmenter, image, card.bands)
    there = np.ones((1, len(card.bands)), np.float32)
    np.testing.assert_allclose(run(tmp_path / "m.onnx", reflectance(image)[None], there)[0], expected, atol=1e-5)


def test_a_network_for_any_bands_is_told_which_there_are(tmp_path):
    card, segmenter = SHIPPED.card("fcn-bands"), SHIPPED.load("fcn-bands")
    write_model(tmp_path / "m.onnx", card, segmenter)
    image = counts(20, 20, 4)
    expected = predict_lake(segmenter, image, (1, 2, 4, 6))
    every = np.full((1, 20, 20, 7), 0.37, np.float32)  # what stands for a missing band does not matter
    every[..., [0, 1, 3, 5]] = reflectance(image)
    there = np.array([[1, 1, 0, 1, 0, 1, 0]], np.float32)
    np.testing.assert_allclose(run(tmp_path / "m.onnx", every, there)[0], expected, atol=1e-5)


@pytest.mark.parametrize("variant", ["paper", "lakeseg"])
def test_a_unet_with_a_temperature(tmp_path, variant):
    """Small and untrained, its weights drawn, so that it takes a moment and not ten seconds."""
    config = SegmenterConfig(
        "unet", variant, bands=(1, 2, 3), patch=16, width=2, learned_upsampling=variant == "lakeseg"
    )
    rng = np.random.default_rng(3)
    network = Network(config, Normaliser(rng.random(3, np.float32), rng.random(3, np.float32) + 0.1))
    network.assign({name: rng.normal(0, 0.4, value.shape).astype(np.float32) ** 2 for name, value in drawn(network)})
    network.set_temperature(2.5)
    write_model(tmp_path / "m.onnx", a_card(config), network)
    images = rng.random((2, 16, 16, 3), np.float32)
    expected = network.predict_windows(images)
    assert np.ptp(expected) > 0.05
    np.testing.assert_allclose(run(tmp_path / "m.onnx", images), expected, atol=1e-5)
    assert len(onnx.load(tmp_path / "m.onnx").graph.input) == 1  # band statistics are no input


def drawn(network):
    return [(name, value) for name, value in network.state().items() if not name.startswith("input.")]


def a_card(config):
    return Card("A title", "", config.to_json(), config.bands, 0, id="m", weights={"file": "weights.npz"})


def alone(*words, folder):
    """Run Python in a process that finds no module of this project."""
    isolated = [sys.executable, "-I", *map(str, words)]
    return subprocess.run(isolated, cwd=folder, capture_output=True, text=True, check=False)


def test_a_script_of_ten_lines_runs_it_without_this_project(tmp_path):
    assert "No module named 'lakeseg'" in alone("-c", "import lakeseg", folder=tmp_path).stderr
    lines = [line for line in SCRIPT.read_text(encoding="utf-8").splitlines()[1:] if line]
    assert len([line for line in lines if "import" not in line]) <= 10
    card, segmenter = SHIPPED.card("fcn-lakeseg"), SHIPPED.load("fcn-lakeseg")
    assert main(["models", "--models", str(SHIPPED.root), "--export", card.id, "--to", str(tmp_path / "m.onnx")]) == 0
    image = counts(40, 25, 7)
    np.save(tmp_path / "image.npy", image)
    ran = alone(SCRIPT, "m.onnx", "image.npy", "classes.npy", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    expected = predict_lake(segmenter, image, card.bands)
    found = np.load(tmp_path / "classes.npy")
    clear = np.sort(expected, axis=-1)
    clear = clear[..., -1] - clear[..., -2] > 1e-5  # elsewhere rounding decides
    missing = (image == DEFAULT_FILL).any(axis=-1)
    assert missing.any()
    np.testing.assert_array_equal(found[clear], np.where(missing, 0, classes(expected))[clear])
    assert clear.mean() > 0.99


def test_keras_opens_it_without_this_project(tmp_path):
    card, segmenter = SHIPPED.card("fcn-bands"), SHIPPED.load("fcn-bands")
    write_model(tmp_path / "m.keras", card, segmenter)
    image = counts(20, 23, 7)
    np.save(tmp_path / "image.npy", reflectance(image)[None])
    code = (
        "import os; os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'\n"
        "import keras, numpy as np\n"
        "model = keras.models.load_model('m.keras')\n"
        "given = {'reflectance': np.load('image.npy'), 'bands': np.ones((1, 7), 'f4')}\n"
        "np.save('out.npy', model.predict_on_batch(given))\n"
    )
    ran = alone("-c", code, folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    np.testing.assert_allclose(np.load(tmp_path / "out.npy")[0], predict_lake(segmenter, image, card.bands), atol=1e-5)
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert json.loads(archive.read("lakeseg.json"))["bands"] == [1, 2, 3, 4, 5, 6, 7]


def test_the_file_says_what_it_is(tmp_path):
    card = SHIPPED.card("fcn-lakeseg")
    write_model(tmp_path / "m.onnx", card, SHIPPED.load(card.id))
    proto = onnx.load(tmp_path / "m.onnx")
    facts = {each.key: each.value for each in proto.metadata_props}
    assert facts["fingerprint"] == card.fingerprint
    assert json.loads(facts["bands"]) == list(card.bands)
    assert json.loads(facts["output"]) == ["water", "land", "unclassified"]
    assert json.loads(facts["simulated"]) is True
    (given,) = proto.graph.input
    axes = [axis.dim_value or axis.dim_param for axis in given.type.tensor_type.shape.dim]
    assert (given.name, axes) == ("reflectance", ["n", "height", "width", 7])
    assert [each.name for each in proto.graph.output] == ["probabilities"]


def test_what_comes_in_no_such_file(tmp_path):
    card, segmenter = SHIPPED.card("logistic"), SHIPPED.load("logistic")
    with pytest.raises(ModelError, match=r"logistic: is no network, so it is not \.keras: name .* ends in \.onnx"):
        write_model(tmp_path / "m.keras", card, segmenter)
    rule = Naive(SegmenterConfig("naive"))
    with pytest.raises(ModelError, match=r"m: is a rule .* weights\.npz opens with NumPy"):
        write_model(tmp_path / "m.onnx", a_card(rule.config), rule)
    with pytest.raises(ConfigError, match=r"\.keras or \.onnx"):
        write_model(tmp_path / "m.h5", card, segmenter)
    assert list(tmp_path.iterdir()) == []


def test_without_onnx_one_line_names_the_file_that_brings_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    card = SHIPPED.card("fcn-lakeseg")
    with pytest.raises(ConfigError, match=r"ONNX needs onnx: run `pip install -r requirements-onnx\.txt`"):
        write_model(tmp_path / "m.onnx", card, SHIPPED.load(card.id))
