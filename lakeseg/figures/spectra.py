"""The spectrum of a pixel against the mean spectra of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from lakeseg.bands import BANDS, CLASS_NAMES, LAND, UNCLASSIFIED, WATER
from lakeseg.data.statistics import ClassSpectra

# Lighter than the map's colours, which would vanish on a dark page; the line's name stands at its end all the same.
LINE_COLOURS = {WATER: "#3b8bd0", LAND: "#41944a", UNCLASSIFIED: "#9aa0a8"}
PIXEL_COLOUR = "#d6455d"


def spectrum_chart(pixel: np.ndarray, lake: ClassSpectra, dataset: ClassSpectra, bands: Sequence[int]) -> Any:
    """Return an Altair chart: the pixel (B,) in reflectance, class means of its lake (±1 sd) and of the dataset."""
    table = _lines(pixel, lake, dataset, bands)
    colour = alt.Color("line:N", scale=_colours(table), legend=None)
    axis = alt.X(
        "nm:Q",
        title="Wavelength (nm)",
        scale=alt.Scale(type="log", domain=[430, 2600], nice=False),
        axis=alt.Axis(values=[int(BANDS[b].centre_nm) for b in bands], labelOverlap="parity", grid=False),
    )
    base = alt.Chart(table).encode(x=axis, color=colour)
    spread = (
        base.transform_filter("datum.low != null")
        .mark_area(opacity=0.14)
        .encode(y=alt.Y("low:Q", title="Reflectance"), y2="high:Q")
    )
    lines = base.mark_line(point=alt.OverlayMarkDef(size=22)).encode(
        y="reflectance:Q",
        strokeDash=alt.StrokeDash("scope:N", scale=_dashes(), legend=None),
        strokeWidth=alt.condition("datum.scope == 'pixel'", alt.value(3), alt.value(1.6)),
        tooltip=["line", "band", alt.Tooltip("reflectance:Q", format=".3f")],
    )
    names = (
        base.transform_filter("datum.last")
        .mark_text(align="left", dx=6, fontSize=11)
        .encode(y="reflectance:Q", text="line:N")
    )
    return (spread + lines + names).properties(height=250)


def _lines(pixel: np.ndarray, lake: ClassSpectra, dataset: ClassSpectra, bands: Sequence[int]) -> pd.DataFrame:
    rows = [_line("this pixel", "pixel", pixel, None, bands)]
    for scope, spectra in (("lake", lake), ("dataset", dataset)):
        for code in LINE_COLOURS:
            if spectra.pixels[code]:
                spread = spectra.spread[code] if scope == "lake" else None
                rows.append(_line(f"{CLASS_NAMES[code]}, {scope}", scope, spectra.mean[code], spread, bands))
    return pd.concat(rows, ignore_index=True)


def _line(name: str, scope: str, values: np.ndarray, spread: np.ndarray | None, bands: Sequence[int]) -> pd.DataFrame:
    width = np.full(len(bands), np.nan) if spread is None else spread
    table = pd.DataFrame(
        {
            "line": name,
            "scope": scope,
            "reflectance": values,
            "low": values - width,
            "high": values + width,
            "nm": [BANDS[band].centre_nm for band in bands],
            "band": [f"band {band} ({BANDS[band].short})" for band in bands],
        }
    ).sort_values("nm")
    return table.assign(last=np.arange(len(table)) == len(table) - 1)


def _colours(table: pd.DataFrame) -> alt.Scale:
    by_name = {
        f"{CLASS_NAMES[code]}, {scope}": colour
        for code, colour in LINE_COLOURS.items()
        for scope in ("lake", "dataset")
    }
    names = list(dict.fromkeys(table["line"]))
    return alt.Scale(domain=names, range=[by_name.get(name, PIXEL_COLOUR) for name in names])


def _dashes() -> alt.Scale:
    return alt.Scale(domain=["pixel", "lake", "dataset"], range=[[1, 0], [1, 0], [4, 3]])
