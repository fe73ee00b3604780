"""The audit: its points in a list, and the chosen one with its evidence beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import pandas as pd
import streamlit as st

from lakeseg.study.audit import FALLS, OPEN, STANDS, Point
from lakeseg.ui.cache import study as kept
from lakeseg.ui.frame import View
from lakeseg.ui.study import choices, downloads, question, tables
from lakeseg.ui.text import unbroken

_Colour = Literal["green", "red", "gray"]
_BADGES: Final[Mapping[str, tuple[str, _Colour]]] = {
    STANDS: ("check", "green"),
    FALLS: ("close", "red"),
    OPEN: ("timer", "gray"),
}


def show(view: View) -> None:
    """Show the points at the left and the chosen one at the right."""
    points = kept.points(view.dataset)
    st.caption("What the study of 2018 says, against its own numbers")
    st.markdown(question.headline(in_words(points)), anchors=False)
    names, said = st.columns([3, 5], gap="medium")
    with names:
        chosen = choices.pick_point(choices.names_of(points))
        downloads.offer_csv(evidence_table(points), "study-audit")
    with said:
        _show_point(points[chosen])


def in_words(points: Sequence[Point]) -> str:
    """Return how many claims stand."""
    found = Counter(point.verdict for point in points)
    words = {FALLS: "do not hold", STANDS: "hold", OPEN: "not known until it has run"}
    said = [f"{found[name]} {word}" for name, word in words.items() if found[name]]
    return f"Of {len(points)} audited points {', '.join(said)}."


def _show_point(point: Point) -> None:
    icon, colour = _BADGES[point.verdict]
    st.markdown(f"#### {point.number} {unbroken(point.title)}", anchors=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(point.verdict, icon=f":material/{icon}:", color=colour)
        st.caption(unbroken(point.where), width="content")
    st.markdown(f":gray[The study says:] {unbroken(point.claim)}")
    st.markdown(unbroken(point.finding))
    tables.show_rows(point.columns, point.evidence)
    st.markdown(f":gray[What follows:] {unbroken(point.matters)}")


def evidence_table(points: Sequence[Point]) -> pd.DataFrame:
    """Return the evidence of all points, a row each."""
    return pd.DataFrame(
        [
            {"point": point.number, "title": point.title, "claim": point.claim, "verdict": point.verdict}
            | {"evidence": row.name, "first": row.printed, "second": row.recomputed, "heads": " | ".join(point.columns)}
            for point in points
            for row in point.evidence
        ]
    )
