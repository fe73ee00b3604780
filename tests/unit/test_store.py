import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lakeseg.errors import ModelError
from lakeseg.segmenters import registry
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.pixelwise import fit_pixels
from lakeseg.segmenters.rules import IndexThreshold, Naive
from lakeseg.store import BrokenModel, Card, ModelStore, fingerprint

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


def change_card(store, change, model_id="ndwi"):
    path = store.root / model_id / "card.json"
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


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
    assert (store.ids(), store.cards(), store.verify(), store.total_bytes()) == ([], ([], []), [], 0)
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


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda folder: (folder / "card.json").unlink(), "card.json cannot be read"),
        (lambda folder: (folder / "card.json").write_text("{"), "card.json is damaged"),
        (lambda folder: (folder / "card.json").write_bytes(b"\xff\xfe"), "card.json is damaged"),
        (lambda folder: (folder / "card.json").write_text("[]"), "expected an object of fields, got list"),
        (lambda folder: (folder / "card.json").write_text("{}"), "field 'id' is missing"),
        (lambda folder: (folder / "card.json").write_text("[" * 100_000), "card.json is damaged"),
        (lambda folder: (folder / "weights.npz").unlink(), "weights.npz is missing"),
    ],
)
def test_broken_models_stand_beside_the_good_ones(saved, damage, says):
    saved.save(threshold(), card(), "good")
    damage(saved.root / "ndwi")
    good, broken = saved.cards()
    assert [each.id for each in good] == ["good"]
    assert [each.id for each in broken] == ["ndwi"]
    assert says in broken[0].reason
    assert "\n" not in broken[0].reason
    with pytest.raises(ModelError, match="ndwi: "):
        saved.load("ndwi")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda values: values.update(bands="all"), "field 'bands' is of another type"),
        (lambda values: values.update(bands=["x"]), "is damaged"),
        (lambda values: values.update(scores=None), "field 'scores' is of another type"),
        (lambda values: values.pop("title"), "field 'title' is missing"),
        (lambda values: values["weights"].update(file="../../secret"), "expected a file weights.npz or weights.skops"),
        (lambda values: values["weights"].update(file=["weights.npz"]), "expected a file"),
        (lambda values: values["weights"].pop("sha256"), "and its sha256"),
    ],
)
def test_cards_with_a_wrong_field(saved, change, says):
    change_card(saved, change)
    assert saved.cards()[0] == []
    assert says in saved.cards()[1][0].reason


def test_fields_of_a_later_version_are_passed_over(saved):
    change_card(saved, lambda values: values.update(licence="free"))
    assert saved.card("ndwi").title == "NDWI"


def test_a_config_that_is_none_does_not_load(saved):
    change_card(saved, lambda values: values["config"].update(kind="forest"))
    with pytest.raises(ModelError, match="ndwi: unknown kind of segmenter 'forest'"):
        saved.load("ndwi")


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_damaged_weights_are_found_by_verify_and_load(saved, share):
    saved.save(threshold(), card(), "good")
    path = saved.root / "ndwi" / "weights.npz"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert [model.id for model in saved.verify()] == ["ndwi"]
    with pytest.raises(ModelError, match=r"ndwi: weights.npz does not match the SHA-256 of its card"):
        saved.load("ndwi")
    assert len(saved.cards()[0]) == 2
    assert saved.verify("good") == []


def test_weights_with_pickled_objects_are_refused(saved, tmp_path):
    path = saved.root / "ndwi" / "weights.npz"
    np.savez(path, threshold=np.array([{"a": 1}], dtype=object))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    change_card(saved, lambda values: values["weights"].update(sha256=digest))
    assert saved.verify() == []
    with pytest.raises(ModelError, match=r"ndwi: weights.npz is no file of plain arrays"):
        saved.load("ndwi")


def test_weights_of_another_model_are_refused(saved):
    path = saved.root / "ndwi" / "weights.npz"
    np.savez(path, other=np.zeros(3))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    change_card(saved, lambda values: values["weights"].update(sha256=digest))
    with pytest.raises(ModelError, match="ndwi: NDWI: damaged weights"):
        saved.load("ndwi")


def test_update_adds_scores_and_keeps_the_weights(saved):
    before = saved.card("ndwi")
    saved.update(replace(before, scores={"test": {"f1": 0.5}}))
    after = saved.card("ndwi")
    assert after.scores == {"test": {"f1": 0.5}}
    assert replace(after, scores={}) == before
    with pytest.raises(ModelError, match="vouches for other weights"):
        saved.update(replace(before, weights={}))


def test_size_of_the_store(saved):
    files = [path for path in saved.root.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert saved.total_bytes() == sum(len(path.read_bytes()) for path in files)


def test_stray_files_are_no_models(saved):
    (saved.root / "README.md").touch()
    (saved.root / ".ndwi.0123.part").mkdir()
    assert saved.ids() == ["ndwi"]


def test_a_full_disk_while_saving(saved, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lakeseg.store._write", full)
    with pytest.raises(ModelError, match="the disk is full"):
        saved.save(threshold(), card(), "other")
    assert [path.name for path in saved.root.iterdir()] == ["ndwi"]


def run(code, *arguments):
    setup = (
        "import os, sys\n"
        "from lakeseg.errors import LakesegError\n"
        "from lakeseg.segmenters.config import SegmenterConfig\n"
        "from lakeseg.segmenters.rules import IndexThreshold\n"
        "from lakeseg.store import Card, ModelStore\n"
        "config = SegmenterConfig('index', 'NDWI', bands=(2, 4))\n"
        "segmenter, card = IndexThreshold(config, 0.25, 3.0), Card('t', 'd', config.to_json(), (2, 4), 2)\n"
        "store = ModelStore(sys.argv[1])\n"
    )
    command = [sys.executable, "-c", setup + code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_no_permission_to_save():
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o555)
        code = (
            "os.getuid() or os.setuid(65534)\ntry: store.save(segmenter, card, 'x')\nexcept LakesegError as e: print(e)"
        )
        out, err = run(code, folder / "models").communicate(timeout=60)
        assert "no permission to write there" in out, err
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_two_processes_never_share_an_id_and_a_kill_leaves_whole_models(store):
    code = "while True: print(store.save(segmenter, card, 'x').id, flush=True)"
    writers = [run(code, store.root) for _ in range(2)]
    ids = [[writer.stdout.readline().strip() for _ in range(8)] for writer in writers]
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        writer.communicate(timeout=60)
    assert len({*ids[0], *ids[1]}) == 16
    good, broken = store.cards()
    assert (broken, store.verify()) == ([], [])
    assert len(good) >= 16


def test_models_are_readable_by_the_group(store):
    mask = os.umask(0o022)
    try:
        store.save(threshold(), card(), "ndwi")
    finally:
        os.umask(mask)
    folder = store.root / "ndwi"
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "card.json")] == [0o755, 0o644]


def test_broken_model_is_a_plain_value():
    assert BrokenModel("a", "b") == BrokenModel("a", "b")
