"""Confusion matrices side by side, and the lakes behind a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import streamlit as st

from lakeseg.analysis.comparing import fullest
from lakeseg.bands import CLASS_NAMES, LAND, UNCLASSIFIED, WATER
from lakeseg.figures.confusion import CELL, COUNTS, HEIGHT, THIRD_CLASS, VIEWS, cells, matrix_chart
from lakeseg.plain import counted
from lakeseg.ui import charts, state, status
from lakeseg.ui.cache import evaluate as cache
from lakeseg.ui.evaluate import tables
from lakeseg.ui.evaluate.subjects import Question, Subject
from lakeseg.ui.strip import Thumbnail, strip
from lakeseg.ui.text import plain

CARD_WIDTH: Final = 250
PAGE_WIDTH: Final = 800  # least width of the page's body on a laptop, in CSS pixels
STRIP_HEIGHT: Final = 112
MISSED, FALSE, RIGHT = (255, 60, 200), (255, 149, 0), (90, 230, 255)
_CODES: Final = {name: code for code, name in CLASS_NAMES.items()}


@status.errors_in_a_line()
def show(subjects: Sequence[Subject], question: Question) -> None:
    """Show the matrices; a click on a cell shows the lakes that fill it most, a click on one of these opens it."""
    if state.is_leaving():
        st.rerun()
    known = [one for one in subjects if one.total is not None]
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    with left:
        view = st.segmented_control(
            "Cells say",
            VIEWS,
            default=COUNTS,
            required=True,
            key=state.MATRIX,
            bind="query-params",
            help="By true class: shares of a row, on the diagonal the producer's accuracy. By predicted class: shares "
            "of a column, on the diagonal the user's accuracy.",
        )
    options = _cell_names(known, question)
    with right:
        chosen = st.selectbox(
            "Cell",
            options,
            index=None,
            key=state.CELL,
            bind="query-params",
            placeholder="Click a cell of a matrix, or choose one here",
        )
    cell = _parse(chosen)
    columns = side_by_side(len(subjects))
    with st.grid(columns, min_column_width=CARD_WIDTH, gap="medium") as grid:
        for one in subjects:
            with grid.cell():
                _matrix(one, view or COUNTS, question, cell, PAGE_WIDTH // columns)
    if not any(one.dataset.of_pixels for one in subjects):
        _lakes(next((one for one in known if cell and one.card.id == cell[0]), None), cell)
    _table(known, question)


def side_by_side(count: int) -> int:
    """Return how many matrices stand in a row: at most three."""
    return min(max(count, 1), 3)


def _matrix(one: Subject, view: str, question: Question, cell: tuple[str, str, str] | None, room: int) -> None:
    st.markdown(f"**{plain(one.title)}** :small[:gray[{_note(one)}]]")
    if one.total is None:
        if one.problem:
            st.caption(plain(one.problem))
        else:
            st.skeleton(height=HEIGHT)
        return
    marked = cell[1:] if cell and cell[0] == one.card.id else None
    key = f"matrix_{one.card.id}"
    charts.show(
        st,
        matrix_chart(one.total, view, question.rule, marked, room=room),
        key=key,
        on_select=lambda: _clicked(key, one.card.id),
        alt=f"Confusion matrix of {one.title}: rows are the truth, columns the prediction",
    )


def _note(one: Subject) -> str:
    if one.is_ready or one.problem:
        return counted(len(one.rows), one.noun) if len(one.rows) else ""
    return f"{one.known:,} of {counted(len(one.rows), one.noun)}" + (", from its card" if one.total is not None else "")


def _clicked(key: str, model: str) -> None:
    point = state.picked_point(key, CELL)
    if point is not None:
        state.choose_cell(_name(model, point["truth"], point["predicted"]))


def _name(model: str, truth: str, predicted: str) -> str:
    """Return a cell as it stands in the link."""
    return f"{model}: {truth} as {predicted}"


def _parse(name: str | None) -> tuple[str, str, str] | None:
    """Return model, truth and prediction of a cell's name."""
    if name is None:
        return None
    model, _, rest = name.rpartition(": ")
    truth, _, predicted = rest.partition(" as ")
    return model, truth, predicted


def _cell_names(subjects: Sequence[Subject], question: Question) -> list[str]:
    """Return the cells of all matrices, errors first."""
    truths = [WATER, LAND] + ([UNCLASSIFIED] if question.rule == THIRD_CLASS else [])
    pairs = [(truth, said) for truth in truths for said in (WATER, LAND, UNCLASSIFIED)]
    pairs.sort(key=lambda pair: pair[0] == pair[1])
    return [_name(one.card.id, CLASS_NAMES[truth], CLASS_NAMES[said]) for one in subjects for truth, said in pairs]


def _lakes(one: Subject | None, cell: tuple[str, str, str] | None) -> None:
    """Show the lakes that fill a cell most, with its pixels marked, in a place of fixed height."""
    with st.container(height=STRIP_HEIGHT + 44, border=False):
        if one is None or cell is None:
            st.caption("Click a cell: the lakes that fill it most appear here, with its pixels marked.")
            return
        if not one.is_ready:
            st.caption("The lakes behind this cell can be shown once all of them are predicted.")
            return
        truth, said = _CODES[cell[1]], _CODES[cell[2]]
        places = fullest(one.confusions, truth, said)
        total = int(one.confusions[:, truth - 1, said - 1].sum())
        tiles = [_tile(one, int(place), truth, said) for place in places]
        st.caption(
            f"{plain(one.title)}: {total:,} px of {cell[1]} called {cell[2]}; the {len(tiles)} lakes with most of them "
            "are shown. Click one to open it in Explore there."
            if tiles
            else f"{plain(one.title)}: no pixel of {cell[1]} is called {cell[2]}."
        )
        if tiles:
            strip(
                tiles, "", lambda lake: state.leave_for(lake, _picture(one, lake, truth, said).pixel), key="cell_lakes"
            )


def _tile(one: Subject, place: int, truth: int, said: int) -> Thumbnail:
    lake = str(one.dataset.lakes.id[one.rows[place]])
    pixels = int(one.confusions[place, truth - 1, said - 1])
    return Thumbnail(lake, f"{pixels:,} px", _picture(one, lake, truth, said).webp)


def _picture(one: Subject, lake: str, truth: int, said: int) -> cache.CellPicture:
    colour = RIGHT if truth == said else MISSED if truth == WATER else FALSE
    return cache.cell_picture(one.dataset.fingerprint, one.card.fingerprint, lake, (truth, said), colour, one.dataset)


def _table(subjects: Sequence[Subject], question: Question) -> None:
    """Offer all cells as a table."""
    if not subjects:
        return
    import pandas as pd

    parts = [cells(np.asarray(one.total), question.rule).assign(model=one.card.id) for one in subjects]
    table = pd.concat(parts, ignore_index=True)
    table = table[["model", *[name for name in table if name != "model"]]]
    with st.expander("All cells as a table", on_change="rerun", key="cells_open") as opened:
        if opened.open:
            tables.show(table, "confusion")
