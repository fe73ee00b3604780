"""Background jobs of the server, run for real on a small lab."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from lakeseg.cache import PredictionCache
from lakeseg.data.dataset import open_dataset
from lakeseg.data.simulate import make_small
from lakeseg.store import ModelStore
from lakeseg.ui import jobs
from lakeseg.ui.jobs import DemoJob, DeviceProbe, Warmer


def until(condition, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_the_warmer_predicts_every_lake_and_is_asked_once(lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(lab / "data", tmp_path / "data", ignore=shutil.ignore_patterns(".cache"))
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path / "data"))
    dataset, card = open_dataset(tmp_path / "data" / "dataset2.h5"), ModelStore(lab / "models").card("mndwi")
    warmer = Warmer(lab / "models")
    assert not warmer.busy
    warmer.ask(dataset, card)
    warmer.ask(dataset, card)
    assert warmer.busy
    until(lambda: not warmer.busy)
    assert warmer.problem == ""
    cache = PredictionCache(tmp_path / "data" / ".cache" / "predictions")
    scores = cache.scores(dataset.fingerprint, card.fingerprint, len(dataset.lakes))
    assert (scores.sum(axis=(1, 2)) == dataset.class_counts()[:, 1:].sum(axis=1)).all()
    assert cache.missing(dataset.fingerprint, card.fingerprint, dataset.lake_ids) == []


def test_a_part_that_somebody_waits_for_goes_before_all_lakes(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copytree(lab / "data", tmp_path / "data", ignore=shutil.ignore_patterns(".cache"))
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path / "data"))
    dataset, store = open_dataset(tmp_path / "data" / "dataset2.h5"), ModelStore(lab / "models")
    one, other = store.card("mndwi"), store.card("logistic")
    warmer = Warmer(lab / "models")
    warmer.ask(dataset, one)
    until(lambda: warmer._process is not None)
    warmer.ask(dataset, other, "test")  # the first is ended for it and goes on later
    cache = PredictionCache(tmp_path / "data" / ".cache" / "predictions")
    until(lambda: not warmer.busy)
    assert warmer.problem == ""
    assert (cache.scores(dataset.fingerprint, one.fingerprint, len(dataset.lakes)) >= 0).all()
    known = cache.scores(dataset.fingerprint, other.fingerprint, len(dataset.lakes))[:, 0, 0] >= 0
    assert sorted(dataset.lakes.id[known]) == sorted(other.split["test"])


def test_the_warmer_says_what_failed_and_goes_on(lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(lab / "models", tmp_path / "models")
    shutil.copytree(lab / "data", tmp_path / "data", ignore=shutil.ignore_patterns(".cache"))
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path / "data"))
    dataset, store = open_dataset(tmp_path / "data" / "dataset2.h5"), ModelStore(tmp_path / "models")
    card = store.card("logistic")
    (tmp_path / "models" / "logistic" / card.weights["file"]).write_bytes(b"torn")
    warmer = Warmer(tmp_path / "models")
    warmer.ask(dataset, card)
    until(lambda: not warmer.busy)
    assert "SHA-256" in warmer.problem
    warmer.ask(dataset, store.card("mndwi"))
    until(lambda: not warmer.busy)
    assert warmer.problem == ""


def test_a_demo_job_reports_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def small(folder, progress):
        progress(0.5, "half")
        make_small(Path(folder) / "dataset1.h5", lakes=2)

    monkeypatch.setattr(jobs, "make_demo", small)
    job = DemoJob(tmp_path)
    until(lambda: job.done)
    assert (job.share, job.text, job.error) == (0.5, "half", None)


def test_a_demo_job_that_fails_says_why_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(folder, progress):
        raise MemoryError

    monkeypatch.setattr(jobs, "make_demo", broken)
    job = DemoJob(tmp_path)
    until(lambda: job.done)
    assert "MemoryError" in str(job.error)


def test_a_demo_job_never_overwrites_what_is_somebodys(tmp_path: Path):
    mine = tmp_path / "dataset1.h5"
    mine.write_bytes(b"my only copy")
    job = DemoJob(tmp_path)
    until(lambda: job.done)
    assert str(mine) in str(job.error)
    assert mine.read_bytes() == b"my only copy"
    assert not (tmp_path / "dataset2.h5").exists()


def test_without_a_driver_the_device_is_known_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "DRIVERS", (tmp_path / "none",))
    assert DeviceProbe().device == "CPU"


def test_with_a_driver_the_backend_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "DRIVERS", (tmp_path,))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    probe = DeviceProbe()
    assert probe.device is None
    until(lambda: probe.device is not None, 120)
    assert probe.device == "CPU"


def test_a_part_of_the_study_can_be_asked_for_again(lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(lab / "data", tmp_path / "data", ignore=shutil.ignore_patterns(".cache"))
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path / "data"))
    dataset = open_dataset(tmp_path / "data" / "dataset2.h5")
    warmer = Warmer(lab / "models")
    for _ in range(2):
        warmer.measure(dataset, "no such part")
        assert warmer.is_measuring(dataset, "no such part")
        until(lambda: not warmer.busy)
        assert not warmer.is_measuring(dataset, "no such part")
        assert "unknown part of the study" in warmer.problem
        warmer.problem = ""
