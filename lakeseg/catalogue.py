"""The lakes of a dataset as a table that can be filtered and sorted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from lakeseg.bands import UNCLASSIFIED, WATER, is_fill
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.data.dataset import Dataset
from lakeseg.metrics import classes, score_arrays

FILE_ORDER: Final = "File order"
WORST: Final = "Worst F1 first"
DISAGREEMENT: Final = "Most disagreement first"
ORDERS: Final[Mapping[str, tuple[str, bool]]] = {
    FILE_ORDER: ("", True),
    WORST: ("mean F1", True),
    DISAGREEMENT: ("disagreement %", False),
    "Most unclassified first": ("unclassified %", False),
    "Most water first": ("water %", False),
    "Largest first": ("pixels", False),
    "Smallest first": ("pixels", True),
}


@dataclass(frozen=True)
class Selection:
    """Which lakes are listed and in which order; empty `domains` means all of them."""

    order: str = FILE_ORDER
    domains: tuple[str, ...] = ()
    min_pixels: int = 0
    min_unclassified: float = 0.0
    extra: Mapping[str, np.ndarray] = field(default_factory=dict)


def lake_table(dataset: Dataset, confusions: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return one row a lake: size, class shares in percent of its pixels, domain, and F1 of water per model.

    Args:
        dataset: Any dataset with lakes.
        confusions: For each model's id its (L, 3, 3) confusions, −1 where a lake is not predicted yet.
    """
    table, counts = dataset.lakes, dataset.class_counts()
    frame = pd.DataFrame(
        {
            "lake": table.id,
            "height": table.height,
            "width": table.width,
            "pixels": table.size,
            "water %": 100 * counts[:, WATER] / table.size,
            "unclassified %": 100 * counts[:, UNCLASSIFIED] / table.size,
            "domain": table.domain,
        }
    )
    scores = pd.DataFrame({f"F1 {key}": _lake_f1(matrix) for key, matrix in confusions.items()}, index=frame.index)
    return pd.concat([frame, scores.assign(**{"mean F1": scores.mean(axis=1)})], axis=1)


def _lake_f1(confusions: np.ndarray) -> np.ndarray:
    """Return (L,) F1 of water; NaN where it is undefined or the lake is not predicted yet."""
    return score_arrays(np.maximum(confusions, 0))["f1"]


def arrange(frame: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """Return the rows of `lake_table` that `selection` keeps, in its order; lakes without a value come last."""
    frame = frame.assign(**dict(selection.extra))
    keep = (frame["pixels"] >= selection.min_pixels) & (frame["unclassified %"] >= selection.min_unclassified)
    if selection.domains:
        keep &= frame["domain"].isin(selection.domains)
    column, ascending = ORDERS[selection.order]
    kept = frame[keep]
    return kept.sort_values(column, ascending=ascending, kind="stable", na_position="last") if column in kept else kept


def add_disagreement(known: np.ndarray, dataset: Dataset, cache: PredictionCache, fingerprints: Sequence[str]) -> None:
    """Fill in where `known` (L,) is NaN: the share of a lake's pixels, in percent, that not all models call the same.

    Pixels that miss a band do not count.
    Lakes that not all the models have predicted yet stay NaN.
    """
    ids = dataset.lakes.id[np.isnan(known)].tolist()
    for fingerprint in fingerprints:
        lacking = set(cache.missing(dataset.fingerprint, fingerprint, ids))
        ids = [lake_id for lake_id in ids if lake_id not in lacking]
    for lake_id in ids:
        known[dataset.lakes.position(lake_id)] = _lake_disagreement(dataset, lake_id, cache, fingerprints)


def _lake_disagreement(dataset: Dataset, lake_id: str, cache: PredictionCache, fingerprints: Sequence[str]) -> float:
    predicted = [cache.get(CacheKey(dataset.fingerprint, lake_id, fingerprint)) for fingerprint in fingerprints]
    said = [classes(probabilities) for probabilities in predicted if probabilities is not None]
    if len(said) < len(fingerprints):
        return float("nan")
    valid = ~is_fill(dataset.lake(lake_id).image, dataset.fill)
    differs = np.any([codes != said[0] for codes in said[1:]], axis=0)[valid]
    return 100 * float(differs.mean()) if differs.size else 0.0


def neighbours(ids: Sequence[str], current: str, count: int) -> list[str]:
    """Return up to `count` ids around `current`, which stands in the middle where the list allows."""
    if current not in ids:
        return list(ids[:count])
    start = min(max(ids.index(current) - count // 2, 0), max(len(ids) - count, 0))
    return list(ids[start : start + count])
