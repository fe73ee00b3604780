"""The threshold: curves with the current point, the matrix at it, and the map of the sidebar's lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from lakeseg.analysis.thresholds import Curves, classes_at, water_score
from lakeseg.data.dataset import Dataset
from lakeseg.figures.confusion import COUNTS, LOW, matrix_chart
from lakeseg.figures.curves import HEIGHT, f1_chart, precision_recall_chart, roc_chart, threshold_table
from lakeseg.metrics import Scores, bootstrap_intervals, sum_by_group
from lakeseg.serving import Answer, Failed, Pending, Ready
from lakeseg.ui import cache as common
from lakeseg.ui import charts, state, status
from lakeseg.ui.cache import evaluate as cache
from lakeseg.ui.evaluate import tables
from lakeseg.ui.evaluate.confusion import CARD_WIDTH, PAGE_WIDTH, side_by_side
from lakeseg.ui.evaluate.headline import METRICS, NAMES
from lakeseg.ui.evaluate.subjects import Question, Subject
from lakeseg.ui.explore.panels import caption
from lakeseg.ui.text import plain, short, with_interval
from lakeseg.ui.viewer import (
    Panel,
    Scene,
    classes_panel,
    difference_panel,
    message_panel,
    pending_panel,
    viewer,
)

POLL_SECONDS: Final = 0.5
MAP_HEIGHT: Final = 420
MOST_MODELS: Final = 3  # two panels each, beside the picture and the labels
ALTS: Final = {
    "precision_recall_chart": "Precision against recall",
    "roc_chart": "Share of water found against share of the rest called water",
    "f1_chart": "F1 against the threshold",
}
HELP: Final = {
    "F1": "In brackets 95 % intervals, here and in the other columns: 2,000 draws of lakes, those that share ground "
    "together.",
    "AP": "Average precision: the area under the precision–recall steps.",
    "ROC area": "Share of pairs of a water and another pixel that the score puts in the right order.",
    "Best F1 at": "The threshold with the highest F1, chosen on these very lakes: optimistic, so it has no interval.",
}


@dataclass(frozen=True)
class Traced:
    """A model with its curves."""

    one: Subject
    curves: Curves
    best: tuple[float, float]


@dataclass(frozen=True)
class Row:
    """The numbers of a model at the threshold: as words, unrounded, and as a point of the charts."""

    shown: dict[str, str]
    exact: dict[str, Any]
    here: dict[str, Any]


def show(subjects: Sequence[Subject], question: Question, dataset: Dataset, lake_id: str) -> None:
    """Show the slider and everything that it moves; only this reruns."""
    ready = [one for one in subjects if one.is_ready]
    if not ready:
        st.caption("The curves need the predictions of all lakes in question; they appear when these are there.")
        st.skeleton(height=HEIGHT)
        return
    waiting = any(isinstance(answer, Pending) for answer in _ask(ready, dataset, lake_id))
    st.fragment(_show, run_every=POLL_SECONDS if waiting else None)(ready, question, dataset, lake_id, waiting)


@status.errors_in_a_line()
def _show(ready: Sequence[Subject], question: Question, dataset: Dataset, lake_id: str, waiting: bool) -> None:
    answers = _ask(ready, dataset, lake_id)
    if waiting and not any(isinstance(answer, Pending) for answer in answers):
        st.rerun()
    threshold = st.slider(
        "Call a pixel water from this score on",
        0.0,
        1.0,
        0.5,
        0.01,
        key=state.THRESHOLD,
        bind="query-params",
        help="The score is p(water) / (p(water) + p(land)). At .5 it gives the classes shown elsewhere. A pixel that a "
        "model calls unclassified is water at no threshold.",
    )
    traced = [Traced(one, *found) for one in ready if (found := cache.curves(one, question.unclassified)) is not None]
    rows = [_row(each, question, threshold) for each in traced]
    if traced:
        _curves(traced, rows)
    else:
        st.caption("No curve: these lakes have no water, or nothing else.")
    _matrices(ready, question, threshold)
    if not dataset.of_pixels:
        _map(ready[:MOST_MODELS], answers, dataset, lake_id, threshold)
    if rows:
        tables.show(
            pd.DataFrame([row.shown for row in rows]), "threshold", HELP, pd.DataFrame([row.exact for row in rows])
        )


def _ask(subjects: Sequence[Subject], dataset: Dataset, lake_id: str) -> list[Answer]:
    """Ask for the predictions of the lake that is shown; of single pixels none is."""
    service = common.service()
    some = () if dataset.of_pixels else subjects[:MOST_MODELS]
    return [service.request(dataset, lake_id, one.card.id, one.card.fingerprint) for one in some]


def _curves(traced: Sequence[Traced], rows: Sequence[Row]) -> None:
    """Show three curves with the points of the threshold."""
    table = threshold_table({each.one.title: each.curves for each in traced})
    here = pd.DataFrame([row.here for row in rows])
    for column, chart in zip(st.columns(3), (precision_recall_chart, roc_chart, f1_chart), strict=True):
        charts.show(column, chart(table, here), key=chart.__name__, alt=ALTS[chart.__name__])


def _matrices(ready: Sequence[Subject], question: Question, threshold: float) -> None:
    columns = side_by_side(len(ready))
    with st.grid(columns, min_column_width=CARD_WIDTH, gap="small") as grid:
        for one in ready:
            with grid.cell():
                st.markdown(f"**{plain(one.title)}** :small[:gray[at {threshold:.2f}]]")
                matrix = cache.pixels(one).confusion(threshold)
                chart = matrix_chart(matrix, COUNTS, question.rule, height=LOW, room=PAGE_WIDTH // columns)
                alt = f"Confusion matrix of {one.title} at threshold {threshold:.2f}"
                charts.show(st, chart, key=f"at_threshold_{one.card.id}", alt=alt)


def _row(each: Traced, question: Question, threshold: float) -> Row:
    """Return the numbers of a model at the threshold."""
    one, found = each.one, cache.pixels(each.one)
    groups = sum_by_group(found.lake_confusions(threshold), one.groups)
    matrix = groups.sum(axis=0)
    scores = Scores.from_confusion(matrix, question.unclassified)
    rng = np.random.default_rng(cache.SEED)
    ends = bootstrap_intervals(groups, rng, METRICS, question.unclassified)
    values = {name: float(getattr(scores, name)) for name in METRICS}
    words = [with_interval(values[name], ends[name].low, ends[name].high) for name in METRICS]
    areas = _areas(each, question)
    shown = {"Model": one.title, **dict(zip(NAMES, words, strict=True))}
    shown |= {name: with_interval(*values) for name, values in areas.items()}
    shown |= {"Best F1 at": f"{short(each.best[1])} at {each.best[0]:.2f}", "Pixels": f"{scores.pixels:,}"}
    exact = {"model": one.card.id, "threshold": threshold, "pixels": scores.pixels, **values}
    for name, ends_of in areas.items():
        exact |= dict(zip((name, f"{name}_low", f"{name}_high"), ends_of, strict=True))
    exact |= {f"{name}_{end}": getattr(ends[name], end) for name in METRICS for end in ("low", "high")}
    exact |= {"best_threshold": each.best[0], "best_f1": each.best[1]}
    rest = matrix[1:, :] if question.unclassified == "class" else matrix[1:2, :]
    here = {"model": one.title, "threshold": threshold, "F1": values["f1"], **values}
    return Row(shown, exact, here | {"false positive rate": rest[:, 0].sum() / max(rest.sum(), 1)})


def _areas(each: Traced, question: Question) -> dict[str, tuple[float, float, float]]:
    """Return both areas of a model, each with its interval."""
    found = cache.area_intervals(each.one, question.unclassified)
    if found is None:
        return {}
    ends = {"AP": found.average_precision, "ROC area": found.roc_area}
    values = (each.curves.average_precision, each.curves.roc_area)
    return {name: (value, ends[name].low, ends[name].high) for name, value in zip(ends, values, strict=True)}


def _map(subjects: Sequence[Subject], answers: Sequence[Answer], dataset: Dataset, lake_id: str, at: float) -> None:
    """Show the sidebar's lake at the threshold."""
    lake = dataset.lake(lake_id)
    panels = list(cache.ground_panels(dataset.fingerprint, lake_id, dataset))
    for one, answer in zip(subjects, answers, strict=True):
        panels += _panels(one, answer, at)
    identity = f"{dataset.fingerprint[:12]}/{lake_id}"
    scene = Scene(
        identity, *lake.shape, tuple(panels), dataset.pixel_size_m, state.pixel(*lake.shape), caption(dataset, lake)
    )
    viewer(scene, key="threshold_map", height=MAP_HEIGHT)


def _panels(one: Subject, answer: Answer, threshold: float) -> list[Panel]:
    key = f"model:{one.card.id}"
    match answer:
        case Failed(reason):
            return [message_panel(key, one.title, reason)]
        case Pending():
            return [pending_panel(key, one.title)]
        case Ready(probabilities):
            codes = classes_at(water_score(probabilities), threshold)
            shown = np.take_along_axis(probabilities, codes[..., None].astype(np.intp) - 1, axis=-1)[..., 0]
            said = classes_panel(key, one.title, codes, shown, subtitle=f"at {threshold:.2f}")
            return [
                said,
                difference_panel(f"{key} difference", f"{one.title} − labels", "labels", key, subtitle="errors"),
            ]
