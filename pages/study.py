"""Study: the five questions of the study of 2018 with the answers of 2018 and ours, a better network, and the audit."""

import streamlit as st

from lakeseg.ui import frame, status
from lakeseg.ui.cache import study as kept
from lakeseg.ui.study import choices, page

with status.errors_in_a_line():
    choices.complete_link()
    view = frame.begin(first=kept.first_with_runs)
    with st.sidebar:
        frame.end(view, [])
    page.show(view)
