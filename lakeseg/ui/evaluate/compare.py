"""Two models on the same lakes: the difference with its paired interval, and lake by lake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from lakeseg.figures.comparisons import HEIGHT, LAKE, pair_chart
from lakeseg.metrics import Scores, score_arrays
from lakeseg.plain import counted
from lakeseg.ui import charts, state, status
from lakeseg.ui.cache import evaluate as cache
from lakeseg.ui.evaluate import tables
from lakeseg.ui.evaluate.headline import METRICS, NAMES
from lakeseg.ui.evaluate.subjects import Question, Subject
from lakeseg.ui.text import plain, short

HELP: Final = {
    "A − B": "Paired 95 % interval: 2,000 draws of lakes, the same for both models, those that share ground together. "
    "An interval without 0 is a difference that these lakes bear out.",
}


def show(subjects: Sequence[Subject], question: Question) -> None:
    """Show a pair of models; only this reruns when another pair is chosen."""
    ready = [one for one in subjects if one.is_ready]
    if len(ready) < 2:
        st.caption("Choose two models in the sidebar whose lakes in question are predicted.")
        if len(subjects) > 1:
            st.skeleton(height=HEIGHT)
        return
    st.fragment(_show)(ready, question)


@status.errors_in_a_line()
def _show(ready: Sequence[Subject], question: Question) -> None:
    if state.is_leaving():
        st.rerun()
    by_id = {one.card.id: one for one in ready}
    ids = list(by_id)
    columns = st.columns(2)
    first = columns[0].selectbox("Model A", ids, key=state.FIRST, bind="query-params")
    second = columns[1].selectbox("Model B", ids, index=1, key=state.SECOND, bind="query-params")
    one, other = by_id[first], by_id[second]
    rows = np.intersect1d(one.rows, other.rows)
    if not len(rows):
        noun = one.noun
        st.caption(f"No {noun} is in question for both: their test {noun}s differ. Choose all {noun}s.")
        return
    left, right = st.columns([3, 2])
    with left:
        table, undefined = _lakes(one, other, rows, question)
        charts.show(
            st,
            pair_chart(table, one.title, other.title),
            key="pair",
            on_select="ignore" if one.dataset.of_pixels else lambda: _clicked("pair"),
            alt=f"F1 of {one.title} against {other.title}, one point a {one.noun}",
        )
    with right:
        _differences(one, other, rows, question)
        better = int((table["F1 A"] > table["F1 B"]).sum())
        st.caption(
            f"{plain(one.title)} is better on {better:,} of {counted(len(table), one.noun)}"
            + (f"; {undefined:,} without water have no F1" if undefined else "")
            + ("." if one.dataset.of_pixels else ". A large point is a large lake. Click one to open it in Explore.")
        )


def _clicked(key: str) -> None:
    point = state.picked_point(key, LAKE)
    if point is not None:
        state.leave_for(str(point["lake"]))


def _lakes(one: Subject, other: Subject, rows: np.ndarray, question: Question) -> tuple[pd.DataFrame, int]:
    """Return one row a lake whose F1 is defined for both models, and how many lakes have none."""
    lakes = one.dataset.lakes
    scores = {
        name: score_arrays(each.at(rows), question.unclassified)["f1"]
        for name, each in (("F1 A", one), ("F1 B", other))
    }
    table = pd.DataFrame({"lake": lakes.id[rows], "domain": lakes.domain[rows], "pixels": lakes.size[rows], **scores})
    kept = table.dropna(subset=["F1 A", "F1 B"])
    return kept, len(table) - len(kept)


def _differences(one: Subject, other: Subject, rows: np.ndarray, question: Question) -> None:
    """Show the differences of the headline metrics."""
    values = [Scores.from_confusion(each.at(rows).sum(axis=0), question.unclassified) for each in (one, other)]
    shown, exact = [], []
    for metric, name in zip(METRICS, NAMES, strict=True):
        found = cache.difference(one, other, rows, metric, question.unclassified)
        a, b = (float(getattr(scores, metric)) for scores in values)
        ends = found.interval
        words = f"{signed(found.value)} [{signed(ends.low)}, {signed(ends.high)}]"
        shown.append({"": name, "A": short(a), "B": short(b), "A − B": words})
        row = {"metric": metric, "a": one.card.id, "b": other.card.id, "value_a": a, "value_b": b, "lakes": len(rows)}
        exact.append(row | {"difference": found.value, "low": ends.low, "high": ends.high})
    st.markdown(f"##### A − B on {counted(len(rows), one.noun)} :small[:gray[{values[0].pixels:,} px]]")
    tables.show(pd.DataFrame(shown), "difference", HELP, pd.DataFrame(exact))


def signed(value: float) -> str:
    """Return a difference of shares with its sign, as `+.034`; an en dash where it is undefined."""
    return "–" if np.isnan(value) else f"{'−' if round(value, 3) < 0 else '+'}{abs(value):.3f}".replace("0.", ".", 1)
