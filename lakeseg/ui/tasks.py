"""Commands of ours that somebody started from a page and watches: each in a process of its own. No Streamlit here."""

from __future__ import annotations

import atexit
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from lakeseg.ui.begun import Begun, left

logger = logging.getLogger(__name__)

NICENESS: Final = 10
PATIENCE_S: Final = 5.0  # between the request to stop and the order
_NOTE: Final = "lakeseg: note: "
_ERROR: Final = "lakeseg: error: "
_LISTS: Final = Path(".cache") / "tasks"
_CUT_OFF: Final = "the server ended before it was done: nothing was kept, start it again"


def _nothing() -> None:
    """Do nothing."""


@dataclass(eq=False)
class Task:
    """One command, `words` after `-m lakeseg`.

    Attributes:
        kind: What it is for, so that a page finds its own.
        name: What a person reads.
        out: The file or folder that it makes.
        rubbish: A folder that is removed when it ends.
        tells: Whether the command says how far it is (`--progress json`).
        share: How much is done, 0 to 1.
        text: What is being done.
        notes: What its user should know, a line each.
        problem: Why it failed, in one line; empty if it did not, or was stopped by `stop`.
        done: Whether it has ended.
        stopped: Whether somebody asked it to stop.
        ended: Called once it has ended.
    """

    kind: str
    name: str
    words: tuple[str, ...]
    out: Path
    rubbish: Path | None = None
    tells: bool = True
    share: float = 0.0
    text: str = ""
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    done: bool = False
    stopped: bool = False
    ended: Callable[[], None] = _nothing
    _process: subprocess.Popen[str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def succeeded(self) -> bool:
        """Whether it has ended and made what it was to make."""
        return self.done and not self.problem and not self.stopped

    def start(self) -> None:
        """Start it; returns at once."""
        threading.Thread(target=self._run, name=f"lakeseg-{self.kind}", daemon=True).start()

    def stop(self) -> None:
        """Ask it to stop, as Ctrl-C does, so that it tidies up; a little later it is killed. Returns at once."""
        with self._lock:
            self.stopped = True
            process = self._process
        if process is not None and process.poll() is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)
            killer = threading.Timer(PATIENCE_S, process.kill)
            killer.daemon = True
            killer.start()

    def _run(self) -> None:
        try:
            self._watch()
        except Exception as error:  # whatever it is, the page must say so
            logger.exception("%s could not run", self.name)
            self.problem = f"{self.name}: could not be run ({type(error).__name__}): see the log of the server"
        finally:
            if self.rubbish is not None:
                shutil.rmtree(self.rubbish, ignore_errors=True)
            self.done = True
            self.ended()

    def _watch(self) -> None:
        with tempfile.TemporaryFile("w+") as errors:
            process = self._begin(errors)
            if process is None:
                return
            with process:
                with suppress(ProcessLookupError):
                    os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
                for line in process.stdout or ():
                    self._read(line)
            errors.seek(0)
            self._end(process.returncode, errors.read().splitlines())

    def _begin(self, errors: IO[str]) -> subprocess.Popen[str] | None:
        """Start the process; None where somebody stopped it before."""
        command = [sys.executable, "-m", "lakeseg", *self.words, *(("--progress", "json") if self.tells else ())]
        with self._lock:
            if self.stopped:
                return None
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module, no shell
                command, stdout=subprocess.PIPE, stderr=errors, text=True, stdin=subprocess.DEVNULL
            )
            return self._process

    def _read(self, line: str) -> None:
        try:
            report = json.loads(line)
            self.share, self.text = float(report["done"]) / float(report["total"]), str(report["text"])
        except (ValueError, KeyError, TypeError, ZeroDivisionError):
            logger.debug("%s says: %s", self.name, line.strip())

    def _end(self, code: int, said: Sequence[str]) -> None:
        self.notes = [line.removeprefix(_NOTE) for line in said if line.startswith(_NOTE)]
        if code and not self.stopped:
            lines = [line.removeprefix(_ERROR) for line in said if line.startswith(_ERROR)]
            self.problem = lines[-1] if lines else f"{self.name}: its process ended before it was done (code {code})"
        if code:
            self.tidy()
        else:
            self.stopped = False  # a request to stop came too late

    def tidy(self) -> None:
        """Remove what a process that did not get to its end has left."""
        if self.out.is_dir():  # of a folder that was not finished nobody knows what lacks
            shutil.rmtree(self.out, ignore_errors=True)
        for half in self.out.parent.glob(f".{self.out.name}.*.part"):
            half.unlink(missing_ok=True)


class Tasks:
    """The tasks of a server, shared by every session; they end with it.

    What runs is listed below `home`, if it is given, in which everything is made: where a server ended before it, in
    order or not, the next one shows it as failed, and removes what is left of it.
    """

    def __init__(self, home: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._begun = None if home is None else Begun(home / _LISTS)
        self._tasks = [] if home is None else _cut_off(home)
        atexit.register(self.close)

    def start(self, task: Task) -> bool:
        """Start a task, unless one that makes the same thing is under way; say whether it was started."""
        with self._lock:
            if self.makes(task.out):
                return False
            self._tasks = [other for other in self._tasks if other.out != task.out]
            self._tasks.append(task)
        task.ended = self._note
        self._note()
        task.start()
        return True

    def makes(self, out: Path) -> bool:
        """Say whether a task that makes this file or folder is under way."""
        return any(not task.done and task.out == out for task in self._tasks)

    def _note(self) -> None:
        """Write down what runs."""
        with self._lock:
            if self._begun is not None:
                self._begun.keep([_entry(task) for task in self._tasks if not task.done])

    def of(self, kind: str) -> list[Task]:
        """Return the tasks of a kind, the oldest first, those that have ended as well until they are dropped."""
        return [task for task in self._tasks if task.kind == kind]

    def drop(self, task: Task) -> None:
        """Forget a task that has ended."""
        with self._lock:
            if task.done:
                self._tasks = [other for other in self._tasks if other is not task]

    def close(self) -> None:
        """End what runs: the server ends. What was cut off by that stays in the list, for the next one to say so."""
        running = [task for task in self._tasks if not task.done]
        for task in running:
            task.ended = _nothing
            task.stop()
        if self._begun is not None and not running:
            self._begun.close()


def _entry(task: Task) -> dict[str, str]:
    return {"kind": task.kind, "name": task.name, "out": str(task.out.absolute())}


def _cut_off(home: Path) -> list[Task]:
    """Return what servers that were killed had begun, as tasks that failed; nothing of it is left.

    What lies outside `home` is of another server: the folder was copied while that one ran.
    """
    tasks = [
        Task(each["kind"], each["name"], (), Path(each["out"]), problem=_CUT_OFF, done=True)
        for each in left(home / _LISTS)
        if Path(each["out"]).resolve().is_relative_to(home.resolve())
    ]
    for task in tasks:
        task.tidy()
    return tasks
