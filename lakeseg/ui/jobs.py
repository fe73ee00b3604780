"""Work that a server does once in the background, whoever looks on. No Streamlit here."""

from __future__ import annotations

import atexit
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lakeseg.analysis.selection import ALL
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.data.simulate import make_demo
from lakeseg.errors import LakesegError

logger = logging.getLogger(__name__)

NICENESS = 15
_STUDY = "study"
_SOON = 0  # rank of what somebody waits for
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

    Errands predict lakes of a dataset with a model, or measure a part of the study. What somebody waits for (a part of
    a split, a measurement) goes first: a process that is busy with all lakes is ended for it and goes on later where it
    stood.

    Attributes:
        share: How much of the current errand is done, 0 to 1.
        text: What is being done.
        problem: Why the last process failed, in one line; empty if it did not.
    """

    def __init__(self, models_folder: Path) -> None:
        self.models_folder = models_folder
        self.share, self.text, self.problem = 0.0, "", ""
        self._asked: set[tuple[str, ...]] = set()
        self._left = self._serial = 0
        self._queue: queue.PriorityQueue[_Errand] = queue.PriorityQueue()
        self._process: subprocess.Popen[str] | None = None
        self._errand: _Errand | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._work, name="lakeseg-warm", daemon=True).start()
        atexit.register(self._stop)

    def ask(self, dataset: Dataset, card: Card, part: str = ALL) -> None:
        """Predict the lakes of a part with a model, once in the life of the server."""
        words = ("predict", "--warm", "--model", card.id, "--dataset", str(dataset.path), "--split", part)
        self._put(int(part == ALL), (dataset.fingerprint, card.fingerprint, part), card.id, words)

    def measure(self, dataset: Dataset, part: str) -> None:
        """Measure a part of the study on a dataset, unless that is under way."""
        words = ("study", part, "--dataset", str(dataset.path))
        self._put(_SOON, (dataset.fingerprint, _STUDY, part), f"{_STUDY} {part}", words)

    def is_measuring(self, dataset: Dataset, part: str) -> bool:
        """Say whether a part of the study is being measured on a dataset, or waits for it."""
        return (dataset.fingerprint, _STUDY, part) in self._asked

    def is_at(self, dataset: Dataset, part: str) -> bool:
        """Say whether `share` and `text` tell of this measurement."""
        return self._errand is not None and self._errand.key == (dataset.fingerprint, _STUDY, part)

    def _put(self, rank: int, key: tuple[str, ...], name: str, words: tuple[str, ...]) -> None:
        with self._lock:
            if key in self._asked:
                return
            self._asked.add(key)
            self._left += 1
            self._serial += 1
            self._queue.put(_Errand(rank, self._serial, key, name, words))
            if self._errand is not None and rank < self._errand.rank:
                self._stop()

    @property
    def busy(self) -> bool:
        """Whether something is being done or waits for it."""
        return self._left > 0

    def _work(self) -> None:
        while True:
            errand = self._queue.get()
            again = False
            try:
                again = self._run(errand)
            except Exception as error:  # the next errand must have its turn
                logger.exception("the process of %s could not run", errand.name)
                self.problem = f"{errand.name}: could not be run on all lakes ({type(error).__name__})"
            finally:
                self._end(errand, again)

    def _end(self, errand: _Errand, again: bool) -> None:
        with self._lock:
            self._process, self._errand, self.share, self.text = None, None, 0.0, ""
            self._left -= not again
            if _STUDY in errand.key:  # may be asked for again, when there are other models
                self._asked.discard(errand.key)
        if again:
            self._queue.put(errand)

    def _run(self, errand: _Errand) -> bool:
        """Run an errand to its end; True if it was ended for another one and has to go on later."""
        command = [sys.executable, "-m", "lakeseg", *errand.words, "--progress", "json"]
        command += ["--models", str(self.models_folder)]
        with tempfile.TemporaryFile("w+") as errors:
            with subprocess.Popen(  # noqa: S603  our own interpreter and module, no shell
                command, stdout=subprocess.PIPE, stderr=errors, text=True
            ) as process:
                with self._lock:
                    self._process, self._errand = process, errand
                with suppress(ProcessLookupError):
                    os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
                for line in process.stdout or ():
                    self._read(line)
            errors.seek(0)
            lines = [line for line in errors.read().splitlines() if "error" in line]
            self.problem = lines[-1] if process.returncode and lines else ""
        return process.returncode == -signal.SIGTERM and errand.rank > _SOON

    def _read(self, line: str) -> None:
        try:
            report = json.loads(line)
            self.share, self.text = float(report["done"]) / float(report["total"]), str(report["text"])
        except (ValueError, KeyError, TypeError, ZeroDivisionError):
            logger.debug("unexpected line of the predicting process: %r", line)

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()


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
