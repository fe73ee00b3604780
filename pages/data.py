"""Data: which datasets are here, what may be wrong with them, how others come in, and what can be taken away."""

import streamlit as st

from lakeseg.ui import frame, status
from lakeseg.ui.data import page

with status.errors_in_a_line():
    view = frame.begin(ask_lake=False, without=page.show_empty, needs_images=False)
    with st.sidebar:
        frame.end(view, [])
    page.show(view)
