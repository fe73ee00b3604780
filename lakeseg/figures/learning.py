"""Charts of how networks learned: loss by epoch, and what the seconds of a training bought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from lakeseg.figures.intervals import NEUTRAL, OURS, THEIRS, Row, table_of
from lakeseg.figures.labels import moved_apart

HEIGHT: Final = 340
_DASHES: Final = {"training": [1, 0], "validation": [5, 4]}
_MOST: Final = 99  # percent of all losses that the axis holds: a first epoch may lie far above the others


def losses(rows: Sequence[Row]) -> Any:
    """Return the loss of networks by epoch: mean, and a band from the least to the most of the seeds."""
    table = table_of(rows)
    table["curve"] = table["model"] + ", " + table["part"]
    models, last = list(dict.fromkeys(table["model"])), int(table["epoch"].max())
    top = float(np.percentile(table["high"], _MOST)) * 1.05
    axis = alt.Axis(format="d", values=[1, *range(5, last + 1, 5)], grid=False)
    x = alt.X("epoch:Q", title="Epoch", scale=alt.Scale(domain=[1, last * 1.3], nice=False), axis=axis)
    y = alt.Y("value:Q", title="Cross-entropy a pixel", scale=alt.Scale(domain=[0, top], nice=False))
    colour = alt.Color("model:N", scale=alt.Scale(domain=models, range=[OURS, THEIRS][: len(models)]), legend=None)
    dash = alt.StrokeDash("part:N", scale=alt.Scale(domain=list(_DASHES), range=list(_DASHES.values())), legend=None)
    tips: list[Any] = [
        "model",
        "part",
        "epoch",
        *(alt.Tooltip(f"{name}:Q", format=".4f") for name in ("value", "low", "high")),
    ]
    base = alt.Chart(table).encode(x=x, color=colour, detail="curve:N")
    ends = table[table["epoch"] == table.groupby("curve")["epoch"].transform("max")]
    ends = ends.assign(value=moved_apart(ends["value"].tolist(), 0.055 * top, 0.03 * top, 0.97 * top))
    names = alt.Chart(ends).mark_text(align="left", dx=7, fontSize=12)
    return alt.layer(
        base.mark_area(opacity=0.14, clip=True).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_line(strokeWidth=2, clip=True).encode(y=y, strokeDash=dash, tooltip=tips),
        names.encode(x=x, y=y, color=colour, text="curve:N"),
    ).properties(height=HEIGHT)


def budget(rows: Sequence[Row]) -> Any:
    """Return F1 against seconds of training, the names of the models in a column at the right."""
    table = table_of(rows, "low", "high")
    least, most = float(table["low"].min()), float(table["high"].max())
    room = (most - least or 0.1) * 0.06
    right = float(table["seconds"].max()) * 1.25
    names = table.assign(
        place=moved_apart(table["value"].tolist(), (most - least or 0.1) * 0.075, least, most), right=right
    )
    domain = [float(table["seconds"].min()) * 0.8, right * (right / float(table["seconds"].min())) ** 0.55]
    ticks = [
        step * 10**n
        for n in range(5)
        for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
        if domain[0] <= step * 10**n <= right
    ]
    scale = alt.Scale(type="log", domain=domain, nice=False)
    axis = alt.Axis(values=ticks, format="d", grid=False)
    x = alt.X("seconds:Q", title="Seconds of training (log scale)", scale=scale, axis=axis)
    y = alt.Y("value:Q", title="F1 of water", scale=alt.Scale(domain=[least - room, most + room], nice=False))
    families = ["FCN", "U-Net"]
    colour = alt.Color("family:N", scale=alt.Scale(domain=families, range=[OURS, THEIRS]), legend=None)
    tips: list[Any] = ["label", alt.Tooltip("seconds:Q", format=",.0f"), alt.Tooltip("parameters:Q", format=",")]
    tips += [alt.Tooltip(f"{name}:Q", format=".3f") for name in ("value", "low", "high")]
    base = alt.Chart(table).encode(x=x, color=colour)
    guides = alt.Chart(_guides(names)).mark_line(color=NEUTRAL, strokeWidth=0.7, opacity=0.7)
    return alt.layer(
        guides.encode(x=x, y=y, detail="label:N"),
        base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_point(filled=True, size=85, opacity=1).encode(y=y, tooltip=tips),
        alt.Chart(names)
        .mark_text(align="left", dx=4, fontSize=12)
        .encode(x=alt.X("right:Q", scale=scale), y=alt.Y("place:Q"), color=colour, text="label:N"),
    ).properties(height=HEIGHT)


def _guides(names: pd.DataFrame) -> pd.DataFrame:
    """Return lines from each point to its name."""
    ends = names.assign(seconds=names["right"], value=names["place"])
    return pd.concat([names, ends])[["label", "seconds", "value"]]


def trials(rows: Sequence[Row]) -> Any:
    """Return F1 of the trials of a search in their order: filled where complete, hollow where given up; the best."""
    table = table_of(rows).sort_values("trial")
    table["done"] = table["state"] == "complete"
    complete = table[table["done"]]
    best = complete.assign(best=complete["f1"].cummax())
    last = int(table["trial"].max())
    floor = float(table["f1"].quantile(0.1)) - 0.05
    x = alt.X("trial:Q", title="Trial", scale=alt.Scale(domain=[-1, last + 1], nice=False), axis=alt.Axis(grid=False))
    y = alt.Y("f1:Q", title="F1 on the validation lakes", scale=alt.Scale(domainMin=max(floor, 0), nice=True))
    tips: list[Any] = ["trial", "state", alt.Tooltip("f1:Q", format=".4f"), "settings"]
    base = alt.Chart(table).encode(x=x, y=y, tooltip=tips)
    top = best.tail(1).assign(text=f"best {best['best'].max():.3f}".replace("0.", ".")) if len(best) else best
    layers = [
        alt.Chart(best).mark_line(interpolate="step-after", color=NEUTRAL, strokeWidth=1.5).encode(x=x, y="best:Q"),
        base.transform_filter(alt.datum.done).mark_point(filled=True, color=OURS, size=70, opacity=1, clip=True),
        base.transform_filter(~alt.datum.done).mark_point(filled=False, color=NEUTRAL, size=60, opacity=1, clip=True),
    ]
    if len(top):
        words = alt.Chart(top).mark_text(align="right", dy=-10, color=NEUTRAL, fontSize=12)
        layers.append(words.encode(x=x, y="best:Q", text="text:N"))
    return alt.layer(*layers).properties(height=HEIGHT)
