"""Question 6."""

from __future__ import annotations

from lakeseg.study.answers.shapes import Answer, Evidence
from lakeseg.study.answers.words import NOT_RUN, capital


def answer(known: Evidence) -> Answer:
    """Answer question 6."""
    del known
    return Answer(
        6,
        "A better network?",
        "Is there a better network within the same number of parameters?",
        f"{capital(NOT_RUN)}.",
    )
