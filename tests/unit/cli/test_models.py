from __future__ import annotations

import shutil

from lakeseg.store import ModelStore


def test_models_are_listed(cli, trained):
    (listed,) = cli("models", "--models", trained, "--json").data["models"]
    card = ModelStore(trained).card("logistic")
    assert (listed["id"], listed["parameters"]) == ("logistic", card.parameters)
    assert listed["sha256"] == card.weights["sha256"]
    assert listed["f1"] == card.scores["test"]["f1"]
    assert "verified" not in listed


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
