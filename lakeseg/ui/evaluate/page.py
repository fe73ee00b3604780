"""The body of Evaluate: the numbers of all models above, one tab a question below; polls while lakes are predicted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from lakeseg.cards import Card
from lakeseg.figures.confusion import BOUNDS
from lakeseg.ui import state, status
from lakeseg.ui.evaluate import calibration, compare, confusion, headline, shore, threshold, training
from lakeseg.ui.evaluate.subjects import Question, Subject, subject
from lakeseg.ui.frame import View

POLL_SECONDS: Final = 2.0
ON_IMAGES: Final = ("Shore and size",)
AS_EXCLUDED: Final = ("Threshold", "Shore and size", "Compare")  # with bounds, what these show is as with "excluded"
TABS: Final = ("Confusion", "Threshold", "Calibration", "Shore and size", "Compare", "Training")


def subjects_of(view: View, cards: Sequence[Card], question: Question) -> list[Subject]:
    """Return the chosen models on the lakes in question."""
    return [subject(card, view.dataset, question.selection) for card in cards]


def show(view: View, cards: Sequence[Card], question: Question, waiting: bool) -> None:
    """Show the body; while lakes are being predicted (`waiting`) it looks every two seconds how far they are."""
    st.fragment(_body, run_every=POLL_SECONDS if waiting else None)(view, cards, question, waiting)


@status.errors_in_a_line()
def _body(view: View, cards: Sequence[Card], question: Question, waiting: bool) -> None:
    subjects = subjects_of(view, cards, question)
    if waiting and all(one.is_ready or one.problem for one in subjects):
        st.rerun()
    if subjects:
        headline.show(view.dataset, subjects, question)
    else:
        st.caption("Choose models in the sidebar.")
    tabs = dict(zip(TABS, st.tabs(list(TABS), key=state.EVALUATE_TAB, bind="query-params"), strict=True))
    for name, tab in tabs.items():
        if tab.open:
            with tab:
                _tab(name, view, cards, subjects, question)


def _tab(name: str, view: View, cards: Sequence[Card], subjects: Sequence[Subject], question: Question) -> None:
    if question.rule == BOUNDS and name in AS_EXCLUDED:
        st.caption("Scores and curves here leave unclassified pixels out; bounds stand above and in the matrices.")
    if view.dataset.of_pixels and name in ON_IMAGES:
        st.info("Single pixels have neither a shore nor lakes of a size.", icon=":material/scatter_plot:")
        return
    match name:
        case "Confusion":
            st.fragment(confusion.show)(subjects, question)
        case "Threshold":
            threshold.show(subjects, question, view.dataset, view.lake_id)
        case "Calibration":
            calibration.show(subjects)
        case "Shore and size":
            shore.show(subjects, question)
        case "Compare":
            compare.show(subjects, question)
        case "Training":
            training.show(view.cards, cards)
