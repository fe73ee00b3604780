"""The charts of the answers to the study's questions, by name: rows of plain values in, an Altair chart out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from lakeseg.errors import ConfigError, unknown
from lakeseg.figures.bands import subset_chart
from lakeseg.figures.intervals import Row, called, differences, levels, right
from lakeseg.figures.learning import budget, losses, trials
from lakeseg.figures.pca import puzzle_chart
from lakeseg.figures.replicas import beside, by_size, scree


def draw(chart: str, rows: Sequence[Row]) -> Any:
    """Return the Altair chart of that name.

    Raises:
        ConfigError: There is no such chart.
    """
    if chart not in CHARTS:
        raise ConfigError(unknown("chart of the study", chart, list(CHARTS)))
    return CHARTS[chart](rows)


def subsets(rows: Sequence[Row]) -> Any:
    """Return F1 against the number of bands; rows hold `model`, `bands`, `f1` and whether it is the `first` model."""
    names = {flag: next((row["model"] for row in rows if row["first"] == flag), "") for flag in (True, False)}
    first, other = ({tuple(row["bands"]): row["f1"] for row in rows if row["first"] == flag} for flag in (True, False))
    return subset_chart(first, other, (), [names[True], names[False]])


CHARTS: Final[Mapping[str, Callable[[Sequence[Row]], Any]]] = {
    "levels": levels,
    "differences": differences,
    "beside": beside,
    "by_size": by_size,
    "subsets": subsets,
    "scree": scree,
    "components": puzzle_chart,
    "budget": budget,
    "losses": losses,
    "called": called,
    "right": right,
    "trials": trials,
}
