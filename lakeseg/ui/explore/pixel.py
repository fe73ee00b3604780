"""The clicked pixel: its spectrum, what each model says, its label and its indices."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lakeseg.bands import CLASS_NAMES, INDICES, LAND, UNCLASSIFIED, WATER, is_fill, spectral_index, to_reflectance
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.data.statistics import ClassSpectra
from lakeseg.figures.spectra import spectrum_chart
from lakeseg.metrics import classes
from lakeseg.serving import Ready
from lakeseg.ui import cache, charts, state
from lakeseg.ui.explore.panels import Opinion
from lakeseg.ui.text import full_name, plain, short


def show_pixel(dataset: Dataset, lake: Lake, opinions: Sequence[Opinion], pixel: tuple[int, int] | None) -> None:
    """Show the card of the selected pixel and the field that holds it, or how to select one."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_heading(lake, pixel), width="stretch")
        st.text_input(
            "Row, column",
            key=state.PIXEL,
            bind="query-params",
            placeholder="row,column",
            width=110,
            label_visibility="collapsed",
        )
    if pixel is None:
        st.caption("Click a pixel in any panel to see its spectrum and what each model says of it.")
        return
    row, column = pixel
    if is_fill(lake.image[row, column], dataset.fill):
        st.caption("This pixel is fill: the sensor gave no value, and it enters no score.")
        return
    reflectance = to_reflectance(lake.image[row, column], dataset.scale, dataset.fill)
    own, all_lakes = (
        cache.lake_spectra(dataset.fingerprint, lake.id, dataset),
        cache.spectra(dataset.fingerprint, dataset),
    )
    chart, words = st.columns([3, 2])
    charts.show(chart, spectrum_chart(reflectance, own, all_lakes, dataset.bands))
    with words:
        _show_models(opinions, row, column)
        indices = [name for name, index in INDICES.items() if set(index.bands) <= set(dataset.bands)]
        values = {name: float(spectral_index(name, reflectance, dataset.bands)) for name in indices}
        st.caption(" · ".join(f"{name} {value:+.2f}" for name, value in values.items()))
        st.caption(
            f"Solid: means of this lake with ±1 standard deviation ({_basis(own)}). "
            f"Dashed: means of {plain(full_name(dataset))} ({_basis(all_lakes)})."
        )


def _basis(spectra: ClassSpectra) -> str:
    """Return the pixels that class means rest on."""
    codes = (WATER, LAND, UNCLASSIFIED)
    return ", ".join(f"{spectra.pixels[code]:,} {CLASS_NAMES[code]}" for code in codes if spectra.pixels[code]) + " px"


def _heading(lake: Lake, pixel: tuple[int, int] | None) -> str:
    if pixel is None:
        return "##### Pixel"
    row, column = pixel
    label = CLASS_NAMES[int(lake.labels[row, column])]
    truth = "" if lake.truth is None else f" · true water fraction {lake.truth[row, column]} %"
    return f"##### Pixel row {row}, column {column} :small[:gray[label {label}{truth}]]"


def _show_models(opinions: Sequence[Opinion], row: int, column: int) -> None:
    rows = []
    for opinion in opinions:
        if isinstance(opinion.answer, Ready):
            p = opinion.answer.probabilities[row, column]
            said = CLASS_NAMES[int(classes(p[None])[0])]
            rows.append(
                {
                    "Model": opinion.title,
                    "Says": said,
                    "Water": short(float(p[0])),
                    "Land": short(float(p[1])),
                    "Uncl.": short(float(p[2])),
                }
            )
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
