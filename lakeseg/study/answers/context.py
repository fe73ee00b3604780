"""Question 3."""

from __future__ import annotations

from lakeseg.study.answers.shapes import Answer, Evidence
from lakeseg.study.answers.words import NOT_RUN, capital


def answer(known: Evidence) -> Answer:
    """Answer question 3."""
    del known
    return Answer(
        3,
        "Is spatial context a boon?",
        "Is spatial context a boon to the classification of pixels?",
        f"{capital(NOT_RUN)}.",
    )
