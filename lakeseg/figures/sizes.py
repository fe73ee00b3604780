"""F1 against patch size: our models solid with their intervals, what was published hollow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from lakeseg.figures.labels import moved_apart

PLACES: Final = (8, 16, 32, 64, 0)  # 0 stands for the whole lake in one pass
HEIGHT: Final = 400
_PALETTE: Final = (
    "#3b8bd0",
    "#e07b00",
    "#2f9e63",
    "#b07ad6",
    "#d6455d",
    "#8a8f98",
    "#a8893c",
    "#16a3b3",
    "#7a6ff0",
    "#c9509f",
)
_ROOM: Final = 1.6  # places right of the last one, for names
_DODGE: Final = 0.055
_GAP: Final = 0.05
_FEWEST: Final = 2  # points that make a line

Row = Mapping[str, Any]


def colours_of(series: Sequence[str]) -> dict[str, str]:
    """Return a colour for each name, the same in both charts."""
    return {name: _PALETTE[place % len(_PALETTE)] for place, name in enumerate(dict.fromkeys(series))}


def sizes_chart(rows: Sequence[Row], published: Sequence[Row], colours: Mapping[str, str]) -> Any:
    """Return the chart of rows of one kind of terms (`study.sizes`), with published ones hollow."""
    ours, theirs = _table(rows, colours), _table(published, colours)
    places = sorted({PLACES.index(row["size"]) for row in [*rows, *published]})
    x = alt.X("x:Q", title="Patch size, land among the tested pixels", axis=_axis(places, rows))
    x = x.scale(domain=[min(places) - 0.4, max(places) + _ROOM], nice=False)
    y = alt.Y("f1:Q", title="F1 of water", scale=alt.Scale(domain=[0, 1]))
    colour = alt.Color("series:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=None)
    tip = ["title:N", "patch:N", *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("f1", "low", "high"))]
    tip.append(alt.Tooltip("pixels:Q", format=","))
    base = alt.Chart(ours).encode(x=x, color=colour)
    names = alt.Chart(_names(ours, theirs)).mark_text(align="left", fontSize=11)
    layers = [
        base.mark_line(strokeWidth=1.5, opacity=0.6).encode(y=y),
        base.mark_rule(strokeWidth=2, opacity=0.75).encode(y=alt.Y("low:Q", title="F1 of water"), y2="high:Q"),
        base.mark_point(filled=True, size=55, opacity=1).encode(y=y, tooltip=tip),
        names.encode(x=x, y=y, text="series:N", color=colour),
    ]
    if len(theirs):
        shape = alt.Shape(
            "published:N", scale=alt.Scale(domain=["printed", "recomputed"], range=["circle", "diamond"]), legend=None
        )
        hollow = alt.Chart(theirs).mark_point(filled=False, size=95, strokeWidth=1.8, opacity=1)
        layers.append(hollow.encode(x=x, y=y, color=colour, shape=shape, tooltip=["title:N", *tip[1:3], tip[-1]]))
    return alt.layer(*layers).properties(height=HEIGHT)


def _table(rows: Sequence[Row], colours: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows that have a score with a place on the axis, series of one place side by side."""
    names = list(colours)
    columns = ["series", "title", "size", "f1", "low", "high", "pixels", "published"]
    table = pd.DataFrame([dict(row) for row in rows], columns=columns).dropna(subset=["f1"])
    shift = [(names.index(name) - (len(names) - 1) / 2) * _DODGE for name in table["series"]]
    place = [PLACES.index(size) for size in table["size"]]
    patch = [f"{size}×{size} px" if size else "whole lake" for size in table["size"]]
    return table.assign(x=np.asarray(place, float) + np.asarray(shift, float), patch=patch).astype({"f1": float})


def _names(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Return where the names of the series stand: right of the last place, at the height of their last score.

    A series that is published alone has its name there too.
    """
    table = pd.concat([ours, theirs[~theirs["series"].isin(ours["series"])]]) if len(theirs) else ours
    ends = table.sort_values("x").groupby("series", sort=False).last().reset_index()
    right = float(np.ceil(table["x"].max()) if len(table) else 0) + 0.3
    return ends.assign(x=right, f1=moved_apart(ends["f1"].tolist(), _GAP, 0.02, 0.98))


def _axis(places: Sequence[int], rows: Sequence[Row]) -> Any:
    """Label each place with its size and, where all rows agree to a percent, the land among the tested pixels."""
    labels = []
    for place in range(len(PLACES)):
        size = PLACES[place]
        land = {round(100 * row["land_share"]) for row in rows if row["size"] == size and row.get("land_share")}
        text = f"{size} px" if size else "whole lake"
        labels.append([text, f"{land.pop()} % land"] if len(land) == 1 else [text])
    return alt.Axis(
        values=list(places), labelExpr=f"{labels}[datum.value]", grid=False, domain=False, labelOverlap=False
    )


def flips_chart(rows: Sequence[Row]) -> Any:
    """Return the share of pixels by how many sizes change their class, one to all; rows of `study.flips`."""
    table = pd.DataFrame(
        [
            {"model": row["title"], "times": times, "share": count / row["pixels"], "pixels": count}
            for row in rows
            for times, count in enumerate(row["flips"])
            if times
        ]
    )
    tip = ["model:N", "times:O", alt.Tooltip("share:Q", format=".2%"), alt.Tooltip("pixels:Q", format=",")]
    chart = (
        alt.Chart(table)
        .mark_bar()
        .encode(
            x=alt.X("times:O", title="Sizes that change the class", axis=alt.Axis(labelAngle=0)),
            xOffset="model:N",
            y=alt.Y("share:Q", title="Share of pixels", axis=alt.Axis(format="%")),
            color=_by_model(table),
            tooltip=tip,
        )
    )
    return chart.properties(height=260)


def changed_chart(rows: Sequence[Row], sizes: Sequence[int]) -> Any:
    """Return the share of pixels whose class changes at each size; rows of `study.flips`."""
    table = pd.DataFrame(
        [
            {"model": row["title"], "size": size, "share": count / row["pixels"], "pixels": count}
            for row in rows
            for size, count in zip(sizes, row["changed"], strict=True)
        ]
    )
    tip = ["model:N", "size:Q", alt.Tooltip("share:Q", format=".2%"), alt.Tooltip("pixels:Q", format=",")]
    chart = (
        alt.Chart(table)
        .mark_line(point=alt.OverlayMarkDef(filled=True, size=55))
        .encode(
            x=alt.X("size:Q", title="Patch size (px)", axis=alt.Axis(values=list(sizes), grid=False)),
            y=alt.Y("share:Q", title="Share of pixels", axis=alt.Axis(format="%")),
            color=_by_model(table),
            tooltip=tip,
        )
    )
    return chart.properties(height=260)


def _by_model(table: pd.DataFrame) -> Any:
    names = list(dict.fromkeys(table["model"]))
    scale = alt.Scale(domain=names, range=list(_PALETTE[: len(names)]))
    legend = alt.Legend(
        orient="top", title=None, columns=2, symbolType="circle", symbolSize=60, labelFontSize=12, rowPadding=2
    )
    return alt.Color("model:N", scale=scale, legend=legend)
