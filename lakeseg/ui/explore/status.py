"""One-line messages of the sidebar and above the page: damaged files, work in the background, the device."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import streamlit as st

from lakeseg.data.dataset import Dataset
from lakeseg.store import Card
from lakeseg.ui import cache

WATCH_SECONDS: Final = 3.0


def show_broken(broken: Sequence[cache.Broken]) -> None:
    """Show one line for each dataset file that cannot be read."""
    for file in broken:
        st.warning(file.reason, icon=":material/draft:")


def show_device() -> None:
    """Show which device networks run on."""
    name = cache.device().device
    st.caption(f":material/memory: Networks run on {name}" if name else ":material/memory: Looking for a GPU…")


def show_background(dataset: Dataset, cards: Sequence[Card]) -> None:
    """Predict all lakes for the chosen models in the background, and show how far that is."""
    if os.environ.get("LAKESEG_WARM", "1") == "0":
        return
    warmer = cache.warmer()
    for card in cards:
        if set(card.bands) <= set(dataset.bands) and cache.unscored(dataset, card):
            warmer.ask(dataset, card)
    st.fragment(_watch, run_every=WATCH_SECONDS if warmer.busy else None)()


def _watch() -> None:
    warmer = cache.warmer()
    if warmer.busy:
        st.progress(min(warmer.share, 1.0), text=f":small[Predicting all lakes: {warmer.text or 'starting'}]")
