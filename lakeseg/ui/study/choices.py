"""Which question is shown: one click, an arrow key, or a link such as `?question=3`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from lakeseg.study import audit
from lakeseg.study.audit import Point
from lakeseg.ui import state

AUDIT: Final = "Audit"
QUESTIONS: Final = ("1 Naive", "2 Bands", "3 Context", "4 U-Net", "5 Unclassified", "6 Better", AUDIT)
_PAGE: Final = "pages/study.py"
_STEPS: Final = (("Back", "chevron_left", "Left", -1), ("Next", "chevron_right", "Right", 1))


def pick() -> str:
    """Ask for one of `QUESTIONS`."""
    state.begin(state.QUESTION, QUESTIONS, QUESTIONS[0])
    chosen = st.segmented_control(
        "Question",
        QUESTIONS,
        required=True,
        key=state.QUESTION,
        bind="query-params",
        label_visibility="collapsed",
    )
    return str(chosen) if chosen in QUESTIONS else QUESTIONS[0]


def show_steps() -> None:
    """Offer to turn to the question before and after; a speaker presses the arrow keys."""
    for name, icon, key, by in _STEPS:
        st.button(
            "",
            icon=f":material/{icon}:",
            key=f"turn_{key}",
            shortcut=key,
            help=name,
            on_click=state.turn,
            args=(state.QUESTION, QUESTIONS, by),
        )


def pick_point(options: Sequence[str]) -> int:
    """Ask for a point of the audit; return its place among the options."""
    state.begin(state.POINT, options, options[0])
    chosen = st.radio("Point", options, key=state.POINT, bind="query-params", label_visibility="collapsed")
    return options.index(str(chosen)) if chosen in options else 0


def names_of(points: Sequence[Point]) -> list[str]:
    """Return the points of the audit as options."""
    return [f"{point.number} {point.title}" for point in points]


def complete_link() -> None:
    """Let a link give the number alone: open the page again with the whole names, which are what the widgets know.

    Before there are widgets: they take words that they do not know out of the link.
    """
    asked = {state.QUESTION: QUESTIONS, state.POINT: names_of(audit.points())}
    whole = {key: name for key, names in asked.items() if (name := _meant(key, names))}
    if whole:
        st.switch_page(_PAGE, query_params=state.link(**whole))


def _meant(key: str, options: Sequence[str]) -> str:
    """Return the option whose first word alone the link holds, or ""."""
    words = [word.lower() for word in state.asked(key)]
    found = (option for option in options if option.split()[0].lower() in words and option not in state.asked(key))
    return next(found, "")


def number_of(question: str) -> int:
    """Return the number of a question."""
    return QUESTIONS.index(question) + 1
