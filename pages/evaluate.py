"""Evaluate: which models are right, where they are not, and how sure one can be of it."""

import streamlit as st

from lakeseg.ui import frame, status
from lakeseg.ui.evaluate import choices, page

with status.errors_in_a_line():
    view = frame.begin(needs_images=False)
    with st.sidebar:
        cards = choices.pick_models(view)
        question = choices.pick_question(view.dataset)
        waiting = choices.predict_first(page.subjects_of(view, cards, question), question)
        frame.end(view, cards)
    frame.title(
        "Evaluate", view, "Choose models at the left; click a cell to see its lakes, drag the threshold in its tab."
    )
    page.show(view, cards, question, waiting)
