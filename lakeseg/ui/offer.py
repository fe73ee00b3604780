"""What to show in the place of something that has not been measured or trained yet."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lakeseg.data.dataset import Dataset
from lakeseg.ui import cache
from lakeseg.ui.text import plain

TRAIN: Final = "python -m lakeseg train --model fcn-bands --dataset {path}"
MEASURE: Final = "python -m lakeseg study {part} --dataset {path}"
WATCH_SECONDS: Final = 2.0


def measurement(part: str, dataset: Dataset, what: str) -> None:
    """Say in `what` that a part of the study was not measured here; offer to do so, or show how far it is."""
    st.caption(f":material/timer: {what}")
    warmer = cache.warmer()
    if warmer.is_measuring(dataset, part):
        st.fragment(_watch, run_every=WATCH_SECONDS)(part, dataset)
        return
    st.button(
        "Measure in the background",
        key=f"measure_{part}",
        icon=":material/play_arrow:",
        on_click=warmer.measure,
        args=(dataset, part),
        help=f"The same as `{MEASURE.format(part=part, path=dataset.path.name)}`; it may take some minutes. A run that "
        "was stopped goes on where it stood.",
    )
    if warmer.problem:
        st.caption(f":material/warning: {plain(warmer.problem)}")


def _watch(part: str, dataset: Dataset) -> None:
    """Show how far the measurement is; when it ends, the page has new numbers to show."""
    warmer = cache.warmer()
    if not warmer.is_measuring(dataset, part):
        st.rerun()
    here = warmer.is_at(dataset, part)
    text = plain(warmer.text) if here and warmer.text else "waiting for its turn"
    st.progress(min(warmer.share, 1.0) if here else 0.0, text=f":small[Measuring: {text}]")
