"""Charts of what each band is worth: every subset, what is lost without bands, and the study's Table 4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from lakeseg.analysis.subsets import Bands, best_of_size, shapley
from lakeseg.bands import BANDS

ACCENT: Final = "#2a78bd"
SECOND: Final = "#c9711f"
NOW: Final = "#d6455d"
NEUTRAL: Final = "#8a8f98"  # reads on a light and on a dark page
HEIGHT: Final = 340
_SPREAD: Final = 0.32  # half the width over which dots of one size lie side by side


def written(bands: Sequence[int]) -> str:
    """Return a subset as `1 3 4`."""
    return " ".join(map(str, bands))


def subset_chart(
    scores: Mapping[Bands, float], other: Mapping[Bands, float], current: Bands, names: Sequence[str]
) -> Any:
    """Return an Altair chart of F1 against the number of bands: a dot a subset, the best of each size named.

    Args:
        scores: F1 of each subset of the model shown.
        other: F1 of each subset of a second model, whose best of each size is drawn as a thin line; may be empty.
        current: The subset that the page holds; it is ringed.
        names: Short names of the two models.
    """
    table = _dots(scores)
    most = int(table["size"].max())
    top = max([*scores.values(), *other.values()])
    x = alt.X("x:Q", title="Number of bands", scale=alt.Scale(domain=[0.5, most + 0.9], nice=False))
    x = x.axis(values=list(range(1, most + 1)), format="d", grid=False)
    y = alt.Y("f1:Q", title="F1 of water, test lakes", scale=alt.Scale(domain=[-0.03, top + 0.09], nice=False))
    tips = [alt.Tooltip("bands:N", title="bands"), alt.Tooltip("f1:Q", format=".3f", title="F1")]
    dots = alt.Chart(table).mark_circle(size=36, color=ACCENT, opacity=0.4).encode(x=x, y=y, tooltip=tips)
    best = table[table["best"]]
    line = alt.Chart(best).mark_line(color=ACCENT, strokeWidth=1.5).encode(x=x, y=y)
    heads = alt.Chart(best).mark_circle(size=60, color=ACCENT, opacity=1).encode(x=x, y=y, tooltip=tips)
    named = best.assign(bands=best["bands"].where(best["size"] < most, "all"))
    words = alt.Chart(named).mark_text(dy=-12, color=ACCENT, fontSize=11).encode(x=x, y=y, text="bands:N")
    layers = [*_second(other, names, x, y), dots, line, heads, words, _end(best, names[0], ACCENT, x, y)]
    return alt.layer(*layers, *_ring(table, current, x, y)).properties(height=HEIGHT)


def _dots(scores: Mapping[Bands, float]) -> pd.DataFrame:
    """Return one row a subset; within a size they lie side by side from the worst to the best."""
    best = set(best_of_size(scores).values())
    rows = [{"bands": written(key), "size": len(key), "f1": f1, "best": key in best} for key, f1 in scores.items()]
    table = pd.DataFrame(rows).sort_values(["size", "f1"], kind="stable").reset_index(drop=True)
    grouped = table.groupby("size")["f1"]
    place, count = grouped.cumcount(), grouped.transform("size")
    table["x"] = table["size"] + np.where(count > 1, _SPREAD * (2 * place / (count - 1).clip(lower=1) - 1), 0)
    return table.assign(x=np.where(table["best"], table["size"], table["x"]))


def _second(other: Mapping[Bands, float], names: Sequence[str], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    if not other:
        return []
    rows = [{"bands": written(key), "f1": other[key], "x": size} for size, key in best_of_size(other).items()]
    table = pd.DataFrame(rows)
    tips = [alt.Tooltip("bands:N", title=f"bands, {names[1]}"), alt.Tooltip("f1:Q", format=".3f", title="F1")]
    line = alt.Chart(table).mark_line(color=NEUTRAL, strokeWidth=1, point={"color": NEUTRAL, "size": 24})
    return [line.encode(x=x, y=y, tooltip=tips), _end(table, names[1], NEUTRAL, x, y)]


def _end(table: pd.DataFrame, name: str, colour: str, x: alt.X, y: alt.Y) -> alt.Chart:
    """Return the name of a line at its right end."""
    last = table.sort_values("x").tail(1).assign(name=name)
    return alt.Chart(last).mark_text(align="left", dx=9, color=colour, fontSize=12).encode(x=x, y=y, text="name:N")


def _ring(table: pd.DataFrame, current: Bands, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    here = table[table["bands"] == written(current)]
    if here.empty:
        return []
    base = alt.Chart(here.assign(text=[f"now {f1:.3f}".replace("0.", ".") for f1 in here["f1"]])).encode(x=x, y=y)
    ring = base.mark_point(size=190, color=NOW, strokeWidth=2.5, filled=False)
    return [ring, base.mark_text(dy=19, color=NOW, fontSize=12, fontWeight="bold").encode(text="text:N")]


def worth_chart(scores: Mapping[Bands, float], bands: Sequence[int]) -> Any:
    """Return bars of what each band adds, averaged over every order of bands (Shapley values)."""
    values = shapley(scores, bands)
    rows = [{"band": f"{b} {BANDS[b].short}", "worth": v} for b, v in zip(sorted(bands), values, strict=True)]
    table = pd.DataFrame(rows)
    y = alt.Y("band:N", title=None, sort="-x", axis=alt.Axis(ticks=False, domain=False))
    x = alt.X("worth:Q", title="Share of F1", axis=alt.Axis(grid=False, tickCount=4), scale=alt.Scale(padding=34))
    base = alt.Chart(table).encode(x=x, y=y, tooltip=["band", alt.Tooltip("worth:Q", format=".3f")])
    text = base.mark_text(align="left", dx=4, color=NEUTRAL).encode(text=alt.Text("worth:Q", format=".3f"))
    return (base.mark_bar(color=ACCENT, height=16) + text).properties(height=250)


def loss_chart(lost: np.ndarray, bands: Sequence[int]) -> Any:
    """Return a triangle of (B, B) losses of F1 when two bands go together; on the diagonal when one goes."""
    names = [f"{band} {BANDS[band].short}" for band in sorted(bands)]
    rows = [
        {"one": names[i], "other": names[j], "lost": lost[i, j]}
        for i in range(len(names))
        for j in range(i + 1)
        if not np.isnan(lost[i, j])
    ]
    return _matrix(pd.DataFrame(rows), names, "lost", alt.Scale(scheme="oranges", domainMin=0), 250)


def _matrix(table: pd.DataFrame, names: Sequence[str], value: str, scale: alt.Scale, height: int) -> Any:
    """Return cells of `value` over `one` (rows) and `other` (columns), each with its number."""
    number = alt.Axis(labelAngle=0, ticks=False, labelOverlap=False, labelExpr="split(datum.label, ' ')[0]")
    x = alt.X("other:N", sort=list(names), title=None, axis=number)
    y = alt.Y("one:N", sort=list(names), title=None, axis=alt.Axis(ticks=False))
    base = alt.Chart(table).encode(x=x, y=y, tooltip=["one", "other", alt.Tooltip(f"{value}:Q", format=".3f")])
    cells = base.mark_rect().encode(color=alt.Color(f"{value}:Q", scale=scale, legend=None))
    dark = alt.expr.abs(alt.datum[value]) > float(np.nanmax(np.abs(table[value]), initial=0.0)) * 0.6
    ink = alt.condition(dark, alt.value("white"), alt.value("#222222"))
    return (
        cells + base.mark_text(fontSize=11).encode(text=alt.Text(f"{value}:Q", format=".2f"), color=ink)
    ).properties(height=height)


def correlation_chart(correlation: np.ndarray, bands: Sequence[int]) -> Any:
    """Return a heatmap of (B, B) Pearson correlations of the bands."""
    names = [f"{band} {BANDS[band].short}" for band in bands]
    rows = [
        {"one": names[i], "other": names[j], "r": correlation[i, j]}
        for i in range(len(names))
        for j in range(len(names))
        if not np.isnan(correlation[i, j])
    ]
    scale = alt.Scale(scheme="purpleorange", domain=[-1, 1], reverse=True)
    return _matrix(pd.DataFrame(rows, columns=["one", "other", "r"]), names, "r", scale, 270)


@dataclass(frozen=True)
class PatchScore:
    """F1 of a network for patches of one size: its `bands`, the `source`, and the interval if it is ours."""

    patch: int
    bands: str
    source: str
    f1: float
    low: float = float("nan")
    high: float = float("nan")


PUBLISHED, OURS = "published", "ours"
ALL, RGB = "all bands", "RGB"


def cost_chart(scores: Sequence[PatchScore]) -> Any:
    """Return F1 of RGB against all bands at each patch size: published hollow, ours solid with its interval."""
    table = pd.DataFrame([vars(score) for score in scores]).dropna(subset=["f1"])
    table["series"] = table["bands"] + ", " + table["source"]
    sizes = sorted({score.patch for score in scores})
    x = alt.X(
        "patch:O", title="Patch size (px)", sort=sizes, axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=sizes)
    )
    y = alt.Y("f1:Q", title="F1 of water", scale=alt.Scale(domain=[0, 1]))
    legend = alt.Legend(orient="top", title=None, symbolType="circle")
    colour = alt.Color("bands:N", legend=legend, scale=alt.Scale(domain=[ALL, RGB], range=[ACCENT, SECOND]))
    shift = alt.XOffset("source:N", sort=[PUBLISHED, OURS])
    base = alt.Chart(table).encode(x=x, color=colour, xOffset=shift)
    tips = [alt.Tooltip("series:N"), alt.Tooltip("patch:O"), alt.Tooltip("f1:Q", format=".3f")]
    bars = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2).encode(y="low:Q", y2="high:Q")
    dots = base.encode(y=y, tooltip=tips)
    printed = dots.transform_filter(alt.datum.source == PUBLISHED)
    hollow = printed.mark_point(size=90, filled=False, strokeWidth=2, opacity=1)
    solid = dots.transform_filter(alt.datum.source == OURS).mark_point(size=90, filled=True, opacity=1)
    return (bars + hollow + solid).properties(height=300)
