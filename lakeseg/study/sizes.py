"""F1 against patch size, for every model, on the study's terms and on fair ones.

On the study's terms, only the pixels of test patches that hold more than one class count, and a network sees each patch
alone: other sizes, other pixels. On fair terms every pixel of the same test lakes counts at every size.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lakeseg.analysis.selection import choose_lakes, ground_groups, has_lakes
from lakeseg.bands import LAND
from lakeseg.cache import PredictionCache
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.evaluation import Progress, lake_confusions, predict_dataset, scored_labels, summarise
from lakeseg.inference import OWN_WAY, Options
from lakeseg.metrics import classes, confusion
from lakeseg.patches import grid, is_single_class, label_counts
from lakeseg.segmenters.base import Segmenter
from lakeseg.segmenters.config import PAPER, SegmenterConfig
from lakeseg.store import ModelStore
from lakeseg.study.results import Result, find, origin

PART: Final = "sizes"
SIZES: Final = (8, 16, 32, 64)
WHOLE: Final = 0  # stands for the size where a model goes over a whole lake in its own way
STUDY, FAIR = "study", "fair"
_SAVE_EVERY: Final = 3.0


@dataclass(frozen=True)
class Run:
    """One model over the test lakes with patches of one size."""

    card: Card
    size: int
    ids: Sequence[str]

    @property
    def options(self) -> Options:
        """How the model is run: a network of any size is told the size; a pixel knows of no patch."""
        config = SegmenterConfig.from_json(self.card.config)
        asked = self.size if config.is_network and config.reach != "patches" else WHOLE
        return Options(patch=asked) if asked else OWN_WAY


def series_of(title: str) -> str:
    """Return the title of a model without its patch size: models that share it differ in nothing but their size."""
    return re.sub(r"\s*\d+×\d+", "", title).strip()


def sizes_of(card: Card) -> tuple[int, ...]:
    """Return the patch sizes a model is run at: a network of the study at its own, any other at each and at none."""
    config = SegmenterConfig.from_json(card.config)
    return (config.patch,) if config.is_network and config.variant == PAPER else (*SIZES, WHOLE)


def kept_labels(labels: np.ndarray, size: int) -> np.ndarray:
    """Return (H, W) labels with 0 wherever no patch of `size` px lies that holds more than one class."""
    height, width = labels.shape
    lay = grid(height, width, size)
    mixed = ~is_single_class(label_counts(labels, lay))
    kept = np.zeros(labels.shape, bool)
    kept[: lay.rows * size, : lay.columns * size] = mixed.repeat(size, axis=0).repeat(size, axis=1)
    return np.where(kept, labels, np.uint8(0))


def study_confusions(
    run: Run, segmenter: Segmenter, dataset: Dataset, cache: PredictionCache, progress: Progress
) -> np.ndarray:
    """Return (L, 3, 3) int64: the confusion matrix of each lake of a run over the pixels of its kept patches.

    What is pruned follows from the labels as they are; pixels with fill count in no matrix. Lakes that were scored
    before are not predicted again.
    """
    fingerprint = run.card.fingerprint
    key = "-".join(filter(None, [run.options.key, f"study{run.size}"]))
    table = cache.scores(dataset.fingerprint, fingerprint, len(dataset.lakes), key)
    rows = np.array([dataset.lakes.position(lake_id) for lake_id in run.ids])
    left = [lake_id for lake_id, row in zip(run.ids, rows, strict=True) if table[row, 0, 0] < 0]
    saved = time.monotonic()
    try:
        for made in predict_dataset(segmenter, fingerprint, dataset, left, cache, progress, run.options):
            lake = made.lake
            kept = np.where(scored_labels(lake, dataset.fill), kept_labels(lake.labels, run.size), np.uint8(0))
            table[dataset.lakes.position(lake.id)] = confusion(kept, classes(made.probabilities))
            if time.monotonic() - saved > _SAVE_EVERY:
                cache.save_scores(dataset.fingerprint, fingerprint, table, key)
                saved = time.monotonic()
    finally:
        if left:
            cache.save_scores(dataset.fingerprint, fingerprint, table, key)
    return np.asarray(table[rows])


def rows_of(card: Card, dataset: Dataset, store: ModelStore, cache: PredictionCache, progress: Progress) -> list[dict]:
    """Measure one model at its sizes: one row for each size and terms."""
    ids, rule = choose_lakes(card, dataset, "test")
    segmenter = store.load(card.id, card.fingerprint)
    groups = ground_groups(dataset, np.array([dataset.lakes.position(lake_id) for lake_id in ids]))
    runs = [Run(card, size, ids) for size in sizes_of(card)]
    rows = []
    for done, run in enumerate(runs):
        step = within(progress, done, len(runs), f"{run.size} px" if run.size else "whole lakes")
        for terms, matrices in _measured(run, segmenter, dataset, cache, step):
            about = {"model": card.id, "title": card.title, "series": series_of(card.title), "terms": terms}
            rows.append(about | {"size": run.size, "rule": rule} | _numbers(matrices, groups))
    return rows


def _measured(
    run: Run, segmenter: Segmenter, dataset: Dataset, cache: PredictionCache, progress: Progress
) -> Iterator[tuple[str, np.ndarray]]:
    if run.size != WHOLE:
        yield STUDY, study_confusions(run, segmenter, dataset, cache, progress)
    fingerprint = run.card.fingerprint
    yield FAIR, lake_confusions(segmenter, fingerprint, dataset, run.ids, cache, progress, run.options)


def _numbers(matrices: np.ndarray, groups: Sequence[str]) -> dict[str, Any]:
    found = summarise(matrices, groups)
    scores, interval = found["excluded"], found["f1_interval"]
    truth = matrices.sum(axis=(0, 2))
    return {
        "lakes": found["lakes"],
        "pixels": scores["pixels"],
        "land_share": float(truth[LAND - 1] / scores["pixels"]) if scores["pixels"] else None,
        "f1": scores["f1"],
        "low": interval["low"],
        "high": interval["high"],
        "precision": scores["precision"],
        "recall": scores["recall"],
        "accuracy": scores["accuracy"],
    }


def within(progress: Progress, step: int, steps: int, text: str) -> Progress:
    """Return a progress that fills one of the steps of another one and says what it is about."""
    return lambda share, lake: progress((step + share) / steps, f"{text}, {lake}")


def wanted(dataset: Dataset, cards: Iterable[Card]) -> list[Card]:
    """Return the models that can be measured: those that fit the bands and have not seen all ground of the dataset."""
    return [card for card in cards if card.fits(dataset.bands) and has_lakes(card, dataset, "test")]


def measure(dataset: Dataset, store: ModelStore, cache: PredictionCache, progress: Progress) -> Result:
    """Measure F1 at each size for every model that fits the dataset's bands; rows of models known before stay."""
    before = find(PART, dataset.fingerprint)
    cards = wanted(dataset, store.cards()[0])
    rows: list[Mapping[str, Any]] = []
    models = {}
    started = time.monotonic()
    for done, card in enumerate(cards):
        if before is not None and before.has(card):
            rows += before.of_model(card.id)
        else:
            rows += rows_of(card, dataset, store, cache, within(progress, done, len(cards), card.id))
        models[card.id] = card.fingerprint
        progress((done + 1) / len(cards), card.id)
    made = {"seconds": round(time.monotonic() - started, 1), "sizes": list(SIZES)}
    return Result(PART, origin(dataset), "test", rows, models, made)
