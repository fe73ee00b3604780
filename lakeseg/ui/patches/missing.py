"""What is said where a long measurement was not made yet."""

from __future__ import annotations

import streamlit as st

from lakeseg.study.parts import PARTS
from lakeseg.ui.frame import View
from lakeseg.ui.text import plain


def offer(view: View, part: str) -> None:
    """Say how to measure a part of the study on this dataset."""
    st.caption(
        f"Not measured on {plain(view.dataset.name)} yet ({PARTS[part]}). Run "
        f"`python -m lakeseg study {part} --dataset {view.dataset.path.name}`, then reload."
    )
