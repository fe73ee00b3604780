"""Question 4."""

from __future__ import annotations

from lakeseg.study.answers.shapes import Answer, Evidence
from lakeseg.study.answers.words import NOT_RUN, capital


def answer(known: Evidence) -> Answer:
    """Answer question 4."""
    del known
    return Answer(4, "FCN or U-Net?", "Does the FCN do better than a U-Net?", f"{capital(NOT_RUN)}.")
