"""Explore: one lake as a picture, as labels, and as each model sees it."""

import streamlit as st

from lakeseg.ui import frame, status
from lakeseg.ui.explore import choices, lakes, stage

with status.errors_in_a_line():
    view = frame.begin(ask_models=True)
    with st.sidebar:
        show = choices.pick_panels(view.dataset)
        picture = choices.pick_picture(view.dataset)
        frame.end(view, view.chosen_cards)
    lakes.show_header(view.dataset, view.lake_id, view.lakes)
    stage.show(view.dataset, view.lake_id, stage.Cast(view.cards, view.broken, view.chosen), show, picture)
    lakes.show_strip(view.dataset, view.lakes, view.lake_id)
