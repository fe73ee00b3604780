"""What models say of a dataset whose labels leave pixels unclassified: where labels are sure, where they are not.

Where the dataset knows the water fraction, it also says how often a model, and each of the two labellers, is right on
the unclassified pixels. A pixel is water if half of it is; "unclassified" is never right. Only lakes count on ground
that the model has not seen.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lakeseg.analysis.selection import choose_lakes, ground_groups, has_lakes
from lakeseg.analysis.undecided import share, share_difference
from lakeseg.bands import LAND, UNCLASSIFIED, WATER
from lakeseg.cache import PredictionCache
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.data.simulate.labellers import may_be_known, votes
from lakeseg.evaluation import Progress, predict_dataset, scored_labels
from lakeseg.metrics import classes, confusion
from lakeseg.segmenters.base import Segmenter
from lakeseg.store import ModelStore
from lakeseg.study.results import Result, find, origin
from lakeseg.study.sizes import within

PART: Final = "unclassified"
HALF: Final = 50  # percent of a pixel's area from which on it is water
MAP, RULE = "static map", "spectral rule"
EVERYWHERE: Final = ""  # stands for all domains together
_KEYS: Final = ("truth-land", "truth-water")  # or, without truth, all pixels under one key
_UNKNOWN: Final = "labels"
_SAVE_EVERY: Final = 3.0
_W, _L, _U = WATER - 1, LAND - 1, UNCLASSIFIED - 1


@dataclass(frozen=True)
class Lakes:
    """Some lakes of a dataset: their rows in its table, ground groups, domains and what the labellers said.

    `rule_water` is (L, 2) int64: unclassified pixels that the rule calls water, of those that are land and of those
    that are water; None where nobody knows.
    """

    rows: np.ndarray
    groups: Sequence[str]
    domains: np.ndarray
    rule_water: np.ndarray | None


def wanted(dataset: Dataset, cards: Iterable[Card]) -> list[Card]:
    """Return the models in question: those of all the dataset's bands that have not seen all of its ground."""
    if not dataset.total_counts()[UNCLASSIFIED]:
        return []
    whole = [card for card in cards if card.bands == tuple(dataset.bands) and not card.any_bands]
    return [card for card in whole if has_lakes(card, dataset, "test")]


def measure(dataset: Dataset, store: ModelStore, cache: PredictionCache, progress: Progress) -> Result:
    """Measure every model of all bands; rows of models known before stay. Without unclassified pixels: no rows."""
    before, started = find(PART, dataset.fingerprint), time.monotonic()
    cards = wanted(dataset, store.cards()[0])
    rows: list[Mapping[str, Any]] = []
    for done, card in enumerate(cards):
        if before is not None and before.has(card):
            rows += before.of_model(card.id)
        else:
            rows += _rows_of(card, dataset, store, cache, within(progress, done, len(cards), card.id))
    made = {"seconds": round(time.monotonic() - started, 1), "water_from_percent": HALF}
    models = {card.id: card.fingerprint for card in cards}
    return Result(PART, origin(dataset), "lakes on ground that the model has not seen", rows, models, made)


def _rows_of(
    card: Card, dataset: Dataset, store: ModelStore, cache: PredictionCache, progress: Progress
) -> list[dict[str, Any]]:
    """Return one row for all domains and one for each."""
    ids, rule = choose_lakes(card, dataset, "test")
    tables = tables_of(store.load(card.id, card.fingerprint), card.fingerprint, dataset, ids, cache, progress)
    lakes = lakes_of(dataset, ids)
    about = {"model": card.id, "title": card.title, "rule": rule, "of_lakes": len(dataset.lakes)}
    names = [EVERYWHERE, *sorted(set(lakes.domains.tolist()) - {EVERYWHERE})]
    return [about | {"domain": name} | _numbers(tables, lakes, name) for name in names]


def tables_of(
    segmenter: Segmenter,
    fingerprint: str,
    dataset: Dataset,
    ids: Sequence[str],
    cache: PredictionCache,
    progress: Progress,
) -> np.ndarray:
    """Return (L, t, 3, 3) int64: labels × predictions of each lake, t = 2 for truly land and truly water, else 1.

    Lakes that were counted before are not predicted again.
    """
    keys = _KEYS if dataset.truth_available else (_UNKNOWN,)
    lakes = len(dataset.lakes)
    tables = np.stack([cache.scores(dataset.fingerprint, fingerprint, lakes, key) for key in keys], axis=1)
    rows = np.array([dataset.lakes.position(lake_id) for lake_id in ids], np.int64)
    left = [lake_id for lake_id, row in zip(ids, rows, strict=True) if (tables[row, :, 0, 0] < 0).any()]

    def save() -> None:
        for place, key in enumerate(keys):
            cache.save_scores(dataset.fingerprint, fingerprint, tables[:, place], key)

    saved = time.monotonic()
    try:
        for made in predict_dataset(segmenter, fingerprint, dataset, left, cache, progress):
            tables[dataset.lakes.position(made.lake.id)] = _counted(
                made.lake, dataset.fill, classes(made.probabilities)
            )
            if time.monotonic() - saved > _SAVE_EVERY:
                save()
                saved = time.monotonic()
    finally:
        if left:
            save()
    return np.asarray(tables[rows])


