"""`review export`: every kind of file from one log, and what is refused."""

from __future__ import annotations

import json
import shlex

import numpy as np
import pandas as pd
import pytest

from lakeseg.data.dataset import open_dataset
from lakeseg.review import runs
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import Verdict


@pytest.fixture
def reviewed(lab, tmp_path):
    """Options of a log in which Ann calls the first ten open pixels of every lake water, and Bo the next ten land."""
    dataset = open_dataset(lab / "data" / "dataset1.h5")
    url = f"sqlite:///{tmp_path / 'review.db'}"
    log = Log(open_engine(url))
    log.prepare()
    for lake in dataset.iter_lakes():
        positions = np.flatnonzero(lake.labels.ravel() == 3)
        for part, what, who in ((positions[:10], "water", "Ann"), (positions[10:20], "land", "Bo")):
            log.add([Verdict(dataset.fingerprint, lake.id, runs.encode(part), len(part), what, who)])
    cache = lab / "data" / ".cache" / "predictions"
    return ["--dataset", dataset.path, "--database", url, "--models", lab / "models", "--cache", cache]


@pytest.fixture
def counts(lab):
    """Pixels of each class of the dataset under review, and its lakes."""
    dataset = open_dataset(lab / "data" / "dataset1.h5")
    return dataset.total_counts(), len(dataset.lakes)


def test_a_dataset_to_train_on(cli, reviewed, counts, tmp_path):
    ran = cli("review", "export", *reviewed, "--to", tmp_path / "new.h5", "--json")
    before, lakes = counts
    assert ran.data["consensus"] == {"water": 10 * lakes, "land": 10 * lakes, "tied": 0, "too few": 0}
    after = open_dataset(tmp_path / "new.h5").total_counts()
    assert (after - before).tolist() == [0, 10 * lakes, 10 * lakes, -20 * lakes]
    command = shlex.split(ran.data["train"])[3:]
    assert cli(*command, "--out", tmp_path / "models").code == 0


def test_arrays_that_the_import_verb_reads(cli, reviewed, tmp_path):
    ran = cli("review", "export", *reviewed, "--to", tmp_path / "new.npz", "--json")
    assert cli("review", "export", *reviewed, "--to", tmp_path / "direct.h5").code == 0
    assert cli(*shlex.split(ran.data["import"])[3:]).code == 0
    again, direct = open_dataset(tmp_path / "new-imported.h5"), open_dataset(tmp_path / "direct.h5")
    for lake in direct.iter_lakes():
        height, width = lake.shape
        np.testing.assert_array_equal(again.lake(lake.id).labels[:height, :width], lake.labels)


def test_verdicts_and_numbers(cli, reviewed, counts, tmp_path):
    for ending in (".csv", ".parquet", ".json"):
        assert cli("review", "export", *reviewed, "--to", tmp_path / f"out{ending}").code == 0
    lakes = counts[1]
    assert len(pd.read_csv(tmp_path / "out.csv")) == len(pd.read_parquet(tmp_path / "out.parquet")) == 2 * lakes
    numbers = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [one["pixels"] for one in numbers["reviewers"]] == [10 * lakes, 10 * lakes]
    assert numbers["agreement"][0]["fleiss"]["pixels"] == 0
    assert {one["model"] for one in numbers["effects"]} == {"logistic", "mndwi"}
    assert numbers["truth"]["consensus"]["pixels"] == 20 * lakes


def test_maps(cli, reviewed, counts, tmp_path):
    ran = cli("review", "export", *reviewed, "--to", f"{tmp_path}/maps/", "--json")
    assert ran.data["files"] == len(list((tmp_path / "maps").glob("*.tif"))) == counts[1]
    lake = min(path.stem for path in (tmp_path / "maps").iterdir())
    assert cli("review", "export", *reviewed, "--to", tmp_path / "one.tif", "--lake", lake).code == 0
    assert "--lake ID" in cli("review", "export", *reviewed, "--to", tmp_path / "two.tif").error


def test_the_rule_is_asked_for(cli, reviewed, counts, tmp_path):
    ran = cli("review", "export", *reviewed, "--to", tmp_path / "new.h5", "--least", "2", "--unweighted", "--json")
    assert ran.data["consensus"]["too few"] == 20 * counts[1]
    assert "all weighing the same; " in ran.data["rule"]


def test_what_is_refused(cli, reviewed, lab, tmp_path):
    assert ".parquet" in cli("review", "export", *reviewed, "--to", tmp_path / "new.xlsx").error
    assert "at least 1" in cli("review", "export", *reviewed, "--to", tmp_path / "new.h5", "--least", "0").error
    other = ["--dataset", lab / "data" / "dataset2.h5", *reviewed[2:]]
    assert "no verdicts on" in cli("review", "export", *other, "--to", tmp_path / "new.h5").error
    assert "another name" in cli("review", "export", *reviewed, "--to", lab / "data" / "dataset1.h5").error
    assert not (tmp_path / "new.h5").exists()
