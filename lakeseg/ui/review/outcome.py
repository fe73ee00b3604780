"""Outcome: the labels on which reviewers settle, what they change, how often they are right, and files of it all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from lakeseg.bands import CLASS_NAMES, LAND, UNCLASSIFIED, WATER
from lakeseg.data.dataset import Dataset
from lakeseg.figures.review import before_after, class_bars
from lakeseg.review.consensus import Rule
from lakeseg.review.effect import METRICS, Effect, Moved
from lakeseg.review.ledger import Snapshot
from lakeseg.review.report import fitting
from lakeseg.store import Card
from lakeseg.ui import cache, charts, state, status
from lakeseg.ui.cache import outcome as kept
from lakeseg.ui.evaluate import tables
from lakeseg.ui.evaluate.compare import signed
from lakeseg.ui.frame import View
from lakeseg.ui.review import taking, truth
from lakeseg.ui.review.reading import opened
from lakeseg.ui.text import with_interval

NAMES: Final = dict(zip(METRICS, ("F1", "IoU", "Precision", "Recall"), strict=True))
_CODES: Final = (WATER, LAND, UNCLASSIFIED)


@status.errors_in_a_line()
def show(view: View) -> None:
    """Show what the verdicts come to."""
    ledger = opened(view)
    if ledger is None:
        return
    record = ledger.snapshot()
    if not len(kept.votes(record)):
        st.info("No verdict stands that settles a pixel.", icon=":material/how_to_vote:")
        taking.show_verdicts(view, record)
        return
    rule = _pick_rule(len(kept.votes(record).reviewers))
    _consensus(record, rule)
    taking.show(view, record, rule)
    _models(view, record, rule)
    truth.show(view, record, rule)


def _pick_rule(reviewers: int) -> Rule:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        weigh = st.toggle(
            "Weigh by confidence",
            value=True,
            key=state.WEIGH,
            bind="query-params",
            help="A vote weighs 1 (a guess), 2 (likely) or 3 (sure); off, all weigh the same. Mixed gives its fraction "
            "to water and the rest to land; can't tell gives nothing; ties stay unclassified.",
        )
        least = st.number_input(
            "Reviewers a pixel needs",
            min_value=1,
            max_value=20,
            value=1,
            key=state.LEAST,
            bind="query-params",
            width=190,
            help=f"Reviewers who could tell; with fewer a pixel stays unclassified. {reviewers} have reviewed so far.",
        )
    return Rule(bool(weigh), int(least or 1))


def _consensus(record: Snapshot, rule: Rule) -> None:
    """Show the classes before and after, of all lakes as bars and of each domain as a table."""
    counts, change = kept.settled(record, rule).counts, kept.changed(record, rule)
    rows = kept.table2(record, rule)
    open_ = f"{counts['tied']:,} tied" + (f", {counts['too few']:,} with too few votes" if counts["too few"] else "")
    whole = rows[0]["unclassified before"]
    share = f"{100 * len(change.pixel) / whole:.1f} %" if whole else "–"
    about = f"{len(change.pixel):,} of {whole:,} unclassified px settled ({share}) · {open_}"
    st.markdown(f"##### Table 2 as it now stands :small[:gray[{about}]]")
    left, right = st.columns([2, 3], gap="medium")
    bars = [
        {"when": when.capitalize()} | {CLASS_NAMES[code]: rows[0][f"{CLASS_NAMES[code]} {when}"] for code in _CODES}
        for when in ("before", "after")
    ]
    charts.show(
        left, class_bars(bars), key="class_bars", alt="Shares of water, land and unclassified, before and after"
    )
    with right:
        tables.show(pd.DataFrame([_domain(row) for row in rows]), "table2", full=pd.DataFrame(rows))


def _domain(row: dict[str, Any]) -> dict[str, str]:
    names = {CLASS_NAMES[code].capitalize(): CLASS_NAMES[code] for code in _CODES}
    cells = {title: _moved(row["pixels"], row[f"{name} before"], row[f"{name} after"]) for title, name in names.items()}
    return {"Domain": row["domain"], "Lakes": f"{row['lakes']:,}", **cells}


def _moved(pixels: int, before: int, after: int) -> str:
    first, second = (f"{100 * count / pixels:.1f}" for count in (before, after))
    return f"{first} %" if first == second else f"{first} → {second} %"


def _models(view: View, record: Snapshot, rule: Rule) -> None:
    """Show each model's numbers on the labels before and after."""
    able = fitting(view.dataset, list(view.cards.values()))
    found = [kept.effect_on(record, rule, card) for card in able]
    ready = [one for one in found if not one.problem]
    st.markdown(
        "##### Models before and after :small[:gray[lakes on ground that the model has not seen]]",
        help="The same predictions scored on the labels before, unclassified left out, and on those of the reviewers. "
        "The difference has a paired 95 % interval over ground groups. Reviewers choose what they look at, so this is "
        "no estimate for pixels that nobody settled.",
    )
    _offer_rest(view.dataset, [one.card for one in found if one.problem])
    if ready:
        st.fragment(_scores)(ready)


