"""From a lake on this page to the same lake in Explore."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from lakeseg.data.dataset import Dataset
from lakeseg.ui import state

EXPLORE = "pages/explore.py"


def go(dataset: Dataset, models: Sequence[str], place: Callable[[str], tuple[int, int] | None]) -> None:
    """Open the lake that was clicked in Explore with these models, at the pixel that `place` gives for it."""
    lake = state.take_leaving()
    if lake is None or lake not in dataset.lakes:
        return
    pixel = place(lake)
    link: dict[str, str | list[str]] = {"dataset": dataset.path.stem, "lake": lake, "models": list(models)}
    if pixel is not None:
        link["pixel"] = f"{pixel[0]},{pixel[1]}"
    st.switch_page(EXPLORE, query_params=link)
