"""The queue: what comes next and why, and how far everybody is."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from lakeseg.bands import CLASS_NAMES
from lakeseg.review.queue import Progress, in_queue, progress
from lakeseg.review.ranking import OF_MODELS, SIZE, scores, why
from lakeseg.review.regions import Regions
from lakeseg.ui import state, status
from lakeseg.ui.frame import View
from lakeseg.ui.review import tables
from lakeseg.ui.review.choices import Choices
from lakeseg.ui.review.desk import Desk
from lakeseg.ui.review.question import Table
from lakeseg.ui.text import plain

LISTED: Final = 200
REASONS: Final = 2  # beside the size, which has a column of its own: what a line holds at 1280 px; Decide has all


@status.errors_in_a_line()
def show(view: View, regions: Regions, choices: Choices, reviewer: str) -> None:
    """Show the next regions with their reasons, and the progress by domain."""
    table, problem = tables.lay(view, regions, choices, reviewer)
    desk: Desk = state.desk(f"{view.dataset.fingerprint} {reviewer}", Desk)
    desk.follow(table)
    if problem:
        st.error(plain(problem), icon=":material/error:")
    left = table.standing.left(reviewer)
    found = in_queue(table.order, table.wanted, left, desk.skipped)
    regions_left, pixels = len(found), int(left[found].sum())
    st.markdown(
        f"**{regions_left:,} regions, {pixels:,} px** are open for you, in the order of "
        f"“{plain(choices.rule)}”; the first {min(LISTED, regions_left):,} are listed."
    )
    if len(found):
        st.dataframe(
            _listed(table, found[:LISTED], left),
            hide_index=True,
            key=state.QUEUE_TABLE,
            on_select=lambda: _picked(table, desk, found[:LISTED]),
            selection_mode="single-row",
            height=360,
            width="stretch",
            column_config=_FORMATS,
        )
    _show_progress(table, left)


_FORMATS: Final[dict[str, Any]] = {
    "Score": st.column_config.ProgressColumn(min_value=0, max_value=1, format="%.2f", width=105),
    "Lake": st.column_config.TextColumn(width=80),
    "Domain": st.column_config.TextColumn(width=105),
    "Pixels": st.column_config.NumberColumn(format="localized", width=65),
    "Models say": st.column_config.TextColumn(width=90),
    "Why": st.column_config.TextColumn(width=635),
}


def _listed(table: Table, found: np.ndarray, left: np.ndarray) -> pd.DataFrame:
    """Return a row for each region; what models say is left out for who decides blind."""
    regions, hidden = table.regions, (SIZE, *(OF_MODELS if table.blind else ()))
    reasons = [why(regions, table.components, table.weights, int(region)) for region in found]
    words = [
        " · ".join([one.words for one in each if one.name not in hidden and one.share > 0][:REASONS])
        for each in reasons
    ]
    columns: dict[str, Any] = {
        "Lake": [table.lake_of(int(region)) for region in found],
        "Domain": table.dataset.lakes.domain[regions.lake[found]],
        "Pixels": left[found],
    }
    if regions.judges and not table.blind:
        columns["Models say"] = [CLASS_NAMES[code] if code else "differ" for code in regions.unanimous[found].tolist()]
        columns["Score"] = scores(table.components, table.weights)[found]
    return pd.DataFrame(columns | {"Why": words})


def _picked(table: Table, desk: Desk, found: np.ndarray) -> None:
    """Callback: decide on the region whose row was chosen."""
    row = state.chosen_row(state.QUEUE_TABLE)
    if row is not None and row < len(found):
        desk.take(table, int(found[row]))
        state.put(state.REVIEW_PART, "Decide")


def _show_progress(table: Table, left: np.ndarray) -> None:
    """Show how far the reviewer and the lab are, by domain."""
    mine = progress(table.regions, table.dataset.lakes, left)
    lab = progress(table.regions, table.dataset.lakes, table.standing.left_by_all)
    rows = [_row(own, of_all) for own, of_all in zip(mine, lab, strict=True)]
    percent = st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.1f %%")
    st.markdown("**How far** :small[:gray[the lab: settled by anyone]]")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        height="content",
        column_config={"You, % of pixels": percent, "Lab, % of pixels": percent},
    )


def _row(mine: Progress, lab: Progress) -> dict[str, Any]:
    return {
        "Domain": "all" if mine.whole else mine.domain or "none",
        "You, % of pixels": 100 * mine.share,
        "You, regions": f"{mine.regions:,} of {mine.of_regions:,}",
        "You, pixels": f"{mine.pixels:,} of {mine.of_pixels:,}",
        "Lab, % of pixels": 100 * lab.share,
        "Lab, regions": f"{lab.regions:,}",
        "Lab, pixels": f"{lab.pixels:,}",
    }
