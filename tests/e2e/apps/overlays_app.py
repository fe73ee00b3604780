"""The viewer with what may lie over its pictures: a patch grid that a slider moves, and marked pixels."""

from __future__ import annotations

import numpy as np
import streamlit as st
import viewer_data as data

from lakeseg.patches import grid, is_single_class, label_counts
from lakeseg.ui.viewer import PatchOverlay, Scene, classes_panel, difference_panel, image_panel, viewer

st.set_page_config(layout="wide")
size = st.slider("Size", 8, 64, 16)
gap = int(st.checkbox("Gap"))
over = st.radio("Over the pictures", ["patches", "marked", "both", "nothing"], horizontal=True)

labels = data.labels()
counts = label_counts(labels, grid(data.HEIGHT, data.WIDTH, size, gap))
patches = PatchOverlay(size, gap, is_single_class(counts).astype(np.uint8), counts)
panels = (
    image_panel("rgb", "Natural colour", np.full((data.HEIGHT, data.WIDTH, 3), 90, np.uint8)),
    classes_panel("labels", "Labels", labels),
    classes_panel("fcn", "FCN", data.predicted()),
    difference_panel("difference", "FCN against labels", "labels", "fcn"),
)
viewer(
    Scene(
        "D1-0042",
        data.HEIGHT,
        data.WIDTH,
        panels,
        patches=patches if over in ("patches", "both") else None,
        marked=labels == 3 if over in ("marked", "both") else None,
    )
)
st.text(f"size: {size}, gap: {gap}, over: {over}")
