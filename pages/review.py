"""Review: experts settle the unclassified pixels, region by region."""

import streamlit as st

from lakeseg.ui import frame, status
from lakeseg.ui.cache import regions as kept
from lakeseg.ui.review import page

st.set_page_config(initial_sidebar_state="collapsed")
with status.errors_in_a_line():
    view = frame.begin(first=kept.first_to_review, ask_lake=False)
    page.show(view)
