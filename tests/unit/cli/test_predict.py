from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.data.write import write_dataset
from lakeseg.inference import predict_lake
from lakeseg.store import ModelStore
from tests.lakes import HEADER, make_dataset, make_lake


@pytest.fixture
def predict(cli, trained, small_dataset, tmp_path):
    def run(*words):
        common = ["--models", trained, "--dataset", small_dataset.path, "--cache", tmp_path / "cache"]
        return cli("predict", *common, *words)

    return run


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_predictions_of_chosen_lakes_in_a_file(predict, trained, small_dataset, tmp_path, suffix):
    path, ids = tmp_path / f"out{suffix}", small_dataset.lake_ids[2:4]
    named = [*ids, ids[0]]  # twice is as good as once
    data = predict("--model", "logistic", "--out", path, "--lakes", ",".join(named), "--json").data
    assert (data["lakes"], data["model"], data["path"]) == (2, "logistic", str(path))
    segmenter = ModelStore(trained).load("logistic")
    with np.load(path) if suffix == ".npz" else h5py.File(path) as file:
        meta = json.loads(str(file["meta"]) if suffix == ".npz" else file.attrs["meta"])
        assert meta["classes"] == {"1": "water", "2": "land", "3": "unclassified"}
        assert meta["dataset_fingerprint"] == small_dataset.fingerprint
        for lake_id in ids:
            expected = predict_lake(segmenter, small_dataset.lake(lake_id).image, small_dataset.bands)
            np.testing.assert_array_equal(file[f"{lake_id}/probabilities"][:], expected)
            np.testing.assert_array_equal(file[f"{lake_id}/classes"][:], expected.argmax(-1) + 1)


def test_every_file_leaves_missing_pixels_empty(cli, trained, tmp_path):
    """The same pixels of the same lake, by `predict` and by `export`."""
    lakes = [make_lake("a", 6, 7), make_lake("whole", 3, 3)]
    lakes[0].image[2, 3, 0] = lakes[0].image[5, :, 6] = HEADER.fill
    data = write_dataset(tmp_path / "d.h5", HEADER, lakes)
    common = ["--models", trained, "--dataset", data.path, "--cache", tmp_path / "cache", "--model", "logistic"]
    cli("predict", *common, "--out", tmp_path / "p.npz")
    cli("export", *common, "--what", "probabilities", "--to", tmp_path / "e.npz")
    missing = (lakes[0].image == HEADER.fill).any(axis=-1)
    with np.load(tmp_path / "p.npz") as ours, np.load(tmp_path / "e.npz") as others:
        np.testing.assert_array_equal(ours["a/classes"] == 0, missing)
        np.testing.assert_array_equal(np.isnan(ours["a/probabilities"]), np.repeat(missing[..., None], 3, axis=-1))
        assert ours["whole/classes"].min() > 0
        for name in ("a/classes", "a/probabilities", "whole/classes"):
            np.testing.assert_array_equal(ours[name], others[name])
    assert missing.sum() == 8


def test_warming_fills_the_cache_and_reports_in_json_lines(predict, trained, small_dataset, tmp_path):
    ran = predict("--warm", "--progress", "json")
    assert ran.code == 0
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert all(set(line) == {"done", "total", "text"} and line["total"] == 8 for line in lines)
    assert [line["done"] for line in lines] == sorted(line["done"] for line in lines)
    assert lines[-1]["done"] == 8
    card, cache = ModelStore(trained).card("logistic"), PredictionCache(tmp_path / "cache")
    for lake_id in small_dataset.lake_ids:
        assert cache.get(CacheKey(small_dataset.fingerprint, lake_id, card.fingerprint)) is not None
    assert (cache.scores(small_dataset.fingerprint, card.fingerprint, 8) >= 0).all()
    assert predict("--warm", "--json").data["models"] == ["logistic"]


def test_warming_a_part_takes_its_lakes_only(predict, trained, small_dataset, tmp_path):
    card, cache = ModelStore(trained).card("logistic"), PredictionCache(tmp_path / "cache")
    assert predict("--warm", "--split", "test", "--json").data["lakes"] == len(card.split["test"])
    left = cache.missing(small_dataset.fingerprint, card.fingerprint, small_dataset.lake_ids)
    assert set(left) == set(small_dataset.lake_ids) - set(card.split["test"])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--out", "a.npz"], "exactly one --model ID, got 0"),
        (["--out", "a.tif", "--model", "logistic"], "ending in .npz or .h5"),
        (["--out", "a.npz", "--model", "nope"], "unknown model 'nope'"),
        (["--out", "a.npz", "--model", "logistic", "--lakes", "atlantis"], "unknown lake 'atlantis': expected one of"),
        (["--warm", "--model", "nope"], "unknown model 'nope'"),
        (["--warm", "--json", "--progress", "json"], "choose one"),
    ],
)
def test_bad_input_is_one_line(predict, words, expected, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert expected in predict(*words).error
    assert not list(tmp_path.glob("a.*"))


def test_no_model_fits(cli, small_dataset, tmp_path):
    words = ["--warm", "--dataset", small_dataset.path, "--models", tmp_path]
    assert "no model for bands 1, 2, 3, 4, 5, 6, 7" in cli("predict", *words).error


def test_a_part_that_no_model_has_is_refused(predict, trained, tmp_path):
    away = make_dataset(tmp_path / "away.h5", [(9, 9)] * 2)
    ran = predict("--warm", "--split", "train", "--dataset", away.path)
    assert ran.code == 2
    assert "no model has a train part here" in ran.error
