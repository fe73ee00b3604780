"""The viewer with regions in question: keys and buttons decide them, one after the other."""

from __future__ import annotations

import time

import numpy as np
import streamlit as st
import viewer_data as data

from lakeseg.ui.viewer import RegionOverlay, Scene, classes_panel, drawn_on, image_panel, viewer

st.set_page_config(layout="wide")
BOXES = [(20, 30, 24, 39), (40, 60, 41, 61), (0, 0, 59, 79), (30, 5, 39, 14)]  # rows and columns, inclusive

if "decided" not in st.session_state:
    st.session_state.update(decided=[], plain=0, runs=0)
st.session_state.runs += 1


def decide(region: int, key: str) -> None:
    time.sleep(0.1)  # a slow database
    st.session_state.decided.append(f"{key}{region}:{drawn_on(f'region {region}') or ''}")


def count() -> None:
    st.session_state.plain += 1


current = len(st.session_state.decided) % len(BOXES)
with st.container(horizontal=True, key="verdicts"):
    for letter in "WL":
        st.button(letter, shortcut=letter, key=f"{letter}{current}", on_click=decide, args=(current, letter))
st.button("+", shortcut="1", on_click=count)
st.text_input("Note")
top, left, bottom, right = BOXES[current]
mask = np.zeros((data.HEIGHT, data.WIDTH), bool)
mask[top : bottom + 1, left : right + 1] = True
region = RegionOverlay(
    f"region {current}",
    mask,
    drawable=True,
    once="W L",
    plain="1",
    buttons="st-key-verdicts",
    note="Note",
    beat=st.session_state.runs,
)
panels = (
    image_panel("rgb", "Natural colour", np.full((data.HEIGHT, data.WIDTH, 3), 90, np.uint8)),
    classes_panel("labels", "Labels", data.labels()),
)
viewer(Scene("D1-0042", data.HEIGHT, data.WIDTH, panels, region=region), height=560)
st.text(f"decided: {' '.join(st.session_state.decided)}")
st.text(f"plain: {st.session_state.plain}")
st.text(f"drawn: {drawn_on(f'region {current}')}")
