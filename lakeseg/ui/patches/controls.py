"""What the page Patches asks: the size, two habits of the study, which answer to show, and how the lake is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from lakeseg.analysis.patch_curves import LARGEST, SMALLEST
from lakeseg.bands import COMPOSITES
from lakeseg.data.dataset import Dataset
from lakeseg.ui import state

ON_LAKE, ON_DATASET, ON_MODEL, SCORES = "Lake", "Dataset", "Model", "F1"
VIEWS: Final = (ON_LAKE, ON_DATASET, ON_MODEL, SCORES)
FIRST_SIZE: Final = 16


@dataclass(frozen=True)
class Grid:
    """The patches that are asked for: `size` and `gap` in pixels, `prune` leaves single-class patches out."""

    size: int
    gap: int
    prune: bool


def pick_composite(dataset: Dataset) -> str:
    """Ask how the lake is drawn; a name of `COMPOSITES`, or of the first band where none of them fits."""
    names = [name for name, bands in COMPOSITES.items() if set(bands) <= set(dataset.bands)]
    if not names:
        return f"Band {dataset.bands[0]}"
    return str(st.selectbox("Composite", names, key=state.PATCH_COMPOSITE, bind="query-params"))


def pick_grid(dataset: Dataset) -> tuple[Grid, str]:
    """Ask for the answer to show, and for the grid."""
    shown = st.segmented_control(
        "Show",
        VIEWS,
        default=ON_LAKE,
        required=True,
        key=state.PATCH_VIEW,
        bind="query-params",
        label_visibility="collapsed",
    )
    counted = shown in (ON_LAKE, ON_DATASET)  # what the other answers do not depend on cannot be moved there
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        size = st.slider(
            "Patch size (px)",
            SMALLEST,
            LARGEST,
            FIRST_SIZE,
            key=state.PATCH_SIZE,
            bind="query-params",
            disabled=shown == SCORES,
            help=f"Side of a patch. A pixel is {dataset.pixel_size_m:g} m wide.",
            width="stretch",
        )
        prune = st.toggle(
            "Prune",
            value=True,
            key=state.PRUNE,
            disabled=not counted,
            bind="query-params",
            help="Leave out patches of a single class, as the study did in training and in the test as well.",
        )
        gap = st.toggle(
            "Gap of 1 px",
            key=state.GAP,
            disabled=not counted,
            bind="query-params",
            help="The study's code cut patches at a stride of size + 1: one row and one column between neighbours "
            "went lost.",
        )
    return Grid(int(size), int(gap), bool(prune)), str(shown or ON_LAKE)
