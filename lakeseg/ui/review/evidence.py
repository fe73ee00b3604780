"""Below the viewer: why this region, its spectrum, and what was said of regions that look alike."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import streamlit as st

from lakeseg.bands import INDICES, spectral_index, to_reflectance
from lakeseg.figures.regions import region_spectrum
from lakeseg.review.ranking import OF_MODELS, why
from lakeseg.review.verdicts import VERDICTS
from lakeseg.ui import charts
from lakeseg.ui.cache import regions as kept
from lakeseg.ui.review.desk import Item, Table
from lakeseg.ui.review.pictures import Pictures
from lakeseg.ui.review.words import NAMES
from lakeseg.ui.text import plain

ALIKE: Final = 4
REASONS: Final = 4


def show(table: Table, item: Item, pictures: Pictures) -> None:
    """Show all three beside each other."""
    reasons, spectrum, alike = st.columns([5, 6, 5], gap="small")
    with reasons:
        _show_reasons(table, item)
    with spectrum:
        _show_spectrum(table, item, pictures)
    with alike:
        _show_alike(table, item)


def _show_reasons(table: Table, item: Item) -> None:
    """Say why the region is where it is; a check is no worse hidden than a region is: by its size and shore."""
    lines = ["**Why this one**"]
    if item.disputed:
        lines.append("- reviewers disagree on it")
    elif item.region is None:
        lines.append(f"- {len(item.positions):,} px")
    else:
        found = why(table.regions, table.components, table.weights, item.region)
        lines += [f"- {plain(reason.words)}" for reason in found if not (table.blind and reason.name in OF_MODELS)][
            :REASONS
        ]
    st.markdown("\n".join(lines))


def _mean(table: Table, item: Item, pictures: Pictures) -> np.ndarray:
    """Return the (B,) mean reflectance of an item."""
    counts = pictures.lake.image.reshape(-1, pictures.lake.image.shape[-1])[item.positions]
    return np.asarray(to_reflectance(counts, table.dataset.scale, table.dataset.fill).mean(axis=0))


def _show_spectrum(table: Table, item: Item, pictures: Pictures) -> None:
    bands = table.dataset.bands
    mean = _mean(table, item, pictures)
    charts.show(st, region_spectrum(mean, pictures.spectra, bands))
    known = [name for name, index in INDICES.items() if set(index.bands) <= set(bands)]
    values = [f"{name} {float(spectral_index(name, mean, bands)):+.2f}".replace("-", "−") for name in known]
    st.caption(" · ".join(values))


def _show_alike(table: Table, item: Item) -> None:
    """List settled regions that look most like this one, by anyone."""
    lines = ["**Look alike**"]
    if item.region is not None:
        verdicts = table.standing.verdicts
        near = kept.spectra(table.regions).settled_alike(item.region, verdicts, ALIKE)
        lines += [_line(table, verdicts, one.region, one.distance) for one in near]
    st.markdown("\n".join(lines) if len(lines) > 1 else "**Look alike**  \n:gray[none is settled yet]")


def _line(table: Table, verdicts: Any, region: int, distance: float) -> str:
    name = NAMES[VERDICTS[int(verdicts[region]) - 1]]
    pixels = int(table.regions.pixels[region])
    return f"- **{name}** · {pixels:,} px · {plain(table.lake_of(region))} :gray[{distance:.2f} sd away]"
