from __future__ import annotations

import pytest

from lakeseg.data import simulate
from lakeseg.data.simulate import demo
from lakeseg.data.simulate.plan import ScenePlan
from lakeseg.errors import DatasetError


@pytest.fixture
def quick(monkeypatch):
    """The demo with three lakes a dataset."""
    scenes = [ScenePlan(name, 20, 24, 0.2) for name in ("arid", "temperate", "tropical")]
    monkeypatch.setattr(demo, "plan_dataset1", lambda *_: scenes)
    monkeypatch.setattr(demo, "plan_dataset2", lambda *_: scenes)


def test_demo_makes_both_and_describes_them(cli, quick, tmp_path):
    data = cli("demo", "--out", tmp_path, "--seed", 3, "--json").data
    assert data["seed"] == 3
    assert [one["path"] for one in data["datasets"]] == [str(tmp_path / f"dataset{n}.h5") for n in (1, 2)]
    assert all(one["lakes"] == 3 and one["simulated"] and one["pixels"] > 0 for one in data["datasets"])
    assert cli("demo", "--out", tmp_path).code == 0, "simulated data may be made again"


def test_demo_never_replaces_what_somebody_may_want(cli, quick, tmp_path):
    (tmp_path / "dataset2.h5").write_text("mine")
    assert "not simulated" in cli("demo", "--out", tmp_path).error
    assert (tmp_path / "dataset2.h5").read_text() == "mine"
    assert cli("demo", "--out", tmp_path, "--force").code == 0


def test_a_full_disk_is_one_line(cli, monkeypatch, tmp_path):
    def full(out, seed, progress, force):
        raise DatasetError(f"{out}: the disk is full: free some space and try again; nothing was changed")

    monkeypatch.setattr(simulate, "make_demo", full)
    assert "the disk is full" in cli("demo", "--out", tmp_path).error
