"""Writers are killed in the middle of their work: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
from sqlalchemy import URL

from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine

ROOT = Path(__file__).parents[3]
WRITER = Path(__file__).with_name("writer.py")
WRITERS = 4
PATIENCE_S = 60.0
FORKED = """
import os, sys
sys.path[:0] = [{root!r}, {folder!r}]
import writer
for order in sys.stdin:
    url, name, said = order.split()
    child = os.fork()
    if not child:
        os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 1)
        try:
            writer.keep_on(url, name)
        except BaseException as error:
            os.write(2, f"{{name}}: {{error}}\\n".encode())
            os._exit(1)
    print(child, flush=True)
"""


class Nursery:
    """Starts writers by forking one process that has imported everything, so that a writer costs milliseconds."""

    def __init__(self, folder: Path) -> None:
        code = FORKED.format(root=str(ROOT), folder=str(WRITER.parent))
        self.alive: list[int] = []
        self.errors = (folder / "errors.txt").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n{code}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
        )  # fmt: skip

    def start(self, url: URL, name: str, said: Path) -> None:
        self.process.stdin.write(f"{url.render_as_string(hide_password=False)} {name} {said}\n")
        self.process.stdin.flush()
        self.alive.append(int(self.process.stdout.readline()))

    def kill(self, place: int) -> None:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.kill(self.alive.pop(place), signal.SIGKILL)

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        while self.alive:
            self.kill(0)
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        self.errors.close()


def kill_writers(url: URL, folder: Path, kills: int, seed: int) -> dict[str, tuple[int, bool]]:
    """Keep four writers busy and kill one after the other at random moments; return what they acknowledged."""
    chance = np.random.default_rng(seed)
    said = folder / "said.txt"
    with Nursery(folder) as nursery:
        for number in range(WRITERS):
            nursery.start(url, f"w{number}", said)
        for number in range(kills):
            time.sleep(chance.uniform(0.0, 0.12))
            nursery.kill(int(chance.integers(WRITERS)))
            nursery.start(url, f"w{WRITERS + number}", said)
        wait_for(said, more_than=kills)
    assert (folder / "errors.txt").read_text() == ""
    return acknowledged(said)


def wait_for(said: Path, more_than: int) -> None:
    """Let writers go on until so many batches were acknowledged: how soon that is depends on the machine."""
    end = time.monotonic() + PATIENCE_S
    while not said.exists() or len(acknowledged(said)) <= more_than:
        assert time.monotonic() < end, "the writers do not get on"
        time.sleep(0.1)


def acknowledged(said: Path) -> dict[str, tuple[int, bool]]:
    """Return by batch how many verdicts were acknowledged, and whether their undo was."""
    found: dict[str, tuple[int, bool]] = {}
    for line in said.read_text().splitlines():
        batch, count, what = line.split()
        found[batch] = (int(count), what == "undone")
    return found


def check(url: URL, said: dict[str, tuple[int, bool]]) -> None:
    engine = open_engine(url)
    log = Log(engine)
    there = log.all("d")
    assert len({one.key for one in there}) == len(there)
    counts = Counter(one.batch for one in there)
    undone = {one.batch for one in there if one.undone_by}
    lost = {batch for batch, (count, _) in said.items() if counts[batch] != count}
    assert lost == set(), "acknowledged, and not there"
    assert {batch for batch, (_, back) in said.items() if back} <= undone
    for batch, count in counts.items():  # what was not acknowledged is there as a whole or not at all
        assert count == 1 + int(batch.split("-")[1]) % 2
    assert len(log.add([there[0]])) == 1  # a retry of what was kept
    assert len(log.all("d")) == len(there)
    engine.dispose()


def test_a_hundred_kills_lose_nothing_on_sqlite(tmp_path):
    path = tmp_path / "review.db"
    url = open_engine(f"sqlite:///{path}").url
    said = kill_writers(url, tmp_path, kills=100, seed=1)
    check(url, said)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_a_hundred_kills_lose_nothing_on_postgresql(postgres, tmp_path):
    url = postgres.new_database()
    said = kill_writers(url, tmp_path, kills=100, seed=2)
    check(url, said)


def test_a_crash_of_postgresql_under_load_loses_nothing(postgres, tmp_path):
    url = postgres.new_database()
    said = tmp_path / "said.txt"
    with Nursery(tmp_path) as nursery:
        for number in range(WRITERS):
            nursery.start(url, f"w{number}", said)
        wait_for(said, more_than=WRITERS)
        postgres.stop("immediate")  # the writers end by their own error
        postgres.start()
    check(url, acknowledged(said))
