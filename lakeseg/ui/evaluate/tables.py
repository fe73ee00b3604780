"""A table that can be read on the page and taken away as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
import streamlit as st

ROW: Final = 35
MOST_ROWS: Final = 8


def show(
    table: pd.DataFrame,
    name: str,
    helps: Mapping[str, str] | None = None,
    full: pd.DataFrame | None = None,
    words: str = "",
    widths: Mapping[str, int] | None = None,
) -> None:
    """Show a table with a button that downloads it as CSV, unrounded as `full` if that is given.

    Args:
        table: What to show; its height follows from its rows, of which a few are seen at once.
        name: Of the file, without an ending; it is the button's key too.
        helps: What a column means, by its name.
        full: What the file holds instead.
        words: A line under the table, beside the button.
        widths: Of columns whose content grows, in CSS pixels, by their name.
    """
    helps, widths = helps or {}, widths or {}
    columns: dict[str, Any] = {
        key: st.column_config.Column(help=helps.get(key), width=widths.get(key)) for key in {*helps, *widths}
    }
    height = ROW * (min(len(table), MOST_ROWS) + 1) + 3
    st.dataframe(table, hide_index=True, column_config=columns, width="stretch", height=height)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(words, width="stretch")
        _offer(table if full is None else full, name, exact=full is not None)


def _offer(table: pd.DataFrame, name: str, exact: bool) -> None:
    st.download_button(
        "CSV",
        lambda: table.to_csv(index=False),
        f"{name}.csv",
        "text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key=f"csv_{name}",
        help="This table as a file, numbers unrounded." if exact else "This table as a file.",
    )
