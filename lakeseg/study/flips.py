"""Flips: how many pixels of a dataset change their class with the size of the patch in which a network sees them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from lakeseg.analysis.flips import FLIP_SIZES, flip_table
from lakeseg.analysis.selection import ALL, choose_lakes, has_lakes
from lakeseg.bands import is_fill
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.evaluation import Progress
from lakeseg.inference import OWN_WAY, Options, predict_lake
from lakeseg.metrics import classes
from lakeseg.segmenters.base import Segmenter
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.store import ModelStore
from lakeseg.study.results import Result, find, origin
from lakeseg.study.sizes import within

PART: Final = "flips"
KEYS: Final = ("flips", "flips-by-size")  # two tables beside the scores of a model, nine numbers a lake each
_SAVE_EVERY: Final = 3.0
_CELLS: Final = 9
MOST_PIXELS: Final = 500_000  # seven sizes cost twenty passes over each pixel


def takes_any_size(card: Card) -> bool:
    """Say whether a model goes over a whole lake in one pass and can be shown patches of any size instead."""
    return SegmenterConfig.from_json(card.config).reach == "whole"


def lake_flips(segmenter: Segmenter, fingerprint: str, dataset: Dataset, lake: Lake, cache: PredictionCache) -> Any:
    """Return `analysis.flips.flip_table` of one lake; predictions that are cached are taken from there, none is put."""

    def said(options: Options) -> np.ndarray:
        found = cache.get(CacheKey(dataset.fingerprint, lake.id, fingerprint, options.key))
        if found is None or found.shape[:2] != lake.shape:
            found = predict_lake(segmenter, lake.image, dataset.bands, dataset.scale, dataset.fill, options)
        return classes(found)

    by_size = [said(Options(patch=size)) for size in FLIP_SIZES]
    return flip_table(said(OWN_WAY), by_size, ~is_fill(lake.image, dataset.fill))


def dataset_flips(
    card: Card,
    segmenter: Segmenter,
    dataset: Dataset,
    ids: list[str],
    cache: PredictionCache,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    """Return flips of each lake, (L, n + 1) and (L, n) int64 for n sizes; lakes known before are not done again."""
    lakes, fingerprint = len(dataset.lakes), card.fingerprint
    tables = [cache.scores(dataset.fingerprint, fingerprint, lakes, key).reshape(lakes, _CELLS) for key in KEYS]
    rows = np.array([dataset.lakes.position(lake_id) for lake_id in ids], np.int64)
    left = [row for row in rows if (tables[0][row, 0] < 0) | (tables[1][row, 0] < 0)]

    def save() -> None:
        for key, table in zip(KEYS, tables, strict=True):
            cache.save_scores(dataset.fingerprint, fingerprint, table.reshape(lakes, 3, 3), key)

    saved = time.monotonic()
    try:
        for done, row in enumerate(left, start=1):
            lake = dataset.lake(dataset.lake_ids[row])
            for table, found in zip(tables, lake_flips(segmenter, fingerprint, dataset, lake, cache), strict=True):
                table[row] = np.pad(found, (0, _CELLS - len(found)))
            progress(done / len(left), lake.id)
            if time.monotonic() - saved > _SAVE_EVERY:
                save()
                saved = time.monotonic()
    finally:
        if left:
            save()
    sizes = len(FLIP_SIZES)
    return tables[0][rows, : sizes + 1], tables[1][rows, :sizes]


def wanted(dataset: Dataset, cards: Iterable[Card]) -> list[Card]:
    """Return the models that can be measured: those that fit the bands, take any size and have lakes here."""
    fitting = [card for card in cards if card.fits(dataset.bands) and takes_any_size(card)]
    return [card for card in fitting if has_lakes(card, dataset, _part(card, dataset))]


def _part(card: Card, dataset: Dataset) -> str:
    return "test" if card.is_home(dataset.fingerprint) else ALL


def measure(dataset: Dataset, store: ModelStore, cache: PredictionCache, progress: Progress) -> Result:
    """Measure the flips of every model that takes any size: on its test lakes, elsewhere on lakes from all over."""
    before = find(PART, dataset.fingerprint)
    cards = wanted(dataset, store.cards()[0])
    rows: list[Any] = []
    models = {}
    started = time.monotonic()
    for done, card in enumerate(cards):
        if before is not None and before.has(card):
            rows += before.of_model(card.id)
        else:
            rows.append(_measured(card, dataset, store, cache, within(progress, done, len(cards), card.id)))
        models[card.id] = card.fingerprint
    made = {"seconds": round(time.monotonic() - started, 1), "sizes": list(FLIP_SIZES)}
    return Result(PART, origin(dataset), "test lakes at home, lakes from all over elsewhere", rows, models, made)


def _measured(
    card: Card, dataset: Dataset, store: ModelStore, cache: PredictionCache, progress: Progress
) -> dict[str, Any]:
    part = _part(card, dataset)
    ids, _ = choose_lakes(card, dataset, part)
    some = spread(dataset, ids)
    segmenter = store.load(card.id, card.fingerprint)
    row = _row(card, part, *dataset_flips(card, segmenter, dataset, some, cache, progress))
    return row | {"of_lakes": len(ids)}


def spread(dataset: Dataset, ids: Sequence[str], most: int = MOST_PIXELS) -> list[str]:
    """Return evenly spaced lakes of `ids` that hold at most some `most` pixels, all of them where they do."""
    pixels = int(sum(dataset.lakes.size[dataset.lakes.position(lake_id)] for lake_id in ids))
    every = max(1, -(-pixels // most))
    return list(ids[every // 2 :: every]) or list(ids[:1])


def _row(card: Card, part: str, counts: np.ndarray, changed: np.ndarray) -> dict[str, Any]:
    total = counts.sum(axis=0)
    return {
        "model": card.id,
        "title": card.title,
        "split": part,
        "lakes": len(counts),
        "pixels": int(total.sum()),
        "flips": total.tolist(),
        "changed": changed.sum(axis=0).tolist(),
    }
