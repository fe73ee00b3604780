"""Predictions on demand for a page that must not wait: from the cache at once, else from a thread of its own.

The latest request is served first, so that somebody who leafs through lakes waits for the lake on the screen only. A
page that waits asks again and again; what nobody asks for any more is dropped before it is begun.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.bands import is_fill
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.data.dataset import Dataset
from lakeseg.errors import LakesegError
from lakeseg.inference import OWN_WAY, Options, blanked, predict_lake
from lakeseg.segmenters.base import Segmenter
from lakeseg.store import ModelStore

logger = logging.getLogger(__name__)

LOADED_MODELS: Final = 8
WAITING_JOBS: Final = 64
REMEMBERED: Final = 64  # failures, missing pixels, and answers that the cache could not keep
FAILURE_SECONDS: Final = 30.0  # then a model is tried again: somebody may have restored its file
PATIENCE_SECONDS: Final = 6.0  # a page asks several times a second; one that was dropped too early asks again


@dataclass(frozen=True)
class Ready:
    """Probabilities (H, W, 3) float32, in the order water, land, unclassified; NaN where a pixel misses a band."""

    probabilities: np.ndarray


@dataclass(frozen=True)
class Pending:
    """The prediction is being made; ask again."""


@dataclass(frozen=True)
class Failed:
    """The model cannot run here; `reason` is one line for a person."""

    reason: str


Answer = Ready | Pending | Failed


@dataclass(frozen=True)
class _Job:
    key: CacheKey
    dataset: Dataset
    model_id: str
    options: Options
    asked: float


class PredictionService:
    """Answers `request` within milliseconds and predicts in the background. Safe for any number of threads."""

    def __init__(self, models: ModelStore, cache: PredictionCache) -> None:
        self.models, self.cache = models, cache
        self._jobs: deque[_Job] = deque(maxlen=WAITING_JOBS)
        self._running: _Job | None = None
        self._failed: OrderedDict[CacheKey, tuple[str, float]] = OrderedDict()
        self._unsaved: OrderedDict[CacheKey, np.ndarray] = OrderedDict()
        self._missing: OrderedDict[tuple[str, str], np.ndarray] = OrderedDict()
        self._loaded: OrderedDict[tuple[str, str], Segmenter] = OrderedDict()
        self._wake = threading.Condition()
        threading.Thread(target=self._work, name="lakeseg-predictions", daemon=True).start()

    def request(
        self, dataset: Dataset, lake_id: str, model_id: str, fingerprint: str, options: Options = OWN_WAY
    ) -> Answer:
        """Return the prediction of one model for one lake, or say that it is on its way or why it cannot be."""
        key = CacheKey(dataset.fingerprint, lake_id, fingerprint, options.key)
        with self._wake:
            reason, until = self._failed.get(key, ("", 0.0))
            if time.monotonic() < until:
                return Failed(reason)
            made = self._unsaved.get(key)
        if made is None:
            made = self.cache.get(key)
        if made is not None:
            return self._ready(made, dataset, lake_id)
        self._enqueue(_Job(key, dataset, model_id, options, time.monotonic()))
        return Pending()

    def _ready(self, made: np.ndarray, dataset: Dataset, lake_id: str) -> Answer:
        """Return an answer without pixels that nobody saw; which these are of a lake is remembered for a while."""
        key = (dataset.fingerprint, lake_id)
        with self._wake:
            missing = self._missing.get(key)
        if missing is None:
            try:
                missing = is_fill(dataset.lake(lake_id).image, dataset.fill)
            except LakesegError as error:
                return Failed(str(error))
            self._remember(self._missing, key, missing)
        return Ready(blanked(made, missing))

    def _enqueue(self, job: _Job) -> None:
        with self._wake:
            if self._running is not None and self._running.key == job.key:
                return
            waiting = [other for other in self._jobs if other.key != job.key]
            self._jobs = deque([*waiting, job], maxlen=WAITING_JOBS)
            self._wake.notify()

    def _work(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: bool(self._jobs))
                self._running = job = self._jobs.pop()
            try:
                if time.monotonic() - job.asked < PATIENCE_SECONDS and self.cache.get(job.key) is None:
                    self._predict(job)  # unless it was made while it waited: by the run before, or another process
            finally:
                with self._wake:
                    self._running = None

    def _predict(self, job: _Job) -> None:
        try:
            segmenter = self.segmenter(job.model_id, job.key.model_fingerprint)
            lake = job.dataset.lake(job.key.lake_id)
            header = job.dataset.header
            probabilities = predict_lake(segmenter, lake.image, header.bands, header.scale, header.fill, job.options)
        except LakesegError as error:
            self._fail(job, str(error))
        except Exception as error:  # a fault in one model must not end the thread that serves all
            logger.exception("prediction of %s failed", job.model_id)
            self._fail(job, f"{job.model_id}: {type(error).__name__} while predicting: see the log of the server")
        else:
            if not self.cache.put(job.key, probabilities):
                self._remember(self._unsaved, job.key, probabilities)

    def _fail(self, job: _Job, reason: str) -> None:
        self._remember(self._failed, job.key, (reason, time.monotonic() + FAILURE_SECONDS))

    def _remember(self, book: OrderedDict, key: CacheKey | tuple[str, str], value: object) -> None:
        with self._wake:
            book[key] = value
            while len(book) > REMEMBERED:
                book.popitem(last=False)

    def segmenter(self, model_id: str, fingerprint: str) -> Segmenter:
        """Return a loaded model; the last few stay in memory.

        Raises:
            ModelError: The model is unknown, damaged, or was replaced since the page was drawn.
        """
        key = (model_id, fingerprint)
        with self._wake:
            if key in self._loaded:
                self._loaded.move_to_end(key)
                return self._loaded[key]
        segmenter = self.models.load(model_id, fingerprint)
        with self._wake:
            self._loaded[key] = segmenter
            while len(self._loaded) > LOADED_MODELS:
                self._loaded.popitem(last=False)
        return segmenter
