import hashlib
import json
import os
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lakeseg.errors import ModelError
from lakeseg.segmenters import registry
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.pixelwise import fit_pixels
from lakeseg.segmenters.rules import IndexThreshold, Naive
from lakeseg.store import Card, ModelStore, fingerprint

NDWI = SegmenterConfig("index", "NDWI", bands=(2, 4))


def threshold(value=0.25):
    return IndexThreshold(NDWI, value, 3.0)


def card(config=NDWI, **fields):
    return Card("NDWI", "Water where NDWI is high", config.to_json(), tuple(config.bands), 2, **fields)


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "models")


@pytest.fixture
def saved(store):
    store.save(threshold(), card(), "ndwi")
    return store


def test_a_model_comes_back_as_it_went_in(saved):
    back = saved.load("ndwi")
    assert (back.threshold, back.slope, back.config) == (0.25, 3.0, NDWI)


def test_the_card_comes_back_and_is_json(store):
    full = card(
        dataset={"name": "Demo", "fingerprint": "f", "simulated": True, "lakes": np.int64(3)},
        history={"loss": [1.0, float("nan")], "val_loss": np.array([2.0, 1.5], np.float32)},
        scores={"test": {"f1": None}},
        seconds_per_epoch=1.5,
        device="CPU",
        versions={"numpy": "2"},
        split={"train": ("a", "b")},
    )
    written = store.save(threshold(), full, "ndwi")
    back = store.card("ndwi")
    assert (back.id, back.title, back.bands, back.kind, back.device) == ("ndwi", "NDWI", (2, 4), "index", "CPU")
    assert back.history == {"loss": [1.0, None], "val_loss": [2.0, 1.5]}
    assert back.dataset["lakes"] == 3
    assert back.split == {"train": ["a", "b"]}
    assert (back.fingerprint, back.weights, back.created) == (written.fingerprint, written.weights, written.created)
    assert back.created.endswith("+00:00")
    assert store.cards() == ([back], [])


def test_card_json_is_plain_enough_for_other_tools(saved):
    values = json.loads((saved.root / "ndwi" / "card.json").read_text())
    content = (saved.root / "ndwi" / "weights.npz").read_bytes()
    weights = {"file": "weights.npz", "bytes": len(content), "dtype": "float64"}
    assert values["weights"] == weights | {"sha256": hashlib.sha256(content).hexdigest()}
    assert values["config"]["variant"] == "NDWI"
    assert saved.card("ndwi").weight_bytes == len(content)


def test_fingerprint_follows_config_and_weights(store):
    first = store.save(threshold(), card(), "a")
    assert store.save(threshold(), replace(card(), title="Other"), "b").fingerprint == first.fingerprint
    assert store.save(threshold(0.5), card(), "c").fingerprint != first.fingerprint
    seeded = replace(NDWI, seed=1)
    assert store.save(threshold(), card(seeded), "d").fingerprint != first.fingerprint
    content = (store.root / "a" / "weights.npz").read_bytes()
    assert first.fingerprint == fingerprint(NDWI.to_json(), content)


def test_a_taken_id_gets_a_number(saved):
    assert [saved.save(threshold(), card(), "ndwi").id for _ in range(2)] == ["ndwi-2", "ndwi-3"]
    assert saved.ids() == ["ndwi", "ndwi-2", "ndwi-3"]
    assert saved.card("ndwi-2").id == "ndwi-2"


def test_a_model_without_weights(store):
    config = SegmenterConfig("naive")
    store.save(Naive(config), Card("All land", "", config.to_json(), (), 0), "naive")
    assert store.load("naive").predict_pixels(np.zeros((2, 7))).tolist() == [[0, 1, 0]] * 2


def test_scikit_learn_goes_without_pickle(store):
    rng = np.random.default_rng(0)
    pixels = rng.random((200, 2)).astype(np.float32)
    config = SegmenterConfig("logistic", bands=(2, 4))
    model = fit_pixels(config, pixels, np.where(pixels[:, 0] < 0.5, 1, 2))
    written = store.save(model, Card("Logistic", "", config.to_json(), (2, 4), 3), "logistic")
    assert written.weights["file"] == "weights.skops"
    assert (store.load("logistic").predict_pixels(pixels) == model.predict_pixels(pixels)).all()
    assert store.verify() == []


