from __future__ import annotations

import numpy as np
import pytest

from lakeseg.errors import ConfigError
from lakeseg.study import runs
from lakeseg.study.runs import Run, Runs, folder_of, key_of, path_of, read, save

PRINT = "ab" * 32


def a_run(name="fcn", seed=0, key="k", counts=((1, 1, 0, 8), (2, 0, 1, 7)), **changes):
    values = {
        "name": name,
        "title": name.upper(),
        "seed": seed,
        "key": key,
        "config": {"kind": "fcn"},
        "dataset": {"name": "Small", "fingerprint": PRINT, "simulated": True},
        "split": {"rule": "by hand"},
        "parameters": 7,
        "training_pixels": 100,
        "history": {"loss": [1.0], "seconds": [2.0, 3.0]},
        "seconds_per_epoch": 2.5,
        "machine": {"device": "CPU"},
        "threshold": 0.5,
        "validation": {"f1": None},
        "lakes": [f"lake{n}" for n in range(len(counts))],
        "groups": [f"ground{n}" for n in range(len(counts))],
        "scores": {"fair": [list(row) for row in counts]},
    }
    return Run(**(values | changes))


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Folders of shipped and of local results."""
    monkeypatch.setattr(runs, "SHIPPED", tmp_path / "shipped")
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path / "data"))
    return tmp_path / "shipped", tmp_path / "data" / ".cache" / "results"


def test_a_run_comes_back_as_it_was_saved(tmp_path):
    run = a_run(scores={"fair": np.array([[1, 2, 3, 4], [5, 6, 7, 8]])}, validation={"f1": np.nan})
    path = save(run, tmp_path)
    assert path.name == "fcn-s0-k.json"
    back = read(path)
    assert back.counts("fair").tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert back.validation == {"f1": None}
    assert back.seconds == 5.0
    assert [each.name for each in tmp_path.iterdir()] == [path.name], "nothing else is left"
    assert len(path.read_text().splitlines()) < 25, "thousands of counts are no thousands of lines"


def test_a_run_replaces_the_one_with_other_settings(tmp_path):
    save(a_run(key="old"), tmp_path)
    other = save(a_run(seed=1, key="old"), tmp_path)
    new = save(a_run(key="new"), tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([other, new])


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": "fcn"}', "\x00"])
def test_what_cannot_be_read_counts_as_none(tmp_path, content):
    path = tmp_path / "fcn-s0-k.json"
    path.write_text(content)
    assert read(path) is None
    assert read(tmp_path / "missing.json") is None


def test_scores_of_other_lakes_than_named_count_as_none(tmp_path):
    path = save(a_run(lakes=["only one"]), tmp_path)
    assert read(path) is None


def test_this_machines_runs_come_before_shipped_ones(folders):
    shipped, local = folders
    for seed in (1, 0):
        save(a_run(seed=seed, title="shipped"), folder_of(PRINT, shipped))
    save(a_run(seed=0, title="mine", key="other"), folder_of(PRINT, local))
    save(a_run("unet", dataset={"fingerprint": "of something else"}), folder_of(PRINT, local))
    found = Runs.of(PRINT)
    assert found.names == ("fcn",)
    assert found.dataset["name"] == "Small"
    assert [(run.seed, run.title) for run in found.series("fcn").runs] == [(0, "mine"), (1, "shipped")]
    assert found.series("unet") is None
    assert len(Runs.of("cd" * 32)) == 0
    assert Runs.of("cd" * 32).dataset == {}


def test_a_series_knows_its_mean_and_its_lead():
    better = [a_run(seed=seed, counts=((2, 0, 0, 8), (2, 0, 1, 7))) for seed in (0, 1)]
    worse = Runs([a_run("other", seed=seed) for seed in (0, 1)]).series("other")
    series = Runs(better).series("fcn")
    assert (len(series), series.name, series.title, series.parameters) == (2, "fcn", "FCN", 7)
    assert series.has("fair")
    assert not series.has("study")
    assert series.summary("fair").mean == pytest.approx(8 / 9)  # 4 tp, 0 fn, 1 fp
    assert worse.summary("fair").mean == pytest.approx(6 / 8)  # 3 tp, 1 fn, 1 fp
    assert series.difference(worse, "fair").value == pytest.approx(8 / 9 - 6 / 8)
    with pytest.raises(ConfigError, match="no scores on 'study' terms: expected fair"):
        series.summary("study")


def test_series_of_other_lakes_are_not_compared():
    one, other = (Runs([a_run(lakes=names)]).series("fcn") for names in (["a", "b"], ["a", "c"]))
    with pytest.raises(ConfigError, match="tested on other lakes"):
        one.difference(other, "fair")


def test_single_pixels_have_no_lakes():
    series = Runs([a_run(counts=((5, 1, 1, 9),), lakes=[], groups=[])]).series("fcn")
    assert series.summary("fair").mean == pytest.approx(10 / 12)


def test_the_key_is_that_of_the_content_not_of_its_order(tmp_path):
    assert key_of({"a": 1, "b": (2,)}) == key_of({"b": [2], "a": 1}) != key_of({"a": 1, "b": [3]})
    assert path_of(tmp_path, "fcn", 3, "k") == tmp_path / "fcn-s3-k.json"
