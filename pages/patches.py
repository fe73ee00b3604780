"""Patches: what a patch size keeps, and what it does to a network."""

import streamlit as st

from lakeseg.ui import frame, status

with status.errors_in_a_line():
    view = frame.begin()
    frame.title("Patches", view, "Drag the size of the patches.")
    with st.sidebar:
        frame.end(view, [])
