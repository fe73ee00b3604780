from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from lakeseg import making, training
from lakeseg.data.splits import default_split
from lakeseg.errors import ModelError
from lakeseg.making import Order, changed_pixels, halve, make_model
from lakeseg.patches import PatchAccount
from lakeseg.segmenters import registry
from lakeseg.segmenters.registry import PRESETS, resolve
from lakeseg.store import ModelStore
from lakeseg.training import TrainingResult
from lakeseg.training.checkpoint import checkpoint_path


@dataclass(frozen=True)
class Threshold:
    """Water where band 2 lies below `limit`; its one weight is `limit`."""

    config: object
    limit: np.float32
    reach: str = "pixel"
    parameters: int = 1
    bands: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    notes: dict = field(default_factory=dict)

    def predict_pixels(self, reflectance):
        water = (reflectance[:, 1] < self.limit).astype(np.float32)
        return np.stack([water, 1 - water, np.zeros_like(water)], axis=1)

    def state(self):
        return {"limit": np.array([self.limit], np.float32), "step": np.array([3])}


def rebuilt(config, state):
    return Threshold(config, state["limit"][0])


@pytest.fixture
def order(small_dataset):
    config = resolve("logistic", small_dataset.bands)
    return Order(PRESETS["logistic"], config, small_dataset, default_split(small_dataset.lakes))


@pytest.fixture
def make(order, tmp_path, monkeypatch):
    """Make a model whose only weight is a threshold; its kind is one whose weights may be halved."""

    def run(limit, seen=None, split=None, rebuild=rebuilt, patches=None):
        segmenter = Threshold(order.config, np.float32(limit))

        def train(dataset, split, config, progress, folder):
            progress(1.0, "trained")
            return TrainingResult(segmenter, {"loss": [1.0], "val_loss": [1.0], "seconds": [2.0]}, "CPU", 10, patches)

        monkeypatch.setattr(training, "train", train)
        for module in (making, registry):
            monkeypatch.setattr(module, "rebuild", rebuild)
        monkeypatch.setattr(making, "HALF_KINDS", ("logistic",))
        return make_model(replace(order, split=split or order.split), ModelStore(tmp_path), seen)

    return run


def test_weights_are_halved_when_no_class_changes(make, tmp_path):
    card = make(0.25)  # a float16 holds 0.25 exactly
    assert "float16" in card.weights["dtype"]
    assert ModelStore(tmp_path).load(card.id).limit == np.float32(0.25)
    assert card.scores["test"]["lakes"] > 0


def test_weights_stay_whole_when_a_class_would_change(make, order, tmp_path):
    # A limit just above the reflectance of some pixel of a test lake, which a float16 rounds to the other side of it.
    counts = np.concatenate([lake.image[..., 1].ravel() for lake in order.dataset.iter_lakes(order.split.test)])
    values = np.unique(counts[counts > 0]).astype(np.float32) * np.float32(1e-4)
    above = np.nextafter(values, np.float32(1))
    limit = above[above.astype(np.float16).astype(np.float32) < values][0]
    card = make(limit)
    assert card.weights["dtype"] == "float32 int64"
    assert ModelStore(tmp_path).load(card.id).limit == limit


def test_weights_beyond_float16_are_seen(order, monkeypatch):
    monkeypatch.setattr(making, "rebuild", rebuilt)
    whole = Threshold(order.config, np.float32(1e6))
    assert np.isinf(halve(whole).limit)
    nothing = replace(whole, limit=np.float32(-np.inf))
    assert changed_pixels(whole, nothing, order.dataset, order.split.test) == sum(
        order.dataset.lake(lake_id).labels.size for lake_id in order.split.test
    )


def test_nothing_is_halved_on_no_evidence(make, order, tmp_path, monkeypatch):
    card = make(0.25, split=replace(order.split, test=()))
    assert card.weights["dtype"] == "float32 int64"
    assert card.scores["test"]["lakes"] == 0


def test_weights_that_are_refused_when_they_come_back_stay_whole(make):
    def refuse(config, state):
        if not np.isfinite(state["limit"]).all():
            raise ModelError("damaged weights")
        return rebuilt(config, state)

    card = make(1e6, rebuild=refuse)
    assert card.weights["dtype"] == "float32 int64"


def test_the_account_of_patches_stands_in_the_card(make, order):
    account = PatchAccount(512, 128, 60, 8, 2, (0, 100, 412, 0))
    patches = make(0.25, patches=account).dataset["patches"]
    assert patches == {
        "size": order.config.patch,
        "gap": 0,
        "kept": 512,
        "pruned": 128,
        "discarded": 60,
        "patches_kept": 8,
        "patches_pruned": 2,
    }
    assert "patches" not in make(0.25).dataset


def test_progress_never_runs_back_and_ends_at_one(make):
    seen = []
    make(0.25, lambda share, _: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_the_card_says_what_the_model_saw(make, order):
    card = make(0.25)
    lakes = {lake.id: lake.group for lake in order.dataset.iter_lakes()}
    assert set(card.dataset["groups_seen"]) == {lakes[i] for i in (*order.split.train, *order.split.validation)}
    assert card.dataset["fingerprint"] == order.dataset.fingerprint
    assert card.seconds_per_epoch == 2.0
    assert set(card.scores) == {"validation", "test"}
    assert {"python", "numpy", "scikit-learn"} <= set(card.versions)


def test_an_interrupted_training_leaves_its_standing_and_a_finished_one_nothing(make, order, tmp_path, monkeypatch):
    store = ModelStore(tmp_path)
    standing = checkpoint_path(tmp_path / making.RESUME_FOLDER, order.dataset, order.split, order.config)

    def interrupted(dataset, split, config, progress, folder):
        folder.mkdir(exist_ok=True)
        checkpoint_path(folder, dataset, split, config).touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_model(order, store)
    assert standing.exists()
    assert store.ids() == []
    make(0.25)
    assert [path.name for path in tmp_path.iterdir()] == ["logistic"]


def test_starting_anew_forgets_the_standing(order, tmp_path, monkeypatch):
    standing = checkpoint_path(tmp_path / making.RESUME_FOLDER, order.dataset, order.split, order.config)
    standing.parent.mkdir()
    standing.touch()
    found = []
    monkeypatch.setattr(training, "train", lambda *_: found.append(standing.exists()) or 1 / 0)
    for resume in (True, False):
        with pytest.raises(ZeroDivisionError):
            make_model(order, ModelStore(tmp_path), resume=resume)
    assert found == [True, False]
