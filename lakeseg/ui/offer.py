"""What to show in the place of something that has not been measured or trained yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import streamlit as st

from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.study import results
from lakeseg.study.parts import PARTS
from lakeseg.ui import cache
from lakeseg.ui.frame import View
from lakeseg.ui.text import full_name, plain

TRAIN: Final = "python -m lakeseg train --model fcn-bands --dataset {path}"
MEASURE: Final = "python -m lakeseg study {part} --dataset {path}"
WATCH_SECONDS: Final = 2.0


def rows(part: str, view: View, wanted: Callable[[Dataset, Iterable[Card]], list[Card]]) -> list[Mapping[str, Any]]:
    """Return what was measured with the models that are here, and offer to measure those of the `wanted` that lack."""
    found, dataset = results.find(part, view.dataset.fingerprint), view.dataset
    known = found.rows_of(view.cards) if found else []
    missing = wanted(dataset, [card for card in view.cards.values() if not (found and found.has(card))])
    if missing:
        about = ", ".join(card.title for card in missing) if known else PARTS[part]
        measurement(part, dataset, f"Not measured on {plain(full_name(dataset))} yet: {plain(about)}.")
    elif not known:
        st.caption("No trained model can be measured on this dataset: see `python -m lakeseg train --help`.")
    return known


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
