"""What a server had begun when it was killed: said once by the next, and nothing of it stays."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from lakeseg.ui.begun import Begun, left
from lakeseg.ui.tasks import Task, Tasks

LISTS = Path(".cache") / "tasks"
SERVER = """
import sys, time
from pathlib import Path
from lakeseg.ui.tasks import Task, Tasks
source, out = map(Path, sys.argv[1:])
task = Task("import", "lakes", ("import", str(source), f"--out={out}"), out)
Tasks(out.parent).start(task)
while not task.share:
    time.sleep(0.02)
print(task._process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def server(tmp_path):
    """Another server that converts `lakes.npz`; its first line is the number of the process that does it."""
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 9000, (4000, 32, 32, 7)).astype(np.int16)
    np.savez(tmp_path / "lakes.npz", X=pixels, y=rng.integers(1, 4, (4000, 32, 32)).astype(np.uint8))
    words = [sys.executable, "-c", SERVER, str(tmp_path / "lakes.npz"), str(tmp_path / "lakes.h5")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_killed_server_is_spoken_for_once_and_a_living_one_not_at_all(tmp_path, server):
    pid = int(server.stdout.readline())
    assert len(list(tmp_path.glob(".lakes.h5.*.part"))) == 1
    assert Tasks(tmp_path).of("import") == []
    assert len(list(tmp_path.glob(".lakes.h5.*.part"))) == 1
    server.kill()
    server.wait()
    deadline = time.monotonic() + 60
    while is_running(pid):  # nobody listens any more, so it ends
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (tmp_path / ".lakes.h5.0a1b2c3d.part").write_bytes(b"half")  # where it was killed as well
    (task,) = Tasks(tmp_path).of("import")
    assert (task.name, task.out, task.done, task.succeeded) == ("lakes", tmp_path / "lakes.h5", True, False)
    assert task.problem == "the server ended before it was done: nothing was kept, start it again"
    assert Tasks(tmp_path).of("import") == []
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["lakes.npz"]
    assert list((tmp_path / LISTS).iterdir()) == []


def test_what_an_orderly_end_cuts_off_is_said_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr(Task, "start", lambda _: None)
    tasks = Tasks(tmp_path)
    tasks.start(Task("import", "lakes", (), tmp_path / "lakes.h5"))
    tasks.close()
    tasks.of("import")[0].ended()  # its thread may come to its end while the server does
    tasks._begun._file.close()  # as the system does
    assert [task.name for task in Tasks(tmp_path).of("import")] == ["lakes"]


def test_what_another_folder_holds_is_left_alone(tmp_path):
    """The data folder was copied while its server ran."""
    home, other = tmp_path / "copy", tmp_path / "data"
    (home / LISTS).mkdir(parents=True)
    other.mkdir()
    half = other / ".lakes.h5.0a1b2c3d.part"
    half.write_bytes(b"half")
    entry = {"kind": "import", "name": "lakes", "out": str(other / "lakes.h5")}
    (home / LISTS / "a.json").write_text(json.dumps([entry]))
    assert Tasks(home).of("import") == []
    assert half.exists()


@pytest.mark.parametrize(
    "text", ["", '[{"kind": "imp', "{}", "[1, null]", '[{"kind": "import", "name": 3, "out": "x"}]']
)
def test_a_torn_list_says_nothing_and_goes(tmp_path, text):
    (tmp_path / "torn.json").write_text(text)
    assert left(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_the_list_holds_what_runs_and_goes_with_an_orderly_end(tmp_path):
    begun = Begun(tmp_path)
    begun.keep([{"kind": "import", "name": "a long name", "out": "a"}])
    begun.keep([{"kind": "import", "name": "b", "out": "b"}])
    (file,) = tmp_path.iterdir()
    assert json.loads(file.read_text()) == [{"kind": "import", "name": "b", "out": "b"}]
    begun.close()
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_tasks_run_all_the_same(tmp_path, monkeypatch):
    (tmp_path / ".cache").write_text("a file in the way")
    ended = threading.Event()
    monkeypatch.setattr(Task, "_watch", lambda _: ended.set())
    assert Tasks(tmp_path).start(Task("import", "x", (), tmp_path / "x.h5"))
    assert ended.wait(30)


def test_of_two_that_make_the_same_the_second_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Task, "start", lambda _: None)
    tasks, out = Tasks(), tmp_path / "x.h5"
    assert not tasks.makes(out)
    assert tasks.start(Task("import", "x", (), out))
    assert tasks.makes(out)
    assert not tasks.start(Task("import", "y", (), out))
    assert [task.name for task in tasks.of("import")] == ["x"]
