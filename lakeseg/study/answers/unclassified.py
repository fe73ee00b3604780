"""Question 5."""

from __future__ import annotations

from lakeseg.study.answers.shapes import Answer, Evidence
from lakeseg.study.answers.words import NOT_RUN, capital


def answer(known: Evidence) -> Answer:
    """Answer question 5."""
    del known
    return Answer(
        5,
        "What of Dataset1?",
        "What does the FCN say on Dataset1, where two labellers disagree?",
        f"{capital(NOT_RUN)}.",
    )
