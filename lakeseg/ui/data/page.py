"""The parts of the page; only the chosen one runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from lakeseg.ui import frame, state
from lakeseg.ui.data import bringing, condition, datasets, taking
from lakeseg.ui.frame import View

PART: Final = "part_of_data"


@dataclass(frozen=True)
class Part:
    """One part: what to do there, in a sentence, and the function that shows it."""

    what_to_do: str
    show: Callable[[View], None]


def _bring(view: View) -> None:  # noqa: ARG001 - what is brought in has nothing to do with what is here
    bringing.show()


PARTS: Final[Mapping[str, Part]] = {
    "Datasets": Part("Tick a dataset to look at it on every page; click a lake on the map to open it.", datasets.show),
    "Health": Part(
        "What may be wrong with the data before any model is blamed; click a lake to open it.", condition.show
    ),
    "Import": Part("Give a file or a folder: what it is, is found out and shown before anything is converted.", _bring),
    "Take away": Part("Choose what to take and in which format; it is made in the background.", taking.show),
}


def show(view: View) -> None:
    """Show the title, the choice of a part, and the part."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        path = view.dataset.path
        frame.title_of_dataset("Data", view, [path.name] if path.stem != view.dataset.name else [])
        name = st.segmented_control(
            "Part",
            list(PARTS),
            default="Datasets",
            required=True,
            key=PART,
            bind="query-params",
            label_visibility="collapsed",
        )
    part = PARTS[str(name)]
    st.caption(part.what_to_do)
    part.show(view)


def show_empty() -> None:
    """Show what can be done where there is no dataset: bring one in."""
    st.markdown("##### Your own data")
    if bringing.show():
        state.put(PART, "Import")  # where it goes on when the demo data is there
