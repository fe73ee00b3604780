"""Evaluate: how right each model is, and where it is wrong."""

import streamlit as st

from lakeseg.ui import frame, status

with status.errors_in_a_line():
    view = frame.begin()
    frame.title("Evaluate", view, "Click a cell, drag the threshold.")
    with st.sidebar:
        frame.end(view, [])
