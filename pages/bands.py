"""Bands: what each band is worth, alone and together."""

import streamlit as st

from lakeseg.ui import frame, status
from lakeseg.ui.bands import parts

with status.errors_in_a_line():
    view = frame.begin(needs_images=False)
    with st.sidebar:
        frame.end(view, [])
    head = st.container()
    part = parts.pick()
    with head:
        frame.title("Bands", view, part.what_to_do)
    parts.show(part, view)
