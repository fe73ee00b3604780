"""Work that a server does once in the background, whoever looks on. No Streamlit here."""

from __future__ import annotations

import atexit
import heapq
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from lakeseg.analysis.selection import ALL
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.data.simulate import make_demo
from lakeseg.errors import LakesegError

logger = logging.getLogger(__name__)

NICENESS = 15
_STUDY, _REVIEW = "study", "review"
_PART, _MEASUREMENT, _EVERY_LAKE = range(3)  # ranks: the shorter somebody waits for it, the sooner
DRIVERS = (Path("/proc/driver/nvidia"), Path("/dev/nvidiactl"), Path("/dev/dxg"), Path("/dev/kfd"))


@dataclass
class DemoJob:
    """Makes the demo data in a thread of its own; every session of the server watches the same job."""

    folder: Path
    share: float = 0.0
    text: str = "Starting"
    error: str | None = None
    done: bool = False
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Start at once."""
        self.thread = threading.Thread(target=self._run, name="lakeseg-demo", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            make_demo(self.folder, progress=self._report)
        except LakesegError as error:
            self.error = str(error)
        except Exception as error:  # whatever it is, the page must say so instead of starting over
            logger.exception("the demo data could not be made")
            self.error = f"the demo data could not be made ({type(error).__name__}): see the log of the server"
        finally:
            self.done = True

    def _report(self, share: float, text: str) -> None:
        self.share, self.text = share, text


@dataclass(frozen=True, order=True)
class _Errand:
    """One command of our own, `words` after `-m lakeseg`; the lower `rank` goes first, then the earlier `serial`."""

    rank: int
    serial: int
    key: tuple[str, ...] = field(compare=False)
    name: str = field(compare=False)
    words: tuple[str, ...] = field(compare=False)


class Warmer:
    """Runs what takes minutes, one errand after the other, in a process of its own at low priority.

    Errands predict lakes of a dataset with a model, measure a part of the study, or cut a dataset's regions for review.
    Parts of a split go first, then measurements and regions, then all lakes: a process that is busy with less is ended
    for it and goes on later where it stood.

    Attributes:
        share: How much of the current errand is done, 0 to 1.
        text: What is being done.
        problem: Why the last process failed, in one line; empty if it did not.
    """

    def __init__(self, models_folder: Path) -> None:
        self.models_folder = models_folder
        self.share, self.text, self.problem = 0.0, "", ""
        self._asked: set[tuple[str, ...]] = set()
        self._serial = 0
        self._waiting: list[_Errand] = []  # a heap
        self._errand: _Errand | None = None  # the current one, before its process runs, too
        self._process: subprocess.Popen[str] | None = None
        self._gives_way = self._closing = False
        self._wake = threading.Condition()
        threading.Thread(target=self._work, name="lakeseg-warm", daemon=True).start()
        atexit.register(self._close)

    def ask(self, dataset: Dataset, card: Card, part: str = ALL) -> None:
        """Predict the lakes of a part with a model, once in the life of the server."""
        words = ("predict", "--warm", "--model", card.id, "--dataset", str(dataset.path), "--split", part)
        rank = _EVERY_LAKE if part == ALL else _PART
        self._put(rank, (dataset.fingerprint, card.fingerprint, part), card.id, words)

    def measure(self, dataset: Dataset, part: str) -> None:
        """Measure a part of the study on a dataset, unless that is under way."""
        words = ("study", part, "--dataset", str(dataset.path))
        self._put(_MEASUREMENT, (dataset.fingerprint, _STUDY, part), f"{_STUDY} {part}", words)

    def is_measuring(self, dataset: Dataset, part: str) -> bool:
        """Say whether a part of the study is being measured on a dataset, or waits for it."""
        return (dataset.fingerprint, _STUDY, part) in self._asked

    def is_at(self, dataset: Dataset, part: str) -> bool:
        """Say whether `share` and `text` tell of this measurement."""
        errand = self._errand
        return errand is not None and errand.key == (dataset.fingerprint, _STUDY, part)

    def cut(self, dataset: Dataset) -> None:
        """Cut the regions of a dataset for review, unless that is under way."""
        words = ("review", "build", "--dataset", str(dataset.path))
        self._put(_MEASUREMENT, (dataset.fingerprint, _REVIEW), f"{_REVIEW} build", words)

    def is_cutting(self, dataset: Dataset) -> bool:
        """Say whether the regions of a dataset are being cut, or wait for it."""
        return (dataset.fingerprint, _REVIEW) in self._asked

    def is_at_regions(self, dataset: Dataset) -> bool:
        """Say whether `share` and `text` tell of the regions of this dataset."""
        errand = self._errand
        return errand is not None and errand.key == (dataset.fingerprint, _REVIEW)

    @property
    def busy(self) -> bool:
        """Whether something is being done or waits for it."""
        with self._wake:
            return self._errand is not None or bool(self._waiting)

    def _put(self, rank: int, key: tuple[str, ...], name: str, words: tuple[str, ...]) -> None:
        with self._wake:
            if key in self._asked:
                return
            self._asked.add(key)
            self._serial += 1
            heapq.heappush(self._waiting, _Errand(rank, self._serial, key, name, words))
            if self._errand is not None and rank < self._errand.rank:
                self._gives_way = True
                self._stop()
            self._wake.notify()

    def _work(self) -> None:
        while not self._closing:
            with self._wake:
                self._wake.wait_for(lambda: bool(self._waiting))
                errand = self._errand = heapq.heappop(self._waiting)
                self._gives_way = False
            again = False
            try:
                again = self._run(errand)
            except Exception as error:  # the next errand must have its turn
                logger.exception("the process of %s could not run", errand.name)
                self.problem = f"{errand.name}: could not be run on all lakes ({type(error).__name__})"
            finally:
                self._end(errand, again)

    def _end(self, errand: _Errand, again: bool) -> None:
        with self._wake:
            self._process, self._errand, self.share, self.text = None, None, 0.0, ""
            if again:
                heapq.heappush(self._waiting, errand)
            elif errand.rank == _MEASUREMENT:  # may be asked for again, when there are other models
                self._asked.discard(errand.key)

    def _run(self, errand: _Errand) -> bool:
        """Run an errand to its end; True if it gave way to another one and has to go on later."""
        with tempfile.TemporaryFile("w+") as errors:
            process = self._start(errand, errors)
            if process is None:
                return True
            with process:
                with suppress(ProcessLookupError):
                    os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
                for line in process.stdout or ():
                    self._read(line)
            if self._gives_way and process.returncode == -signal.SIGTERM:
                return True
            errors.seek(0)
            self.problem = _problem(errand.name, process.returncode, errors.read())
        return False

    def _start(self, errand: _Errand, errors: IO[str]) -> subprocess.Popen[str] | None:
        """Start the process of an errand; None where it has to give way before."""
        command = [sys.executable, "-m", "lakeseg", *errand.words, "--progress", "json"]
        command += ["--models", str(self.models_folder)]
        with self._wake:
            if self._gives_way or self._closing:
                return None
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module, no shell
                command, stdout=subprocess.PIPE, stderr=errors, text=True
            )
            return self._process

    def _read(self, line: str) -> None:
        try:
            report = json.loads(line)
            self.share, self.text = float(report["done"]) / float(report["total"]), str(report["text"])
        except (ValueError, KeyError, TypeError, ZeroDivisionError):
            logger.debug("unexpected line of the predicting process: %r", line)

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def _close(self) -> None:
        """Start nothing more, and end what runs: the server ends."""
        with self._wake:
            self._closing = True
            self._stop()


def _problem(name: str, code: int, errors: str) -> str:
    """Return in one line why a process ended with `code`, from what it wrote to standard error; empty if it did not."""
    if not code:
        return ""
    lines = [line for line in errors.splitlines() if "error" in line]
    return lines[-1] if lines else f"{name}: the process was ended before it was done (code {code})"


@dataclass
class DeviceProbe:
    """Tells which device networks run on, without loading TensorFlow into this server.

    Without a driver there is no GPU; with one, TensorFlow is asked in a process of its own whether it can use it.
    """

    device: str | None = None

    def __post_init__(self) -> None:
        """Look for a driver at once, and ask in the background if there is one."""
        if not any(driver.exists() for driver in DRIVERS):
            self.device = "CPU"
            return
        threading.Thread(target=self._run, name="lakeseg-device", daemon=True).start()

    def _run(self) -> None:
        code = "from lakeseg.segmenters.backend import device_name; print(device_name())"
        try:
            answer = subprocess.run(  # noqa: S603  our own interpreter, no shell
                [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
            )
            self.device = answer.stdout.strip().splitlines()[-1]
        except (OSError, subprocess.SubprocessError, IndexError):
            self.device = "unknown: TensorFlow does not start"
