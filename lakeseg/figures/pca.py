"""Charts of principal components: variance, loadings, pixels in them, and what F1 they allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lakeseg.bands import BANDS, CLASS_NAMES
from lakeseg.figures.bands import ACCENT, NEUTRAL, SECOND
from lakeseg.figures.spectra import LINE_COLOURS

HEIGHT: Final = 240
_GAP: Final = 0.045  # between names at the right, as a share of the axis
_NAMES: Final = {
    ("logistic", "components"): "regression on k components",
    ("logistic", "bands"): "regression on the k best bands",
    ("boosting", "components"): "boosting on k components",
    ("boosting", "bands"): "boosting on the k best bands",
}


def scree_chart(shares: np.ndarray) -> Any:
    """Return bars of the share of the variance along each component and a line of what they hold together."""
    table = pd.DataFrame({"k": np.arange(1, len(shares) + 1), "share": shares, "together": np.cumsum(shares)})
    x = alt.X("k:O", title="Component", axis=alt.Axis(labelAngle=0))
    base = alt.Chart(table).encode(x=x, tooltip=["k", _percent("share"), _percent("together")])
    y = alt.Y(
        "share:Q", title="Share of variance", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1.08], nice=False)
    )
    bars = base.mark_bar(color=ACCENT, size=18).encode(y=y)
    line = base.mark_line(color=SECOND, point={"color": SECOND, "size": 36}).encode(y=alt.Y("together:Q"))
    words = base.mark_text(dy=-10, color=SECOND, fontSize=10).encode(y="together:Q", text=_percent_text("together"))
    return (bars + line + words).properties(height=HEIGHT)


def _percent(name: str) -> alt.Tooltip:
    return alt.Tooltip(f"{name}:Q", format=".2%")


def _percent_text(name: str) -> alt.Text:
    return alt.Text(f"{name}:Q", format=".1%")


def loadings_chart(axes: np.ndarray, bands: Sequence[int]) -> Any:
    """Return a heatmap of how much of each band is in each component, (k, B) entries of unit vectors."""
    names = [f"{band} {BANDS[band].short}" for band in bands]
    rows = [
        {"component": row + 1, "band": name, "loading": axes[row, place]}
        for row in range(len(axes))
        for place, name in enumerate(names)
    ]
    across = alt.Axis(labelAngle=0, ticks=False, labelOverlap=False, labelFlush=False)
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("band:N", sort=names, title=None, axis=across),
        y=alt.Y("component:O", title="Component", axis=alt.Axis(ticks=False)),
        tooltip=["component", "band", alt.Tooltip("loading:Q", format=".3f")],
    )
    scale = alt.Scale(scheme="purpleorange", domain=[-1, 1], reverse=True)
    cells = base.mark_rect().encode(color=alt.Color("loading:Q", scale=scale, legend=None))
    ink = alt.condition(alt.expr.abs(alt.datum.loading) > 0.6, alt.value("white"), alt.value("#222222"))
    return (cells + base.mark_text(fontSize=11).encode(text=alt.Text("loading:Q", format=".2f"), color=ink)).properties(
        height=HEIGHT
    )


def scatter_chart(scores: np.ndarray, labels: np.ndarray, shown: tuple[int, int], shares: np.ndarray) -> Any:
    """Return a Plotly figure of pixels in two components, coloured by class, for a lasso.

    Args:
        scores: (n, k) of the pixels.
        labels: (n,) class codes.
        shown: Which components, counted from 0, run to the right and up.
        shares: (k,) of the variance, for the axes.
    """
    figure = go.Figure()
    for code, colour in {0: NEUTRAL, **LINE_COLOURS}.items():
        chosen = scores[labels == code]
        if len(chosen):
            marker = {"size": 4, "color": colour, "opacity": 0.55}
            x, y = (chosen[:, axis].round(4) for axis in shown)
            figure.add_trace(go.Scatter(x=x, y=y, mode="markers", marker=marker, name=CLASS_NAMES[code]))
    titles = [f"Component {axis + 1}, {shares[axis]:.1%} of the variance" for axis in shown]
    figure.update_layout(
        dragmode="lasso",
        height=400,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        xaxis_title=titles[0],
        yaxis_title=titles[1],
        legend={"orientation": "h", "y": 1.08, "itemsizing": "constant"},
        uirevision="stays",
    )
    return figure


def puzzle_chart(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return the share of the variance in the first k components and F1 on them and on the k best bands, on one axis.

    Args:
        rows: Of the study's part `components`.
    """
    table = _series(rows)
    most = int(table["k"].max())
    x = alt.X("k:Q", title="Number of components or bands, k", scale=alt.Scale(domain=[0.8, most * 1.42], nice=False))
    x = x.axis(values=list(range(1, most + 1)), format="d", grid=False)
    y = alt.Y(
        "value:Q", title="Share of variance; F1 of water, test lakes", scale=alt.Scale(domain=[0, 1.02], nice=False)
    )
    names = list(dict.fromkeys(table["series"]))
    colour = alt.Color("series:N", scale=alt.Scale(domain=names, range=[_colour(name) for name in names]), legend=None)
    dash = alt.StrokeDash(
        "basis:N", scale=alt.Scale(domain=["variance", "components", "bands"], range=[[1, 0], [1, 0], [5, 3]])
    )
    tips = ["series", "k", alt.Tooltip("value:Q", format=".3f"), "bands"]
    base = alt.Chart(table).encode(x=x, color=colour)
    whiskers = base.transform_filter("isValid(datum.low)").mark_rule(opacity=0.35).encode(y="low:Q", y2="high:Q")
    lines = base.mark_line(point=alt.OverlayMarkDef(size=34)).encode(y=y, strokeDash=dash.legend(None), tooltip=tips)
    words = alt.Chart(_ends(table)).mark_text(align="left", dx=8, fontSize=12)
    return (whiskers + lines + words.encode(x=x, y="place:Q", text="series:N", color=colour)).properties(height=380)


def _series(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    variance = {int(row["k"]): float(row["variance"]) for row in rows if row["variance"] is not None}
    table = [
        {"series": "variance held by k components", "basis": "variance", "k": k, "value": value}
        for k, value in variance.items()
    ]
    for row in rows:
        name = _NAMES[row["model"], row["basis"]]
        bands = " ".join(map(str, row["bands"]))
        line = {"series": name, "basis": row["basis"], "k": row["k"], "value": row["f1"], "bands": bands}
        table.append(line | {"low": row["low"], "high": row["high"]})
    return pd.DataFrame(table).reindex(columns=["series", "basis", "k", "value", "low", "high", "bands"])


def _colour(name: str) -> str:
    if name.startswith("variance"):
        return NEUTRAL
    return ACCENT if name.startswith("regression") else SECOND


def _ends(table: pd.DataFrame) -> pd.DataFrame:
    """Return where the names of the lines stand: at their right end, moved apart."""
    ends = table[table["k"] == table["k"].max()].sort_values("value")
    places: list[float] = []
    for value in ends["value"]:
        places.append(max(value, places[-1] + _GAP) if places else value)
    return ends.assign(place=places)
