from __future__ import annotations

import shutil
from dataclasses import replace

from lakeseg.store import ModelStore


def test_models_are_listed(cli, trained):
    (listed,) = cli("models", "--models", trained, "--json").data["models"]
    card = ModelStore(trained).card("logistic")
    assert (listed["id"], listed["parameters"]) == ("logistic", card.parameters)
    assert listed["sha256"] == card.weights["sha256"]
    assert listed["f1"] == card.scores["test"]["f1"]
    assert "verified" not in listed


def test_f1_stands_with_its_interval_and_what_it_rests_on(cli, trained, tmp_path):
    shutil.copytree(trained, tmp_path / "models")
    store = ModelStore(tmp_path / "models")
    card = store.card("logistic")
    interval = {"low": 0.791, "high": 0.8649}
    test = {"f1": 0.8251, "f1_interval": interval, "lakes": 105, "pixels": 208_699}
    store.update(replace(card, scores={"test": test}))
    assert ".825 [.79, .86] · 105 lakes · 208,699 px" in cli("models", "--models", store.root).out
    (listed,) = cli("models", "--models", store.root, "--json").data["models"]
    assert (listed["f1_interval"], listed["lakes"], listed["pixels"]) == (interval, 105, 208_699)
    store.update(replace(card, scores={}))
    assert cli("models", "--models", store.root).code == 0


def test_models_are_verified(cli, trained, tmp_path):
    shutil.copytree(trained, tmp_path / "models")
    data = cli("models", "--models", tmp_path / "models", "--verify", "--json").data
    assert data["models"][0]["verified"] is True
    weights = tmp_path / "models" / "logistic" / ModelStore(trained).card("logistic").weights["file"]
    weights.write_bytes(b"damaged")
    ran = cli("models", "--models", tmp_path / "models", "--verify", "--json")
    assert ran.code == 2
    assert ran.data["models"][0]["verified"] is False
    assert ran.err.count("\n") == 1
    assert "damaged" in cli("models", "--models", tmp_path / "models", "--verify").out


def test_a_broken_card_is_told_beside_the_good_ones(cli, trained, tmp_path):
    shutil.copytree(trained, tmp_path / "models")
    shutil.copytree(trained / "logistic", tmp_path / "models" / "torn")
    (tmp_path / "models" / "torn" / "card.json").write_text("{")
    ran = cli("models", "--models", tmp_path / "models", "--json")
    assert ran.code == 2
    assert [one["id"] for one in ran.data["models"]] == ["logistic"]
    assert [one["id"] for one in ran.data["broken"]] == ["torn"]


def test_no_models(cli, tmp_path):
    assert cli("models", "--models", tmp_path).out.startswith("no models")
    assert "no such folder" in cli("models", "--models", tmp_path / "none").error


def test_what_export_takes(cli, trained, tmp_path):
    words = ["models", "--models", trained, "--export", "logistic"]
    assert "is no network" in cli(*words, "--to", tmp_path / "m.keras").error
    assert "give both" in cli(*words).error
    assert "give both" in cli("models", "--models", trained, "--to", tmp_path / "m.onnx").error
    assert list(tmp_path.iterdir()) == []
    said = cli(*words, "--to", tmp_path / "m.onnx", "--json")
    assert (said.code, said.data["sides"], said.data["output"]) == (0, "any", ["water", "land", "unclassified"])
    assert (tmp_path / "m.onnx").stat().st_size > 0
