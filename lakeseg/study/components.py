"""Part `components`: F1 of regression and boosting on the first k principal components, and on the k best bands.

The bands are chosen on the validation lakes: for regression the best of all subsets of each size, for boosting one
after the other, learned from some 200,000 pixels. Every score that is reported comes from all training pixels and the
test lakes. The rows hold `model`, `basis` (components or bands), `k`, `bands` (of bands), `variance` (the share in the
first k components), `f1` with its interval `low` to `high`, `pixels`, `lakes` and `training_pixels`.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from lakeseg.analysis.components import (
    BANDS,
    BOOSTING,
    COMPONENTS,
    LOGISTIC,
    MODELS,
    Basis,
    Columns,
    Trial,
    best_exhaustively,
    best_greedily,
    in_bands,
    in_components,
    principal,
    score,
)
from lakeseg.analysis.regression import prepare
from lakeseg.analysis.selection import split_of
from lakeseg.cache import PredictionCache
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split
from lakeseg.errors import ModelError
from lakeseg.evaluation import Progress
from lakeseg.store import ModelStore
from lakeseg.study.notes import Notes
from lakeseg.study.results import Result, origin

PART: Final = "components"
SELECTION_PIXELS: Final = 200_000
_FEW: Final = 3  # components that the study found to hold 99 % of the variance
_SMALL: Final = 0.01  # a difference of F1 that is none


@dataclass(frozen=True)
class _Bench:
    """Where trials run: noted under the lakes they were tested on, counted for the progress."""

    basis: Basis
    tested: str
    notes: Notes
    tick: Callable[[str], None]

    def score(self, trial: Trial) -> dict[str, Any]:
        self.tick(f"{trial.model} on {len(trial.columns)} {self.basis.name}, scored on the {self.tested} lakes")
        material = self.basis.material
        key = f"{self.basis.name} {self.tested} {len(material.labels)} {material.ends.tolist()} {trial}"
        return dict(self.notes.ask(key, lambda: score(self.basis, trial)))


def resolution(result: Result) -> str:
    """Return in one sentence, made from the numbers, why variance does not tell how well classes part."""
    shares = {int(row["k"]): row["variance"] for row in result.rows if row["variance"] is not None}
    most = max(shares)
    few = min(_FEW, most)
    best = {basis: _best(result, basis, few) for basis in (COMPONENTS, BANDS)}
    whole = max(_best(result, COMPONENTS, most), _best(result, BANDS, most), key=_f1)
    lost = _f1(whole) - _f1(best[COMPONENTS])
    held = f"{shares[few]:.1%} of the variance".replace("%", " %")
    if lost < _SMALL:
        return f"Here the first {few} components hold {held} and part water from land as well as all {most} do."
    named = ", ".join(map(str, best[BANDS]["bands"]))
    left = f"{1 - shares[few]:.1%}".replace("%", " %")
    return (
        f"Variance is not separability: the first {few} components hold {held}, yet F1 on them is "
        f"{_short(_f1(best[COMPONENTS]))} against {_short(_f1(whole))} on everything: the {_short(lost)} between them "
        f"lies in the {left} left over. The {few} bands chosen for the task ({named}) reach "
        f"{_short(_f1(best[BANDS]))}. Each time the better of regression and boosting."
    )


def _best(result: Result, basis: str, k: int) -> Mapping[str, Any]:
    return max((row for row in result.rows if row["basis"] == basis and row["k"] == k), key=_f1)


def _f1(row: Mapping[str, Any]) -> float:
    return float(row["f1"] or 0.0)


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def measure(dataset: Dataset, store: ModelStore, cache: PredictionCache, progress: Progress) -> Result:
    """Fit and score everything; each fit is noted, so that a run that was stopped goes on.

    Raises:
        ModelError: The split has no validation lakes to choose bands on.
    """
    started = time.perf_counter()
    known = split_of(dataset, store.cards()[0])
    if not known.split.validation:
        raise ModelError("components: the split holds no validation lakes, on which bands are chosen: train with some")
    notes = Notes.of(cache, dataset.fingerprint, PART)
    tick = _counter(progress, len(dataset.bands))
    chosen = _choose(dataset, known.split, notes, tick)
    material = prepare(dataset, known.split)
    axes = principal(material)
    reached = axes.shares.cumsum()
    rows = []
    for basis in (in_components(material, axes), in_bands(material)):
        bench = _Bench(basis, "test", notes, tick)
        for model in MODELS:
            for k in range(1, len(dataset.bands) + 1):
                columns = chosen[model][k - 1] if basis.name == BANDS else tuple(range(k))
                rows.append(_row(dataset, bench, Trial(model, columns), float(reached[k - 1])))
    notes.forget()
    made = {
        "split_of": known.model,
        "rule": known.split.rule,
        "training_pixels": len(material.labels),
        "axes": axes.axes,
        "shares": axes.shares,
        "python": platform.python_version(),
        "seconds": round(time.perf_counter() - started, 1),
    }
    return Result(PART, origin(dataset), "test", rows, made=made)


def _counter(progress: Progress, bands: int) -> Callable[[str], None]:
    """Return what reports one fit after another: subsets, greedy steps and the scores themselves."""
    total = 2**bands - 1 + bands * (bands + 1) // 2 + 4 * bands
    done = iter(range(10 * total))
    return lambda text: progress(min(next(done) / total, 1.0), text)


def _choose(dataset: Dataset, split: Split, notes: Notes, tick: Callable[[str], None]) -> dict[str, list[Columns]]:
    """Return for each model the columns that do best on the validation lakes, for every number of them."""
    material = prepare(dataset, replace(split, test=split.validation, validation=()))
    bench, count = _Bench(in_bands(material), "validation", notes, tick), len(dataset.bands)
    every = max(1, len(material.labels) // SELECTION_PIXELS)

    def rate(model: str, every: int) -> Callable[[Columns], float]:
        return lambda columns: bench.score(Trial(model, columns, every))["f1"] or 0.0

    return {
        LOGISTIC: best_exhaustively(rate(LOGISTIC, 1), count),
        BOOSTING: best_greedily(rate(BOOSTING, every), count),
    }


def _row(dataset: Dataset, bench: _Bench, trial: Trial, reached: float) -> dict[str, Any]:
    scores, of_bands = bench.score(trial), bench.basis.name == BANDS
    return {
        "model": trial.model,
        "basis": bench.basis.name,
        "k": len(trial.columns),
        "bands": [dataset.bands[column] for column in trial.columns] if of_bands else [],
        "variance": None if of_bands else reached,
        "f1": scores["f1"],
        "low": scores["f1_interval"]["low"],
        "high": scores["f1_interval"]["high"],
        "pixels": scores["excluded"]["pixels"],
        "lakes": scores["lakes"],
        "training_pixels": scores["training_pixels"],
    }
