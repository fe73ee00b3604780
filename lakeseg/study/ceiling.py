"""Part `ceiling`: how well labels can be predicted at all, given the noise in them.

Nothing that looks at an image can know the labels better than somebody who knows the truth: where a dataset holds the
true water fraction, F1 of "half the pixel is water" against the labels is about the most that a model can reach. The
rule of fixed thresholds, the other labeller of the demo data, says how well one labeller predicts the other. The rows
hold `reader`, `split`, `f1` with its interval `low` to `high`, `precision`, `recall`, `pixels` and `lakes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from lakeseg.analysis.selection import ground_groups, split_of
from lakeseg.bands import ALL_BANDS, LAND, WATER
from lakeseg.cache import PredictionCache
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.data.simulate.labellers import spectral_rule
from lakeseg.errors import ModelError
from lakeseg.evaluation import Progress, scored_labels, summarise
from lakeseg.metrics import confusion
from lakeseg.store import ModelStore
from lakeseg.study.results import Result, origin

PART: Final = "ceiling"
TRUTH, RULE = "true water fraction", "spectral rule"
HALF: Final = 50  # percent
_PARTS: Final = ("validation", "test")

Reader = Callable[[Lake], np.ndarray]


def readers(dataset: Dataset) -> Mapping[str, Reader]:
    """Return what can predict the labels of a dataset without having learned from them, as (H, W) class codes."""
    found: dict[str, Reader] = {}
    if dataset.truth_available:
        found[TRUTH] = lambda lake: _codes(np.asarray(lake.truth) >= HALF)
    if tuple(dataset.bands) == ALL_BANDS:
        found[RULE] = lambda lake: _codes(spectral_rule(lake.image))
    return found


def _codes(water: np.ndarray) -> np.ndarray:
    return np.where(water, np.uint8(WATER), np.uint8(LAND))


def measure(dataset: Dataset, store: ModelStore, _cache: PredictionCache, progress: Progress) -> Result:
    """Score each reader on the validation and on the test lakes.

    Raises:
        ModelError: The dataset knows no truth and has not the bands of the rule.
    """
    known, reading = split_of(dataset, store.cards()[0]), readers(dataset)
    if not reading:
        raise ModelError(f"{dataset.path}: knows no truth and lacks bands of the rule: nothing to hold the labels to")
    rows = []
    for part in _PARTS:
        lakes = known.split.part(part)
        tables: dict[str, list[np.ndarray]] = {name: [] for name in reading}
        for done, lake in enumerate(dataset.iter_lakes(lakes), start=1):
            labels = scored_labels(lake, dataset.fill)
            for name, read in reading.items():
                tables[name].append(confusion(labels, read(lake)))
            progress((_PARTS.index(part) + done / len(lakes)) / len(_PARTS), lake.id)
        groups = ground_groups(dataset, np.array([dataset.lakes.position(lake) for lake in lakes], np.int64))
        rows += [_row(name, part, np.stack(each), groups) for name, each in tables.items() if each]
    return Result(PART, origin(dataset), " and ".join(reversed(_PARTS)), rows, made={"rule": known.split.rule})


def _row(name: str, part: str, tables: np.ndarray, groups: list[str]) -> dict[str, Any]:
    found = summarise(tables, groups)
    scores, interval = found["excluded"], found["f1_interval"]
    kept = {key: scores[key] for key in ("f1", "precision", "recall", "pixels")}
    return {"reader": name, "split": part, **kept, "low": interval["low"], "high": interval["high"]} | {
        "lakes": found["lakes"]
    }
