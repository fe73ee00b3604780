"""What Review keeps of a dataset's regions, shared by all sessions of the server."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Final

import numpy as np
import streamlit as st

from lakeseg.bands import UNCLASSIFIED
from lakeseg.data.dataset import Dataset
from lakeseg.review import keeping, ranking
from lakeseg.review.ledger import Ledger
from lakeseg.review.queue import Standing
from lakeseg.review.regions import Regions
from lakeseg.review.similar import Spectra
from lakeseg.ui import cache
from lakeseg.ui.review import pictures
from lakeseg.ui.review.pictures import Pictures

KEPT_DATASETS: Final = 4
KEPT_LAKES: Final = 64
KEPT_ORDERS: Final = 24
logger = logging.getLogger(__name__)


def first_to_review(datasets: Mapping[str, Dataset]) -> str:
    """Return the first dataset with unclassified pixels, or the first."""
    return next((name for name, one in datasets.items() if _to_review(one)), next(iter(datasets)))


def _to_review(dataset: Dataset) -> bool:
    return not dataset.of_pixels and bool(dataset.total_counts()[UNCLASSIFIED])


def regions(dataset: Dataset) -> Regions | None:
    """Return the regions of a dataset that were cut last; None before."""
    path = keeping.find(dataset.fingerprint)
    return None if path is None else _regions(str(path), path.stat().st_mtime_ns)


@st.cache_resource(max_entries=KEPT_DATASETS, show_spinner=False)
def _regions(path: str, modified: int) -> Regions:  # noqa: ARG001  the stamp is the key
    return keeping.load(Path(path))


def standing(regions: Regions, ledger: Ledger) -> Standing:
    """Return how much of the regions is settled; refreshed by whoever asks."""
    return _standing(id(regions), id(ledger), regions, ledger)


@st.cache_resource(max_entries=KEPT_DATASETS, show_spinner=False)
def _standing(of: int, by: int, _regions: Regions, _ledger: Ledger) -> Standing:  # noqa: ARG001  as above
    return Standing(_regions, _ledger)


@st.cache_resource(max_entries=KEPT_DATASETS, show_spinner=False)
def _spectra(of: int, _regions: Regions) -> Spectra:  # noqa: ARG001  as above
    return Spectra(_regions)


def spectra(regions: Regions) -> Spectra:
    """Return the spectra of regions, ready to be compared."""
    return _spectra(id(regions), regions)


@st.cache_resource(max_entries=KEPT_ORDERS, show_spinner=False)
def _ranked(
    of: int,  # noqa: ARG001  as above
    rule: str,
    reviewed: tuple,
    learned: int,  # noqa: ARG001  as above
    _regions: Regions,
    _dataset: Dataset,
    _learned: np.ndarray | None,
) -> tuple[ranking.Components, np.ndarray, Regions]:
    found = ranking.components(_regions, _dataset.lakes, dict(reviewed), _learned)
    return found, ranking.rank(found, ranking.rule(rule)), _regions  # which must live as long as its id is a key


def ranked(
    regions: Regions,
    dataset: Dataset,
    rule: str,
    reviewed: Mapping[str, float],
    learned: tuple[int, np.ndarray | None] = (0, None),
) -> tuple[ranking.Components, np.ndarray]:
    """Return what speaks for each region, and (R,) the regions in the order of a rule.

    `learned` is a number that identifies what was learned, and the (R,) probabilities of water.
    """
    stamp, water = learned
    return _ranked(id(regions), rule, tuple(reviewed.items()), stamp, regions, dataset, water)[:2]


class Shelf:
    """The pictures of the lakes that were asked for last, made in the background where somebody will want them."""

    def __init__(self, most: int = KEPT_LAKES) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, Pictures] = OrderedDict()
        self._lock = Lock()
        self._coming: set[Hashable] = set()
        self._orders: SimpleQueue[tuple[Hashable, Callable[[], Pictures]]] = SimpleQueue()
        Thread(target=self._work, name="lakeseg-review", daemon=True).start()  # a pool's would hold the exit up

    def get(self, key: Hashable, make: Callable[[], Pictures]) -> Pictures:
        """Return pictures, made now if need be; what lacks a prediction is made anew the next time."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        if made.complete:
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > self.most:
                    self._kept.popitem(last=False)
        return made

    def prepare(self, key: Hashable, make: Callable[[], Pictures]) -> None:
        """Have pictures made in the background, unless they are there or on their way."""
        with self._lock:
            if key in self._kept or key in self._coming:
                return
            self._coming.add(key)
        self._orders.put((key, make))

    def _work(self) -> None:
        """Make what was asked for, one after the other."""
        while True:
            key, make = self._orders.get()
            try:
                self.get(key, make)
            except Exception:  # whoever comes to that lake is told what is wrong; the next one may be sound
                logger.exception("a lake could not be drawn ahead")
            finally:
                with self._lock:
                    self._coming.discard(key)


@st.cache_resource(show_spinner=False)
def _shelf() -> Shelf:
    return Shelf()


def _maker(dataset: Dataset, lake_id: str, regions: Regions) -> tuple[Hashable, Callable[[], Pictures]]:
    service = cache.service()
    key = (dataset.fingerprint, lake_id, regions.judges)

    def make() -> Pictures:
        answers = {one.id: service.request(dataset, lake_id, one.id, one.fingerprint) for one in regions.judges}
        return pictures.draw(dataset, lake_id, regions.judges, answers)

    return key, make


def pictures_of(dataset: Dataset, lake_id: str, regions: Regions) -> Pictures:
    """Return the pictures of a lake."""
    return _shelf().get(*_maker(dataset, lake_id, regions))


def prepare(dataset: Dataset, lake_id: str, regions: Regions) -> None:
    """Have the pictures of a lake ready when somebody asks for them."""
    _shelf().prepare(*_maker(dataset, lake_id, regions))
