"""Explore: one lake as a picture, as labels, and as each model sees it."""

import streamlit as st

from lakeseg.ui import cache, demo, state
from lakeseg.ui.explore import choices, lakes, stage, status

datasets, broken_files = cache.datasets()
status.show_broken(broken_files)
if demo.is_missing(datasets):
    demo.make_here()
    st.stop()

cards, broken_models = cache.models()

with st.sidebar:
    dataset = choices.pick_dataset(datasets)
    lake_choice, order_choice = st.container(), st.container()
    chosen = choices.pick_models(cards, broken_models, dataset)
    chosen_cards = [cards[model] for model in chosen if model in cards]
    with order_choice:
        frame = choices.pick_order(dataset, chosen_cards)
    missing_lake = state.unknown_lake(dataset.lake_ids)
    with lake_choice:
        lake_id = choices.pick_lake(dataset, frame)
    show = choices.pick_panels(dataset)
    picture = choices.pick_picture(dataset)
    status.show_background(dataset, chosen_cards)
    status.show_device()

if missing_lake is not None:
    st.warning(f"{dataset.name} has no lake {missing_lake!r}: showing {lake_id} instead.", icon=":material/info:")

lakes.show_header(dataset, lake_id, frame)
stage.show(dataset, lake_id, stage.Cast(cards, broken_models, chosen), show, picture)
lakes.show_strip(dataset, frame, lake_id)
