"""The numbers above all: F1, IoU, precision and recall of each model, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from lakeseg.data.dataset import Dataset
from lakeseg.figures.confusion import BOUNDS, EXCLUDED, THIRD_CLASS
from lakeseg.metrics import Scores, bounds
from lakeseg.plain import counted
from lakeseg.ui.cache import evaluate as cache
from lakeseg.ui.evaluate import tables
from lakeseg.ui.evaluate.subjects import Question, Subject
from lakeseg.ui.text import full_name, plain, short, with_interval

METRICS: Final = ("f1", "iou", "precision", "recall")
NAMES: Final = ("F1", "IoU", "Precision", "Recall")
WIDTHS: Final = dict.fromkeys(NAMES, 108)  # CSS pixels, so that an interval fits when it comes
HELP: Final = {
    "F1": "Harmonic mean of precision and recall of water. In brackets 95 % intervals: 2,000 draws of lakes with "
    "replacement, those that share ground together.",
    "IoU": "Intersection over union of water.",
    "Precision": "User's accuracy of water: share of the pixels called water that are.",
    "Recall": "Producer's accuracy of water: share of the water that is called so.",
    "Pixels": "Labelled pixels that the numbers rest on.",
    "Lakes are": "What the model had to do with these lakes. Seen before: in its training or validation, or on ground "
    "that was. Unseen ground: of another dataset than its own, sharing "
    "no ground with its training and validation lakes. Not known: the model learned from single pixels. "
    "Lakes not predicted yet are predicted in the background, or by "
    "`python -m lakeseg predict --warm`.",
    "Runs are": "What the model had to do with these runs of single pixels. Seen before: in its training or "
    "validation. Not known: of another dataset, for a file of pixels does not say where they lie.",
}

_RULES: Final = {
    EXCLUDED: "unclassified pixels excluded",
    THIRD_CLASS: "unclassified as a third class",
    BOUNDS: "whatever unclassified pixels may be",
}


def show(dataset: Dataset, subjects: Sequence[Subject], question: Question) -> None:
    """Show one row a model; models whose lakes are not all predicted yet say how far they are."""
    table = pd.DataFrame([_row(one, question) for one in subjects])
    full = pd.DataFrame([_full(one, question) for one in subjects])
    tables.show(table, "scores", HELP, full, plain(_words(dataset, subjects, question)) + _progress(subjects), WIDTHS)


def _row(one: Subject, question: Question) -> dict[str, str]:
    total = one.total
    cells = ["–"] * len(METRICS)
    pixels = "–"
    if total is not None:
        scores = Scores.from_confusion(total, question.unclassified)
        pixels = f"{int(total.sum()) if question.rule == BOUNDS else scores.pixels:,}"
        cells = _bounds(one) if question.rule == BOUNDS else [_cell(one, question, scores, name) for name in METRICS]
    words = dict(zip(NAMES, cells, strict=True))
    lakes = f"{one.noun.capitalize()}s"
    return {"Model": one.title, **words, lakes: f"{len(one.rows):,}", "Pixels": pixels, f"{lakes} are": _state(one)}


def _cell(one: Subject, question: Question, scores: Scores, metric: str) -> str:
    value = float(getattr(scores, metric))
    if one.is_ready:
        found = cache.intervals(one, question.unclassified, METRICS)[metric]
        return with_interval(value, found.low, found.high)
    if metric == "f1" and question.rule == EXCLUDED and one.from_card is not None:
        ends = one.from_card["f1_interval"]
        return with_interval(value, _number(ends["low"]), _number(ends["high"]))
    return short(value)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _bounds(one: Subject) -> list[str]:
    if one.total is None:
        return []
    ends = bounds(one.total)
    return [f"{short(getattr(ends.worst, name))} – {short(getattr(ends.best, name))}" for name in METRICS]


def _state(one: Subject) -> str:
    """Return which lakes these are, or how far their prediction is."""
    if one.problem:
        return one.problem
    if one.is_ready:
        return one.rule
    return f"{one.known:,} of {len(one.rows):,} predicted" + (" · numbers from its card" if one.from_card else "")


def _full(one: Subject, question: Question) -> dict[str, Any]:
    """Return a row of the file: every metric with its interval, unrounded."""
    row = {
        "model": one.card.id,
        "model_fingerprint": one.card.fingerprint,
        "dataset": one.dataset.name,
        "simulated": one.dataset.simulated,
        "split": question.selection.part,
        "domains": " ".join(question.selection.domains),
        "sizes": " ".join(question.selection.sizes),
        "unclassified": question.unclassified,
        "lakes": len(one.rows),
    }
    if one.total is None:
        return row
    row |= Scores.from_confusion(one.total, question.unclassified).to_json()
    if one.is_ready:
        for name, found in cache.intervals(one, question.unclassified, METRICS).items():
            row |= {f"{name}_low": found.low, f"{name}_high": found.high}
    ends = bounds(one.total)
    return (
        row
        | {f"{name}_worst": getattr(ends.worst, name) for name in METRICS}
        | {f"{name}_best": getattr(ends.best, name) for name in METRICS}
    )


def _words(dataset: Dataset, subjects: Sequence[Subject], question: Question) -> str:
    """Return the line that says what the numbers are of."""
    selection, noun = question.selection, dataset.lakes.noun
    sizes = f"{' and '.join(selection.sizes)} lakes" if selection.sizes else "lakes of every size"
    domains = ", ".join(selection.domains) or "all domains"
    kinds = [] if dataset.of_pixels else [domains, sizes]
    lakes = {len(one.rows) for one in subjects if len(one.rows)}
    count = counted(min(lakes), noun) if len(lakes) == 1 else f"{noun}s differ by model"
    return " · ".join([full_name(dataset), selection.part, *kinds, count, _RULES[question.rule]])


def _progress(subjects: Sequence[Subject]) -> str:
    """Return how many of the lakes in question are predicted, while not all of them are."""
    open_ones = [one for one in subjects if len(one.rows) and not one.is_ready]
    if not open_ones:
        return ""
    known, wanted = sum(one.known for one in open_ones), sum(len(one.rows) for one in open_ones)
    return f" · **{known:,} of {counted(wanted, open_ones[0].noun)} predicted**"
