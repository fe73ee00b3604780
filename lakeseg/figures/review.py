"""What comes out of a review: who agrees with whom, what is right, what verdicts change and what they bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from lakeseg.bands import CLASS_COLOURS, CLASS_NAMES, LAND, UNCLASSIFIED, WATER
from lakeseg.figures.confusion import mix
from lakeseg.figures.intervals import NEUTRAL, OURS, STEP, THEIRS, lines, short, table_of
from lakeseg.figures.labels import moved_apart

Row = Mapping[str, Any]

_TINTS: Final = ("#eaf2fb", "#1f6fb2")  # a light and a dark end, so that the text on them reads in both themes
_CELL: Final = 66
_LEAST_WEIGHT: Final = 0.1  # that fills the chart: less is nothing
_NAME: Final = 110  # CSS pixels of a name on an axis
_SHOWN: Final = (WATER, LAND, UNCLASSIFIED)


def kappa_matrix(rows: Sequence[Row], names: Sequence[str]) -> Any:
    """Return kappa of each pair of reviewers as a matrix, the darker the more they agree.

    Args:
        rows: One a pair: first, second, kappa, low, high, same, pixels.
        names: Reviewers in the order of rows and columns.
    """
    both = [dict(row) for row in rows] + [dict(row) | {"first": row["second"], "second": row["first"]} for row in rows]
    table = table_of(both, "first", "second", "kappa", "low", "high", "same", "pixels")
    table["main"] = [short(value) or "–" for value in table["kappa"]]
    ends = zip(table["low"].astype(float), table["high"].astype(float), strict=True)
    table["between"] = ["" if np.isnan(low) else f"{short(low)} to {short(high)}" for low, high in ends]
    table["below"] = [f"{int(count):,} px" for count in table["pixels"]]
    strength = np.clip(np.nan_to_num(table["kappa"].to_numpy(dtype=float)), 0, 1)
    table["colour"] = [mix(*_TINTS, float(value)) for value in strength]
    table["ink"] = np.where(strength > 0.55, "#ffffff", "#1c2430")
    axis = alt.Axis(labelAngle=0, domain=False, ticks=False, grid=False, labelLimit=_NAME, labelFontSize=12)
    scale = alt.Scale(domain=list(names), padding=0.04)
    tips: list[Any] = [
        alt.Tooltip("first", title="reviewer"),
        alt.Tooltip("second", title="and"),
        alt.Tooltip("kappa:Q", format=".3f"),
        *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("low", "high")),
        alt.Tooltip("same:Q", title="say the same", format=".1%"),
        alt.Tooltip("pixels:Q", format=","),
    ]
    top = axis.copy()
    top.orient = "top"
    base = alt.Chart(table).encode(
        x=alt.X("second:N", title=None, axis=top, scale=scale),
        y=alt.Y("first:N", title=None, axis=axis, scale=scale),
        tooltip=tips,
    )
    words = base.encode(color=alt.Color("ink:N", scale=None))
    return alt.layer(
        base.mark_rect(cornerRadius=3).encode(color=alt.Color("colour:N", scale=None)),
        words.mark_text(fontSize=14, fontWeight=600, dy=-15).encode(text="main:N"),
        words.mark_text(fontSize=11, dy=2).encode(text="between:N"),
        words.mark_text(fontSize=11, dy=18).encode(text="below:N"),
    ).properties(height=_CELL * len(names) + 30)


def shares(rows: Sequence[Row], title: str, chance: float | None = None) -> Any:
    """Return shares with their intervals, one a line; hollow where there is no interval.

    Args:
        rows: label, share, low, high, text (what stands beside the point), of (how many the share is of).
        title: Of the axis.
        chance: Where a dashed line stands, if anywhere.
    """
    table = table_of(rows, "label", "share", "low", "high", "text", "of")
    table["end"] = table[["share", "high"]].max(axis=1)
    scale = alt.Scale(domain=[0, 1.28], nice=False)  # room for the texts
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], titleAnchor="start")
    x, y = alt.X("share:Q", title=title, scale=scale, axis=axis), lines(table)
    tips: list[Any] = ["label", *(alt.Tooltip(f"{name}:Q", format=".1%") for name in ("share", "low", "high")), "of"]
    base = alt.Chart(table).encode(y=y)
    sure, bare = (base.transform_filter(f"{'' if known else '!'}isValid(datum.low)") for known in (True, False))
    layers = [
        sure.mark_rule(color=OURS, strokeWidth=2.5).encode(x=alt.X("low:Q", scale=scale), x2="high:Q"),
        sure.mark_point(color=OURS, filled=True, size=85, opacity=1).encode(x=x, tooltip=tips),
        bare.mark_point(color=NEUTRAL, filled=False, strokeWidth=2, size=85, opacity=1).encode(x=x, tooltip=tips),
        base.mark_text(align="left", dx=9, color=NEUTRAL, fontSize=12).encode(x="end:Q", text="text:N"),
    ]
    if chance is not None:
        line = alt.Chart(pd.DataFrame({"chance": [chance]})).mark_rule(color=NEUTRAL, strokeDash=[4, 3])
        layers.insert(0, line.encode(x=alt.X("chance:Q", scale=scale)))
    return alt.layer(*layers).properties(height=alt.Step(STEP))


def before_after(rows: Sequence[Row], title: str) -> Any:
    """Return a score of each model before (hollow) and after (solid, with its interval), and the difference in words.

    Args:
        rows: label, before, after, low, high (of after), text (the difference), sure (whether it excludes zero).
        title: Of the axis.
    """
    table = table_of(rows, "label", "before", "after", "low", "high", "text", "sure")
    table["end"] = table[["before", "after", "high"]].max(axis=1)
    values = table[["before", "after", "low", "high"]].to_numpy(dtype=float)
    least, most = float(np.nanmin(values)), float(np.nanmax(values))
    span = max(most - least, 0.02)
    scale = alt.Scale(domain=[least - 0.05 * span, most + 0.75 * span], nice=False)  # room for the texts
    steps = [step for step in np.linspace(0, 1, 21) if least - 0.05 * span <= step <= most + 0.05 * span]
    axis = alt.Axis(format=".3~f", titleAnchor="start", values=steps or [round((least + most) / 2, 2)])
    x = alt.X("after:Q", title=title, scale=scale, axis=axis)
    tips: list[Any] = [
        "label",
        *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("before", "after", "low", "high")),
    ]
    base = alt.Chart(table).encode(y=lines(table), tooltip=tips)
    ink = alt.condition("datum.sure", alt.value(OURS), alt.value(NEUTRAL))
    return alt.layer(
        base.mark_rule(color=OURS, strokeWidth=2.5).encode(x=alt.X("low:Q", scale=scale), x2="high:Q"),
        base.mark_point(color=THEIRS, filled=False, size=95, strokeWidth=2, opacity=1).encode(
            x=alt.X("before:Q", scale=scale)
        ),
        base.mark_point(color=OURS, filled=True, size=85, opacity=1).encode(x=x),
        base.mark_text(align="left", dx=9, fontSize=12).encode(x="end:Q", text="text:N", color=ink),
    ).properties(height=alt.Step(STEP))


def class_bars(rows: Sequence[Row]) -> Any:
    """Return the shares of the classes in their colours, one bar a row: when, water, land, unclassified (pixels)."""
    table = pd.DataFrame([part for row in rows for part in _parts(row)])
    names = [CLASS_NAMES[code] for code in _SHOWN]
    colours = alt.Scale(domain=names, range=[CLASS_COLOURS[code] for code in _SHOWN])
    x = alt.X("start:Q", scale=alt.Scale(domain=[0, 1]), axis=None)
    y = alt.Y("when:N", sort=[row["when"] for row in rows], title=None)
    y = y.axis(ticks=False, domain=False, labelLimit=_NAME, labelFontSize=12)
    tips: list[Any] = ["when", "class", alt.Tooltip("px:Q", format=","), alt.Tooltip("share:Q", format=".2%")]
    legend = alt.Legend(orient="top", title=None, symbolType="square", symbolStrokeColor=NEUTRAL, symbolStrokeWidth=1)
    base = alt.Chart(table).encode(y=y, tooltip=tips)
    bars = base.mark_bar(stroke=NEUTRAL, strokeWidth=0.8).encode(
        x=x, x2="end:Q", color=alt.Color("class:N", scale=colours, legend=legend)
    )
    texts = base.transform_filter("datum.share > 0.06").mark_text(fontSize=12, fontWeight=600)
    texts = texts.encode(
        x=alt.X("middle:Q"), text=alt.Text("share:Q", format=".1%"), color=alt.Color("ink:N", scale=None)
    )
    return alt.layer(bars, texts).properties(height=alt.Step(STEP))


def _parts(row: Row) -> list[dict[str, Any]]:
    """Return the parts of a bar, from where to where each goes."""
    counts = [row[CLASS_NAMES[code]] for code in _SHOWN]
    ends = np.cumsum([0, *counts]) / (sum(counts) or 1)
    return [
        {
            "when": row["when"],
            "class": CLASS_NAMES[code],
            "px": count,
            "start": start,
            "end": end,
            "share": end - start,
            "middle": (start + end) / 2,
            "ink": "#1c2430" if code == UNCLASSIFIED else "#ffffff",
        }
        for code, count, start, end in zip(_SHOWN, counts, ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    ]


def worth(rows: Sequence[Row], references: Sequence[Row]) -> Any:
    """Return what a fit is worth after each hundred verdicts.

    Args:
        rows: One a step: verdicts, f1, low, high, accuracy, pixels.
        references: The same of those who learned nothing, as dashed lines with their `name` (else `who`).
    """
    table = table_of(rows, "verdicts", "f1", "low", "high", "accuracy", "pixels")
    y = alt.Y("f1:Q", title="F1 of water", scale=alt.Scale(zero=False, nice=True))
    last = float(table["verdicts"].max())
    scale = alt.Scale(domain=[0, last * (1.36 if references else 1.02)], nice=False)  # room for the names
    x = alt.X("verdicts:Q", title="Verdicts", scale=scale, axis=alt.Axis(tickCount=6, titleAnchor="start"))
    tips: list[Any] = [
        alt.Tooltip("verdicts:Q", format=","),
        *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("f1", "low", "high", "accuracy")),
        alt.Tooltip("pixels:Q", format=","),
    ]
    base = alt.Chart(table).encode(x=x)
    layers: list[Any] = [
        base.transform_filter("isValid(datum.low)").mark_area(color=OURS, opacity=0.16).encode(y="low:Q", y2="high:Q"),
        base.mark_line(color=OURS, strokeWidth=2).encode(y=y),
        base.mark_point(color=OURS, filled=True, size=55, opacity=1).encode(y=y, tooltip=tips),
    ]
    if references:
        values = [float(one["f1"]) for one in references]
        spread = max(values + table["f1"].tolist()) - min(values + table["f1"].tolist()) or 1
        lines_at = pd.DataFrame([dict(one) | {"verdicts": last} for one in references])
        lines_at["text"] = [f"{one.get('name') or one['who']} {short(one['f1'])}" for one in references]
        lines_at["place"] = moved_apart(values, 0.07 * spread, -1.0, 2.0)
        flat = alt.Chart(lines_at)
        layers.append(flat.mark_rule(color=THEIRS, strokeDash=[5, 4], strokeWidth=1.6).encode(y=y, tooltip=tips[1:]))
        names = flat.mark_text(color=THEIRS, align="left", dx=9, dy=-8, fontSize=12)
        layers.append(names.encode(x=x, y="place:Q", text="text:N"))
    return alt.layer(*layers).properties(height=260)


def weights(values: Mapping[str, float]) -> Any:
    """Return what each value adds to the log odds of water, as bars from zero to both sides."""
    table = pd.DataFrame({"label": list(values), "value": list(values.values())})
    table["text"] = [short(value, signed=True) for value in values.values()]
    most = max([_LEAST_WEIGHT, *map(abs, values.values())])
    scale = alt.Scale(domain=[-1.4 * most, 1.4 * most], nice=False)
    x = alt.X("value:Q", title="Towards land ← log odds → towards water", scale=scale, axis=alt.Axis(tickCount=7))
    colour = alt.condition("datum.value > 0", alt.value(OURS), alt.value(CLASS_COLOURS[LAND]))
    base = alt.Chart(table).encode(
        y=lines(table), x=x, color=colour, tooltip=["label", alt.Tooltip("value:Q", format="+.3f")]
    )
    right = base.transform_filter("datum.value >= 0").mark_text(align="left", dx=5, fontSize=12)
    left = base.transform_filter("datum.value < 0").mark_text(align="right", dx=-5, fontSize=12)
    return alt.layer(base.mark_bar(height=14), right.encode(text="text:N"), left.encode(text="text:N")).properties(
        height=alt.Step(24)
    )
