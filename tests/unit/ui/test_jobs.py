"""Background jobs of the server, run for real on a small lab."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from lakeseg.cache import PredictionCache
from lakeseg.data.dataset import open_dataset
from lakeseg.data.simulate import make_small
from lakeseg.review import keeping
from lakeseg.store import ModelStore
from lakeseg.ui import jobs
from lakeseg.ui.jobs import DemoJob, DeviceProbe, Warmer


def until(condition, seconds: float = 240.0) -> None:
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


@pytest.fixture
def here(lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the lab's data without a cache, where the processes look for theirs."""
    shutil.copytree(lab / "data", tmp_path / "data", ignore=shutil.ignore_patterns(".cache"))
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command of each process of a warmer, in order."""
    commands: list[list[str]] = []
    real = subprocess.Popen

    def start(command, **options):
        commands.append(command)
        return real(command, **options)

    monkeypatch.setattr(jobs.subprocess, "Popen", start)
    return commands


def test_regions_are_cut_before_all_lakes_are_predicted_and_again_when_asked(lab: Path, here: Path, started: list):
    dataset = open_dataset(here / "dataset1.h5")
    warmer = Warmer(lab / "models")
    warmer.ask(dataset, ModelStore(lab / "models").card("mndwi"))
    warmer.cut(dataset)
    warmer.cut(dataset)  # is under way
    assert warmer.is_cutting(dataset)
    until(lambda: warmer.is_at_regions(dataset))
    until(lambda: not warmer.busy)
    assert not warmer.is_cutting(dataset)
    assert warmer.problem == ""
    found = keeping.find(dataset.fingerprint)
    assert found is not None
    assert {judge.id for judge in keeping.load(found).judges} == {"logistic", "mndwi"}
    assert [command[3] for command in started][-2:] == ["review", "predict"]
    warmer.cut(dataset)
    assert warmer.is_cutting(dataset)
    until(lambda: not warmer.busy)


@pytest.mark.parametrize("begun", [True, False])
def test_a_part_that_somebody_waits_for_goes_before_all_lakes(lab: Path, here: Path, started: list, begun: bool):
    dataset, store = open_dataset(here / "dataset2.h5"), ModelStore(lab / "models")
    one, other = store.card("mndwi"), store.card("logistic")
    warmer = Warmer(lab / "models")
    warmer.ask(dataset, one)
    if begun:
        until(lambda: warmer._process is not None)
    warmer.ask(dataset, other, "test")  # the first is ended for it, or not begun, and goes on later
    until(lambda: not warmer.busy)
    assert warmer.problem == ""
    order = [command[command.index("--split") + 1] for command in started]
    assert order[-2:] == ["test", "all"]
    cache = PredictionCache(here / ".cache" / "predictions")
    assert (cache.scores(dataset.fingerprint, one.fingerprint, len(dataset.lakes)) >= 0).all()
    known = cache.scores(dataset.fingerprint, other.fingerprint, len(dataset.lakes))[:, 0, 0] >= 0
    assert sorted(dataset.lakes.id[known]) == sorted(other.split["test"])


def test_what_somebody_waits_for_does_not_give_way(lab: Path, here: Path, started: list):
    dataset, store = open_dataset(here / "dataset2.h5"), ModelStore(lab / "models")
    warmer = Warmer(lab / "models")
    warmer.ask(dataset, store.card("mndwi"), "test")
    warmer.ask(dataset, store.card("mndwi"))
    warmer.ask(dataset, store.card("logistic"), "test")
    until(lambda: not warmer.busy)
    assert [command[command.index("--split") + 1] for command in started] == ["test", "test", "all"]


def test_a_process_that_was_killed_is_told_of_and_not_begun_anew(lab: Path, here: Path, started: list):
    dataset, card = open_dataset(here / "dataset2.h5"), ModelStore(lab / "models").card("mndwi")
    for sign in (signal.SIGKILL, signal.SIGTERM):
        warmer = Warmer(lab / "models")
        warmer.ask(dataset, card)
        until(lambda warmer=warmer: warmer._process is not None)
        warmer._process.send_signal(sign)
        until(lambda warmer=warmer: not warmer.busy)
        assert warmer.problem == f"mndwi: the process was ended before it was done (code -{int(sign)})"
    assert len(started) == 2


def test_a_server_that_ends_begins_nothing_more(lab: Path, here: Path, started: list):
    dataset, store = open_dataset(here / "dataset2.h5"), ModelStore(lab / "models")
    warmer = Warmer(lab / "models")
    warmer.ask(dataset, store.card("mndwi"))
    warmer.ask(dataset, store.card("logistic"))
    until(lambda: warmer._process is not None)
    process = warmer._process
    warmer._close()
    until(lambda: process.poll() is not None and warmer._errand is None)
    time.sleep(0.2)
    assert len(started) == 1


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
