"""Curves of scores: precision–recall, ROC, F1 against the threshold, reliability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from lakeseg.analysis.calibration import Reliability
from lakeseg.analysis.thresholds import NEVER, Curves

HEIGHT: Final = 230
TALL: Final = 330
# Told apart by people of any colour vision, and on a light page as on a dark one.
MODEL_COLOURS: Final = (
    "#2f8fdd",
    "#e8891d",
    "#1fa37a",
    "#c94f9b",
    "#8f7ae0",
    "#b59a00",
    "#d65f4c",
    "#5bb5c9",
    "#8a8f98",
    "#7a9a3a",
)


def threshold_table(curves: Mapping[str, Curves]) -> pd.DataFrame:
    """Return the points of the curves of several models (by title) as one table, one row a threshold.

    The point at which unclassified pixels too are called water has none: NaN.
    """
    parts = [
        pd.DataFrame(
            {
                "model": title,
                "threshold": np.where(one.thresholds == NEVER, np.nan, one.thresholds),
                "recall": one.recall,
                "precision": one.precision,
                "false positive rate": one.fall_out,
                "F1": f1(one.precision, one.recall),
                "step": np.arange(len(one.thresholds)),
            }
        )
        for title, one in curves.items()
    ]
    return pd.concat(parts, ignore_index=True)


def f1(precision: np.ndarray, recall: np.ndarray) -> np.ndarray:
    """Return F1 of precision and recall, (...); 0 where both are 0."""
    total = precision + recall
    return np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)


def precision_recall_chart(table: pd.DataFrame, here: pd.DataFrame) -> Any:
    """Return precision against recall of `threshold_table`, with the points `here` of the current threshold."""
    return _curve(table, here, ("recall", "Recall"), ("precision", "Precision"), "bottom-left")


def roc_chart(table: pd.DataFrame, here: pd.DataFrame) -> Any:
    """Return the share of water found against the share of the rest called water, and the points `here`."""
    across, up = ("false positive rate", "Share of the rest called water"), ("recall", "Share of water found")
    chart = _curve(table, here, across, up)
    return _diagonal("false positive rate", "recall") + chart


def f1_chart(table: pd.DataFrame, here: pd.DataFrame) -> Any:
    """Return F1 of water against the threshold, and the points `here`."""
    return _curve(table, here, ("threshold", "Threshold"), ("F1", "F1 of water"))


def _curve(
    table: pd.DataFrame, here: pd.DataFrame, across: tuple[str, str], up: tuple[str, str], legend: str | None = None
) -> Any:
    x = alt.X(f"{across[0]}:Q", title=across[1], scale=alt.Scale(domain=[0, 1]))
    y = alt.Y(f"{up[0]}:Q", title=up[1], scale=alt.Scale(domain=[0, 1]))
    colour = model_colour(table["model"], legend)
    tips = ["model", *(alt.Tooltip(name, format=".3f") for name in ("threshold", "precision", "recall", "F1"))]
    lines = alt.Chart(table).mark_line(clip=True).encode(x=x, y=y, color=colour, order="step:Q", tooltip=tips)
    points = alt.Chart(here).mark_point(size=110, filled=True, opacity=1, clip=True)
    return (lines + points.encode(x=x, y=y, color=colour, tooltip=tips)).properties(height=HEIGHT)


def model_colour(titles: pd.Series, legend: Any = "top") -> alt.Color:
    """Return the colour of each model, the same in all charts of the same models in the same order.

    Args:
        titles: Of the models.
        legend: Where the names stand: "top" in rows above the chart, a corner such as "bottom-left" in it, or nowhere.
    """
    domain = list(dict.fromkeys(titles))
    colours = [MODEL_COLOURS[place % len(MODEL_COLOURS)] for place in range(len(domain))]
    inside: Any = (
        {"labelFontSize": 11, "symbolSize": 60, "rowPadding": 1}
        if legend != "top"
        else {"columns": 2, "labelFontSize": 12, "rowPadding": 2}
    )
    named = legend and alt.Legend(orient=legend, title=None, labelLimit=200, symbolOpacity=1, **inside)
    return alt.Color("model:N", scale=alt.Scale(domain=domain, range=colours), legend=named)


def _diagonal(x: str, y: str) -> Any:
    ends = pd.DataFrame({x: [0.0, 1.0], y: [0.0, 1.0]})
    return alt.Chart(ends).mark_line(strokeDash=[4, 4], strokeWidth=1, color="#8a8f98").encode(x=f"{x}:Q", y=f"{y}:Q")


def reliability_table(found: Mapping[str, Reliability]) -> pd.DataFrame:
    """Return the bins of several models (by title) as one table, one row a bin that holds pixels."""
    parts = [
        pd.DataFrame(
            {
                "model": title,
                "from": one.edges[:-1],
                "to": one.edges[1:],
                "pixels": one.pixels,
                "mean probability": one.said,
                "share of water": one.found,
            }
        )
        for title, one in found.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    return table[table["pixels"] > 0]


def reliability_chart(table: pd.DataFrame) -> Any:
    """Return how often pixels were water against how probable that was called; on the diagonal both agree."""
    x = alt.X("mean probability:Q", title="Mean probability of water in the bin", scale=alt.Scale(domain=[0, 1]))
    y = alt.Y("share of water:Q", title="Share labelled water", scale=alt.Scale(domain=[0, 1]))
    tips = [
        "model",
        *(alt.Tooltip(name, format=".3f") for name in ("from", "to", "mean probability", "share of water")),
    ]
    lines = (
        alt.Chart(table)
        .mark_line(point=alt.OverlayMarkDef(size=45, filled=True))
        .encode(x=x, y=y, color=model_colour(table["model"]), tooltip=[*tips, alt.Tooltip("pixels", format=",")])
    )
    return (_diagonal("mean probability", "share of water") + lines).properties(height=TALL)


def bin_chart(table: pd.DataFrame) -> Any:
    """Return how many pixels each bin of a reliability diagram holds."""
    x = alt.X("mean probability:Q", title="Mean probability of water in the bin", scale=alt.Scale(domain=[0, 1]))
    y = alt.Y("pixels:Q", title="Pixels (log scale)", scale=alt.Scale(type="log"))
    y = y.axis(format="~s", values=[10**n for n in range(9)])
    tips = ["model", alt.Tooltip("pixels", format=","), alt.Tooltip("mean probability", format=".3f")]
    lines = alt.Chart(table).mark_line(point=alt.OverlayMarkDef(size=45, filled=True), opacity=0.85)
    chart = lines.encode(x=x, y=y, color=model_colour(table["model"]), tooltip=tips)
    return alt.layer(chart).properties(height=TALL)  # in a layer, as the diagram beside it: both then start level
