"""Part `subsets`: what the network for any bands and logistic regression say of every subset of the bands.

The rows, one a model and subset, hold `model`, `bands`, `f1` of water with its interval `low` to `high`, the `pixels`
labelled water or land that it rests on, `lakes` and the `confusion` of the test lakes.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from lakeseg.analysis.components import LOGISTIC
from lakeseg.analysis.regression import Material, fit_bands, prepare
from lakeseg.analysis.selection import split_of
from lakeseg.analysis.subsets import Bands, all_subsets, options_for
from lakeseg.cache import PredictionCache
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.evaluation import Progress, lake_confusions, summarise
from lakeseg.segmenters.base import Segmenter
from lakeseg.store import ModelStore
from lakeseg.study.notes import Notes
from lakeseg.study.results import Result, origin

PART: Final = "subsets"
_REGRESSION_SHARE: Final = 0.3


def any_band_card(cards: Sequence[Card], dataset: Dataset) -> Card | None:
    """Return the model for any bands that knows all those of a dataset; one trained on it comes first."""
    fitting = [card for card in cards if card.any_bands and set(dataset.bands) <= set(card.bands)]
    return min(fitting, key=lambda card: (not card.is_home(dataset.fingerprint), card.id), default=None)


def scores_of(result: Result | None, model: str) -> dict[Bands, float]:
    """Return the F1 of one model by subset, NaN where it is undefined; empty without a result."""
    rows = result.of_model(model) if result else []
    return {tuple(row["bands"]): float("nan") if row["f1"] is None else row["f1"] for row in rows}


def row_of(result: Result | None, model: str, bands: Bands) -> Mapping[str, Any] | None:
    """Return the row of one model and subset, or None where there is none."""
    rows = result.of_model(model) if result else []
    return next((row for row in rows if tuple(row["bands"]) == bands), None)


def is_current(result: Result | None, network: Card) -> bool:
    """Say whether a result holds the scores of a network as its weights are now."""
    return result is not None and result.has(network)


def measure(dataset: Dataset, store: ModelStore, cache: PredictionCache, progress: Progress) -> Result:
    """Score every subset on the test lakes; what is done is noted, so that a run that was stopped goes on.

    Without a network for any bands, regression alone is measured.
    """
    started = time.perf_counter()
    cards = store.cards()[0]
    network = any_band_card(cards, dataset)
    known = split_of(dataset, cards, network)
    subsets, material = all_subsets(dataset.bands), prepare(dataset, known.split)
    notes = Notes.of(cache, dataset.fingerprint, PART)
    end = _REGRESSION_SHARE if network else 1.0
    rows = _regression_rows(subsets, material, notes, _within(progress, 0, end))
    if network:
        run = _Network(store.load(network.id, network.fingerprint), network, dataset, known.split.test, cache)
        rows += run.rows(subsets, _within(progress, end, 1))
    notes.forget()
    made = {"split_of": known.model, "rule": known.split.rule, "training_pixels": len(material.labels)}
    versions = {"python": platform.python_version(), "seconds": round(time.perf_counter() - started, 1)}
    models = {network.id: network.fingerprint} if network else {}
    return Result(PART, origin(dataset), "test", rows, models, made | versions)


def _within(progress: Progress, start: float, end: float) -> Progress:
    return lambda share, text: progress(start + (end - start) * share, text)


def _regression_rows(
    subsets: Sequence[Bands], material: Material, notes: Notes, progress: Progress
) -> list[dict[str, Any]]:
    def work(subset: Bands) -> Callable[[], dict[str, Any]]:
        return lambda: _row(LOGISTIC, subset, fit_bands(material, subset).scores)

    key = f"{len(material.labels)} {material.ends.tolist()}"
    rows = []
    for done, subset in enumerate(subsets, start=1):
        rows.append(notes.ask(f"{key} {subset}", work(subset)))
        progress(done / len(subsets), f"logistic regression on bands {', '.join(map(str, subset))}")
    return rows


class _Network:
    """A network for any bands on the test lakes; scores are cached, predictions are not: 127 of each lake."""

    def __init__(
        self, segmenter: Segmenter, card: Card, dataset: Dataset, ids: Sequence[str], cache: PredictionCache
    ) -> None:
        self.segmenter, self.card, self.dataset, self.ids, self.cache = segmenter, card, dataset, list(ids), cache
        self.places = np.array([dataset.lakes.position(lake_id) for lake_id in ids], np.int64)
        self.groups = [str(dataset.lakes.group[place]) or dataset.lake_ids[place] for place in self.places]

    def rows(self, subsets: Sequence[Bands], progress: Progress) -> list[dict[str, Any]]:
        """Return a row for each subset."""
        rows = []
        for done, subset in enumerate(subsets, start=1):
            rows.append(_row(self.card.id, subset, summarise(self._confusions(subset), self.groups)))
            progress(done / len(subsets), f"{self.card.id} on bands {', '.join(map(str, subset))}")
        return rows

    def _confusions(self, subset: Bands) -> np.ndarray:
        options, fingerprints = (
            options_for(subset, self.dataset.bands),
            (self.dataset.fingerprint, self.card.fingerprint),
        )
        table = self.cache.scores(*fingerprints, len(self.dataset.lakes), options.key)
        left = [lake_id for lake_id, place in zip(self.ids, self.places, strict=True) if table[place, 0, 0] < 0]
        if left:
            rows = [self.dataset.lakes.position(lake_id) for lake_id in left]
            table[rows] = lake_confusions(
                self.segmenter, self.card.fingerprint, self.dataset, left, cache=None, options=options
            )
            self.cache.save_scores(*fingerprints, table, options.key)
        return table[self.places]


def _row(model: str, subset: Bands, scores: dict[str, Any]) -> dict[str, Any]:
    interval = scores["f1_interval"]
    return {
        "model": model,
        "bands": list(subset),
        "f1": scores["f1"],
        "low": interval["low"],
        "high": interval["high"],
        "pixels": scores["excluded"]["pixels"],
        "lakes": scores["lakes"],
        "confusion": scores["confusion"]["rows_truth"],
    }