def network(state):
    """Stands in for a network, whose weights are arrays by name."""
    return SimpleNamespace(state=lambda: state)


def loaded_state(store, model_id, monkeypatch):
    monkeypatch.setattr(registry, "rebuild", lambda _, state: state)
    return store.load(model_id)


def test_half_precision_on_disk_is_float32_in_memory(store, monkeypatch):
    rng = np.random.default_rng(0)
    kernel, steps = rng.standard_normal((64, 64)).astype(np.float32), np.arange(3)
    full = store.save(network({"a/kernel": kernel, "steps": steps}), card(), "full")
    half = store.save(network({"a/kernel": kernel, "steps": steps}), card(), "half", half=True)
    assert half.weight_bytes < 0.6 * full.weight_bytes
    assert (full.weights["dtype"], half.weights["dtype"]) == ("float32 int64", "float16 int64")
    state = loaded_state(store, "half", monkeypatch)
    assert state["a/kernel"].dtype == np.float32
    assert state["a/kernel"] == pytest.approx(kernel, rel=2**-10, abs=1e-7)
    assert (state["steps"] == steps).all()
    assert (loaded_state(store, "full", monkeypatch)["a/kernel"] == kernel).all()


def test_half_precision_refuses_what_it_cannot_hold(store):
    with pytest.raises(ModelError, match="weights 'variance' exceed what float16 can hold"):
        store.save(network({"variance": np.array([70_000], np.float32)}), card(), "half", half=True)
    assert store.ids() == []


def test_arrays_may_have_any_name(store, monkeypatch):
    names = ["file", "allow_pickle", "args", "a/b/kernel", "arr_0"]  # some are arguments of np.savez
    store.save(network({name: np.float32([n]) for n, name in enumerate(names)}), card(), "odd")
    state = loaded_state(store, "odd", monkeypatch)
    assert {name: float(state[name][0]) for name in names} == {name: n for n, name in enumerate(names)}


def test_an_unknown_id_lists_the_valid_ones(saved):
    for act in (saved.load, saved.card, saved.verify):
        with pytest.raises(ModelError, match=r"unknown model 'fcn': expected one of ndwi in .*models"):
            act("fcn")


def test_a_store_that_does_not_exist_yet_is_empty(store):
    assert (store.ids(), store.cards(), store.verify()) == ([], ([], []), [])
    with pytest.raises(ModelError, match="there are none"):
        store.load("ndwi")


@pytest.mark.parametrize("model_id", ["../x", "/etc", "a/b", "..", ".", "-x", ".hidden", "a b", "x" * 101, "a\n", "é"])
def test_ids_that_are_no_plain_name(saved, model_id):
    with pytest.raises(ModelError, match="expected letters, digits"):
        saved.save(threshold(), card(), model_id)
    with pytest.raises(ModelError, match="unknown model"):
        saved.load(model_id)
    assert saved.ids() == ["ndwi"]
    assert [path.name for path in saved.root.parent.iterdir()] == ["models"]


def test_a_model_needs_an_id(store):
    with pytest.raises(ModelError, match="model id ''"):
        store.save(threshold(), card())
    assert store.save(threshold(), card(id="mine")).id == "mine"


def test_update_adds_scores_and_keeps_the_weights(saved):
    before = saved.card("ndwi")
    saved.update(replace(before, scores={"test": {"f1": 0.5}}))
    after = saved.card("ndwi")
    assert after.scores == {"test": {"f1": 0.5}}
    assert replace(after, scores={}) == before
    with pytest.raises(ModelError, match="vouches for other weights"):
        saved.update(replace(before, weights={}))


def test_stray_files_are_no_models(saved):
    (saved.root / "README.md").touch()
    (saved.root / ".ndwi.0123.part").mkdir()
    assert saved.ids() == ["ndwi"]


def test_models_are_readable_by_the_group(store):
    mask = os.umask(0o022)
    try:
        store.save(threshold(), card(), "ndwi")
    finally:
        os.umask(mask)
    folder = store.root / "ndwi"
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "card.json")] == [0o755, 0o644]
