"""All runs of a programme, some at a time, each in a file of its own as soon as it is done.

Runs that are done are never done again: their file is named by everything that decides them. Worker processes take one
run after another, so a kill loses what they were at and no more; with `resume` they go on at its last finished epoch.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.data.splits import Split
from lakeseg.errors import ConfigError, LakesegError
from lakeseg.places import data_dir
from lakeseg.plain import duration
from lakeseg.study.experiments import Experiment, Programme
from lakeseg.study.perform import Order, perform
from lakeseg.study.runs import folder_of, path_of, read, save
from lakeseg.training import finished

Progress = Callable[[float, str], None]
_POLL: Final = 0.5  # seconds between two reports of a worker
_PAUSE: Final = 0.05
_PATIENCE: Final = 5.0
_MOST_JOBS: Final = 4
_THREADS: Final = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
DONE, LEFT_OUT, FAILED, ELSEWHERE, AT = "done", "left out", "failed", "elsewhere", "at"


@dataclass(frozen=True)
class Errand:
    """One run as a worker process is told of it."""

    experiment: Experiment
    seed: int
    dataset: Path
    split: Split
    changes: Mapping[str, Any]
    folder: Path
    resume_dir: Path
    resume: bool

    @property
    def name(self) -> str:
        """For a person."""
        return f"{self.experiment.name} seed {self.seed}"

    def order(self, dataset: Dataset) -> Order:
        """Return what is to be done on the opened dataset."""
        return Order(self.experiment, self.seed, dataset, self.split, self.changes, self.resume_dir)

    def path(self, dataset: Dataset) -> Path:
        """Return where its result is kept."""
        return path_of(self.folder, self.experiment.name, self.seed, self.order(dataset).key)

    def is_done(self, dataset: Dataset) -> bool:
        """Say whether its result is there and can be read."""
        return read(self.path(dataset)) is not None


@dataclass
class Outcome:
    """What came of a programme: names of runs that were done now, that were there before, and those without a result.

    `left_out` holds the reason by run: the data does not allow it. `failed` likewise: a fault.
    """

    done: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)

    def note(self, name: str, state: str, text: str) -> None:
        """Enter one run."""
        if state in (LEFT_OUT, FAILED):
            (self.left_out if state == LEFT_OUT else self.failed)[name] = text
        else:
            (self.done if state == DONE else self.elsewhere).append(name)


def default_jobs() -> int:
    """Return how many runs fit at a time: one on a GPU, else one a core, up to four."""
    return 1 if shutil.which("nvidia-smi") else min(_MOST_JOBS, os.cpu_count() or 1)


def plan(
    dataset: Dataset, programme: Programme, split: Split, folder: Path, resume: bool = False
) -> tuple[list[Errand], Outcome]:
    """Return the runs that are left, one seed of each experiment after the other, and what is known without them."""
    split = programme.shortened(split)
    errands, outcome = [], Outcome()
    place, resume_dir = folder_of(dataset.fingerprint, folder), data_dir() / ".cache" / "training"
    for seed in range(programme.seeds):
        for experiment in programme.experiments:
            if seed >= experiment.seeds:
                continue
            errand = Errand(experiment, seed, dataset.path, split, programme.changes, place, resume_dir, resume)
            try:
                known = errand.is_done(dataset)
            except LakesegError as error:
                outcome.left_out[errand.name] = str(error)
                continue
            if known:
                outcome.before.append(errand.name)
            else:
                errands.append(errand)
    return errands, outcome


def run_all(errands: Sequence[Errand], outcome: Outcome, jobs: int, progress: Progress) -> Outcome:
    """Do the runs, `jobs` at a time, each on its share of the cores."""
    if jobs < 1:
        raise ConfigError(f"jobs {jobs}: expected a whole number of at least 1")
    if not errands:
        return outcome
    team = _Team(errands, min(jobs, len(errands)), outcome, progress)
    with _threads(max(1, (os.cpu_count() or 1) // jobs)):
        team.work()
    return outcome


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let processes that start in the block use `count` threads each: they read it from their environment."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, str(count)))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@dataclass
class _Worker:
    """A process, what goes to it, what it says, and what it is at.

    Its queues are its own: a process that is killed while it writes leaves the lock of its queue closed for ever.
    """

    process: Any
    orders: Any
    reports: Any
    errand: Errand | None = None


class _Team:
    """Worker processes and what they report."""

    def __init__(self, errands: Sequence[Errand], jobs: int, outcome: Outcome, progress: Progress) -> None:
        self.left, self.outcome, self.progress = list(errands), outcome, progress
        self.total, self.jobs, self.started = len(errands), jobs, time.monotonic()
        self.context = multiprocessing.get_context("spawn")
        self.workers: dict[int, _Worker] = {}
        self.shares: dict[str, float] = {}
        self.texts: dict[str, str] = {}
        self.finished = 0

    def work(self) -> None:
        """Keep every worker busy until nothing is left; end them whatever happens."""
        try:
            for number in range(self.jobs):
                self._hire(number)
            while self.finished < self.total:
                self._hand_out()
                heard = [self._listen(worker) for worker in self.workers.values()]
                self._replace_the_dead()
                if not any(heard):
                    time.sleep(_PAUSE)
        finally:
            for worker in self.workers.values():
                with suppress(OSError, ValueError):
                    worker.orders.put(None)
                worker.process.join(_PATIENCE if self.finished == self.total else 0)
                worker.process.terminate()

    def _hire(self, number: int) -> None:
        orders, reports = self.context.SimpleQueue(), self.context.SimpleQueue()
        process = self.context.Process(target=_serve, args=(number, orders, reports), daemon=True)
        process.start()
        self.workers[number] = _Worker(process, orders, reports)

    def _hand_out(self) -> None:
        """Give each idle worker a run, as long as there are any."""
        for worker in self.workers.values():
            if self.left and worker.errand is None:
                worker.errand = self.left.pop(0)
                worker.orders.put(worker.errand)

    def _listen(self, worker: _Worker) -> bool:
        """Take in what a worker has said since; say whether that was anything."""
        heard = False
        while worker.errand is not None and not worker.reports.empty():
            _, state, share, text = worker.reports.get()
            if state == AT:
                self.shares[worker.errand.name], self.texts[worker.errand.name] = share, text
            else:
                self._enter(worker.errand, state, text)
                worker.errand = None
            self._tell()
            heard = True
        return heard

    def _enter(self, errand: Errand, state: str, text: str) -> None:
        self.finished += 1
        self.shares.pop(errand.name, None)
        self.outcome.note(errand.name, state, text)

    def _replace_the_dead(self) -> None:
        """A worker that was killed loses its run; another takes its place."""
        for number, worker in list(self.workers.items()):
            if worker.process.is_alive():
                continue
            self._listen(worker)  # it may have ended its run before
            if worker.errand is not None:
                why = f"its process ended with code {worker.process.exitcode}: run it again"
                self._enter(worker.errand, FAILED, why)
                worker.errand = None
            if self.left:
                self._hire(number)

    def _tell(self) -> None:
        share = (self.finished + sum(self.shares.values())) / self.total
        spent = time.monotonic() - self.started
        left = f", about {duration(spent * (1 - share) / share)} left" if share > 0 else ""
        now = "; ".join(f"{name}: {self.texts[name]}" for name in self.shares)
        self.progress(share, f"{self.finished} of {self.total} runs{left}; {now}")


def _serve(number: int, orders: Any, reports: Any) -> None:
    """Do one run after another, in a process of its own, until None comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    threading.Thread(target=_end_with_parent, name="watch the parent", daemon=True).start()
    while (errand := orders.get()) is not None:
        state, text = _do(errand, lambda share, text: reports.put((number, AT, share, text)))
        reports.put((number, state, 1.0, text))


def _end_with_parent() -> None:
    """End this process when its parent is gone, even if it was killed and could not say so."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(errand: Errand, progress: Progress) -> tuple[str, str]:
    """Do one run unless another process is at it; return how it ended and why."""
    try:
        dataset = open_dataset(errand.dataset)
        order = errand.order(dataset)
        errand.resume_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(errand.resume_dir / f"{order.key}.lock", timeout=0):
            if not errand.is_done(dataset):
                if not errand.resume:
                    finished(dataset, order.split, order.config, order.resume_dir)
                save(perform(order, _sparse(progress)), errand.folder)
    except Timeout:
        return ELSEWHERE, "another process is at it"
    except LakesegError as error:
        return LEFT_OUT, str(error)
    except Exception:  # noqa: BLE001  one run that fails must not take the others with it; the parent shows what it was
        return FAILED, traceback.format_exc(limit=-3)
    return DONE, ""


def _sparse(progress: Progress) -> Progress:
    """Pass on at most two reports a second."""
    last = 0.0

    def report(share: float, text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _POLL:
            last = time.monotonic()
            progress(share, text)

    return report
