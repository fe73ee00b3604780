"""Tables of text, to be read on the page and taken away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from lakeseg.study.answers import Table
from lakeseg.study.document import is_numeric
from lakeseg.ui.study.downloads import offer_csv
from lakeseg.ui.text import plain, unbroken

_BREAKS: Final = re.compile(r"[ –-]")
_MOST_WIDTH: Final = 900  # the page has 820, and the estimate is a cautious one
_LETTER, _PADDING = 6.5, 26.0  # CSS pixels


def show_table(table: Table, name: str) -> None:
    """Show a table with what it rests on and a button that downloads it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"###### {plain(table.title)}", anchors=False, width="content")
        offer_csv(pd.DataFrame([list(row) for row in table.rows], columns=list(table.columns)), name)
    if table.rows:
        show_rows(table.columns, table.rows)
    if table.note:
        st.caption(unbroken(table.note))


def show_rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show texts as a table that hides none of them: numbers at the right, a name that repeats the one above once.

    One that is wider than a window of 1280 px shows is turned, a column for each row, where that makes it narrower, and
    else scrolls.
    """
    if _width([columns, *rows]) > _MOST_WIDTH and len(rows) < len(columns):
        columns, *rows = [list(line) for line in zip(columns, *rows, strict=True)]
    above = ["", *(row[0] for row in rows[:-1])]
    cells = [["" if row[0] == before else row[0], *row[1:]] for row, before in zip(rows, above, strict=True)]
    cells = [[_cell(cell) for cell in row] for row in cells]
    if _width([columns, *rows]) > _MOST_WIDTH:
        st.table(pd.DataFrame(cells, columns=_apart(columns)), border="horizontal", hide_index=True)
        return
    right = [place > 0 and is_numeric([row[place] for row in rows]) for place in range(len(columns))]
    sides = "|".join("--:" if each else ":--" for each in right)
    lines = [_line([plain(name) for name in columns]), sides, *(_line(row) for row in cells)]
    st.markdown("\n".join(f"|{line}|" for line in lines))


def _cell(text: str) -> str:
    """Return a cell in which no line breaks within a number or its interval."""
    has_number = any(sign.isdigit() for sign in text)
    return unbroken(text).replace(", ", ",\u00a0") if has_number else plain(text)


def _width(lines: Sequence[Sequence[str]]) -> float:
    """Return about how many CSS pixels a table needs at least, which is where its words cannot be broken."""
    longest = [max(len(word) for cell in column for word in _words(cell)) for column in zip(*lines, strict=True)]
    return sum(_LETTER * letters + _PADDING for letters in longest)


def _words(cell: str) -> list[str]:
    """Return the parts between which a line may break: an interval and a unit keep together (`_cell`)."""
    return _BREAKS.split(cell.replace(", ", ",_").replace(" %", "_%"))


def _line(cells: Sequence[str]) -> str:
    return "|".join(f" :small[{cell}] " if cell else " " for cell in cells)


def _apart(columns: Sequence[str]) -> list[str]:
    """Return names of columns that differ: `st.table` takes no two of one name."""
    names: list[str] = []
    for name in columns:
        names.append(plain(name) or " ")
        while names.count(names[-1]) > 1:
            names[-1] += " "
    return names
