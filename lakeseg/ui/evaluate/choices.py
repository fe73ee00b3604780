"""What the sidebar of Evaluate asks: which models, on which lakes, and what becomes of unclassified pixels."""

from __future__ import annotations

import os
from collections.abc import Sequence

import streamlit as st

from lakeseg.analysis.selection import ALL, SIZES, SPLITS, Selection, size_edges
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.figures.confusion import EXCLUDED, RULES
from lakeseg.ui import cache, sidebar, state, status
from lakeseg.ui.evaluate.subjects import Question, Subject
from lakeseg.ui.frame import View


def pick_models(view: View) -> list[Card]:
    """Ask for models and return the cards of those that are usable."""
    status.show_unknown("model", state.MODELS, [*view.cards, *(model.id for model in view.broken)])
    chosen = sidebar.pick_models(view.cards, view.broken, view.dataset)
    reasons = {model.id: model.reason for model in view.broken}
    for model in chosen:
        if model in reasons:
            st.caption(f":material/warning: {reasons[model]}")
    return [view.cards[model] for model in chosen if model in view.cards]


def pick_question(dataset: Dataset) -> Question:
    """Ask on which lakes the models are judged, and how."""
    part = st.selectbox(
        f"{dataset.lakes.noun.capitalize()}s of",
        SPLITS,
        index=SPLITS.index("test"),
        key=state.SPLIT,
        bind="query-params",
        help="On the dataset a model was trained on, parts of its own split. On another, test is unseen ground: lakes "
        "that share no ground with its training and validation lakes; train and validation are not there.",
    )
    domains = sorted(set(dataset.lakes.domain.tolist()) - {""})
    of = st.multiselect(
        "Domains", domains, key=state.OF_LAKES, bind="query-params", disabled=not domains, placeholder="All domains"
    )
    low, high = size_edges(dataset)
    sizes = st.pills(
        "Lake size",
        SIZES,
        selection_mode="multi",
        key=state.OF_SIZES,
        bind="query-params",
        disabled=dataset.of_pixels,
        help=f"Thirds of the dataset's lakes by the pixels of their image: small below {low:,} px, medium below "
        f"{high:,} px, large from there on. None chosen: all.",
    )
    rule = st.selectbox(
        "Unclassified pixels",
        RULES,
        key=state.RULE,
        bind="query-params",
        help="Excluded: pixels labelled unclassified leave. Third class: a class as good as the others. Bounds: what "
        "the numbers are at least and at most, whatever these pixels are in fact.",
    )
    return Question(Selection(part or "test", tuple(of), () if dataset.of_pixels else tuple(sizes)), rule or EXCLUDED)


def predict_first(subjects: Sequence[Subject], question: Question) -> bool:
    """Let the background predict the lakes in question before all others; say whether there is anything to wait for."""
    waiting = [one for one in subjects if len(one.rows) and not one.is_ready]
    if os.environ.get("LAKESEG_WARM", "1") == "0":
        return False
    if question.selection.part != ALL:
        for one in waiting:
            cache.warmer().ask(one.dataset, one.card, question.selection.part)
    return bool(waiting)
