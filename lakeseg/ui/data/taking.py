"""What can be taken away of the chosen dataset."""

from __future__ import annotations

import streamlit as st

from lakeseg.ui.frame import View


def show(view: View) -> None:
    """Offer every export."""
    st.caption(view.dataset.name)
