from __future__ import annotations

import json
import shutil

import pytest

from lakeseg.data.dataset import open_dataset
from lakeseg.data.simulate import make_small
from lakeseg.data.write import write_dataset
from lakeseg.store import ModelStore


@pytest.fixture
def evaluate(cli, trained, small_dataset, tmp_path):
    def run(*words, dataset=small_dataset.path, models=trained, model="logistic"):
        common = ["--model", model, "--models", models, "--dataset", dataset, "--cache", tmp_path / "cache"]
        return cli("evaluate", *common, *words)

    return run


def test_parts_are_those_of_the_card(evaluate, trained, small_dataset):
    card = ModelStore(trained).card("logistic")
    for part in ("train", "validation", "test", "all"):
        data = evaluate("--split", part, "--json").data
        ids = small_dataset.lake_ids if part == "all" else card.split[part]
        assert data["lakes"] == len(ids)
        assert data["pixels"] == sum(small_dataset.lake(lake).labels.size for lake in ids)
        assert (data["model"], data["split"]) == ("logistic", part)
    assert evaluate("--json").data["f1"] == card.scores["test"]["f1"]


def test_f1_is_that_of_the_confusion_matrix(evaluate):
    data = evaluate("--split", "all", "--json").data
    (tp, missed, _), (false, _, _), _ = data["confusion"]["rows_truth"]
    assert data["f1"] == pytest.approx(2 * tp / (2 * tp + missed + false))
    assert data["lakes_seen_in_training"] == 7  # eight lakes, one of them for the test


def test_for_a_person(evaluate, small_dataset1):
    ran = evaluate("--split", "all", dataset=small_dataset1.path)
    assert ran.code == 0
    assert "F1 of water ." in ran.out.replace(" 0.", " .")
    assert "all wrong" in ran.out


def test_another_dataset_is_tested_on_lakes_of_unseen_groups(evaluate, trained, small_dataset, tmp_path):
    card = ModelStore(trained).card("logistic")
    lakes = list(small_dataset.iter_lakes())
    seen = {lake.group for lake in lakes if lake.id in [*card.split["train"], *card.split["validation"]]}
    other = write_dataset(tmp_path / "other.h5", small_dataset.header, lakes[::-1])
    data = evaluate("--split", "test", "--json", dataset=other.path).data
    assert data["lakes"] == sum(lake.group not in seen for lake in lakes)
    assert data["lakes_seen_in_training"] == 0
    assert "share no group" in data["rule"]
    assert "was not trained on" in evaluate("--split", "train", dataset=other.path).error
    only_seen = write_dataset(tmp_path / "seen.h5", small_dataset.header, [x for x in lakes if x.group in seen])
    assert "has no lakes: use --split all" in evaluate(dataset=only_seen.path).error


def test_models_that_cannot_run_are_one_line(evaluate, trained, small_dataset, tmp_path):
    assert "unknown model 'nope': expected one of logistic" in evaluate(model="nope").error
    assert "there are none" in evaluate(models=tmp_path / "none").error
    copy = tmp_path / "copy"
    shutil.copytree(trained, copy)
    weights = copy / "logistic" / json.loads((copy / "logistic" / "card.json").read_text())["weights"]["file"]
    weights.write_bytes(weights.read_bytes()[:-1])
    assert "SHA-256" in evaluate(models=copy).error


def test_a_dataset_of_other_bands_is_one_line(evaluate, tmp_path):
    source = make_small(tmp_path / "seven.h5", lakes=3, seed=1)
    lakes = [type(lake)(lake.id, lake.image[..., :3], lake.labels, lake.group) for lake in source.iter_lakes()]
    header = type(source.header)("three", (1, 2, 3), "test", True)
    write_dataset(tmp_path / "three.h5", header, lakes)
    assert open_dataset(tmp_path / "three.h5").bands == (1, 2, 3)
    assert "needs bands 4, 5, 6, 7" in evaluate("--split", "all", dataset=tmp_path / "three.h5").error
