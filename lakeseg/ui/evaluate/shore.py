"""Where a model errs: near the shore or away from it, on small lakes or on large ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from lakeseg.analysis.shore import FAR, WIDTHS
from lakeseg.figures.comparisons import HEIGHT, shore_chart, size_chart
from lakeseg.metrics import Scores, bootstrap_intervals, score_arrays, sum_by_group
from lakeseg.plain import counted
from lakeseg.ui import charts, status
from lakeseg.ui.cache import evaluate as cache
from lakeseg.ui.evaluate import tables
from lakeseg.ui.evaluate.subjects import Question, Subject
from lakeseg.ui.text import with_interval

METRICS: Final = ("f1", "commission", "omission")
HELP: Final = {
    "Where": "Chessboard distance of a labelled pixel to the nearest pixel of another class (water, land, or "
    "unclassified): its eight neighbours are at 1. The edge of the image is no border, nor is a pixel without a label.",
    "Commission": "Share of the pixels called water that are not.",
    "Omission": "Share of the water that is not called so.",
}


def show(subjects: Sequence[Subject], question: Question) -> None:
    """Show F1 in the shoreline bands and beside them, and F1 against lake size."""
    ready = [one for one in subjects if one.is_ready]
    if not ready:
        st.caption("These charts need the predictions of all lakes in question; they appear when these are there.")
        st.skeleton(height=HEIGHT)
        return
    with status.errors_in_a_line():
        table = pd.DataFrame([row for one in ready for row in _bands(one, question)])
        left, right = st.columns(2)
        with left:
            st.markdown("##### In the shoreline band and beside it")
            charts.show(st, shore_chart(table), key="shore", alt="F1 near borders of classes and away from them")
        with right:
            st.markdown("##### By lake size")
            _sizes(ready, question)
        _table(table)


def _bands(one: Subject, question: Question) -> list[dict[str, Any]]:
    """Return a row for each band, for the rest and for all."""
    at = cache.bands(one)
    parts = {f"within {width} px": at[:width].sum(axis=0) for width in WIDTHS}
    parts |= {f"beyond {WIDTHS[-1]} px": at[FAR - 1], "everywhere": at.sum(axis=0)}
    return [
        {"id": one.card.id, "model": one.title, "where": name} | _numbers(one, part, question)
        for name, part in parts.items()
    ]


def _numbers(one: Subject, confusions: np.ndarray, question: Question) -> dict[str, Any]:
    scores = Scores.from_confusion(confusions.sum(axis=0), question.unclassified)
    rng = np.random.default_rng(cache.SEED)
    ends = bootstrap_intervals(sum_by_group(confusions, one.groups), rng, METRICS, question.unclassified)
    values: dict[str, Any] = {"F1": scores.f1, "low": ends["f1"].low, "high": ends["f1"].high, "pixels": scores.pixels}
    for name in METRICS[1:]:
        values |= {name: getattr(scores, name), f"{name} low": ends[name].low, f"{name} high": ends[name].high}
    return values


def _table(table: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            "Model": table["model"],
            "Where": table["where"],
            "F1": [with_interval(*row) for row in zip(table["F1"], table["low"], table["high"], strict=True)],
            **{name.capitalize(): _with_ends(table, name) for name in METRICS[1:]},
            "Pixels": [f"{pixels:,}" for pixels in table["pixels"]],
        }
    )
    tables.show(shown, "shore", HELP, table.rename(columns={"low": "F1 low", "high": "F1 high"}))


def _with_ends(table: pd.DataFrame, name: str) -> list[str]:
    columns = (table[name], table[f"{name} low"], table[f"{name} high"])
    return [with_interval(*row) for row in zip(*columns, strict=True)]


def _sizes(ready: Sequence[Subject], question: Question) -> None:
    lakes, bins = [], []
    for one in ready:
        f1 = score_arrays(one.confusions, question.unclassified)["f1"]
        lakes.append(
            pd.DataFrame({"model": one.title, "lake": one.ids, "pixels": one.dataset.lakes.size[one.rows], "F1": f1})
        )
        bins += [
            {
                "model": one.title,
                "pixels": float(np.sqrt(each.low * each.high)),
                "lakes": f"{counted(each.lakes, 'lake')} of {each.low:,} to {each.high:,} px",
                "F1": each.f1,
                "low": each.interval.low,
                "high": each.interval.high,
            }
            for each in cache.by_size(one, question.unclassified)
        ]
    table = pd.concat(lakes, ignore_index=True)
    charts.show(st, size_chart(table.dropna(), pd.DataFrame(bins)), key="sizes", alt="F1 against lake size")
    undefined = int(table["F1"].isna().sum())
    words = "Faint: each lake. Strong: F1 of all lakes of about that size together, with its 95 % interval."
    without = f" Not drawn: {undefined} without F1 (no water, and none called so)."
    st.caption(words + (without if undefined else ""))