def _offer_rest(dataset: Dataset, cards: Sequence[Card]) -> None:
    """Offer to predict with the models that have not predicted all of their lakes, or show how far that is."""
    if not cards:
        return
    if cache.warmer().busy:
        status.show_progress()
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{len(cards):,} more models have not predicted all of these lakes yet.", width="content")
        st.button("Predict in the background", key="predict_rest", on_click=_predict, args=(dataset, cards))


def _predict(dataset: Dataset, cards: Sequence[Card]) -> None:
    """Callback: predict all lakes with these models."""
    for card in cards:
        cache.warmer().ask(dataset, card)


def _scores(ready: Sequence[Effect]) -> None:
    metric = st.segmented_control(
        "Score",
        METRICS,
        default="f1",
        required=True,
        format_func=NAMES.__getitem__,
        key=state.CHANGE_OF,
        bind="query-params",
        label_visibility="collapsed",
    )
    metric = metric if metric in NAMES else "f1"
    rows = [_row(one, next(moved for moved in one.moved if moved.metric == metric)) for one in ready]
    rows.sort(key=lambda row: -row["after"] if not math.isnan(row["after"]) else math.inf)
    left, right = st.columns([2, 3], gap="medium")
    chart = before_after(rows, f"{NAMES[metric]}, hollow before, solid after")
    charts.show(left, chart, key="before_after", alt=f"{NAMES[metric]} of each model before and after the review")
    with right:
        tables.show(pd.DataFrame([_cells(row) for row in rows]), "effect", full=_full(ready))


def _row(one: Effect, moved: Moved) -> dict[str, Any]:
    ends = moved.difference.interval
    low_high = {"low": moved.after_interval.low, "high": moved.after_interval.high}
    before = with_interval(moved.before, moved.before_interval.low, moved.before_interval.high)
    return {
        "label": one.card.title,
        "before": moved.before,
        "after": moved.after,
        **low_high,
        "text": signed(moved.difference.value),
        "sure": ends.low > 0 or ends.high < 0,
        "words": (before, with_interval(moved.after, *low_high.values())),
        "difference": f"{signed(moved.difference.value)} [{signed(ends.low)}, {signed(ends.high)}]",
        "lakes": one.lakes,
        "pixels": one.pixels_after - one.pixels_before,
    }


def _cells(row: dict[str, Any]) -> dict[str, str]:
    before, after = row["words"]
    counts = {"Lakes": f"{row['lakes']:,}", "New pixels": f"{row['pixels']:,}"}
    return {"Model": row["label"], "Before": before, "After": after, "After − before": row["difference"]} | counts


def _full(ready: Sequence[Effect]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"model": one.card.id, "lakes": one.lakes, **moved.to_json()} for one in ready for moved in one.moved]
    )
