"""Work that a server does once in the background, whoever looks on. No Streamlit here."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lakeseg.data.simulate import make_demo
from lakeseg.errors import LakesegError

logger = logging.getLogger(__name__)

NICENESS = 15


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
        finally:
            self.done = True

    def _report(self, share: float, text: str) -> None:
        self.share, self.text = share, text


@dataclass
class WarmJob:
    """Predicts every lake of a dataset in a process of its own, at low priority, into the prediction cache."""

    dataset: Path
    models_folder: Path
    models: Sequence[str]
    done: int = 0
    total: int = 0
    text: str = "starting"
    finished: bool = False
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Start at once."""
        self.thread = threading.Thread(target=self._run, name="lakeseg-warm", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        command = [
            sys.executable,
            "-m",
            "lakeseg",
            "predict",
            "--warm",
            "--progress",
            "json",
            "--dataset",
            str(self.dataset),
            "--models",
            str(self.models_folder),
        ]
        command += [part for model in self.models for part in ("--model", model)]
        try:
            with subprocess.Popen(  # noqa: S603  our own interpreter and module, no shell
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            ) as process:
                os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
                for line in process.stdout or ():
                    self._read(line)
        except OSError as error:
            self.text = f"could not start ({error})"
        finally:
            self.finished = True

    def _read(self, line: str) -> None:
        try:
            report = json.loads(line)
            self.done, self.total, self.text = int(report["done"]), int(report["total"]), str(report["text"])
        except (ValueError, KeyError, TypeError):
            logger.debug("unexpected line of the predicting process: %r", line)


@dataclass
class DeviceProbe:
    """Asks TensorFlow in a process of its own which device networks run on, so that this server need not load it."""

    device: str | None = None
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Start at once."""
        self.thread = threading.Thread(target=self._run, name="lakeseg-device", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        code = "from lakeseg.segmenters.backend import device_name; print(device_name())"
        try:
            answer = subprocess.run(  # noqa: S603  our own interpreter, no shell
                [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
            )
            self.device = answer.stdout.strip().splitlines()[-1]
        except (OSError, subprocess.SubprocessError, IndexError):
            self.device = "unknown (TensorFlow does not start; see `python -m lakeseg models`)"
