"""Charts that hold our numbers against published ones: published hollow, ours solid with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import pandas as pd

from lakeseg.figures.intervals import NEUTRAL, OURS, THEIRS, THIRD, Row, table_of
from lakeseg.figures.labels import moved_apart

HEIGHT: Final = 330
_ALL_LAND: Final = "calling all land"
_PANELS: Final = ("Accuracy", "F1 of water")
_BETWEEN: Final = 0.8  # places between two panels
_DODGE: Final = 0.13
_NAMES: Final = 0.45  # places right of the last one at which names begin


def beside(rows: Sequence[Row]) -> Any:
    """Return accuracy and F1 by patch size beside each other on one scale, over bars of the naive classifier."""
    table = table_of(rows, "low", "high")
    sizes = sorted(set(table["patch"]))
    start = {panel: place * (len(sizes) + _BETWEEN) for place, panel in enumerate(_PANELS)}
    table["place"] = [
        start[panel] + sizes.index(patch) for panel, patch in zip(table["panel"], table["patch"], strict=True)
    ]
    table["x"] = table["place"] + [(_DODGE if source == "ours" else -_DODGE) for source in table["source"]]
    end = start[_PANELS[-1]] + len(sizes) - 1
    places = {start[panel] + index: f"{size} px" for panel in _PANELS for index, size in enumerate(sizes)}
    labels = "{" + ", ".join(f"'{place:.1f}': '{text}'" for place, text in places.items()) + "}"
    axis = alt.Axis(
        values=list(places),
        labelExpr=f"{labels}[format(datum.value, '.1f')]",
        grid=False,
        ticks=False,
        labelOverlap=False,
    )
    x = alt.X("x:Q", title="Patch size", scale=alt.Scale(domain=[-0.6, end + 0.6], nice=False), axis=axis)
    y = alt.Y("value:Q", title="Share", scale=alt.Scale(domain=[0, 1.12], nice=False))
    y = y.axis(values=[0, 0.2, 0.4, 0.6, 0.8, 1], format=".1f")
    tips: list[Any] = [
        "panel",
        "source",
        "patch",
        *(alt.Tooltip(f"{name}:Q", format=".4f") for name in ("value", "naive")),
    ]
    table["source"] = table["source"].replace("published", "2018")
    sources = {_ALL_LAND: NEUTRAL, "2018": THEIRS, "ours": OURS}
    scale = alt.Scale(domain=list(sources), range=list(sources.values()))
    legend = alt.Legend(orient="top", title=None, symbolType="circle", symbolOpacity=1, symbolSize=70)
    base = alt.Chart(table).encode(x=x, y=y, tooltip=tips, color=alt.Color("source:N", scale=scale, legend=legend))
    bars = base.mark_bar(fillOpacity=0.38, width=11).encode(y="naive:Q", color=alt.ColorDatum(_ALL_LAND))
    whiskers = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2.5)
    middle = pd.DataFrame({"x": [start[panel] + (len(sizes) - 1) / 2 for panel in _PANELS], "panel": _PANELS})
    heads = alt.Chart(middle.assign(value=1.07)).mark_text(color=NEUTRAL, fontSize=13, fontWeight="bold")
    return alt.layer(
        bars,
        whiskers.encode(y="low:Q", y2="high:Q"),
        base.transform_filter(alt.datum.source == "2018").mark_point(filled=False, size=80, strokeWidth=2, opacity=1),
        base.transform_filter(alt.datum.source == "ours").mark_point(filled=True, size=80, opacity=1),
        heads.encode(x=x, y=y, text="panel:N"),
    ).properties(height=HEIGHT)


def by_size(rows: Sequence[Row]) -> Any:
    """Return F1 of two series by patch size, named at their right ends."""
    table = table_of(rows, "low", "high")
    sizes, series = sorted(set(table["patch"])), list(dict.fromkeys(table["series"]))
    shift = {name: (place - (len(series) - 1) / 2) * _DODGE for place, name in enumerate(series)}
    hollow = table["source"] == "published"
    table["x"] = [sizes.index(patch) + shift[name] for patch, name in zip(table["patch"], table["series"], strict=True)]
    table["x"] = table["x"] - 0.5 * _DODGE * hollow
    labels = [f"{size} px" for size in sizes]
    axis = alt.Axis(values=list(range(len(sizes))), labelExpr=f"{labels}[datum.value]", grid=False, ticks=False)
    x = alt.X("x:Q", title="Patch size", scale=alt.Scale(domain=[-0.5, len(sizes) + 0.1], nice=False), axis=axis)
    y = alt.Y("value:Q", title="F1 of water", scale=alt.Scale(domain=[0, 1]))
    colour = alt.Color(
        "series:N", scale=alt.Scale(domain=series, range=[OURS, THEIRS, THIRD][: len(series)]), legend=None
    )
    tips: list[Any] = [
        "series",
        "source",
        "patch",
        *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("value", "low", "high")),
    ]
    base = alt.Chart(table).encode(x=x, y=y, color=colour, tooltip=tips)
    ours = base.transform_filter(alt.datum.source == "ours")
    names = _ends(table, len(sizes) - 1 + _NAMES)
    return alt.layer(
        ours.mark_line(strokeWidth=1.5, opacity=0.6),
        ours.mark_rule(strokeWidth=2.5).encode(y="low:Q", y2="high:Q"),
        ours.mark_point(filled=True, size=80, opacity=1),
        base.transform_filter(alt.datum.source == "published").mark_point(
            filled=False, size=80, strokeWidth=2, opacity=1
        ),
        alt.Chart(names).mark_text(align="left", fontSize=12).encode(x=x, y=y, color=colour, text="series:N"),
    ).properties(height=HEIGHT)


def _ends(table: pd.DataFrame, right: float) -> pd.DataFrame:
    """Return a name for each series at the height of its last value, none covering another."""
    last = (
        table.sort_values(["source", "patch"], ascending=[True, False])
        .groupby("series", sort=False)
        .first()
        .reset_index()
    )
    return last.assign(x=right, value=moved_apart(last["value"].tolist(), 0.06, 0.03, 0.97))[["series", "x", "value"]]


def scree(rows: Sequence[Row]) -> Any:
    """Return the share of the variance along each component and together, with the published claim hollow."""
    table = table_of(rows, "share")
    ours, theirs = table[table["source"] == "ours"], table[table["source"] == "published"]
    x = alt.X("k:O", title="Principal component", axis=alt.Axis(labelAngle=0, ticks=False))
    y = alt.Y("together:Q", title="Share of the variance", scale=alt.Scale(domain=[0, 1.1], nice=False))
    y = y.axis(format="%", values=[0, 0.2, 0.4, 0.6, 0.8, 1])
    tips: list[Any] = ["k", alt.Tooltip("share:Q", format=".2%"), alt.Tooltip("together:Q", format=".2%")]
    base = alt.Chart(ours).encode(x=x, tooltip=tips)
    together = base.encode(y=y)
    claim = alt.Chart(theirs.assign(text="2018")).encode(x=x, y=y)
    return alt.layer(
        base.mark_bar(color=NEUTRAL, opacity=0.45, size=22).encode(y=alt.Y("share:Q")),
        together.mark_line(color=OURS, point={"color": OURS, "size": 60, "filled": True}),
        together.mark_text(color=OURS, dy=-13, fontSize=11).encode(text=alt.Text("together:Q", format=".1%")),
        claim.mark_point(color=THEIRS, filled=False, size=190, strokeWidth=2, opacity=1),
        claim.mark_text(color=THEIRS, dy=20, fontSize=11).encode(text="text:N"),
    ).properties(height=280)
