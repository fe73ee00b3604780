"""What the sidebar of Explore asks beyond dataset, lake and models: which panels, and how the composite is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from lakeseg.bands import BANDS, COMPOSITES, INDICES
from lakeseg.data.dataset import Dataset
from lakeseg.figures.composites import DEFAULT_STRETCH, STRETCHES, Stretch
from lakeseg.ui import state

CLASSES, DIFFERENCE, PROBABILITY, ENTROPY, TRUTH = "Classes", "Difference", "Probability", "Entropy", "True water"
THREE_BANDS, ONE_INDEX = "Three bands", "Index"


@dataclass(frozen=True)
class Picture:
    """How the first panel is drawn: three bands, or one index where `rgb` is None."""

    title: str
    rgb: tuple[int, int, int] | None
    index: str | None
    stretch: Stretch
    gamma: float


def pick_panels(dataset: Dataset) -> list[str]:
    """Ask which panels each model gets."""
    options = [CLASSES, DIFFERENCE, PROBABILITY, ENTROPY] + ([TRUTH] if dataset.truth_available else [])
    return st.pills(
        "Panels",
        options,
        selection_mode="multi",
        default=[CLASSES],
        key=state.SHOW,
        bind="query-params",
        help="Difference compares with the labels. Probability is that of water. Entropy in bits: 0 is sure. "
        "True water is the fraction that only a simulator knows.",
    )


def pick_picture(dataset: Dataset) -> Picture:
    """Ask how the composite is drawn."""
    presets = [name for name, bands in COMPOSITES.items() if set(bands) <= set(dataset.bands)]
    indices = [name for name, index in INDICES.items() if set(index.bands) <= set(dataset.bands)]
    options = presets + [THREE_BANDS] + ([ONE_INDEX] if indices else [])
    name = st.selectbox("Composite", options, key=state.COMPOSITE, bind="query-params")
    rgb, index = COMPOSITES.get(name), None
    if name == THREE_BANDS:
        rgb = _pick_bands(dataset)
    if name == ONE_INDEX:
        index = st.selectbox(
            "Index",
            indices,
            key=state.INDEX,
            bind="query-params",
            format_func=lambda key: f"{key} = {INDICES[key].formula}",
        )
    stretch, gamma = _pick_stretch()
    title = index or (f"Bands {'-'.join(map(str, rgb))}" if name == THREE_BANDS and rgb else name)
    return Picture(title, None if index else rgb, index, stretch, gamma)


def _pick_bands(dataset: Dataset) -> tuple[int, int, int]:
    columns = st.columns(3)
    chosen = []
    for position, (column, key) in enumerate(zip(columns, (state.RED, state.GREEN, state.BLUE), strict=True)):
        start = min(position, len(dataset.bands) - 1)
        chosen.append(
            column.selectbox(
                key.capitalize(),
                dataset.bands,
                index=start,
                key=key,
                bind="query-params",
                help=" · ".join(f"{b}: {BANDS[b].short}" for b in dataset.bands),
            )
        )
    return chosen[0], chosen[1], chosen[2]


def _pick_stretch() -> tuple[Stretch, float]:
    with st.popover("Stretch and gamma", icon=":material/tune:", width="stretch"):
        name = st.segmented_control(
            "Stretch",
            list(STRETCHES),
            default=DEFAULT_STRETCH.name,
            required=True,
            key=state.STRETCH,
            bind="query-params",
            help="Percentiles of this lake band by band, or fixed reflectance.",
        )
        gamma = st.slider(
            "Gamma", 0.5, 2.5, 1.0, 0.1, key=state.GAMMA, bind="query-params", help="Above 1 brightens dark tones."
        )
    return STRETCHES.get(name or DEFAULT_STRETCH.name, DEFAULT_STRETCH), gamma
