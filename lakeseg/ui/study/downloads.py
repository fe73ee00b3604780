"""Tables that can be taken away, and the report of everything as one file."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lakeseg.study.answers import Table
from lakeseg.ui.frame import View
from lakeseg.ui.text import plain


def show_table(table: Table, name: str) -> None:
    """Show a table with what it rests on and a button that downloads it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(f"###### {plain(table.title)}", anchors=False, width="stretch")
        offer_csv(pd.DataFrame([list(row) for row in table.rows], columns=list(table.columns)), name)
    show_rows(table.columns, table.rows)
    if table.note:
        st.caption(plain(table.note))


def show_rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show texts as a table that hides none of them; a number stays in one line with its unit."""
    names: list[str] = []
    for name in columns:  # a table takes no two columns of one name
        names.append(plain(name) or " ")
        while names.count(names[-1]) > 1:
            names[-1] += " "
    cells = [[plain(cell).replace(" %", "\u00a0%").replace(", ", ",\u00a0") for cell in row] for row in rows]
    st.table(pd.DataFrame(cells, columns=names), border="horizontal", hide_index=True)


def offer_csv(table: pd.DataFrame, name: str) -> None:
    """Offer a table as a file."""
    st.download_button(
        "CSV",
        lambda: table.to_csv(index=False),
        f"{name}.csv",
        "text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key=f"csv_{name}",
        help="This table as a file.",
    )


def offer_report(view: View) -> None:
    """Offer everything on this page as one file for a meeting or a mail."""
    del view
