from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from filelock import FileLock

from lakeseg.data.splits import default_split
from lakeseg.errors import ConfigError
from lakeseg.study import runner
from lakeseg.study.experiments import Experiment, Programme
from lakeseg.study.runner import Outcome, plan, run_all
from lakeseg.study.runs import folder_of, read

LOGISTIC, NAIVE = (Experiment(name, name, ("fair",)) for name in ("logistic", "naive"))
TOO_LARGE = Experiment("large", "fcn-paper-64", ("fair",), settings={"patch": 4000, "epochs": 1}, seeds=1)


def silent(_share, _text):
    pass


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Results and what interrupted trainings leave go to a folder of the test."""
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path / "data"))
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))  # AppTest leaves the dashboard's script there


def test_runs_are_done_once_and_what_cannot_be_is_said(small_dataset, tmp_path):
    programme = Programme((LOGISTIC, replace(NAIVE, seeds=1), TOO_LARGE), seeds=2)
    errands, outcome = plan(small_dataset, programme, default_split(small_dataset.lakes), tmp_path)
    assert [errand.name for errand in errands] == [
        "logistic seed 0", "naive seed 0", "large seed 0", "logistic seed 1",
    ]  # fmt: skip
    told = []
    run_all(errands, outcome, 2, lambda share, text: told.append((share, text)))
    assert sorted(outcome.done) == ["logistic seed 0", "logistic seed 1", "naive seed 0"]
    assert list(outcome.left_out) == ["large seed 0"]
    assert "patch 4000 is larger than every lake" in outcome.left_out["large seed 0"]
    assert outcome.failed == {}
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert told[-1][0] == 1
    assert told[-1][1].startswith("4 of 4 runs")
    files = sorted(folder_of(small_dataset.fingerprint, tmp_path).glob("*.json"))
    assert len(files) == 3
    assert json.loads(files[0].read_text())["machine"]["cores"] == max(1, (os.cpu_count() or 1) // 2)
    stamps = [file.stat().st_mtime_ns for file in files]

    errands, outcome = plan(small_dataset, programme, default_split(small_dataset.lakes), tmp_path)
    assert sorted(outcome.before) == ["logistic seed 0", "logistic seed 1", "naive seed 0"]
    assert {errand.experiment.name for errand in errands} == {"large"}
    assert [file.stat().st_mtime_ns for file in files] == stamps


def test_a_damaged_file_is_made_anew(small_dataset, tmp_path):
    errands, _ = plan(small_dataset, Programme((NAIVE,), seeds=1), default_split(small_dataset.lakes), tmp_path)
    path = errands[0].path(small_dataset)
    path.parent.mkdir(parents=True)
    path.write_text("{")
    errands, outcome = plan(small_dataset, Programme((NAIVE,), seeds=1), default_split(small_dataset.lakes), tmp_path)
    assert runner._do(errands[0], silent) == (runner.DONE, "")
    assert outcome.before == []
    assert plan(small_dataset, Programme((NAIVE,), seeds=1), default_split(small_dataset.lakes), tmp_path)[0] == []


def test_bands_that_are_missing_leave_an_experiment_out(tmp_path, small_dataset, monkeypatch):
    row = Experiment("logistic", "logistic", ("fair",), settings={"bands": [8]})
    errands, outcome = plan(small_dataset, Programme((row,), seeds=1), default_split(small_dataset.lakes), tmp_path)
    assert errands == []
    assert list(outcome.left_out) == ["logistic seed 0"]


def test_two_processes_do_not_do_one_run_twice(small_dataset, tmp_path):
    (errand,), _ = plan(small_dataset, Programme((NAIVE,), seeds=1), default_split(small_dataset.lakes), tmp_path)
    errand.resume_dir.mkdir(parents=True)
    with FileLock(errand.resume_dir / f"{errand.order(small_dataset).key}.lock"):
        assert runner._do(errand, silent) == (runner.ELSEWHERE, "another process is at it")
    assert runner._do(errand, silent) == (runner.DONE, "")


def test_a_fault_of_one_run_is_told_and_spares_the_others(small_dataset, tmp_path, monkeypatch):
    (errand,), _ = plan(small_dataset, Programme((NAIVE,), seeds=1), default_split(small_dataset.lakes), tmp_path)
    monkeypatch.setattr(runner, "perform", lambda _order, _progress: 1 / 0)
    state, text = runner._do(errand, silent)
    assert state == runner.FAILED
    assert "ZeroDivisionError" in text


def test_a_killed_worker_loses_its_run_alone(small_dataset, tmp_path):
    slow = Experiment("slow", "fcn-paper-8", ("fair",), settings={"epochs": 500})
    errands, outcome = plan(
        small_dataset, Programme((slow, NAIVE), seeds=1), default_split(small_dataset.lakes), tmp_path
    )
    team = runner._Team(errands, 1, outcome, silent)
    killed = []

    def watch(share, text):
        if not killed and "epoch" in text:
            killed.append(team.workers[0].process.pid)
            os.kill(killed[0], signal.SIGKILL)

    team.progress = watch
    team.work()
    assert list(outcome.failed) == ["slow seed 0"]
    assert "ended with code -9" in outcome.failed["slow seed 0"]
    assert outcome.done == ["naive seed 0"]


def test_an_interrupted_training_goes_on_where_it_stood(small_dataset, tmp_path, monkeypatch):
    row = Experiment("net", "fcn-paper-8", ("fair",), settings={"epochs": 3})

    def stop_after_two(share, text):
        if "epoch 3/3" in text:
            raise KeyboardInterrupt

    (errand,), _ = plan(
        small_dataset, Programme((row,), seeds=1), default_split(small_dataset.lakes), tmp_path, resume=True
    )
    monkeypatch.setattr(runner, "_sparse", lambda progress: progress)
    with pytest.raises(KeyboardInterrupt):
        runner._do(errand, stop_after_two)
    assert list(errand.resume_dir.glob("training-*.npz"))
    seen = []
    assert runner._do(errand, lambda _share, text: seen.append(text))[0] == runner.DONE
    assert not any("epoch 1/3" in text for text in seen)
    assert list(errand.resume_dir.glob("training-*.npz")) == []
    assert len(read(errand.path(small_dataset)).history["loss"]) == 3


def test_the_workers_end_with_their_parent(small_dataset, tmp_path):
    slow = Experiment("slow", "fcn-paper-8", ("fair",), settings={"epochs": 500})
    errands, _ = plan(small_dataset, Programme((slow,), seeds=1), default_split(small_dataset.lakes), tmp_path)

    def interrupt(_share, _text):
        raise KeyboardInterrupt

    team = runner._Team(errands, 1, Outcome(), interrupt)
    with pytest.raises(KeyboardInterrupt):
        team.work()
    process = team.workers[0].process
    process.join(10)
    assert not process.is_alive()


_PARENT = """
import sys
from pathlib import Path
from lakeseg.data.dataset import open_dataset
from lakeseg.data.splits import default_split
from lakeseg.study import runner
from lakeseg.study.experiments import Experiment, Programme

if __name__ == "__main__":
    dataset = open_dataset(Path(sys.argv[1]))
    slow = Experiment("slow", "fcn-paper-8", ("fair",), settings={"epochs": 5000})
    split = default_split(dataset.lakes)
    errands, outcome = runner.plan(dataset, Programme((slow,), seeds=1), split, Path(sys.argv[2]))
    team = runner._Team(errands, 1, outcome, lambda share, text: print(team.workers[0].process.pid, flush=True))
    team.work()
"""


def test_the_workers_end_with_a_parent_that_was_killed(small_dataset, tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    words = [sys.executable, str(script), str(small_dataset.path), str(tmp_path)]
    places = os.environ | {"PYTHONPATH": str(Path(runner.__file__).parents[2])}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=places) as parent:
        worker = int(parent.stdout.readline())
        parent.kill()
    ends = time.monotonic() + 20
    while Path(f"/proc/{worker}").exists() and time.monotonic() < ends:
        time.sleep(0.1)
    assert not Path(f"/proc/{worker}").exists()


def test_jobs_are_checked():
    with pytest.raises(ConfigError, match="jobs 0"):
        run_all([], Outcome(), 0, silent)
    assert 1 <= runner.default_jobs() <= 4
