"""Explore: one lake as a picture, as labels, and as each model sees it."""

import streamlit as st

from lakeseg.ui import cache, demo, state
from lakeseg.ui.explore import choices, lakes, stage, status

datasets, broken_files = cache.datasets()
status.show_broken(broken_files)
if demo.is_missing(datasets, broken_files):
    demo.make_here()
elif not datasets:
    st.caption("Nothing to show yet. Demo data: `python -m lakeseg demo`. Your own: `python -m lakeseg import --help`.")
if not datasets:
    st.stop()

cards, broken_models = cache.models()

with status.errors_in_a_line():
    with st.sidebar:
        status.show_unknown("dataset", state.DATASET, list(datasets))
        dataset = choices.pick_dataset(datasets)
        lake_choice, order_choice = st.container(), st.container()
        status.show_unknown("model", state.MODELS, [*cards, *(model.id for model in broken_models)])
        chosen = choices.pick_models(cards, broken_models, dataset)
        chosen_cards = [cards[model] for model in chosen if model in cards]
        with order_choice:
            frame = choices.pick_order(dataset, chosen_cards)
        with lake_choice:
            status.show_unknown("lake", state.LAKE, dataset.lakes)
            lake_id = choices.pick_lake(dataset, frame)
        show = choices.pick_panels(dataset)
        picture = choices.pick_picture(dataset)
        status.show_background(dataset, chosen_cards)
        status.show_device()
    lakes.show_header(dataset, lake_id, frame)
    stage.show(dataset, lake_id, stage.Cast(cards, broken_models, chosen), show, picture)
    lakes.show_strip(dataset, frame, lake_id)
