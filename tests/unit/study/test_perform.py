from __future__ import annotations

import numpy as np
import pytest

from lakeseg import training
from lakeseg.data.splits import default_split
from lakeseg.metrics import confusion
from lakeseg.study.experiments import Experiment
from lakeseg.study.perform import Order, perform, processor
from lakeseg.training import TrainingResult


def silent(_share, _text):
    pass


@pytest.fixture
def order(small_dataset, tmp_path):
    def make(model="logistic", settings=None, seed=0, pixels=False, changes=None):
        row = Experiment(model, model, ("fair",), settings=settings or {}, pixels=pixels)
        return Order(row, seed, small_dataset, default_split(small_dataset.lakes), changes or {}, tmp_path)

    return make


def four(labels, predicted):
    """tp, fn, fp, tn by hand from two classes."""
    table = confusion(labels, predicted)
    return [table[0, 0], table[0, 1], table[1, 0], table[1, 1]]


class DarkIsWater:
    """Probability of water falls from 1 to 0 as band 2 rises from 0 to 0.2 reflectance."""

    reach = "pixel"
    parameters = 3

    def __init__(self, config):
        self.config, self.bands = config, config.bands

    def predict_pixels(self, reflectance):
        water = np.clip(1 - reflectance[:, 1] / 0.2, 0, 1).astype(np.float32)
        return np.stack([water, 1 - water, np.zeros_like(water)], axis=1)


@pytest.fixture
def dark(monkeypatch):
    """Training gives `DarkIsWater`."""

    def train(dataset, split, config, progress, folder):
        return TrainingResult(DarkIsWater(config), {"loss": [1.0], "val_loss": [], "seconds": [1.5]}, "CPU", 10)

    monkeypatch.setattr(training, "train", train)


def test_counts_are_those_of_each_test_lake(order, dark, small_dataset):
    wanted = order()
    run = perform(wanted, silent)
    assert run.lakes == list(wanted.split.test)
    assert (run.name, run.seed, run.parameters, run.training_pixels, run.seconds_per_epoch) == (
        "logistic",
        0,
        3,
        10,
        1.5,
    )
    for lake_id, fair, chosen in zip(run.lakes, run.scores["fair"], run.scores["chosen"], strict=True):
        lake = small_dataset.lake(lake_id)
        water = np.clip(1 - lake.image[..., 1] / 2000, 0, 1).astype(np.float32)
        for threshold, counts in ((0.5, fair), (run.threshold, chosen)):
            said = np.where(water / (water + (1 - water)) >= threshold - 1e-6, 1, 2).astype(np.uint8)
            assert counts == four(lake.labels, said)
    assert "study" not in run.scores


def test_the_threshold_is_the_best_of_the_validation_lakes(order, dark, small_dataset):
    run = perform(order(), silent)
    lakes = [small_dataset.lake(lake_id) for lake_id in order().split.validation]
    water = np.concatenate([np.clip(1 - lake.image[..., 1].ravel() / 2000, 0, 1) for lake in lakes])
    truth = np.concatenate([lake.labels.ravel() for lake in lakes]) == 1

    def f1(threshold):
        said = water >= threshold - 1e-6
        return 2 * (said & truth).sum() / (said.sum() + truth.sum())

    assert run.validation["f1"] == pytest.approx(f1(0.5))
    assert run.validation["f1_chosen"] == pytest.approx(max(f1(value) for value in np.unique(water)))
    assert f1(run.threshold) == pytest.approx(run.validation["f1_chosen"])
    assert run.validation["pixels"] == len(truth)


def test_a_network_of_the_study_is_scored_on_mixed_patches_too(order, small_dataset):
    run = perform(order("fcn-paper-8", {"epochs": 1}), silent)
    study, fair = run.counts("study"), run.counts("fair")
    for lake_id, counts, whole in zip(run.lakes, study, fair, strict=True):
        labels = small_dataset.lake(lake_id).labels
        height, width = (side // 8 * 8 for side in labels.shape)
        blocks = labels[:height, :width].reshape(height // 8, 8, width // 8, 8)
        mixed = (blocks == 1).any(axis=(1, 3)) & (blocks == 2).any(axis=(1, 3))
        assert counts.sum() == 64 * mixed.sum()
        assert (counts <= whole).all()
    assert run.split["test_patches"] == study.sum() // 64
    assert run.split["train_patches"] > 0
    assert len(run.history["loss"]) == 1


def test_the_regression_of_the_study_is_split_by_pixels(order, small_dataset):
    run = perform(order(pixels=True), silent)
    labelled = int((small_dataset.labels() > 0).sum())
    assert run.lakes == run.groups == []
    assert run.training_pixels == round(0.75 * labelled)
    assert run.counts("study").sum() == labelled - run.training_pixels
    assert run.scores.keys() == {"study"}
    assert perform(order(pixels=True, seed=1), silent).scores != run.scores


def test_the_key_holds_what_decides_the_result(order):
    keys = {
        order().key,
        order(seed=1).key,
        order("boosting").key,
        order(pixels=True).key,
        order("fcn-paper-8").key,
        order("fcn-paper-8", changes={"epochs": 1}).key,
    }
    assert len(keys) == 6
    assert order(changes={"epochs": 1}).key == order().key, "epochs change nothing in a model without any"


def test_the_processor_has_a_name():
    assert processor()
