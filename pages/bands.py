"""Bands: what each band is worth, alone and together."""

import streamlit as st

from lakeseg.ui import frame, status

with status.errors_in_a_line():
    view = frame.begin()
    frame.title("Bands", view, "Switch bands on and off.")
    with st.sidebar:
        frame.end(view, [])
