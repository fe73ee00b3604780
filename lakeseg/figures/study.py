"""Charts of the answers to the study's questions: rows of plain values in, an Altair chart out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import altair as alt
import pandas as pd

from lakeseg.errors import ConfigError, unknown

OURS: Final = "#2a78bd"
THEIRS: Final = "#c9711f"
NEUTRAL: Final = "#8a8f98"  # reads on a light and on a dark page

Row = Mapping[str, Any]


def draw(chart: str, rows: Sequence[Row]) -> Any:
    """Return the Altair chart of that name.

    Raises:
        ConfigError: There is no such chart.
    """
    if chart not in CHARTS:
        raise ConfigError(unknown("chart of the study", chart, list(CHARTS)))
    return CHARTS[chart](rows)


def levels(rows: Sequence[Row]) -> Any:
    """Return a metric of several models, one a line, with intervals and single seeds."""
    table = pd.DataFrame([dict(row) for row in rows])
    y = alt.Y("label:N", sort=list(dict.fromkeys(table["label"])), title=None)
    return alt.Chart(table).mark_point(filled=True).encode(x=alt.X("value:Q", title="F1 of water"), y=y)


CHARTS: Final[Mapping[str, Callable[[Sequence[Row]], Any]]] = {"levels": levels, "beside": levels}
