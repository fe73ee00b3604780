"""A page with nothing but the viewer and what its tests need to steer it."""

from __future__ import annotations

import streamlit as st
import viewer_data as data

from lakeseg.ui.viewer import (
    Scene,
    classes_panel,
    difference_panel,
    image_panel,
    message_panel,
    pending_panel,
    scalar_panel,
    viewer,
)

st.set_page_config(layout="wide")
state = st.session_state
state.setdefault("lake", 0)
state.setdefault("images", 0)
state.setdefault("selected", None)
with st.sidebar:
    if st.button("Previous lake", shortcut="Left"):
        state.lake, state.selected = state.lake - 1, None
    if st.button("Next lake", shortcut="Right"):
        state.lake, state.selected = state.lake + 1, None
    if st.button("Other images"):
        state.images += 1
    if st.button("Mark from Python"):
        state.selected = (7, 9)
    shown = st.checkbox("Show the viewer", value=True)

panels = [
    image_panel("rgb", "Natural colour", data.composite(state.lake + 100 * state.images), subtitle="1-4-3"),
    classes_panel("labels", "Labels", data.labels()),
    classes_panel("fcn", "FCN", data.predicted(), data.probability(), subtitle="F1 .812 · 4,800 px"),
    difference_panel("difference", "FCN against labels", "labels", "fcn"),
    scalar_panel("water", "Water probability", data.probability(), ramp="viridis"),
    message_panel("broken", "GBM <b>bold</b>", data.MESSAGE),
]
if st.query_params.get("pending"):
    panels.append(pending_panel("pending", "U-Net"))
panels = panels[: int(st.query_params.get("panels", len(panels)))]
lake = f"D1-{state.lake:04d}"
if shown:
    pixel = viewer(
        Scene(
            lake,
            data.HEIGHT,
            data.WIDTH,
            tuple(panels),
            selected=state.selected,
            caption=f"Demo · lake {lake} · simulated",
        )
    )
    state.selected = pixel
    st.text(f"pixel: {pixel}")
st.text(f"lake: {lake}, images: {state.images}")
