"""F1 against patch size: every model on the study's terms and on fair ones, beside what was published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from lakeseg.figures.sizes import colours_of, sizes_chart
from lakeseg.study import published
from lakeseg.study.sizes import FAIR, PART, STUDY, wanted
from lakeseg.ui import charts, offer
from lakeseg.ui.frame import View
from lakeseg.ui.text import full_name, plain, with_interval

_WHY = (
    "On the study's terms only test patches with more than one class count, so each size is tested on other pixels, "
    "and F1 depends on how much water is among them; on fair terms every pixel of the same test lakes counts. "
    "Hollow: what the study published in 2018 of its own lakes, circles as printed, diamonds as its own counts have it."
)
_NAN = float("nan")


def show(view: View) -> None:
    """Show the chart and the table of all models that were measured on the dataset."""
    st.caption(f"{plain(full_name(view.dataset))}, test lakes. {_WHY}")
    rows = offer.rows(PART, view, wanted)
    theirs = published.size_rows()
    colours = colours_of([row["series"] for row in [*theirs, *rows]])
    by_terms = {
        title: ([row for row in rows if row["terms"] == terms], [row for row in theirs if row["terms"] == terms])
        for terms, title in ((STUDY, "The study's terms"), (FAIR, "Fair terms"))
    }
    with st.grid("auto", min_column_width=560, gap="medium") as cells:
        for title, (own, printed) in by_terms.items():
            if own or printed:
                with cells.cell():
                    st.markdown(f"##### {title}", help=_HELP["Terms"])
                    charts.show(st, sizes_chart(own, printed, colours))
    table = scores_table(rows)
    columns = {name: st.column_config.Column(help=text) for name, text in _HELP.items()}
    st.dataframe(table, hide_index=True, column_config=columns, width="stretch", key="size_scores")
    st.download_button(
        "Table as CSV",
        lambda: table.to_csv(index=False).encode(),
        f"{view.dataset.path.stem}-sizes.csv",
        icon=":material/download:",
        on_click="ignore",
        key="sizes_csv",
    )


_HELP = {
    "Terms": f"{STUDY}: pixels of test patches with more than one class. {FAIR}: every pixel of the same test lakes.",
    "F1": "Of water, unclassified excluded; with the 95 % bootstrap interval over ground groups, if it is ours.",
    "Land": "Share of the tested pixels that are land.",
    "Pixels": "Pixels labelled water or land that F1 rests on.",
}


def scores_table(rows: list[Mapping[str, Any]]) -> pd.DataFrame:
    """Return one row for each measured and each published score, by terms, size and model."""
    order = {STUDY: 0, FAIR: 1}
    ours = sorted(rows, key=lambda row: (order[row["terms"]], row["size"] or 1000, row["series"]))
    return pd.DataFrame([_row(row) for row in [*ours, *published.size_rows()]])


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    f1, low, high = (_NAN if row.get(name) is None else row[name] for name in ("f1", "low", "high"))
    land = row.get("land_share")
    return {
        "Terms": row["terms"],
        "Patch": f"{row['size']} px" if row["size"] else "whole lake",
        "Model": row["title"],
        "F1": with_interval(f1, low, high),
        "Land": "–" if land is None else f"{land:.1%}".replace("%", " %"),
        "Pixels": f"{row['pixels']:,}" if row.get("pixels") else "–",
        "Lakes": f"{row['lakes']:,}" if row.get("lakes") else "–",
    }
