"""Answers from an existing Dask cluster.

The pixels and the model travel as values: workers need this package and what runs the model, but no file of ours. What
a worker held when it was lost is asked for again. Whoever may use a Dask cluster may run anything on it and on the
machines that talk to it, so only a cluster of one's own should be named.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from typing import Any, Final

from lakeseg.cards import Card
from lakeseg.data.scenes.scene import Window
from lakeseg.errors import ConfigError, LakesegError, first_line
from lakeseg.extras import DASK, extra
from lakeseg.segmenters.base import Segmenter
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.store import unpack
from lakeseg.tiles.answers import Answer, Task, answer

PROTOCOL: Final = 1
"""Grows whenever what is sent to workers, or what they make of it, changes."""
_CONNECT_SECONDS: Final = 20
_LOOK_SECONDS: Final = 5.0
_NAP_SECONDS: Final = 0.2
_PATIENCE_SECONDS: Final = 60.0  # without any worker
_TRIES: Final = 3
_LOST: Final = ("KilledWorker", "CommClosedError", "CancelledError", "FutureCancelledError")
_FOREIGN: Final = ("ImportError", "ModuleNotFoundError", "AttributeError")  # in errors that came from there as text
_SAME: Final = "give scheduler and workers the same lakeseg and packages as here"
_PROTOCOLS: Final = ("tcp://", "tls://")
_EXAMPLE: Final = "tcp://10.0.0.5:8786"
_AHEAD: Final = 2  # tasks for each thread of the cluster that are sent before they can run


@dataclass(frozen=True)
class Packed:
    """A model as workers get it: its card, its weights file, and the versions of what has to run it."""

    card: Card
    content: bytes
    versions: Mapping[str, str]


@dataclass
class _Sent:
    """A task on the cluster, how often it was sent, and the future of its pixels, which must live as long."""

    task: Task
    tries: int
    pixels: Any


class Cluster:
    """Answers tasks on the workers of a cluster; `connected` makes one."""

    def __init__(self, client: Any, address: str, card: Card, content: bytes) -> None:
        self.card, self._client, self._address = card, client, address
        self._packed, self._model = Packed(card, content, versions(card)), None
        self._sent: dict[Any, _Sent] = {}

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Window, Answer]]:
        """Yield parts with their answers as they come; a part whose worker was lost is sent again.

        Raises:
            ConfigError: The cluster is gone, has no workers, loses them again and again, or runs other software.
            ModelError: As `predict_lake`.
        """
        waiting, self._sent = iter(tasks), {}
        try:
            while True:
                room = _AHEAD * self._threads() - len(self._sent)
                for task in islice(waiting, max(0, room)):
                    self._send(task, 1)
                if not self._sent:
                    return
                for future in self._ended():
                    one = self._sent.pop(future)
                    found = self._answer_of(future, one.tries)
                    if found is not None:
                        yield one.task.part, found
                        continue
                    self._model = None  # whoever was lost may have been the only one to hold it
                    self._send(one.task, one.tries + 1)
        finally:
            self._sent.clear()  # which lets the cluster forget them

    def _send(self, task: Task, tries: int) -> None:
        """Send a task; where a worker is lost meanwhile, another gets it."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            self._threads()
            try:
                if self._model is None:
                    self._model = self._client.scatter(self._packed, broadcast=True, hash=False)
                pixels = self._client.scatter(task, hash=False)
                future = self._client.submit(answer_packed, self._model, pixels, pure=False)
            except Exception as error:
                if any(name in repr(error) for name in _FOREIGN):
                    raise self._other(error) from error
                if time.monotonic() > until:
                    raise self._gone(error) from error
                time.sleep(_NAP_SECONDS)
            else:
                self._sent[future] = _Sent(task, tries, pixels)
                return

    def _ended(self) -> list[Any]:
        """Wait a while for a part; return the futures that have ended, well or not."""
        wait = extra("distributed", "--dask", DASK).wait
        with suppress(Exception):  # none ended in time, or one was cancelled: their status says which
            wait(list(self._sent), timeout=_LOOK_SECONDS, return_when="FIRST_COMPLETED")
        return [future for future in self._sent if future.done()]

    def _answer_of(self, future: Any, tries: int) -> Answer | None:
        """Return the answer of a future that has ended, None where it was lost on its way."""
        error = None
        with suppress(Exception):  # the worker may be lost between its answer and our asking for it
            if future.status == "finished":
                found: Answer = future.result(timeout=_CONNECT_SECONDS)
                return found
            error = future.exception(timeout=_CONNECT_SECONDS)
        if isinstance(error, LakesegError):
            raise error
        if error is not None and type(error).__name__ not in _LOST:
            raise self._other(error) from error
        if tries >= _TRIES:
            raise ConfigError(
                f"{self._address}: lost its workers {tries} times with the same part: give them more memory"
            )
        return None

    def _threads(self) -> int:
        """Return the threads of all workers; wait for the first, and raise a `ConfigError` when none comes."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                threads = sum(self._client.nthreads().values()) if self._client.status == "running" else -1
            except Exception as error:
                raise self._gone(error) from error
            if threads > 0:
                return threads
            if threads < 0:
                raise self._gone()
            if time.monotonic() > until:
                raise ConfigError(f"{self._address}: has no workers: start some, and run the same command again")
            time.sleep(_NAP_SECONDS)

    def _other(self, error: BaseException) -> ConfigError:
        return ConfigError(f"{self._address}: a fault there ({type(error).__name__}: {first_line(error)}): {_SAME}")

    def _gone(self, error: Exception | None = None) -> ConfigError:
        reason = f" ({first_line(error)})" if error is not None else ""
        return ConfigError(f"{self._address}: the cluster is gone{reason}: start it, and run the same command again")


@contextmanager
def connected(address: str, card: Card, content: bytes) -> Iterator[Cluster]:
    """Connect to the cluster whose scheduler is at `address`, such as `tcp://10.0.0.5:8786`.

    Args:
        address: Of the scheduler.
        card: Of the model.
        content: Its weights file, as `ModelStore.packed` gives it.

    Raises:
        ConfigError: distributed is not installed, or nothing answers at the address.
    """
    distributed = extra("distributed", "--dask", DASK)
    if not address.startswith(_PROTOCOLS):  # anything else may be a protocol of Dask's own that hangs at the end
        raise ConfigError(f"--dask {address}: no scheduler answers: expected an address such as {_EXAMPLE}")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said in one line
    try:
        client = distributed.Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except Exception as error:  # an address that is none, a port without a scheduler, one that speaks another version
        raise ConfigError(
            f"--dask {address}: no scheduler answers ({first_line(error)}): expected an address such as {_EXAMPLE}"
        ) from error
    try:
        yield Cluster(client, address, card, content)
    finally:
        with suppress(Exception):  # it may be gone
            client.close(timeout=_CONNECT_SECONDS)


def versions(card: Card) -> dict[str, str]:
    """Return the versions of what decides a model's answers, on this machine."""
    network = SegmenterConfig.from_json(card.config).is_network
    found = {"protocol": str(PROTOCOL)}
    for name in ("keras", "tensorflow") if network else ("scikit-learn",):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


_lock = threading.Lock()
_loaded: dict[str, Segmenter] = {}


def answer_packed(packed: Packed, task: Task) -> Answer:
    """Answer a task on a worker, which keeps the model for the next one.

    Raises:
        ConfigError: The worker has other versions of what runs the model.
        ModelError: The model is damaged, or the tile lacks a band that it needs.
    """
    with _lock:
        if packed.card.fingerprint not in _loaded:
            here = versions(packed.card)
            if here != packed.versions:
                there = ", ".join(f"{name} {number}" for name, number in packed.versions.items())
                raise ConfigError(f"a worker has {here}, expected {there}: {_SAME}")
            _loaded.clear()
            _loaded[packed.card.fingerprint] = unpack(packed.card, packed.content)
        segmenter = _loaded[packed.card.fingerprint]
    return answer(segmenter, task)
