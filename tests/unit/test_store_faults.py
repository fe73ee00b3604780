import hashlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from lakeseg.errors import ModelError
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.rules import IndexThreshold
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


def vouch(store, model_id="ndwi"):
    """Make the card vouch for the weights as they are now."""
    content = (store.root / model_id / "weights.npz").read_bytes()

    def change(values):
        values["weights"]["sha256"] = hashlib.sha256(content).hexdigest()
        values["fingerprint"] = fingerprint(values["config"], content)

    change_card(store, change, model_id)


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


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"kind": "forest"}, "unknown kind of segmenter 'forest'"),
        ({"depth": 3}, "unknown setting 'depth'"),
        ({"epochs": "many"}, "epochs 'many': expected a whole number"),
    ],
)
def test_a_card_with_a_config_that_is_none_is_a_broken_model(saved, config, says):
    change_card(saved, lambda values: values["config"].update(config))
    good, (broken,) = saved.cards()
    assert (good, broken.id) == ([], "ndwi")
    assert says in broken.reason
    assert "\n" not in broken.reason
    with pytest.raises(ModelError, match=f"ndwi: {says}"):
        saved.load("ndwi")


def test_card_and_weights_that_do_not_belong_together(saved):
    change_card(saved, lambda values: values["config"].update(seed=7))  # the weights' SHA-256 still holds
    with pytest.raises(ModelError, match="ndwi: card and weights do not belong together"):
        saved.load("ndwi")
    assert [broken.id for broken in saved.verify()] == ["ndwi"]


def test_a_model_that_was_replaced_is_not_taken_for_the_one_before(saved):
    before = saved.card("ndwi").fingerprint
    assert saved.load("ndwi", before).threshold == 0.25
    shutil.rmtree(saved.root / "ndwi")
    saved.save(threshold(0.5), card(), "ndwi")
    with pytest.raises(ModelError, match="ndwi: was replaced by another model"):
        saved.load("ndwi", before)
    assert saved.load("ndwi").threshold == 0.5


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
    vouch(saved)
    assert saved.verify() == []
    with pytest.raises(ModelError, match=r"ndwi: weights.npz is no file of plain arrays"):
        saved.load("ndwi")


def test_weights_of_another_model_are_refused(saved):
    path = saved.root / "ndwi" / "weights.npz"
    np.savez(path, other=np.zeros(3))
    vouch(saved)
    with pytest.raises(ModelError, match="ndwi: NDWI: damaged weights"):
        saved.load("ndwi")


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


def test_broken_model_is_a_plain_value():
    assert BrokenModel("a", "b") == BrokenModel("a", "b")
