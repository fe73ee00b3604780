"""The models that a clone brings: whole, small, as their cards say, and able to predict."""

from __future__ import annotations

import io
import json
import pickle
import re
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from lakeseg.data.dataset import Lake
from lakeseg.data.simulate import simulate_lake
from lakeseg.inference import predict_lake
from lakeseg.metrics import classes
from lakeseg.segmenters.base import Segmenter
from lakeseg.segmenters.pixelwise import TRUSTED
from lakeseg.store import Card, ModelStore

ROOT = Path(__file__).resolve().parents[2]
STORE = ModelStore(ROOT / "models")
# Parameters of the networks: those of the study (see test_networks.py), and 473,619 + 4 × 64 for its layers mended,
# whose batch normalisation runs over the 64 channels. Logistic regression: one weight a band and an intercept.
# Of three bands instead of seven the first convolution has 4 · 9 · 64 = 2,304 weights less. The network for any bands
# hears them by 7 · 32 + 32 = 256 weights, and scales and shifts 592 channels by 2 · (32 + 1) · 592 = 39,072 more.
# FCN lakeseg: 9 · 7 · 96 + 4 · 9 · 96² in five convolutions, 5 · 4 · 96 in their normalisations, 97 · 3 for the logits.
PARAMETERS = {
    "fcn-paper-8": 473_643,
    "fcn-paper-16": 473_675,
    "fcn-paper-32": 473_739,
    "fcn-paper-64": 473_867,
    "fcn-paper-8-rgb": 473_643 - 2_304,
    "fcn-paper-16-rgb": 473_675 - 2_304,
    "fcn-paper-32-rgb": 473_739 - 2_304,
    "fcn-paper-64-rgb": 473_867 - 2_304,
    "fcn-lakeseg": 6_048 + 331_776 + 1_920 + 291,
    "fcn-lakeseg-rgb": 473_875 - 2_304,
    "fcn-bands": 473_875 + 256 + 39_072,
    "unet-paper-16": 7_847_875,
    "unet-paper-32": 7_847_875,
    "logistic": 8,
    "logistic-rgb": 4,
}
NETWORKS = [name for name in PARAMETERS if name.startswith(("fcn", "unet"))]
PIXEL_MODELS = ["logistic", "logistic-rgb", "boosting"]
# Red, green and blue alone hardly tell water from dark land: one calls all of it land, others are right more seldom
# than a model that does.
COLOUR_BLIND = {name for name in PARAMETERS if name.endswith("-rgb")}
SHIPPED = [*NETWORKS, *PIXEL_MODELS]
MOST_BYTES = 90_000_000
BANDS = (1, 2, 3, 4, 5, 6, 7)


def card(model: str) -> Card:
    return STORE.card(model)


@cache
def load(model: str) -> Segmenter:
    """Load a model once: building a network takes a while."""
    return STORE.load(model)


@cache
def lake(height: int = 12, width: int = 28) -> Lake:
    return simulate_lake(np.random.default_rng(11), height, width, water=0.3)


def test_every_folder_is_a_whole_model():
    _, broken = STORE.cards()
    assert broken == []
    assert STORE.verify() == []
    folders = {path.name for path in STORE.root.iterdir() if path.is_dir()}
    assert folders == set(STORE.ids())


def test_the_makefile_trains_what_is_shipped():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", "")
    (listed,) = re.findall(r"^SHIPPED := (.+)$", makefile, re.MULTILINE)
    assert sorted(listed.split()) == sorted(SHIPPED)
    assert set(SHIPPED) <= set(STORE.ids())


def test_all_of_it_is_small():
    assert sum(path.stat().st_size for path in STORE.root.rglob("*") if path.is_file()) < MOST_BYTES


