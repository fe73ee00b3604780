"""Make the regions of a dataset from nothing: choose judges, have them predict what is missing, cut, keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from lakeseg.bands import UNCLASSIFIED
from lakeseg.cache import PredictionCache
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.errors import DatasetError
from lakeseg.evaluation import Progress, predict_dataset
from lakeseg.review.cutting import cut
from lakeseg.review.keeping import save
from lakeseg.review.regions import Judge, Regions
from lakeseg.store import ModelStore

MOST_JUDGES: Final = 4
_CUTTING: Final = 0.2  # share of the bar that cutting takes where something must be predicted


def judges_for(dataset: Dataset, cards: Iterable[Card]) -> list[Card]:
    """Return the models that are asked by default: the best of each kind by F1 on its own test lakes, at most four.

    Models of all the dataset's bands stand for their kind before others; one whose F1 is not half of the best is left
    out, for its dissent would say nothing.
    """
    able = [card for card in cards if card.fits(dataset.bands)]
    best: dict[str, Card] = {}
    for card in sorted(able, key=lambda card: (set(dataset.bands) <= set(card.bands), _f1(card)), reverse=True):
        best.setdefault(card.kind, card)
    ranked = sorted(best.values(), key=_f1, reverse=True)
    return [card for card in ranked if _f1(card) >= _f1(ranked[0]) / 2][:MOST_JUDGES]


def _f1(card: Card) -> float:
    """Return F1 on a model's own test lakes, 0 where nobody measured it."""
    test = card.scores.get("test")
    value: Any = test.get("f1") if isinstance(test, Mapping) else None
    return float(value) if isinstance(value, int | float) else 0.0


def build(
    dataset: Dataset,
    store: ModelStore,
    cache: PredictionCache,
    models: Sequence[str] = (),
    progress: Progress | None = None,
    root: Path | None = None,
) -> tuple[Regions, Path]:
    """Return the regions of a dataset and the file where they are kept.

    Args:
        dataset: With lakes and unclassified pixels.
        store: Where models are.
        cache: Where their predictions are and go.
        models: Ids of the judges; empty for `judges_for`.
        progress: Called with the share done, 0 to 1, and what is being done.
        root: Folder of kept regions, by default that of the data.

    Raises:
        DatasetError: There is nothing to review, or the file cannot be written.
        ModelError: A model is unknown or cannot run.
    """
    check_reviewable(dataset)
    cards = [store.card(name) for name in models] or judges_for(dataset, store.cards()[0])
    said = progress or (lambda _share, _text: None)
    predicted = _predict(dataset, store, cache, cards, said)
    judges = [Judge(card.id, card.fingerprint, card.title) for card in cards]
    start = 1 - _CUTTING if predicted else 0.0
    regions = cut(
        dataset, judges, cache, lambda share, lake: said(start + (1 - start) * share, f"cut regions of {lake}")
    )
    if not len(regions):
        raise DatasetError(f"{dataset.path}: every unclassified pixel lacks a value, so there is nothing to review")
    return regions, save(regions, root)


def check_reviewable(dataset: Dataset) -> None:
    """Raise a `DatasetError` where a dataset has no lakes or no unclassified pixels."""
    if dataset.of_pixels:
        raise DatasetError(f"{dataset.path}: has pixels but no lakes: import it lake by lake")
    if not dataset.total_counts()[UNCLASSIFIED]:
        raise DatasetError(f"{dataset.path}: has no unclassified pixels, so there is nothing to review")


def _predict(
    dataset: Dataset, store: ModelStore, cache: PredictionCache, cards: Sequence[Card], progress: Progress
) -> int:
    """Predict what the cache lacks; return how many predictions that took."""
    open_ = [lake for lake, row in zip(dataset.lake_ids, dataset.class_counts(), strict=True) if row[UNCLASSIFIED]]
    missing = {card.id: cache.missing(dataset.fingerprint, card.fingerprint, open_) for card in cards}
    total, done = sum(map(len, missing.values())), 0
    for card in (card for card in cards if missing[card.id]):
        segmenter = store.load(card.id, card.fingerprint)
        for made in predict_dataset(segmenter, card.fingerprint, dataset, missing[card.id], cache):
            done += 1
            progress((1 - _CUTTING) * done / total, f"{card.title} predicts {made.lake.id}")
    if total and cache.problem:
        raise DatasetError(cache.problem)
    return total
