"""One question: the verdict large, figures, our table beside the published one, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from lakeseg.study.answers import Answer, Figure
from lakeseg.ui import charts
from lakeseg.ui.cache import study as kept
from lakeseg.ui.frame import View
from lakeseg.ui.study import absent, tables
from lakeseg.ui.text import unbroken

_SHORT: Final = 120  # characters that fit into two lines of the larger heading
_WIDTH: Final = 600  # of a figure, in CSS pixels, from which on two stand side by side


def show(answer: Answer, view: View) -> None:
    """Show an answer."""
    st.caption(unbroken(answer.question))
    st.markdown(headline(answer.verdict), anchors=False)
    with st.container(horizontal=True, gap="small"):
        _more("What was tested", "biotech", answer.tested)
        _more("How sure it is", "query_stats", answer.sure)
        _more("What would change it", "swap_vert", answer.change)
    absent.show_missing(answer.missing, view)
    first, others = answer.figures[:1], answer.figures[1:]
    for figure in first:
        _show_figure(figure, view)
    _show_tables(answer, slice(0, 1), view)  # the published numbers beside ours
    with st.grid("auto", min_column_width=_WIDTH, gap="medium") as cells:
        for figure in others:
            with cells.cell():
                _show_figure(figure, view)
    _show_tables(answer, slice(1, None), view)


def _show_tables(answer: Answer, which: slice, view: View) -> None:
    for place, table in list(enumerate(answer.tables, start=1))[which]:
        tables.show_table(table, f"{view.dataset.path.stem}-question-{answer.number}-{place}")


def headline(text: str) -> str:
    """Return a verdict as a heading, as large as its length allows."""
    return f"{'###' if len(text) <= _SHORT else '####'} {unbroken(text)}"


def _more(title: str, icon: str, sentences: Sequence[str]) -> None:
    """Keep sentences one click away."""
    if sentences:
        with st.popover(title, icon=f":material/{icon}:", width="content"):
            st.markdown("\n".join(f"- {unbroken(sentence)}" for sentence in sentences), width=520)


def _show_figure(figure: Figure, view: View) -> None:
    st.markdown(f"**{unbroken(figure.title)}**")
    charts.show(st, kept.chart(figure, view.dataset))
    if figure.caption:
        st.caption(unbroken(figure.caption))
