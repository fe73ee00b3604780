"""What several answers take from runs: naive classifiers, rows of charts, notes under tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from lakeseg.analysis.seeds import SeededDifference, difference, summary
from lakeseg.study.answers.shapes import Row
from lakeseg.study.answers.words import INTERVAL, origin, signed
from lakeseg.study.runs import CHOSEN, FAIR, STUDY, Runs, Series

PATCHES: Final = (8, 16, 32, 64)
LAND, WATER = "all land", "all water"
TERMS: Final[Mapping[str, str]] = {
    STUDY: "the study's terms (pixels of test patches that hold both classes, threshold .5)",
    FAIR: "every labelled pixel of the test lakes, threshold .5",
    CHOSEN: "every labelled pixel of the test lakes, threshold chosen on the validation lakes",
}


def naive(counts: np.ndarray, says: str) -> np.ndarray:
    """Return the (1, L, 4) counts of calling everything land, or water, on the pixels of (S, L, 4) `counts`."""
    tp, fn, fp, tn = np.moveaxis(counts[:1], -1, 0)
    none = np.zeros_like(tp)
    water, land = tp + fn, fp + tn
    return np.stack([none, water, none, land] if says == LAND else [water, none, land, none], axis=-1)


def against_naive(series: Series, terms: str, metric: str, says: str) -> SeededDifference:
    """Return the metric of a series less that of a naive classifier on the same pixels."""
    counts = series.counts(terms)
    return difference(counts, naive(counts, says), series.groups(terms), metric)


def naive_score(series: Series, terms: str, metric: str, says: str) -> float:
    """Return a metric of a naive classifier on the pixels of a series."""
    return summary(naive(series.counts(terms), says), series.groups(terms), metric, draws=1).mean


def land_share(series: Series, terms: str) -> float:
    """Return the share of land among the tested pixels."""
    _, _, fp, tn = series.counts(terms)[0].sum(axis=0)
    return float((fp + tn) / max(series.counts(terms)[0].sum(), 1))


def level(label: str, series: Series, terms: str, metric: str = "f1") -> Row:
    """Return a row of the chart "levels": one model's metric with its interval, and each seed."""
    found = series.summary(terms, metric)
    row = {"label": label, "metric": metric, "value": found.mean, "low": found.low, "high": found.high}
    return row | {"least": found.least, "most": found.most, "seeds": found.seeds, "values": list(found.values)}


def gap(label: str, found: SeededDifference) -> Row:
    """Return a row of the chart "differences"."""
    return {"label": label, "value": found.value, "low": found.interval.low, "high": found.interval.high}


def on_validation(series: Series) -> float:
    """Return the mean F1 over the seeds on the validation lakes, at the threshold chosen there."""
    values = [run.validation.get("f1_chosen") for run in series.runs]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else math.nan


def best_on_validation(series: Sequence[Series | None]) -> Series | None:
    """Return the series with the highest F1 on the validation lakes, the first of equals; test lakes have no say."""
    known = [each for each in series if each is not None and not math.isnan(on_validation(each))]
    return max(known, key=on_validation, default=None)


def closest(found: Mapping[str, SeededDifference]) -> str:
    """Say in a sentence which of the differences is nearest to another verdict."""
    if not found:
        return ""
    name = min(found, key=lambda each: min(abs(found[each].interval.low), abs(found[each].interval.high)))
    one = found[name]
    end = min((one.interval.low, one.interval.high), key=abs)
    side = "stays clear of zero by" if one.sure else "reaches across zero by"
    return f"The closest call is {name}: its interval {side} {signed(abs(end)).lstrip('+')}."


def basis(runs: Runs, series: Series | None, terms: str) -> str:
    """Return the note under a table: dataset, split, pixels, how intervals were made."""
    if series is None:
        return f"{origin(runs.dataset)}; {TERMS[terms]}."
    split, counts = series.runs[0].split, series.counts(terms)
    parts = [origin(runs.dataset), f"split {split.get('rule', 'unknown')}", TERMS[terms]]
    return f"{'; '.join(parts)}; {int(counts[0].sum()):,} pixels a seed; {INTERVAL}."


def machines(series: Sequence[Series]) -> str:
    """Return on which machines runs were made, each once."""
    named = [_machine(run.machine) for one in series for run in one.runs]
    return "; ".join(dict.fromkeys(named))


def _machine(about: Mapping[str, Any]) -> str:
    cores = about.get("cores")
    where = f"{about.get('processor') or about.get('device') or 'an unnamed machine'}"
    return f"{where}, {cores} cores" if cores and cores != 1 else f"{where}, 1 core" if cores else where
