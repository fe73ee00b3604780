"""The spectrum of a region between the water and the land of its lake."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from lakeseg.bands import BANDS, CLASS_NAMES, LAND, WATER
from lakeseg.data.statistics import ClassSpectra
from lakeseg.figures.spectra import LINE_COLOURS

REGION: Final = "region"
REGION_COLOUR: Final = "#d639b0"
HEIGHT: Final = 165
GAP: Final = 0.2  # between names at the right, as a share of the axis


def region_spectrum(region: np.ndarray, lake: ClassSpectra, bands: Sequence[int], height: int = HEIGHT) -> Any:
    """Return an Altair chart of (B,) mean reflectances against the lake's labelled water and land, ±1 sd."""
    rows = _rows(REGION, region, None, bands)
    for code in (WATER, LAND):
        if lake.pixels[code]:
            rows += _rows(CLASS_NAMES[code], lake.mean[code], lake.spread[code], bands)
    _part_names(rows)
    names = [REGION, CLASS_NAMES[WATER], CLASS_NAMES[LAND]]
    colours = [REGION_COLOUR, LINE_COLOURS[WATER], LINE_COLOURS[LAND]]
    ticks = alt.Axis(values=[int(BANDS[band].centre_nm) for band in bands], labelOverlap="greedy", grid=False)
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("nm:Q", title=None, scale=alt.Scale(type="log", domain=[430, 2900], nice=False), axis=ticks),
        color=alt.Color("line:N", scale=alt.Scale(domain=names, range=colours), legend=None),
    )
    width = base.transform_filter("isValid(datum.low)").mark_area(opacity=0.14).encode(y="low:Q", y2="high:Q")
    lines = base.mark_line(point=alt.OverlayMarkDef(size=20)).encode(
        y=alt.Y("reflectance:Q", title=None, axis=alt.Axis(tickCount=4)),
        strokeWidth=alt.condition(f"datum.line === '{REGION}'", alt.value(3), alt.value(1.5)),
        tooltip=[
            alt.Tooltip("line:N"),
            alt.Tooltip("band:N"),
            alt.Tooltip("reflectance:Q", format=".3f"),
        ],
    )
    ends = base.transform_filter("datum.last").mark_text(align="left", dx=6, fontSize=11)
    layers = width + lines + ends.encode(y="place:Q", text="line:N")
    title = alt.TitleParams("Reflectance by wavelength, nm", fontSize=12, fontWeight="normal", anchor="start")
    return layers.properties(height=height, title=title)


def _part_names(rows: list[dict[str, Any]]) -> None:
    """Move the names at the right ends of the lines apart."""
    ends = sorted((row for row in rows if row["last"]), key=lambda row: float(row["reflectance"]))
    gap = GAP * max(1e-6, *(row["high"] or row["reflectance"] for row in rows))
    for below, above in pairwise(ends):
        above["place"] = max(above["place"], below["place"] + gap)


def _rows(name: str, mean: np.ndarray, spread: np.ndarray | None, bands: Sequence[int]) -> list[dict[str, Any]]:
    """Return a row for each band, by wavelength."""
    order = sorted(range(len(bands)), key=lambda place: BANDS[bands[place]].centre_nm)
    return [
        {
            "line": name,
            "nm": BANDS[bands[place]].centre_nm,
            "band": f"band {bands[place]} ({BANDS[bands[place]].short})",
            "reflectance": float(mean[place]),
            "low": None if spread is None else float(mean[place] - spread[place]),
            "high": None if spread is None else float(mean[place] + spread[place]),
            "last": place == order[-1],
            "place": float(mean[place]),
        }
        for place in order
    ]
