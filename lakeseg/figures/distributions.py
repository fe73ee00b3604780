"""Charts of how bands are distributed in each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from lakeseg.bands import BANDS, CLASS_NAMES
from lakeseg.figures.bands import NEUTRAL
from lakeseg.figures.spectra import LABEL_GAP, LINE_COLOURS


def histogram_chart(edges: np.ndarray, pixels: Mapping[int, np.ndarray], band: int) -> Any:
    """Return steps of the share of each class's pixels in each bar.

    Args:
        edges: (n + 1,) in reflectance.
        pixels: For each class code its (n,) pixels.
        band: Its number, for the title.
    """
    rows = [
        pd.DataFrame({"low": edges[:-1], "high": edges[1:], "share": values / values.sum(), "class": CLASS_NAMES[code]})
        for code, values in pixels.items()
        if values.sum()
    ]
    table = pd.concat(rows) if rows else pd.DataFrame(columns=["low", "high", "share", "class"])
    x = alt.X("low:Q", title=None, scale=alt.Scale(domain=[edges[0], edges[-1]], nice=False))
    x = x.axis(tickCount=5, grid=False, format="~g")
    y = alt.Y("share:Q", title=None, axis=alt.Axis(format=".0%", tickCount=3), stack=None)
    tips = ["class", alt.Tooltip("low:Q", format=".3f", title="from"), alt.Tooltip("high:Q", format=".3f", title="to")]
    tips.append(alt.Tooltip("share:Q", format=".1%"))
    base = alt.Chart(table).encode(x=x, y=y, color=class_colour(pixels))
    steps = base.mark_area(interpolate="step-after", opacity=0.3, line={"strokeWidth": 1.5}).encode(tooltip=tips)
    limits = BANDS[band]
    words = f"{limits.nm[0]}–{limits.nm[1]} nm, reflectance"
    title = alt.Title(f"Band {band}, {limits.short}", subtitle=words, subtitleColor=NEUTRAL)
    return steps.properties(height=200, title=title)


def class_colour(codes: Sequence[int] | Mapping[int, Any]) -> alt.Color:
    """Return the colours of classes as lines: lighter than on maps, where a dark page would hide them; no legend."""
    names = [CLASS_NAMES[code] for code in codes]
    return alt.Color("class:N", scale=alt.Scale(domain=names, range=[LINE_COLOURS[c] for c in codes]), legend=None)


def class_spectra_chart(mean: np.ndarray, spread: np.ndarray, codes: Sequence[int], bands: Sequence[int]) -> Any:
    """Return mean reflectance of each class over wavelength with a band of ±1 standard deviation.

    Args:
        mean: (classes, B), one row for each of `codes`.
        spread: The standard deviations, likewise.
        codes: Class codes.
        bands: The B band numbers.
    """
    rows = [
        {
            "class": CLASS_NAMES[code],
            "nm": BANDS[band].centre_nm,
            "band": f"band {band} ({BANDS[band].short})",
            "mean": mean[row, place],
            "low": mean[row, place] - spread[row, place],
            "high": mean[row, place] + spread[row, place],
        }
        for row, code in enumerate(codes)
        for place, band in enumerate(bands)
    ]
    table = pd.DataFrame(rows).sort_values("nm")
    ticks = alt.Axis(values=[int(BANDS[band].centre_nm) for band in bands], labelOverlap="parity", grid=False)
    x = alt.X("nm:Q", title="Wavelength (nm)", scale=alt.Scale(type="log", domain=[430, 2900], nice=False), axis=ticks)
    base = alt.Chart(table).encode(x=x, color=class_colour(codes))
    width = base.mark_area(opacity=0.16).encode(y=alt.Y("low:Q", title="Reflectance, mean ± 1 sd"), y2="high:Q")
    tips = ["class", "band", alt.Tooltip("mean:Q", format=".3f"), alt.Tooltip("low:Q", format=".3f")]
    tips.append(alt.Tooltip("high:Q", format=".3f"))
    lines = base.mark_line(point=alt.OverlayMarkDef(size=30)).encode(y="mean:Q", tooltip=tips)
    words = alt.Chart(_ends(table)).mark_text(align="left", dx=6, fontSize=11)
    names = words.encode(x=x, y="place:Q", text="class:N", color=class_colour(codes))
    return (width + lines + names).properties(height=290)


def _ends(table: pd.DataFrame) -> pd.DataFrame:
    """Return where the names of the lines stand: at their right end, moved apart."""
    ends = table[table["nm"] == table["nm"].max()].sort_values("mean")
    gap = LABEL_GAP * (table["high"].max() - min(0.0, table["low"].min()))
    places: list[float] = []
    for value in ends["mean"]:
        places.append(max(value, places[-1] + gap) if places else value)
    return ends.assign(place=places)
