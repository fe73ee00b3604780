"""The page's one fragment: controls and the answer below them, so that dragging redraws nothing else."""

from __future__ import annotations

import streamlit as st

from lakeseg.ui import state, status
from lakeseg.ui.frame import View
from lakeseg.ui.patches import controls, on_dataset, on_lake, on_model, scores


@st.fragment
@status.errors_in_a_line()
def show(view: View, picture: str) -> None:
    """Ask for the grid and show its answer."""
    if state.is_leaving():
        st.rerun()  # a fragment cannot change the page
    grid, shown = controls.pick_grid(view.dataset)
    if shown == controls.ON_LAKE:
        on_lake.show(view, grid, picture)
    elif shown == controls.ON_DATASET:
        on_dataset.show(view, grid)
    elif shown == controls.ON_MODEL:
        on_model.show(view, grid.size)
    else:
        scores.show(view)
