"""Models beside each other: at the shore, by lake size, lake by lake, and while they learned."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import pandas as pd

from lakeseg.figures.curves import model_colour

HEIGHT: Final = 330
LAKE: Final = "lake"  # the selection of the scatter
_DASHES: Final = {"training": [1, 0], "validation": [5, 4]}


def shore_chart(table: pd.DataFrame) -> Any:
    """Return F1 with its interval in each band: columns model, where, F1, low, high, pixels, order of `where` kept."""
    places = list(dict.fromkeys(table["where"]))
    x = alt.X("where:N", sort=places, title="Distance from a border of classes", axis=alt.Axis(labelAngle=0))
    colour = model_colour(table["model"])
    base = alt.Chart(table).encode(
        x=x, xOffset=alt.XOffset("model:N", sort=list(dict.fromkeys(table["model"]))), color=colour
    )
    y = alt.Y("F1:Q", title="F1 of water", scale=alt.Scale(zero=False, nice=True))
    tips = ["model", "where", alt.Tooltip("F1", format=".3f"), alt.Tooltip("pixels", format=",")]
    bars = base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title="F1 of water"), y2="high:Q")
    return (bars + base.mark_point(size=80, filled=True, opacity=1).encode(y=y, tooltip=tips)).properties(height=HEIGHT)


def size_chart(lakes: pd.DataFrame, bins: pd.DataFrame) -> Any:
    """Return F1 against lake size.

    Args:
        lakes: One row a lake and model: model, lake, pixels, F1.
        bins: One row a class of sizes and model: model, pixels (its middle), F1 of the sum, low, high, lakes.
    """
    scale = alt.Scale(type="log", nice=False, padding=12)
    axis = alt.Axis(format="~s", values=[step * 10**n for n in range(8) for step in (1, 2, 5)])
    x = alt.X("pixels:Q", title="Pixels of the lake's image (log scale)", scale=scale, axis=axis)
    y = alt.Y("F1:Q", title="F1 of water", scale=alt.Scale(domain=[0, 1]))
    colour = model_colour(bins["model"])
    tips = ["model", "lake", alt.Tooltip("pixels", format=","), alt.Tooltip("F1", format=".3f")]
    points = alt.Chart(lakes).mark_circle(size=22, opacity=0.35).encode(x=x, y=y, color=colour, tooltip=tips)
    base = alt.Chart(bins).encode(x=x, color=colour)
    bars = base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title="F1 of water"), y2="high:Q")
    about = [
        "model",
        "lakes",
        alt.Tooltip("F1", format=".3f"),
        alt.Tooltip("low", format=".3f"),
        alt.Tooltip("high", format=".3f"),
    ]
    lines = base.mark_line(point=alt.OverlayMarkDef(size=70, filled=True)).encode(y=y, tooltip=about)
    return (points + bars + lines).properties(height=HEIGHT)


def pair_chart(table: pd.DataFrame, first: str, second: str) -> Any:
    """Return F1 of one model against another, one point a lake, with the point selection `LAKE`.

    Args:
        table: One row a lake: lake, F1 A, F1 B, pixels, domain.
        first: Title of model A, which stands on the vertical axis.
        second: Title of model B.
    """
    scale = alt.Scale(domain=[0, 1])
    ends = pd.DataFrame({"F1 B": [0.0, 1.0], "F1 A": [0.0, 1.0]})
    line = alt.Chart(ends).mark_line(strokeDash=[4, 4], strokeWidth=1, color="#8a8f98").encode(x="F1 B:Q", y="F1 A:Q")
    tips = [
        "lake",
        *(alt.Tooltip(name, format=".3f") for name in ("F1 A", "F1 B")),
        alt.Tooltip("pixels", format=","),
        "domain",
    ]
    picked = alt.selection_point(name=LAKE, fields=["lake"], on="click", clear=False)
    points = (
        alt.Chart(table)
        .mark_circle(opacity=0.6, cursor="pointer")
        .encode(
            x=alt.X("F1 B:Q", title=f"B: F1 of {second}", scale=scale),
            y=alt.Y("F1 A:Q", title=f"A: F1 of {first}", scale=scale),
            size=alt.Size("pixels:Q", legend=None, scale=alt.Scale(range=[25, 260])),
            tooltip=tips,
        )
        .add_params(picked)
    )
    return (line + points).properties(height=HEIGHT + 90)


def training_chart(table: pd.DataFrame, measure: str) -> Any:
    """Return a measure ("Loss" or "Accuracy") per epoch: columns model, epoch, part (of `_DASHES`), value.

    Training is solid, validation dashed.
    """
    titles = {"Loss": "Cross-entropy a pixel", "Accuracy": "Share of pixels right"}
    dash = alt.StrokeDash("part:N", scale=alt.Scale(domain=list(_DASHES), range=list(_DASHES.values())), legend=None)
    tips = ["model", "part", "epoch", alt.Tooltip("value", format=".4f", title=measure.lower())]
    return (
        alt.Chart(table)
        .mark_line(point=alt.OverlayMarkDef(size=14))
        .encode(
            x=alt.X("epoch:Q", title="Epoch", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("value:Q", title=titles[measure], scale=alt.Scale(zero=False)),
            color=model_colour(table["model"]),
            strokeDash=dash,
            tooltip=tips,
        )
        .properties(height=HEIGHT)
    )
