from __future__ import annotations

import pytest

from lakeseg import training
from lakeseg.data.splits import Split
from lakeseg.store import ModelStore


def test_training_stores_a_model_with_its_card(cli, small_dataset, tmp_path):
    data = cli("train", "--model", "logistic", "--dataset", small_dataset.path, "--out", tmp_path, "--json").data
    assert data["id"] == "logistic"
    assert sum(data["split"].values()) == 8
    card = ModelStore(tmp_path).card(data["id"])
    assert card.dataset["fingerprint"] == small_dataset.fingerprint
    assert card.scores["test"]["f1"] == data["scores"]["test"]["f1"]
    split = Split.from_json(card.split)
    groups = [{str(small_dataset.lake(lake).group) for lake in split.part(p)} for p in ("train", "validation", "test")]
    assert groups[0].isdisjoint(groups[1] | groups[2])
    assert groups[1].isdisjoint(groups[2])
    assert set(card.dataset["groups_seen"]) == groups[0] | groups[1]
    assert [path.name for path in tmp_path.iterdir()] == ["logistic"], "nothing else is left"


def test_options_reach_the_config_and_the_split(cli, small_dataset, tmp_path):
    words = ["--bands", "1,3", "--seed", 4, "--split", "4,1,1", "--split-seed", 2, "--id", "mine", "--set", "epochs=3"]
    common = ["train", "--model", "logistic", "--dataset", small_dataset.path, "--out", tmp_path]
    data = cli(*common, *words, "--json").data
    assert data["id"] == "mine"
    assert [data["config"][name] for name in ("bands", "seed", "epochs")] == [[1, 3], 4, 3]
    assert data["split"] == {"train": 4, "validation": 1, "test": 1, "unused": 2}
    assert cli(*common, *words, "--json").data["id"] == "mine-2"
    cards = [ModelStore(tmp_path).card(name) for name in ("mine", "mine-2")]
    assert cards[0].split == cards[1].split
    assert cards[0].scores == cards[1].scores, "the same seed gives the same model"


def test_for_a_person(cli, small_dataset, tmp_path):
    ran = cli("train", "--model", "naive", "--dataset", small_dataset.path, "--out", tmp_path)
    assert ran.code == 0
    assert "F1 of water 0.000 on" in ran.out


def test_the_account_of_patches_is_printed_and_kept(cli, small_dataset, tmp_path):
    words = ["--dataset", small_dataset.path, "--out", tmp_path, "--epochs", 1, "--set", "prune=false"]
    data = cli("train", "--model", "fcn-paper-8", *words, "--json").data
    card = ModelStore(tmp_path).card("fcn-paper-8")
    assert data["patches"] == card.dataset["patches"]
    lakes = [small_dataset.lake(lake_id).shape for lake_id in card.split["train"]]
    patches = sum((height // 8) * (width // 8) for height, width in lakes)
    assert data["patches"]["patches_kept"] == patches
    assert data["patches"]["discarded"] == sum(height * width for height, width in lakes) - 64 * patches
    line = cli("train", "--model", "fcn-paper-8", *words).out.splitlines()[1]
    assert line.startswith(f"patches of 8×8: {patches:,} kept ({64 * patches:,} px), 0 pruned (0 px), ")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--model", "nope"], "unknown model 'nope': expected one of naive, ndwi"),
        (["--model", "fcn-paper-16", "--patch", 500, "--epochs", 1], "500"),
        (["--model", "unet-paper-16", "--patch", 20], "multiples of 16"),
        (["--model", "logistic", "--bands", "1,9"], "bands"),
        (["--model", "logistic", "--split", "700,100,100"], "900 lakes wanted, there are 8"),
        (["--model", "logistic", "--set", "gap"], "expected NAME=VALUE"),
        (["--model", "logistic", "--set", "colour=red"], "unknown setting 'colour'"),
        (["--model", "logistic", "--id", "../x"], "model id '../x'"),
        (["--model", "logistic", "--epochs", 0], "epochs 0"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(cli, small_dataset, tmp_path, words, expected):
    line = cli("train", *words, "--dataset", small_dataset.path, "--out", tmp_path / "models").error
    assert expected in line
    assert not (tmp_path / "models").exists() or not list((tmp_path / "models").iterdir())
    assert not (tmp_path / "x").exists()


def test_an_interrupted_training_says_how_to_go_on(cli, small_dataset, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", interrupted)
    ran = cli("train", "--model", "fcn-paper-8", "--dataset", small_dataset.path, "--out", tmp_path)
    assert (ran.code, ran.out) == (130, "")
    assert "the same command goes on" in ran.err
