"""What can be learned from verdicts, always the latest that is ready; fits run in threads of their own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np

from lakeseg.data.dataset import Dataset
from lakeseg.errors import LakesegError
from lakeseg.review.learning import EVERY, Learned, Worth, bought, features, learn, lessons, true_water
from lakeseg.review.ledger import Ledger
from lakeseg.review.regions import Regions

RANKED_EVERY: Final = 10
_STAMPS: Final = count(1)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Taught:
    """A fit of a `version` of the ledger, on so many `verdicts`; `learned` is None where they are too few."""

    version: int
    verdicts: int
    learned: Learned | None
    seconds: float


@dataclass(frozen=True)
class Bought:
    """What each hundred verdicts bought, up to `verdicts` of them."""

    verdicts: int
    worth: tuple[Worth, ...]
    seconds: float


class Teacher:
    """Learns from the verdicts on one dataset. Safe for any number of threads; nothing that is asked of it waits."""

    def __init__(self, dataset: Dataset, regions: Regions, ledger: Ledger) -> None:
        self.dataset, self.regions, self.ledger = dataset, regions, ledger
        self.problem = ""
        self._taught: Taught | None = None
        self._bought: Bought | None = None
        self._ranking: tuple[int, np.ndarray | None] = (0, None)
        self._step = 0  # tens of verdicts that it goes by
        self._running: set[str] = set()
        self._failed = -1  # version of the ledger that could not be learned from
        self._lock = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether something is being fitted."""
        return bool(self._running)

    def taught(self) -> Taught | None:
        """Return the latest fit; one on newer verdicts is on its way if there are any."""
        if self._taught is None or self._taught.version != self.ledger.version:
            self._start("learn", self._learn)
        return self._taught

    def ranking(self) -> tuple[int, np.ndarray | None]:
        """Return (R,) probabilities of water to rank by, and a number that tells them from others; None before a fit.

        They change with every tenth verdict, so that the queue stays put in between.
        """
        self.taught()
        return self._ranking

    def bought(self) -> Bought | None:
        """Return what verdicts bought; it is measured anew once another hundred of them stand, or the last were few."""
        standing, known = len(self.ledger.standing()), self._bought
        few = standing < EVERY
        if known is None or known.verdicts // EVERY != standing // EVERY or (few and known.verdicts != standing):
            self._start("measure", self._measure)
        return self._bought

    def _start(self, name: str, work: Callable[[], None]) -> None:
        """Run `work` in the background unless it runs already, or has failed on the same verdicts."""
        with self._lock:
            if name in self._running or (self.problem and self._failed == self.ledger.version):
                return
            self.problem = ""
            self._running.add(name)
        threading.Thread(target=self._run, args=(name, work), name=f"lakeseg-{name}", daemon=True).start()

    def _run(self, name: str, work: Callable[[], None]) -> None:
        version = self.ledger.version
        try:
            work()
        except LakesegError as error:
            self._failed, self.problem = version, str(error)
        except Exception as error:  # the page must learn of it, and the server go on
            logger.exception("learning from verdicts failed")
            self._failed, self.problem = (
                version,
                f"learning from verdicts: {type(error).__name__}: see the log of the server",
            )
        finally:
            with self._lock:
                self._running.discard(name)

    def _learn(self) -> None:
        started, version, standing = time.monotonic(), self.ledger.version, self.ledger.standing()
        said = lessons(self.regions, self.dataset, standing)
        found = learn(self.regions, said, features(self.regions))
        self._taught = Taught(version, len(standing), found, time.monotonic() - started)
        step = 1 + len(standing) // RANKED_EVERY
        if found is not None and step != self._step:
            self._step, self._ranking = step, (next(_STAMPS), found.water)

    def _measure(self) -> None:
        started, standing = time.monotonic(), self.ledger.standing()
        said = lessons(self.regions, self.dataset, standing)
        truth = true_water(self.dataset, self.regions)
        found = bought(self.regions, self.dataset, said, truth)
        self._bought = Bought(len(standing), tuple(found), time.monotonic() - started)
