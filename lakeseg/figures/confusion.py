"""Confusion matrices as pictures: rows are the truth, columns the prediction."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from lakeseg.bands import CLASS_NAMES, LAND, UNCLASSIFIED, WATER
from lakeseg.metrics import bound_matrices

COUNTS, BY_TRUTH, BY_PREDICTION = "Counts", "By true class", "By predicted class"
VIEWS: Final = (COUNTS, BY_TRUTH, BY_PREDICTION)
EXCLUDED, THIRD_CLASS, BOUNDS = "excluded", "third class", "bounds"
RULES: Final = (EXCLUDED, THIRD_CLASS, BOUNDS)
HEIGHT: Final = 200
LOW: Final = 170
CELL: Final = "cell"  # the chart's selection
_CODES: Final = (WATER, LAND, UNCLASSIFIED)
_RIGHT: Final = ("#eaf2fb", "#1f6fb2")  # a light and a dark end, so that the text on them reads in both themes
_WRONG: Final = ("#fdf0e3", "#c8590f")
_CHOSEN: Final = "#f2b705"
_MARGIN: Final = 95  # CSS pixels of the vertical axis
_LETTER: Final = 0.58  # mean width of a bold digit as a share of its size


def cells(matrix: np.ndarray, rule: str) -> pd.DataFrame:
    """Return one row a cell of a (3, 3) matrix: truth, predicted, pixels and both shares, each from `low` to `high`.

    With "bounds" the ends are those of `metrics.bound_matrices`; else they are equal. Shares are NaN where undefined.
    Truth that is left out has no row; a class that is neither true nor predicted has no column.
    """
    ends = bound_matrices(matrix) if rule == BOUNDS else (matrix, matrix)
    truths = _CODES if rule == THIRD_CLASS else _CODES[:2]
    kept = [np.asarray(one, np.float64)[: len(truths)] for one in ends]
    said = [code for code in _CODES if code != UNCLASSIFIED or rule == THIRD_CLASS or any(k[:, 2].any() for k in kept)]
    measures = {
        "pixels": kept,
        "of truth": [_share(one, one.sum(axis=1, keepdims=True)) for one in kept],
        "of prediction": [_share(one, one.sum(axis=0, keepdims=True)) for one in kept],
    }
    rows = []
    for truth in truths:
        for code in said:
            row: dict[str, Any] = {"truth": CLASS_NAMES[truth], "predicted": CLASS_NAMES[code]}
            for name, pair in measures.items():
                both = [one[truth - 1, code - 1] for one in pair]
                row |= {f"{name} low": np.fmin(*both), f"{name} high": np.fmax(*both)}
            rows.append(row)
    return pd.DataFrame(rows).astype({"pixels low": np.int64, "pixels high": np.int64})


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def matrix_chart(
    matrix: np.ndarray,
    view: str,
    rule: str,
    chosen: tuple[str, str] | None = None,
    height: int = HEIGHT,
    room: int = 400,
) -> Any:
    """Return a (3, 3) confusion matrix as an Altair chart with the point selection `CELL` (truth, predicted).

    Args:
        matrix: Rows truth, columns prediction.
        view: One of `VIEWS`, what the cells say first; the count or the share stands below it.
        rule: One of `RULES`, what becomes of pixels of unclassified truth.
        chosen: Truth and prediction of the cell to mark.
        height: In CSS pixels.
        room: Width that it will have about, in CSS pixels: the text is as large as that allows.
    """
    table = _worded(cells(matrix, rule), view)
    table["chosen"] = [(row.truth, row.predicted) == chosen for row in table.itertuples()]
    names = [CLASS_NAMES[code] for code in _CODES]
    axis = alt.Axis(
        labelAngle=0,
        domain=False,
        ticks=False,
        grid=False,
        labelFontSize=12,
        labelLimit=90,
        labelPadding=4,
        titlePadding=4,
    )
    base = alt.Chart(table).encode(
        x=alt.X("predicted:N", sort=names, title="Prediction", axis=axis, scale=alt.Scale(padding=0.04)),
        y=alt.Y("truth:N", sort=names, title="Truth", axis=axis, scale=alt.Scale(padding=0.04)),
        tooltip=["truth", "predicted", alt.Tooltip("count", title="pixels"), "of the true class", "of the prediction"],
    )
    picked = alt.selection_point(name=CELL, fields=["truth", "predicted"], on="click", clear=False)
    rectangles = base.mark_rect(cornerRadius=3, cursor="pointer").encode(
        color=alt.Color("colour:N", scale=None),
        stroke=alt.condition("datum.chosen", alt.value(_CHOSEN), alt.value("transparent")),
        strokeWidth=alt.value(4),
    )
    longest = max(map(len, table["main"])) * table["predicted"].nunique()
    size = int(min(15, max(11, (room - _MARGIN) / (_LETTER * longest))))
    words = base.mark_text(fontSize=size, fontWeight=600, dy=-7, cursor="pointer").encode(
        text="main:N", color=alt.Color("ink:N", scale=None)
    )
    below = base.mark_text(fontSize=11, dy=9, cursor="pointer").encode(
        text="below:N", color=alt.Color("ink:N", scale=None)
    )
    return (rectangles.add_params(picked) + words + below).properties(height=height)


def _worded(table: pd.DataFrame, view: str) -> pd.DataFrame:
    """Add texts and colours: a cell is the darker the larger its share of the true class (of the prediction)."""
    by = "of prediction" if view == BY_PREDICTION else "of truth"
    ends = list(zip(table["pixels low"], table["pixels high"], strict=True))
    pixels = [_range(f"{low:,}", f"{high:,}") for low, high in ends]
    count = [
        text if low == high else _range(_compact(low), _compact(high))
        for text, (low, high) in zip(pixels, ends, strict=True)
    ]
    words = {
        name: [
            _range(_percent(a), _percent(b)) for a, b in zip(table[f"{name} low"], table[f"{name} high"], strict=True)
        ]
        for name in ("of truth", "of prediction")
    }
    share = table[[f"{by} low", f"{by} high"]].mean(axis=1).fillna(0).to_numpy()
    right = (table["truth"] == table["predicted"]).to_numpy()
    tints = [_RIGHT if one else _WRONG for one in right]
    return table.assign(
        **{"count": pixels, "of the true class": words["of truth"], "of the prediction": words["of prediction"]},
        main=count if view == COUNTS else words[by],
        below=words[by] if view == COUNTS else [f"{text} px" for text in count],
        colour=[mix(*pair, weight) for pair, weight in zip(tints, share, strict=True)],
        ink=np.where(share > 0.55, "#ffffff", "#1c2430"),
    )


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} – {high}"


def _compact(count: int) -> str:
    """Return a count with three digits at most, as `1.49 M`; the whole of it stands in the tooltip."""
    for unit, name in ((1_000_000, " M"), (1_000, " k")):
        if count >= unit:
            return f"{count / unit:.3g}{name}"
    return f"{count}"


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.1f} %"


def mix(light: str, dark: str, weight: float) -> str:
    """Return the colour between two #rrggbb ones, `weight` 0 to 1 of the second."""
    parts = [np.array([int(text[at : at + 2], 16) for at in (1, 3, 5)]) for text in (light, dark)]
    mixed = np.rint(parts[0] + (parts[1] - parts[0]) * weight).astype(int)
    return "#" + "".join(f"{int(value):02x}" for value in mixed)
