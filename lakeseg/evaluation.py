"""How good a segmenter is on a dataset: predictions into the cache, one confusion matrix a lake, then scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from lakeseg.bands import NO_LABEL, is_fill
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.errors import ModelError
from lakeseg.inference import OWN_WAY, Options, predict_lake, seen
from lakeseg.metrics import Scores, bootstrap_interval, bounds, classes, confusion, confusion_to_json, sum_by_group

if TYPE_CHECKING:
    from lakeseg.segmenters.base import Segmenter

Progress = Callable[[float, str], None]
_SAVE_EVERY: Final = 3.0
_INTERVAL_SEED: Final = 0


@dataclass(frozen=True)
class Prediction:
    """A lake with its probabilities (H, W, 3) float32, NaN where a pixel misses a band."""

    lake: Lake
    probabilities: np.ndarray


def predict_dataset(
    segmenter: Segmenter,
    fingerprint: str,
    dataset: Dataset,
    ids: Iterable[str] | None = None,
    cache: PredictionCache | None = None,
    progress: Progress | None = None,
    options: Options = OWN_WAY,
) -> Iterator[Prediction]:
    """Predict lakes one by one (default: all), taking from `cache` what it has and putting there what it lacks.

    Args:
        segmenter: What predicts.
        fingerprint: Of its config and weights (its card has it), under which its predictions are cached.
        dataset: Where the lakes are.
        ids: Which lakes.
        cache: Where predictions are kept; None predicts anew.
        progress: Called with the share done (0 to 1) and the lake's id after each lake.
        options: Another way of predicting than the model's own.

    Raises:
        ModelError: The model needs other bands, or gives values that are not finite.
    """
    wanted = list(dataset.lake_ids if ids is None else ids)
    for done, lake_id in enumerate(wanted, start=1):
        lake = dataset.lake(lake_id)
        made = _probabilities(segmenter, fingerprint, dataset, lake, cache, options)
        yield Prediction(lake, seen(made, lake.image, dataset.fill))
        if progress is not None:
            progress(done / len(wanted), lake_id)


def _probabilities(
    segmenter: Segmenter,
    fingerprint: str,
    dataset: Dataset,
    lake: Lake,
    cache: PredictionCache | None,
    options: Options,
) -> np.ndarray:
    key = CacheKey(dataset.fingerprint, lake.id, fingerprint, options.key)
    found = None if cache is None else cache.get(key)
    if found is not None and found.shape[:2] == lake.shape:
        return found
    made = predict_lake(segmenter, lake.image, dataset.bands, dataset.scale, dataset.fill, options)
    if not np.isfinite(made).all():
        raise ModelError(f"lake {lake.id!r}: the model gives values that are not finite: train it again")
    if cache is not None:
        cache.put(key, made)
    return made


def scored_labels(lake: Lake, fill: int) -> np.ndarray:
    """Return the (H, W) uint8 labels that enter metrics: 0 where any band of the pixel is fill."""
    return np.where(is_fill(lake.image, fill), np.uint8(NO_LABEL), lake.labels)


def lake_confusions(
    segmenter: Segmenter,
    fingerprint: str,
    dataset: Dataset,
    ids: Sequence[str] | None = None,
    cache: PredictionCache | None = None,
    progress: Progress | None = None,
    options: Options = OWN_WAY,
) -> np.ndarray:
    """Return (L, 3, 3) int64: the confusion matrix of each of the lakes `ids` (default: all), in their order.

    With a cache, lakes scored before are not read again, and the scores are saved every few seconds: a page can show
    them while the others are still being made, and a run that was killed goes on where it stood.
    """
    rows = np.arange(len(dataset.lakes)) if ids is None else _rows(dataset, ids)
    table = np.full((len(dataset.lakes), 3, 3), -1, np.int64)
    if cache is not None:
        table = cache.scores(dataset.fingerprint, fingerprint, len(table), options.key)
    left = [dataset.lake_ids[row] for row in rows if table[row, 0, 0] < 0]
    saved = time.monotonic()
    try:
        for prediction in predict_dataset(segmenter, fingerprint, dataset, left, cache, progress, options):
            labels = scored_labels(prediction.lake, dataset.fill)
            table[dataset.lakes.position(prediction.lake.id)] = confusion(labels, classes(prediction.probabilities))
            if cache is not None and time.monotonic() - saved > _SAVE_EVERY:
                cache.save_scores(dataset.fingerprint, fingerprint, table, options.key)
                saved = time.monotonic()
    finally:
        if cache is not None and left:
            cache.save_scores(dataset.fingerprint, fingerprint, table, options.key)
    return table[rows]


def _rows(dataset: Dataset, ids: Sequence[str]) -> np.ndarray:
    return np.array([dataset.lakes.position(lake_id) for lake_id in ids], np.int64)


def evaluate(
    segmenter: Segmenter,
    fingerprint: str,
    dataset: Dataset,
    parts: Mapping[str, Sequence[str]],
    cache: PredictionCache | None = None,
    progress: Progress | None = None,
    options: Options = OWN_WAY,
) -> dict[str, Any]:
    """Return for each part (name: lake ids) what `summarise` says of it, ready for JSON."""
    every = list(dict.fromkeys(lake_id for ids in parts.values() for lake_id in ids))
    matrices = lake_confusions(segmenter, fingerprint, dataset, every, cache, progress, options)
    table = dict(zip(every, matrices, strict=True))
    groups = dict(zip(dataset.lake_ids, dataset.lakes.group.tolist(), strict=True))
    return {
        name: summarise(
            np.array([table[lake_id] for lake_id in ids], np.int64).reshape(-1, 3, 3),
            [groups[lake_id] or lake_id for lake_id in ids],
        )
        for name, ids in parts.items()
    }


def summarise(confusions: np.ndarray, groups: Sequence[str]) -> dict[str, Any]:
    """Return the scores of (L, 3, 3) confusion matrices of lakes in ground `groups`, as plain values.

    `lakes` and `pixels` (labelled, in `confusion`), `f1` of water with unclassified excluded and its 95 % bootstrap
    interval over groups, and all metrics with unclassified `excluded`, as a third `class`, and as `bounds`.
    """
    total = confusions.sum(axis=0)
    excluded = Scores.from_confusion(total).to_json()
    rng = np.random.default_rng(_INTERVAL_SEED)
    return {
        "lakes": len(confusions),
        "pixels": int(total.sum()),
        "confusion": confusion_to_json(total),
        "f1": excluded["f1"],
        "f1_interval": bootstrap_interval(sum_by_group(confusions, groups), rng).to_json(),
        "excluded": excluded,
        "class": Scores.from_confusion(total, "class").to_json(),
        "bounds": bounds(total).to_json(),
    }
