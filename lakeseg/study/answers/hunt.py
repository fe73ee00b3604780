"""The search for a better network: what was tried, and what came of it."""

from __future__ import annotations

from lakeseg.study.answers.shapes import Evidence, Figure, Table


def search_figures(known: Evidence) -> list[Figure]:
    """Return F1 on the validation lakes by trial."""
    del known
    return []


def search_tables(known: Evidence) -> list[Table]:
    """Return the best trials, and what each choice was worth."""
    del known
    return []


def search_sentences(known: Evidence) -> list[str]:
    """Return what was searched, on which lakes, with which budget."""
    del known
    return []
