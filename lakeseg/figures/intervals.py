"""Dots with their intervals, one line each: models, differences of models, who is right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import pandas as pd

OURS: Final = "#2a78bd"
THEIRS: Final = "#c9711f"
THIRD: Final = "#1f9573"
NEUTRAL: Final = "#8a8f98"  # reads on a light and on a dark page
STEP: Final = 34
_LABELS: Final = 300

Row = Mapping[str, Any]


def table_of(rows: Sequence[Row], *columns: str) -> pd.DataFrame:
    """Return rows as a table that has these columns, empty where a row does not say."""
    table = pd.DataFrame([dict(row) for row in rows])
    return table.reindex(columns=list(dict.fromkeys([*table.columns, *columns])))


def short(value: float, signed: bool = False) -> str:
    """Return a score as `.812`, a difference as `+.031`."""
    if math.isnan(value) or value == 0:
        return "" if math.isnan(value) else "0"
    text = f"{abs(value):.3f}"
    text = text.removeprefix("0") if abs(value) < 1 else text
    return ("−" if value < 0 else "+" if signed else "") + text


def lines(table: pd.DataFrame, column: str = "label") -> alt.Y:
    """Return an axis with a line for each label, in the order of the table; `: ` breaks a label into two lines."""
    axis = alt.Axis(labelExpr="split(datum.label, ': ')", labelLimit=_LABELS, ticks=False, domain=False, grid=False)
    return alt.Y(f"{column}:N", sort=list(dict.fromkeys(table[column])), title=None, axis=axis)


def levels(rows: Sequence[Row]) -> Any:
    """Return F1 of several models, one a line: mean, 95 % interval, a tick a seed; hollow without an interval."""
    table = table_of(rows, "low", "high", "least", "most", "seeds", "values")
    table["end"] = table[["value", "high", "most"]].max(axis=1)
    table["text"] = [short(value) for value in table["value"]]
    seeds = table[["label", "values"]].explode("values").dropna().astype({"values": float})
    y = lines(table)
    scale = alt.Scale(zero=False, padding=24, nice=False)
    x = alt.X("value:Q", title="F1 of water", scale=scale, axis=alt.Axis(format=".3~f", tickCount=6))
    tips: list[Any] = [
        "label",
        *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("value", "low", "high")),
        "seeds:Q",
    ]
    base = alt.Chart(table).encode(y=y)
    ours, bare = (base.transform_filter(f"{'' if sure else '!'}isValid(datum.low)") for sure in (True, False))
    ticks = alt.Chart(seeds).mark_tick(color=OURS, opacity=0.45, thickness=1.5, size=15)
    return alt.layer(
        ticks.encode(x=alt.X("values:Q", scale=scale), y=y),
        ours.mark_rule(color=OURS, strokeWidth=2.5).encode(x=alt.X("low:Q", scale=scale), x2="high:Q"),
        ours.mark_point(color=OURS, filled=True, size=85, opacity=1).encode(x=x, tooltip=tips),
        bare.mark_point(color=NEUTRAL, filled=False, size=85, strokeWidth=2, opacity=1).encode(x=x, tooltip=tips),
        base.mark_text(align="left", dx=9, color=NEUTRAL, fontSize=12).encode(x=alt.X("end:Q"), text="text:N"),
    ).properties(height=alt.Step(STEP))


def differences(rows: Sequence[Row]) -> Any:
    """Return differences of F1, one a line: blue where the interval excludes zero, grey where it does not."""
    table = table_of(rows)
    table["sure"] = (table["low"] > 0) | (table["high"] < 0)
    table["text"] = [short(value, signed=True) for value in table["value"]]
    most = float(max(table["high"].max(), 0))
    least = float(min(table["low"].min(), 0))
    room = 0.16 * (most - least or 1)
    scale = alt.Scale(domain=[least - 0.03 * (most - least or 1), most + room], nice=False)
    y = lines(table)
    signs = "datum.value == 0 ? '0' : format(datum.value, '+.3~f')"
    axis = alt.Axis(labelExpr=signs, tickCount=5)
    x = alt.X("value:Q", title="Difference of F1, first less second", scale=scale, axis=axis)
    colour = alt.condition("datum.sure", alt.value(OURS), alt.value(NEUTRAL))
    tips: list[Any] = ["label", *(alt.Tooltip(f"{name}:Q", format="+.3f") for name in ("value", "low", "high"))]
    base = alt.Chart(table).encode(y=y, color=colour)
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=NEUTRAL, strokeWidth=1.2, strokeDash=[4, 3])
    return alt.layer(
        zero.encode(x=alt.X("zero:Q", scale=scale)),
        base.mark_rule(strokeWidth=2.5).encode(x=alt.X("low:Q", scale=scale), x2="high:Q"),
        base.mark_point(filled=True, size=85, opacity=1).encode(x=x, tooltip=tips),
        base.mark_text(align="left", dx=9, fontSize=12).encode(x=alt.X("high:Q", scale=scale), text="text:N"),
    ).properties(height=alt.Step(STEP))


def right(rows: Sequence[Row]) -> Any:
    """Return the share of pixels that a model and two labellers have right, by domain."""
    return _shares(rows, (OURS, THEIRS, THIRD), "Share of unclassified pixels that are right", "")


def called(rows: Sequence[Row]) -> Any:
    """Return the share of pixels called water, solid, and of those that are, hollow, by domain."""
    return _shares(rows, (OURS, NEUTRAL), "Share of unclassified pixels", "truly water")


def _shares(rows: Sequence[Row], colours: Sequence[str], title: str, hollow: str) -> Any:
    """Return shares by domain, those of one domain below each other."""
    table = table_of(rows, "low", "high")
    who = list(dict.fromkeys(table["who"]))
    table["domain"] = [name.replace(" (", ": (") for name in table["domain"]]
    offset = alt.YOffset("who:N", sort=who)
    x = alt.X("share:Q", title=title, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5))
    shapes = ["circle", "diamond", "triangle-up"]
    legend = alt.Legend(orient="top", title=None, symbolOpacity=1, labelLimit=220, symbolStrokeWidth=2)
    colour = alt.Color("who:N", scale=alt.Scale(domain=who, range=list(colours[: len(who)])), legend=legend)
    shape = alt.Shape("who:N", scale=alt.Scale(domain=who, range=shapes[: len(who)]), legend=legend)
    tips: list[Any] = ["domain", "who", *(alt.Tooltip(f"{name}:Q", format=".1%") for name in ("share", "low", "high"))]
    base = alt.Chart(table).encode(y=lines(table, "domain"), yOffset=offset, color=colour)
    dots = base.encode(x=x, shape=shape, tooltip=tips)
    return alt.layer(
        base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q"),
        dots.transform_filter(alt.datum.who != hollow).mark_point(filled=True, size=70, opacity=1),
        dots.transform_filter(alt.datum.who == hollow).mark_point(filled=False, size=80, strokeWidth=2, opacity=1),
    ).properties(height=alt.Step(19))