def _counted(lake: Lake, fill: int, said: np.ndarray) -> np.ndarray:
    """Return the (t, 3, 3) table of one lake."""
    labels = scored_labels(lake, fill)
    if lake.truth is None:
        return confusion(labels, said)[None]
    water = lake.truth >= HALF
    return np.stack([confusion(np.where(water == truly, labels, np.uint8(0)), said) for truly in (False, True)])


def lakes_of(dataset: Dataset, ids: Sequence[str]) -> Lakes:
    """Return what the rows of those lakes need besides predictions."""
    rows = np.array([dataset.lakes.position(lake_id) for lake_id in ids], np.int64)
    voted = [_rule_water(dataset.lake(lake_id), dataset.fill) for lake_id in ids] if may_be_known(dataset) else [None]
    known = [counts for counts in voted if counts is not None]
    rule_water = np.array(known, np.int64).reshape(-1, 2) if len(known) == len(ids) else None
    return Lakes(rows, ground_groups(dataset, rows), dataset.lakes.domain[rows], rule_water)


def _rule_water(lake: Lake, fill: int) -> list[int] | None:
    """Count the unclassified pixels that the rule calls water, truly land and truly water; None: other labellers."""
    said = votes(lake.image, lake.labels)
    if said is None or lake.truth is None:
        return None
    open_ = (scored_labels(lake, fill) == UNCLASSIFIED) & said[1]
    return [int((open_ & ((lake.truth >= HALF) == truly)).sum()) for truly in (False, True)]


def _numbers(tables: np.ndarray, lakes: Lakes, domain: str) -> dict[str, Any]:
    """Return what one row says of the lakes of a domain."""
    here = np.full(len(tables), True) if domain == EVERYWHERE else lakes.domains == domain
    some, groups = tables[here], [group for group, taken in zip(lakes.groups, here, strict=True) if taken]
    labels = some.sum(axis=1)
    sure = labels[:, (_W, _L)]
    agreed = share(labels[:, _W, _W] + labels[:, _L, _L], sure.sum(axis=(1, 2)), groups)
    row = {
        "lakes": len(some),
        "groups": len(set(groups)),
        "pixels": int(some.sum()),
        "confusion": labels.sum(axis=0).tolist(),
        "agreement": agreed.to_json(),
        "says": dict(zip(("water", "land", "unclassified"), labels[:, _U].sum(axis=0).tolist(), strict=True)),
    }
    if tables.shape[1] == len(_KEYS):
        row["truth"] = _truth(some, groups, None if lakes.rule_water is None else lakes.rule_water[here])
    return row


def _truth(some: np.ndarray, groups: Sequence[str], rule_water: np.ndarray | None) -> dict[str, Any]:
    """Return how often the model is right on unclassified pixels and on sure ones, and each labeller on the former."""
    open_ = some[:, :, _U]  # (L, truly land or water, said)
    pixels, right = open_.sum(axis=(1, 2)), open_[:, 0, _L] + open_[:, 1, _W]
    sure = some[:, :, (_W, _L)]
    found: dict[str, Any] = {
        "counts": {"land": open_[:, 0].sum(axis=0).tolist(), "water": open_[:, 1].sum(axis=0).tolist()},
        "right": share(right, pixels, groups).to_json(),
        "water": share(open_[:, 1].sum(axis=1), pixels, groups).to_json(),
        "right_on_sure": share(
            sure[:, 0, :, _L].sum(axis=1) + sure[:, 1, :, _W].sum(axis=1), sure.sum(axis=(1, 2, 3)), groups
        ).to_json(),
        "labels_right_on_sure": share(
            sure[:, 0, 1].sum(axis=1) + sure[:, 1, 0].sum(axis=1), sure.sum(axis=(1, 2, 3)), groups
        ).to_json(),
    }
    if rule_water is not None:
        by_rule = open_[:, 0].sum(axis=1) - rule_water[:, 0] + rule_water[:, 1]
        by_labeller = {MAP: pixels - by_rule, RULE: by_rule}  # they disagree there, so one of them is right
        found["labellers"] = {
            name: {
                "right": share(counts, pixels, groups).to_json(),
                "model_less_labeller": share_difference(right, counts, pixels, groups).to_json(),
            }
            for name, counts in by_labeller.items()
        }
    return found
