"""Patches: what a patch size keeps, and what it does to a network."""

import streamlit as st

from lakeseg.ui import frame, status
from lakeseg.ui.patches import answer, controls

with status.errors_in_a_line():
    view = frame.begin()
    with st.sidebar:
        picture = controls.pick_composite(view.dataset)
        frame.end(view, [])
    frame.title("Patches", view, "Drag the patch size: the grid, the counts, the curves and the predictions follow.")
    answer.show(view, picture)
