"""`export`: every thing in every kind of file, and what is refused, in one line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from PIL import Image

from lakeseg.data.dataset import open_dataset
from lakeseg.data.write import write_dataset
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


def test_outlines_and_table_of_settled_labels(export, reviewed, data, tmp_path):
    settled = [*reviewed[2:], "--settled"]
    given, table = tmp_path / "given.csv", tmp_path / "t.csv"
    assert export("--what", "table", "--model", "logistic", "--to", given).code == 0
    assert export("--what", "table", "--model", "logistic", *settled, "--to", table).code == 0
    before, after = pd.read_csv(given), pd.read_csv(table)
    assert (before.labels.unique().tolist(), after.labels.unique().tolist()) == (["as given"], ["settled"])
    moved = [min(10, int((lake.labels == 3).sum())) for lake in data.iter_lakes()]  # Ann calls so many open ones water
    assert sum(moved) > 0
    assert (after.label_water_px - before.label_water_px).tolist() == moved
    assert (before.label_unclassified_px - after.label_unclassified_px).tolist() == moved
    assert (after.scored_px - before.scored_px).tolist() == moved  # what is settled enters the scores
    pd.testing.assert_series_equal(after.water_px, before.water_px)  # the model says what it said
    assert export("--what", "table", *settled, "--to", tmp_path / "alone.csv").code == 0
    assert pd.read_csv(tmp_path / "alone.csv").label_water_px.tolist() == after.label_water_px.tolist()
    assert export("--what", "outlines", *settled, "--to", tmp_path / "o.gpkg").code == 0
    meta, _, _, columns = pyogrio.raw.read(tmp_path / "o.gpkg")
    rows = pd.DataFrame(dict(zip(meta["fields"], columns, strict=True)))
    assert rows.pixels.sum() == after.label_water_px.sum()
    assert rows.source.unique().tolist() == ["Labels that reviewers settled on"]


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_a_lake_that_is_named_twice_is_written_once(export, data, tmp_path, suffix):
    twice = ",".join([data.lake_ids[0]] * 2)
    path = tmp_path / f"l{suffix}"
    assert export("--what", "labels", "--lakes", twice, "--to", path, "--json").data["lakes"] == 1


@pytest.mark.parametrize("words", [["export", "--what", "labels"], ["predict", "--model", "logistic"]])
def test_no_dataset_is_written_over(cli, lab, tmp_path, words):
    precious = make_dataset(tmp_path / "mine.h5", [(4, 5), (3, 3)]).path
    before = precious.read_bytes()
    option = "--to" if words[0] == "export" else "--out"
    common = ["--dataset", lab / "data" / "dataset1.h5", "--cache", tmp_path / "cache"]
    models = ["--models", lab / "models"]
    ran = cli(*words, *common, *models, option, precious)
    assert "mine.h5: is a dataset, which would be lost" in ran.error
    assert precious.read_bytes() == before


def test_arrays_say_nothing_where_a_band_is_missing(cli, lab, tmp_path):
    data = make_dataset(tmp_path / "d.h5", [(4, 5)])
    lake = data.lake("a0")
    image = lake.image.copy()
    image[1, 2, 0] = data.fill
    holed = write_dataset(tmp_path / "holed.h5", data.header, [replace(lake, image=image)])
    common = ["--dataset", holed.path, "--models", lab / "models", "--cache", tmp_path / "cache"]
    words = ["--what", "probabilities", "--model", "logistic", "--to", tmp_path / "p.npz"]
    assert cli("export", *common, *words).code == 0
    with np.load(tmp_path / "p.npz") as file:
        codes, likely = file["a0/classes"], file["a0/probabilities"]
    expected = np.zeros((4, 5), bool)
    expected[1, 2] = True
    np.testing.assert_array_equal(codes == 0, expected)
    np.testing.assert_array_equal(np.isnan(likely).all(axis=-1), expected)


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
        (["--what", "table", "--to", "x/"], "--what table makes one file"),
        (["--what", "labels", "--to", ""], "--to: expected the name of a file"),
        (["--what", "labels", "--to", "x.npz", "--lakes", " ,"], "--lakes: expected names"),
        (["--what", "labels", "--to", "x.tif", "--as", "png"], "--as png is for a folder/"),
        (["--what", "labels", "--lakes", "nobody", "--to", "x.tif"], "unknown lake 'nobody'"),
        (["--what", "verdicts", "--to", "x.csv", "--database", "sqlite:///none.db"], "no verdicts yet"),
        (["--what", "classes", "--model", "damaged", "--to", "x.npz"], "damaged"),
        (["--what", "labels", "--settled", "--to", "x.npz"], "leave it away for --what labels"),
        (["--what", "outlines", "--settled", "--model", "logistic", "--to", "x.gpkg"], "leave one away"),
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
