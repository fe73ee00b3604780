"""Commands that somebody started from a page: run for real."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from lakeseg.data.dataset import open_dataset
from lakeseg.ui.tasks import Task, Tasks


def until(condition, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def chips(path: Path, lakes: int = 4, side: int = 12) -> Path:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 9000, (lakes, side, side, 7)).astype(np.int16)
    np.savez(path, X=pixels, y=rng.integers(1, 3, (lakes, side, side)).astype(np.uint8))
    return path


def importing(source: Path, out: Path, *words: str) -> Task:
    return Task("import", out.stem, ("import", str(source), f"--out={out}", *words), out, source.parent / "rubbish")


def test_a_task_makes_what_it_is_for(tmp_path):
    tasks, out = Tasks(), tmp_path / "lakes.h5"
    (tmp_path / "rubbish").mkdir()
    task = importing(chips(tmp_path / "chips.npz"), out, "--water=codes")
    tasks.start(task)
    tasks.start(importing(tmp_path / "chips.npz", out))  # the same file: one is under way
    assert tasks.of("import") == [task]
    until(lambda: task.done)
    assert task.succeeded, task.problem
    assert task.share == 1.0
    assert any("each lake is its own group" in note for note in task.notes)
    assert len(open_dataset(out).lakes) == 4
    assert not (tmp_path / "rubbish").exists()
    tasks.drop(task)
    assert tasks.of("import") == []


def test_a_failure_is_one_line(tmp_path):
    source, out = tmp_path / "broken.npz", tmp_path / "lakes.h5"
    source.write_bytes(b"PK\x03\x04 and no more")
    task = importing(source, out)
    task.start()
    until(lambda: task.done)
    assert not task.succeeded
    assert task.problem.startswith(str(source))
    assert "\n" not in task.problem
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.npz"]


def test_stopping_leaves_nothing_half(tmp_path):
    source, out = chips(tmp_path / "chips.npz", lakes=3000, side=32), tmp_path / "lakes.h5"
    task = importing(source, out, "--water=codes")
    task.start()
    until(lambda: task.share > 0)
    task.stop()
    until(lambda: task.done)
    assert task.stopped
    assert not task.succeeded
    assert task.problem == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chips.npz"]


def test_a_request_to_stop_that_comes_too_late_is_not_said_to_have_stopped_it(tmp_path, monkeypatch):
    source, out = chips(tmp_path / "chips.npz", lakes=4, side=32), tmp_path / "lakes.h5"
    task = importing(source, out, "--water=codes")
    task.start()
    until(lambda: task._process is not None)
    monkeypatch.setattr("lakeseg.ui.tasks.PATIENCE_S", 60.0)
    monkeypatch.setattr("lakeseg.ui.tasks.signal.SIGINT", 0)  # as if it arrived after the last line
    task.stop()
    until(lambda: task.done)
    assert task.succeeded
    assert len(open_dataset(out).lakes) == 4


def test_a_folder_that_was_not_finished_goes_as_well(tmp_path):
    out = tmp_path / "maps"
    out.mkdir()
    (out / "one.tif").write_bytes(b"x")
    task = Task("export", "maps", ("export", "--what=nonsense"), out)
    task.start()
    until(lambda: task.done)
    assert task.problem
    assert not out.exists()


def test_what_is_stopped_before_it_starts_never_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("started"))
    task = Task("import", "x", ("import",), tmp_path / "x.h5")
    task.stop()
    task.start()
    until(lambda: task.done)
    assert task.stopped
    assert task.problem == ""
