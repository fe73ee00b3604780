"""One-line messages of the sidebar and above the page: errors, damaged files, work in the background, the device."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import streamlit as st

from lakeseg.data.dataset import Dataset
from lakeseg.data.table import LakeTable
from lakeseg.errors import LakesegError, unknown
from lakeseg.store import Card
from lakeseg.ui import cache, state
from lakeseg.ui.text import plain

WATCH_SECONDS: Final = 3.0


@contextmanager
def errors_in_a_line() -> Iterator[None]:
    """Show an error that a person can mend as one line, in the place where it arose."""
    try:
        yield
    except LakesegError as error:
        st.error(plain(str(error)), icon=":material/error:")


def show_broken(broken: Sequence[cache.Broken]) -> None:
    """Show one line for each dataset file that cannot be shown."""
    for file in broken:
        st.warning(plain(file.reason), icon=":material/draft:")


def show_unknown(kind: str, key: str, valid: LakeTable | list[str]) -> None:
    """Show one line where the link asks for something that is not here, with what is."""
    for name in state.asked(key):
        if name not in valid:
            names = valid if isinstance(valid, list) else valid.id.tolist()
            st.warning(plain(unknown(kind, name, names)), icon=":material/info:")


def show_device() -> None:
    """Show which device networks run on; look again until that is known."""
    st.fragment(_show_device, run_every=None if cache.device().device else WATCH_SECONDS)()


def _show_device() -> None:
    name = cache.device().device
    st.caption(f":material/memory: Networks run on {plain(name)}" if name else ":material/memory: Looking for a GPU…")


def show_background(dataset: Dataset, cards: Sequence[Card]) -> None:
    """Predict all lakes for the chosen models in the background, and show how far that is."""
    if cache.prediction_cache().problem:
        st.caption(f":material/warning: {plain(cache.prediction_cache().problem)}")
    if os.environ.get("LAKESEG_WARM", "1") == "0":
        return
    warmer = cache.warmer()
    for card in cards:
        if card.fits(dataset.bands, dataset.of_pixels) and cache.unscored(dataset, card):
            warmer.ask(dataset, card)
    if warmer.problem:
        st.caption(f":material/warning: {plain(warmer.problem)}")
    show_progress()


def show_progress() -> None:
    """Show how far the background is, as long as there is something to do."""
    if cache.warmer().busy:
        st.fragment(_watch, run_every=WATCH_SECONDS)()


def _watch() -> None:
    """Show how far the background is; when it ends, the whole page has new numbers to show."""
    warmer = cache.warmer()
    if not warmer.busy:
        st.rerun()
    st.progress(min(warmer.share, 1.0), text=f":small[Predicting all lakes: {plain(warmer.text) or 'starting'}]")
