"""Datasets of single pixels, as the study's Pixelwise files: models of pixels learn from them, networks refuse."""

from __future__ import annotations

import numpy as np
import pytest

from lakeseg.bands import WATER
from lakeseg.data.dataset import Header, open_dataset
from lakeseg.data.write import write_pixels
from lakeseg.store import ModelStore

UNKNOWN = "another dataset; whether the model has seen its ground is not known"


@pytest.fixture
def pixels(small_dataset, tmp_path):
    """The pixels of a dataset of lakes, read flat."""
    header = Header("Pixelwise", small_dataset.bands, "made by a test", simulated=True)
    return write_pixels(tmp_path / "pixels.h5", header, [small_dataset.pixels()])


@pytest.mark.parametrize("model", ["logistic", "mndwi"])
def test_a_model_of_pixels_learns_and_is_scored(cli, tmp_path, small_dataset, pixels, model):
    folders = ("--models", tmp_path / "models", "--cache", tmp_path / "cache")
    ran = cli("train", "--model", model, "--dataset", pixels.path, "--out", tmp_path / "models")
    assert ran.code == 0
    assert "which of them share ground, the file does not say" in ran.err
    assert "test runs" in ran.out
    card = ModelStore(tmp_path / "models").card(model)
    assert card.split["rule"].startswith("by runs of single pixels: 197 train, 30 validation, 29 test runs")
    assert card.scores["test"]["f1"] > 0.3
    assert (card.of_pixels, card.dataset["lakes"], card.dataset["pixels"]) == (True, 0, pixels.pixel_count)
    assert "· 29 runs of single pixels ·" in cli("models", *folders[:2]).out

    def scored(dataset, split):
        words = ("--model", model, *folders, "--dataset", dataset.path, "--split", split, "--json")
        return cli("evaluate", *words).data

    flat, by_lake = scored(pixels, "all"), scored(small_dataset, "all")
    assert flat["confusion"] == by_lake["confusion"]  # the same pixels
    assert (flat["lakes"], by_lake["lakes"]) == (256, len(small_dataset.lakes))
    assert (flat["lakes_seen_in_training"], by_lake["lakes_seen_in_training"]) == (197 + 30, None)
    own, elsewhere = scored(pixels, "test"), scored(small_dataset, "test")
    assert own["f1"] == card.scores["test"]["f1"]
    assert own["rule"] == "test part of the model's own split, by runs of single pixels, which may share ground"
    assert (elsewhere["rule"], elsewhere["lakes"]) == (UNKNOWN, len(small_dataset.lakes))  # it learned from these


def test_predictions_stand_in_the_order_of_the_file(cli, tmp_path, pixels):
    cli("train", "--model", "mndwi", "--dataset", pixels.path, "--out", tmp_path)
    out = tmp_path / "said.npz"
    words = ("--model", "mndwi", "--models", tmp_path, "--cache", tmp_path / "cache")
    assert cli("predict", *words, "--dataset", pixels.path, "--out", out).code == 0
    with np.load(out) as said:
        codes = np.concatenate([said[f"{run}/classes"][0] for run in pixels.lake_ids])
    counts, labels = pixels.pixels()
    green, infrared = (counts[:, pixels.bands.index(band)].astype(float) for band in (4, 6))
    index = (green - infrared) / (green + infrared)
    assert index[codes == WATER].min() > index[codes != WATER].max()
    assert (codes == labels).mean() > 0.6


def test_a_model_of_lakes_is_not_said_to_meet_unseen_ground_among_pixels(cli, tmp_path, pixels):
    words = ("--model", "logistic", "--models", "models", "--cache", tmp_path, "--dataset", pixels.path)
    data = cli("evaluate", *words, "--json").data
    assert (data["rule"], data["lakes"], data["lakes_seen_in_training"]) == (UNKNOWN, 256, None)
    assert "the ground of these runs is not known" in cli("evaluate", *words, "--split", "all").out


def test_networks_and_what_needs_lakes_refuse(cli, tmp_path, pixels):
    able = r"take a model of pixels (naive, ndwi, mndwi, awei, logistic, logistic-rgb, boosting)"
    error = cli("train", "--model", "fcn-paper-16", "--dataset", pixels.path, "--out", tmp_path).error
    assert f"fcn-paper-16 needs images, {pixels.path} holds single pixels: {able}" in error
    for verb in (("evaluate",), ("predict", "--out", tmp_path / "a.npz"), ("predict", "--warm")):
        error = cli(*verb, "--model", "fcn-lakeseg", "--models", "models", "--dataset", pixels.path).error
        assert f"fcn-lakeseg needs images, {pixels.path} holds single pixels" in error
    for verb in (
        ("study",),
        ("search",),
        ("review", "build"),
        ("export", "--what", "labels", "--to", tmp_path / "a.npz"),
    ):
        assert "has pixels but no lakes" in cli(*verb, "--dataset", pixels.path).error
    assert "has pixels but no lakes" in cli("regroup", pixels.path, "--out", tmp_path / "b.h5").error


def test_all_fitting_models_are_those_of_pixels(cli, tmp_path, pixels):
    data = cli("predict", "--warm", "--models", "models", "--cache", tmp_path, "--dataset", pixels.path, "--json").data
    assert data["models"] == ["boosting", "logistic", "logistic-rgb"]
    assert open_dataset(pixels.path).fingerprint == pixels.fingerprint
