"""`export`: every thing in every kind of file, and what is refused, in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from PIL import Image

from lakeseg.data.dataset import open_dataset
from lakeseg.exports.registry import EXPORTS, WHAT, ending_of, export_of
from lakeseg.inference import predict_lake
from lakeseg.metrics import classes
from lakeseg.review import runs
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import Verdict
from lakeseg.store import ModelStore
from tests.lakes import make_dataset


@pytest.fixture
def export(cli, lab, tmp_path):
    def run(*words, dataset="dataset1"):
        cache = lab / "data" / ".cache" / "predictions"
        common = ["--dataset", lab / "data" / f"{dataset}.h5", "--models", lab / "models", "--cache", cache]
        return cli("export", *common, *words)

    return run


@pytest.fixture
def data(lab):
    return open_dataset(lab / "data" / "dataset1.h5")


def said(lab, data, lake_id):
    """What the logistic regression says of a lake."""
    return predict_lake(ModelStore(lab / "models").load("logistic"), data.lake(lake_id).image, data.bands)


def test_classes_and_probabilities_as_maps(export, lab, data, tmp_path):
    ids = data.lake_ids[:2]
    words = ["--model", "logistic", "--lakes", ",".join(ids)]
    ran = export("--what", "classes", *words, "--to", f"{tmp_path}/maps/", "--json").data
    assert (ran["files"], ran["lakes"], ran["source"]) == (2, 2, "Logistic regression")
    for lake_id in ids:
        with rasterio.open(tmp_path / "maps" / f"{lake_id}.tif") as file:
            np.testing.assert_array_equal(file.read(1), classes(said(lab, data, lake_id)))
            assert file.tags()["model"] == "logistic"
    assert export("--what", "probabilities", *words[:2], "--lakes", ids[0], "--to", tmp_path / "p.tif").code == 0
    with rasterio.open(tmp_path / "p.tif") as file:
        np.testing.assert_array_equal(np.moveaxis(file.read(), 0, -1), said(lab, data, ids[0]))


def test_arrays_and_pictures(export, lab, data, tmp_path):
    words = ["--model", "logistic", "--lakes", data.lake_ids[0]]
    assert export("--what", "classes", *words, "--to", tmp_path / "c.npz").code == 0
    with np.load(tmp_path / "c.npz") as file:
        np.testing.assert_array_equal(file[f"{data.lake_ids[0]}/classes"], classes(said(lab, data, data.lake_ids[0])))
        assert json.loads(str(file["meta"]))["model"] == "logistic"
        assert set(file) == {f"{data.lake_ids[0]}/classes", "meta"}
    assert export("--what", "probabilities", *words, "--to", tmp_path / "p.npz").code == 0
    with np.load(tmp_path / "p.npz") as file:
        assert f"{data.lake_ids[0]}/probabilities" in file
    assert export("--what", "labels", "--to", f"{tmp_path}/seen/", "--as", "png").code == 0
    pictures = sorted((tmp_path / "seen").iterdir())
    assert [path.stem for path in pictures] == list(data.lake_ids)
    with Image.open(pictures[0]) as image:
        assert image.format == "PNG"


def test_table_and_outlines(export, data, tmp_path):
    table = tmp_path / "t.csv"
    assert export("--what", "table", "--model", "logistic", "--to", table, "--progress", "json").code == 0
    found = pd.read_csv(table)
    assert found.lake.tolist() == list(data.lake_ids)
    counts = data.class_counts()
    np.testing.assert_array_equal(found.label_water_px, counts[:, 1])
    np.testing.assert_array_equal(found.label_unclassified_px, counts[:, 3])
    assert found.simulated.eq("yes").all()
    ran = export("--what", "outlines", "--to", tmp_path / "o.gpkg", "--json").data
    meta, _, _, columns = pyogrio.raw.read(tmp_path / "o.gpkg")
    rows = pd.DataFrame(dict(zip(meta["fields"], columns, strict=True)))
    assert len(rows) == ran["bodies"]
    water = rows.groupby("lake").pixels.sum()
    assert water.to_dict() == {
        each: int(count) for each, count in zip(data.lake_ids, counts[:, 1], strict=True) if count
    }


def test_a_part_of_the_models_lakes(export, lab, tmp_path):
    card = ModelStore(lab / "models").card("logistic")
    words = ["--what", "table", "--model", "logistic", "--split", "test", "--to", tmp_path / "t.csv"]
    assert export(*words, dataset="dataset2").code == 0
    found = pd.read_csv(tmp_path / "t.csv")
    assert set(found.lake) == set(card.split["test"])
    assert found.standing.eq("test").all()
    assert "name the model" in export(*words[:2], *words[4:], dataset="dataset2").error


@pytest.fixture
def reviewed(data, tmp_path):
    """Options of a log in which Ann calls the first ten open pixels of every lake water."""
    url = f"sqlite:///{tmp_path / 'review.db'}"
    log = Log(open_engine(url))
    log.prepare()
    for lake in data.iter_lakes():
        first = np.flatnonzero(lake.labels.ravel() == 3)[:10]
        log.add([Verdict(data.fingerprint, lake.id, runs.encode(first), len(first), "water", "Ann")])
    log.engine.dispose()
    return ["--what", "verdicts", "--database", url]


def test_verdicts(export, reviewed, data, tmp_path):
    assert export(*reviewed, "--to", tmp_path / "v.npz").code == 0
    with np.load(tmp_path / "v.npz") as file:
        for lake in data.iter_lakes():
            settled = lake.labels.copy()
            settled.ravel()[np.flatnonzero(lake.labels.ravel() == 3)[:10]] = 1
            np.testing.assert_array_equal(file[f"{lake.id}/classes"], settled)
        assert "majority" in json.loads(str(file["meta"]))["rule"]
    assert export(*reviewed, "--to", tmp_path / "v.csv").code == 0
    assert pd.read_csv(tmp_path / "v.csv").verdict.tolist() == ["water"] * len(data.lakes)
    assert export(*reviewed, "--lakes", data.lake_ids[1], "--to", tmp_path / "v.tif").code == 0
    assert "leave --model away" in export(*reviewed, "--model", "logistic", "--to", tmp_path / "v.npz").error
    assert "leave it away" in export(*reviewed, "--lakes", data.lake_ids[1], "--to", tmp_path / "v.csv").error


def test_a_dataset_as_matlab(export, data, tmp_path):
    from scipy.io import loadmat

    words = ["--what", "dataset", "--lakes", ",".join(data.lake_ids[:2])]
    assert export(*words, "--mat", "5", "--to", tmp_path / "d.mat").code == 0
    lakes = loadmat(tmp_path / "d.mat")["lakes"].ravel()
    np.testing.assert_array_equal(lakes[1]["X"], data.lake(data.lake_ids[1]).image)
    assert export(*words, "--to", tmp_path / "d73.mat", "--json").data["version"] == "7.3"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--what", "classes", "--to", "x.tif"], "name it with --model"),
        (["--what", "labels", "--to", "x.tif"], "holds one lake"),
        (["--what", "labels", "--to", "x.gpkg"], "expected labels as .tif, .png, .npz or .h5, or a folder/"),
        (["--what", "table", "--to", "x/"], "go into one file"),
        (["--what", "labels", "--lakes", "nobody", "--to", "x.tif"], "unknown lake 'nobody'"),
        (["--what", "verdicts", "--to", "x.csv", "--database", "sqlite:///none.db"], "no verdicts yet"),
        (["--what", "classes", "--model", "damaged", "--to", "x.npz"], "damaged"),
        (["--what", "labels", "--to", "no/such/x.npz", "--dataset", "none.h5"], "none.h5"),
    ],
)
def test_what_is_refused(export, words, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert line in export(*words).error
    assert list(tmp_path.iterdir()) == []


def test_lakes_without_a_place_have_no_map(cli, tmp_path):
    data = make_dataset(tmp_path / "d.h5", [(4, 5), (3, 3)])
    words = ["export", "--dataset", data.path, "--what", "labels"]
    assert "does not say where lake 'a0' lies" in cli(*words, "--to", f"{tmp_path}/maps/").error
    assert "does not say where lake 'a1' lies" in cli(*words, "--lakes", "a1", "--to", tmp_path / "a.tif").error
    assert cli(*words, "--to", f"{tmp_path}/seen/", "--as", "png").code == 0


def test_the_registry_is_what_the_command_line_takes():
    assert set(WHAT) == {each.key for each in EXPORTS} - {"model"}
    for each in EXPORTS:
        assert set(each.folder) <= set(each.endings)
        assert all(ending == ending.lower() and ending.startswith(".") for ending in each.endings)
        if each.verb == "export":
            assert ending_of(export_of(each.key), f"some{each.endings[0].upper()}", "") == (each.endings[0], False)


def test_the_document_names_everything_that_can_be_taken_away():
    text = (Path(__file__).resolve().parents[3] / "docs" / "exports.md").read_text(encoding="utf-8")
    for each in EXPORTS:
        assert all(f"`{ending}`" in text for ending in each.endings), each.key
    for key in WHAT:
        assert f"| `{key}` |" in text