@pytest.mark.parametrize("model", SHIPPED)
def test_the_card_says_what_it_is_and_what_it_learned_from(model):
    shipped = card(model)
    assert shipped.title
    assert shipped.description
    assert shipped.bands == ((1, 3, 4) if model.endswith("-rgb") else BANDS)
    assert shipped.parameters == PARAMETERS.get(model, shipped.parameters)
    assert shipped.dataset["simulated"] is True
    assert shipped.dataset["lakes"] == 956
    assert abs(shipped.dataset["pixels"] - 1_852_618) <= 0.02 * 1_852_618
    parts = {part: set(shipped.split[part]) for part in ("train", "validation", "test")}
    assert {part: len(ids) for part, ids in parts.items()} == {"train": 701, "validation": 109, "test": 105}
    assert len(set.union(*parts.values())) == 701 + 109 + 105
    assert shipped.device
    assert {"numpy", "python"} <= set(shipped.versions)


@pytest.mark.parametrize("model", SHIPPED)
@pytest.mark.parametrize(("part", "lakes"), [("validation", 109), ("test", 105)])
def test_the_scores_follow_from_the_matrix_on_the_card(model, part, lakes):
    scores = card(model).scores[part]
    matrix = np.array(scores["confusion"]["rows_truth"])
    assert scores["lakes"] == lakes
    assert scores["pixels"] == matrix.sum() > 0
    assert not matrix[2].any()  # Dataset2 has two classes
    hits, missed, false = matrix[0, 0], matrix[0, 1:].sum(), matrix[1, 0]
    assert scores["f1"] == pytest.approx(2 * hits / (2 * hits + missed + false))
    assert scores["f1_interval"]["low"] < scores["f1"] < scores["f1_interval"]["high"]
    if model not in COLOUR_BLIND:  # to call every pixel land is right this often
        assert matrix.trace() > matrix[1].sum()


@pytest.mark.parametrize("model", NETWORKS)
def test_a_network_has_its_loss_curves(model):
    history = card(model).history
    assert len(history["loss"]) == len(history["val_loss"]) > 0
    assert history["loss"][-1] < history["loss"][0]
    assert (card(model).seconds_per_epoch or 0) > 0


@pytest.mark.parametrize("model", NETWORKS)
def test_weights_are_those_of_the_network_and_nothing_more(model):
    with np.load(STORE.root / model / "weights.npz", allow_pickle=False) as file:
        sizes = {name: file[name].size for name in file.files}
        assert {str(file[name].dtype) for name in file.files} <= {"float32", "float16"}
    standardised = model.startswith(("fcn-lakeseg", "fcn-bands"))
    statistics = 2 * len(card(model).bands) if standardised else 0  # mean and variance of each band, no parameters
    temperature = int(card(model).config.get("calibrate", False))
    assert sum(sizes.values()) == PARAMETERS[model] + statistics + temperature
    assert not [name for name in sizes if re.search("optimi|adam|momentum|velocity|iteration", name, re.IGNORECASE)]


@pytest.mark.parametrize("model", PIXEL_MODELS)
def test_a_pixel_model_names_no_type_beyond_those_trusted(model):
    import skops.io

    content = (STORE.root / model / "weights.skops").read_bytes()
    assert set(skops.io.get_untrusted_types(data=content)) <= set(TRUSTED)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        json.loads(archive.read("schema.json"))
        for name in names - {"schema.json"}:
            np.load(io.BytesIO(archive.read(name)), allow_pickle=False)


@pytest.mark.parametrize("model", PIXEL_MODELS)
def test_a_pixel_model_loads_without_pickle_and_predicts(model, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("unpickled")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    check_prediction(STORE.load(model), model, lake())


@pytest.mark.parametrize("model", NETWORKS)
def test_a_network_predicts(model):
    check_prediction(load(model), model, lake())


def test_the_mended_fcn_predicts_a_single_pixel():
    check_prediction(load("fcn-lakeseg"), "fcn-lakeseg", lake(1, 1))


def check_prediction(segmenter: Segmenter, model: str, lake: Lake) -> None:
    """Predict a lake: probabilities of two classes that add up to one, and water where it is."""
    assert segmenter.parameters == card(model).parameters
    probabilities = predict_lake(segmenter, lake.image, BANDS)
    assert probabilities.shape == (*lake.shape, 3)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1, atol=1e-5)
    if lake.labels.size > 1 and model not in COLOUR_BLIND:
        water, said = lake.labels == 1, classes(probabilities) == 1
        assert said[water].mean() > said[lake.labels == 2].mean() + 0.3
