"""The spectrum of a pixel against the mean spectra of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from lakeseg.bands import BANDS, CLASS_NAMES, LAND, UNCLASSIFIED, WATER
from lakeseg.data.statistics import ClassSpectra

# Lighter than the map's colours, which would vanish on a dark page; the line's name stands at its end all the same.
LINE_COLOURS: Final = {WATER: "#3b8bd0", LAND: "#41944a", UNCLASSIFIED: "#9aa0a8"}
PIXEL_COLOUR: Final = "#d6455d"
LABEL_GAP: Final = 0.075  # between names at the right, as a share of the axis
_SCOPES: Final = {"pixel": [1, 0], "lake": [1, 0], "dataset": [4, 3]}


def spectrum_chart(pixel: np.ndarray, lake: ClassSpectra, dataset: ClassSpectra, bands: Sequence[int]) -> Any:
    """Return an Altair chart: the pixel (B,) in reflectance, class means of its lake (±1 sd) and of the dataset."""
    table = _lines(pixel, lake, dataset, bands)
    colour = alt.Color("line:N", scale=_colours(table), legend=None)
    ticks = alt.Axis(values=[int(BANDS[band].centre_nm) for band in bands], labelOverlap="parity", grid=False)
    scale = alt.Scale(type="log", domain=[430, 2600], nice=False)
    x = alt.X("nm:Q", title="Wavelength (nm)", scale=scale, axis=ticks)
    base = alt.Chart(table).encode(x=x, color=colour)
    y = alt.Y("reflectance:Q", title="Reflectance")
    width = base.transform_filter("datum.low != null").mark_area(opacity=0.14).encode(y="low:Q", y2="high:Q")
    lines = base.mark_line(point=alt.OverlayMarkDef(size=22)).encode(
        y=y,
        strokeDash=alt.StrokeDash(
            "scope:N", scale=alt.Scale(domain=list(_SCOPES), range=list(_SCOPES.values())), legend=None
        ),
        strokeWidth=alt.condition("datum.scope == 'pixel'", alt.value(3), alt.value(1.6)),
        tooltip=["line", "band", alt.Tooltip("reflectance:Q", format=".3f")],
    )
    names = alt.Chart(_names(table)).mark_text(align="left", dx=6, fontSize=11)
    return (width + lines + names.encode(x=x, y="place:Q", text="line:N", color=colour)).properties(height=250)


def _names(table: pd.DataFrame) -> pd.DataFrame:
    """Return where the names of the pixel's and the lake's lines stand: at their right end, moved apart."""
    ends = table[table["last"] & (table["scope"] != "dataset")].sort_values("reflectance")
    top = table[["reflectance", "high"]].max().max()
    gap = LABEL_GAP * max(top - min(0.0, table["reflectance"].min()), 1e-6)
    places: list[float] = []
    for value in ends["reflectance"]:
        places.append(max(value, places[-1] + gap) if places else value)
    return ends.assign(place=places)


def _lines(pixel: np.ndarray, lake: ClassSpectra, dataset: ClassSpectra, bands: Sequence[int]) -> pd.DataFrame:
    """Return one row a line and band, in order of wavelength."""
    rows = [_line("this pixel", "pixel", pixel, None, bands)]
    for scope, spectra in (("lake", lake), ("dataset", dataset)):
        for code in LINE_COLOURS:
            if spectra.pixels[code]:
                spread = spectra.spread[code] if scope == "lake" else None
                name = CLASS_NAMES[code] + (", dataset" if scope == "dataset" else "")
                rows.append(_line(name, scope, spectra.mean[code], spread, bands))
    return pd.concat(rows, ignore_index=True)


def _line(name: str, scope: str, values: np.ndarray, spread: np.ndarray | None, bands: Sequence[int]) -> pd.DataFrame:
    width = np.full(len(bands), np.nan) if spread is None else spread
    rows = {
        "line": name,
        "scope": scope,
        "reflectance": values,
        "low": values - width,
        "high": values + width,
        "nm": [BANDS[band].centre_nm for band in bands],
        "band": [f"band {band} ({BANDS[band].short})" for band in bands],
    }
    table = pd.DataFrame(rows).sort_values("nm")
    return table.assign(last=np.arange(len(table)) == len(table) - 1)


def _colours(table: pd.DataFrame) -> alt.Scale:
    names = list(dict.fromkeys(table["line"]))
    by_class = {CLASS_NAMES[code]: colour for code, colour in LINE_COLOURS.items()}
    return alt.Scale(domain=names, range=[by_class.get(name.split(",")[0], PIXEL_COLOUR) for name in names])
