"""Question 2."""

from __future__ import annotations

from lakeseg.study.answers.shapes import Answer, Evidence
from lakeseg.study.answers.words import NOT_RUN, capital


def answer(known: Evidence) -> Answer:
    """Answer question 2."""
    del known
    return Answer(2, "All seven bands?", "Are all seven bands needed?", f"{capital(NOT_RUN)}.")
