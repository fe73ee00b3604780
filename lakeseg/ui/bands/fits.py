"""Logistic regressions on demand for a page that must not wait, in a thread of their own. No Streamlit here."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from lakeseg.analysis.regression import BandFit, Material, fit_bands, prepare
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split
from lakeseg.errors import LakesegError
from lakeseg.serving import FAILURE_SECONDS, Failed, Pending

logger = logging.getLogger(__name__)

KEPT_FITS: Final = 512  # a few kilobytes each
KEPT_MATERIALS: Final = 2  # up to some hundred megabytes each
PATIENCE: Final = 5.0  # seconds after which nobody asks any more

FitAnswer = BandFit | Pending | Failed
Key = tuple[str, int, tuple[int, ...]]


@dataclass
class _Wish:
    key: Key
    dataset: Dataset
    split: Split
    asked: float


class Fits:
    """Answers `request` at once and fits the latest wish in the background. Safe for any number of threads."""

    def __init__(self) -> None:
        self._wishes: OrderedDict[Key, _Wish] = OrderedDict()
        self._fits: OrderedDict[Key, BandFit] = OrderedDict()
        self._failed: dict[Key, tuple[str, float]] = {}
        self._materials: OrderedDict[tuple[str, int], Material] = OrderedDict()
        self._change = threading.Condition()
        threading.Thread(target=self._work, name="lakeseg-fits", daemon=True).start()

    def request(self, dataset: Dataset, split: Split, bands: tuple[int, ...], patience: float = 0.0) -> FitAnswer:
        """Return the fit on `bands`, or after `patience` seconds that it is on its way, or why it cannot be."""
        key = (dataset.fingerprint, hash((split.train, split.test)), bands)
        with self._change:
            if (answer := self._known(key)) is None:
                self._wishes[key] = _Wish(key, dataset, split, time.monotonic())
                self._wishes.move_to_end(key)
                self._change.notify_all()
                self._change.wait_for(lambda: self._known(key) is not None, patience)
            return answer or self._known(key) or Pending()

    def _known(self, key: Key) -> BandFit | Failed | None:
        if key in self._fits:
            self._fits.move_to_end(key)
            return self._fits[key]
        reason, until = self._failed.get(key, ("", 0.0))
        return Failed(reason) if time.monotonic() < until else None

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: bool(self._wishes))
                wish = self._wishes.popitem()[1]
                stale = time.monotonic() - wish.asked > PATIENCE or wish.key in self._fits
            if not stale:
                self._serve(wish)

    def _serve(self, wish: _Wish) -> None:
        try:
            fit, reason = fit_bands(self._material(wish), wish.key[2]), ""
        except LakesegError as error:
            fit, reason = None, str(error)
        except Exception as error:  # a fault of one fit must not end the thread that makes all
            logger.exception("regression on bands %s failed", wish.key[2])
            fit, reason = None, f"regression: {type(error).__name__}: see the log of the server"
        with self._change:
            self._wishes.pop(wish.key, None)
            if fit is None:
                self._failed = {key: kept for key, kept in self._failed.items() if kept[1] > time.monotonic()}
                self._failed[wish.key] = (reason, time.monotonic() + FAILURE_SECONDS)
            else:
                self._fits[wish.key] = fit
                _shrink(self._fits, KEPT_FITS)
            self._change.notify_all()

    def _material(self, wish: _Wish) -> Material:
        key = wish.key[:2]
        if key not in self._materials:
            self._materials[key] = prepare(wish.dataset, wish.split)
            _shrink(self._materials, KEPT_MATERIALS)
        self._materials.move_to_end(key)
        return self._materials[key]


def _shrink(book: OrderedDict, most: int) -> None:
    while len(book) > most:
        book.popitem(last=False)
