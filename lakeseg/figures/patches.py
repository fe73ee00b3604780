"""Charts of the page Patches: what a size keeps, and how models do at each size.

Charts of the dataset follow a slider: their specification never changes, only a table does, so that a browser moves the
marks instead of building the chart anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from lakeseg.analysis.patch_curves import LARGEST, SMALLEST, PatchCurve, whole_context
from lakeseg.figures.labels import moved_apart

KEPT, PRUNED, DISCARDED, CONTEXT = "kept", "pruned", "discarded", "context"
SHARE_COLOURS: Final = {KEPT: "#3b8bd0", PRUNED: "#6f757f", DISCARDED: "#9a9fa8", CONTEXT: "#e07b00"}
PART_COLOURS: Final = {"train": "#3b8bd0", "validation": "#b07ad6", "test": "#d6455d", "all lakes": "#3b8bd0"}
_ROOM: Final = 22  # pixels of the axis right of the last size, for names
_HEIGHT: Final = 250
_GAP: Final = 0.085  # between names, as a share of the axis


def shares_table(curve: PatchCurve, margin: int, size: int) -> pd.DataFrame:
    """Return the rows of `shares_chart` for one part, `size` marked: shares of all pixels, stacked, and the context.

    `margin` is how far a network looks, in pixels.
    """
    shares = {name: curve.share(name) for name in (KEPT, PRUNED, DISCARDED)}
    tops = dict(zip(shares, np.cumsum(list(shares.values()), axis=0), strict=True))
    context = whole_context(curve.sizes, margin)
    areas = [_rows(name, "area", curve.sizes, tops[name] - shares[name], tops[name]) for name in shares]
    table = pd.concat([*areas, _rows(CONTEXT, "line", curve.sizes, context, context)], ignore_index=True)
    here = int(np.searchsorted(curve.sizes, size))
    middles = [float(tops[name][-1] - shares[name][-1] / 2) for name in shares] + [float(context[-1])]
    values = [*(float(share[here]) for share in shares.values()), float(context[here])]
    texts = [f"{name} {value:.1%}".replace("%", " %") for name, value in zip(SHARE_COLOURS, values, strict=True)]
    return _marked(table, size, _names(list(SHARE_COLOURS), moved_apart(middles, _GAP, 0.04, 0.97), texts))


def lines_table(
    values: Mapping[str, np.ndarray], sizes: np.ndarray, size: int, form: str, log: bool, high: float | None = None
) -> pd.DataFrame:
    """Return the rows of `lines_chart`: one line of (sizes,) numbers for each part, `size` marked.

    `form` is how the number at `size` is written beside the name, such as `{:,}`; a line that is NaN there has none.
    `high` is where the axis ends, by default at the largest number.
    """
    lines = [_rows(name, "line", sizes, numbers, numbers) for name, numbers in values.items()]
    table = pd.concat(lines, ignore_index=True)
    here = int(np.searchsorted(sizes, size))
    ends = [_last(numbers, log) for numbers in values.values()]
    top = max(float(np.nanmax(numbers)) if np.isfinite(numbers).any() else 1.0 for numbers in values.values())
    end = high or (float(np.log10(max(top, 10))) if log else max(top, 1e-9))
    places = np.array(moved_apart(ends, _GAP * end, 0.0, end))
    texts = [f"{name} {_written(numbers[here], form)}" for name, numbers in values.items()]
    return _marked(table, size, _names(list(values), (10**places if log else places).tolist(), texts))


def _last(numbers: np.ndarray, log: bool) -> float:
    known = numbers[np.isfinite(numbers)]
    end = float(known[-1]) if known.size else 0.0
    return float(np.log10(max(end, 1))) if log else end


def _written(value: float, form: str) -> str:
    return "–" if np.isnan(value) else form.format(value).replace("%", " %")


def _rows(name: str, kind: str, sizes: np.ndarray, low: np.ndarray, high: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"name": name, "kind": kind, "size": sizes, "low": low, "high": high, "text": ""})


def _names(names: Sequence[str], places: Sequence[float], texts: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"name": names, "kind": "name", "size": LARGEST, "low": places, "high": places, "text": list(texts)}
    )


def _marked(table: pd.DataFrame, size: int, names: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table.assign(here=table["size"] == size), names.assign(here=False)], ignore_index=True)


def _x() -> Any:
    ticks = alt.Axis(values=list(range(SMALLEST, LARGEST + 1, 8)), grid=False, domain=False)
    scale = alt.Scale(domain=[SMALLEST, LARGEST + _ROOM], nice=False)
    return alt.X("size:Q", title="Patch size (px)", scale=scale, axis=ticks)


def _colour(colours: Mapping[str, str]) -> Any:
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color("name:N", scale=scale, legend=None)


@cache
def shares_chart() -> dict[str, Any]:
    """Return the Vega-Lite specification for `shares_table`."""
    y = alt.Y("high:Q", title="Share of all pixels", axis=alt.Axis(format="%", tickCount=5))
    y = y.scale(domain=[0, 1])
    tip = ["name:N", "size:Q", alt.Tooltip("share:Q", format=".1%")]
    base = alt.Chart().transform_calculate(share="datum.kind == 'line' ? datum.high : datum.high - datum.low")
    base = base.encode(x=_x(), color=_colour(SHARE_COLOURS))
    areas = base.transform_filter("datum.kind == 'area'").mark_area(opacity=0.55).encode(y=y, y2="low:Q", tooltip=tip)
    line = base.transform_filter("datum.kind == 'line'").mark_line(strokeWidth=2.5).encode(y=y, tooltip=tip)
    return _finished(base, [areas, line], y, f"datum.name == '{CONTEXT}'")


@cache
def lines_chart(title: str, log: bool = False, percent: bool = False, high: float | None = None) -> dict[str, Any]:
    """Return the Vega-Lite specification for `lines_table`: one line a part, on an axis of this title up to `high`."""
    scale = alt.Scale(type="symlog", domainMin=0, nice=True) if log else alt.Scale(domainMin=0)
    if high is not None:
        scale = alt.Scale(domain=[0, high])
    axis = alt.Axis(format="%" if percent else ",", tickCount=5)
    if log:
        axis = alt.Axis(labelExpr="format(datum.value, ',')", values=[0, 10, 100, 1000, 10_000, 100_000, 1_000_000])
    y = alt.Y("high:Q", title=title, scale=scale, axis=axis)
    tip = ["name:N", "size:Q", alt.Tooltip("high:Q", title=title, format=".1%" if percent else ",")]
    base = alt.Chart().encode(x=_x(), color=_colour(PART_COLOURS))
    line = base.transform_filter("datum.kind == 'line' && isValid(datum.high)").mark_line(strokeWidth=2)
    return _finished(base, [line.encode(y=y, tooltip=tip)], y, "true")


def _finished(base: Any, layers: Sequence[Any], y: Any, dotted: str) -> dict[str, Any]:
    """Add the mark of the current size and the names at the right."""
    rule = base.transform_filter("datum.here").mark_rule(strokeDash=[3, 3]).encode(color=alt.value("#8a8f98"))
    dots = base.transform_filter(f"datum.here && isValid(datum.high) && ({dotted})")
    names = base.transform_filter("datum.kind == 'name'").mark_text(align="left", dx=6, fontSize=11.5)
    marks = [rule, dots.mark_point(filled=True, size=70, opacity=1).encode(y=y), names.encode(y=y, text="text:N")]
    chart = alt.layer(*layers, *marks).properties(height=_HEIGHT)
    return dict(chart.to_dict())
