"""Two models on the same test lakes, and tables of models and of such pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lakeseg.analysis.seeds import SeededDifference
from lakeseg.study.answers.measures import basis, gap
from lakeseg.study.answers.shapes import Evidence, Figure, Row, Table
from lakeseg.study.answers.words import (
    BEATS,
    EVEN,
    LOSES,
    NONE,
    NOT_RUN,
    count,
    difference,
    relation,
    score,
    sizes,
    spread,
    with_interval,
)
from lakeseg.study.runs import CHOSEN, FAIR, Series

Named = tuple[str, Series | None]


@dataclass(frozen=True)
class Pair:
    """Two experiments to be compared on every pixel of the test lakes, at thresholds chosen on validation lakes."""

    label: str
    first: Series
    second: Series

    @cached_property
    def found(self) -> SeededDifference:
        """The first one's F1 less the second one's."""
        return self.first.difference(self.second, CHOSEN)

    @property
    def relation(self) -> str:
        """What the interval allows to say."""
        return relation(self.found)


def pair(known: Evidence, label: str, first: str | Series | None, second: str | Series | None) -> Pair | None:
    """Return two experiments, by name; None where one is not there or they were tested on other lakes."""
    one, other = (known.series(each) if isinstance(each, str) else each for each in (first, second))
    if one is None or other is None or list(one.runs[0].lakes) != list(other.runs[0].lakes):
        return None
    return Pair(label, one, other) if one.has(CHOSEN) and other.has(CHOSEN) else None


def present(pairs: Sequence[Pair | None]) -> list[Pair]:
    """Return those that are there."""
    return [each for each in pairs if each is not None]


PAIR_COLUMNS: Final = ("Compared", "F1, first", "F1, second", "Difference", "The first …", "Seeds")


def pairs_table(title: str, known: Evidence, pairs: Sequence[Pair]) -> Table:
    """Return a row a pair: both means and the paired difference."""
    rows = tuple(_pair_row(each) for each in pairs)
    first = pairs[0].first if pairs else None
    return Table(title, PAIR_COLUMNS, rows, f"Paired over lakes. {basis(known.runs, first, CHOSEN)}")


def _pair_row(each: Pair) -> tuple[str, ...]:
    first, second = (score(one.summary(CHOSEN, draws=1).mean) for one in (each.first, each.second))
    words = f"{each.relation} the second"
    return (each.label, first, second, difference(each.found), words, f"{len(each.first)} and {len(each.second)}")


def pairs_figure(name: str, title: str, pairs: Sequence[Pair]) -> Figure:
    """Return the differences as a chart: a dot each with its interval, and zero."""
    rows: tuple[Row, ...] = tuple(gap(each.label, each.found) for each in pairs)
    caption = (
        "Difference of F1, first less second, on every labelled pixel of the same test lakes, thresholds chosen on the "
        "validation lakes; bars are paired 95 % intervals over lakes and seeds. Right of zero the first does better."
    )
    return Figure(name, "differences", rows, title, caption)


MODEL_COLUMNS: Final = (
    "Model",
    "F1, chosen threshold",
    "Least–most",
    "F1 at .5",
    "IoU",
    "Recall",
    "Precision",
    "Parameters",
    "Seeds",
)


def models_table(title: str, known: Evidence, models: Sequence[Named]) -> Table:
    """Return a row a model on every pixel of the test lakes; one that has not run says so."""
    rows = tuple(_model_row(label, series) for label, series in models)
    first = next((series for _, series in models if series), None)
    return Table(title, MODEL_COLUMNS, rows, basis(known.runs, first, CHOSEN))


def _model_row(label: str, series: Series | None) -> tuple[str, ...]:
    if series is None:
        return (label, NOT_RUN, *[NONE] * (len(MODEL_COLUMNS) - 2))
    f1, *others = (series.summary(CHOSEN, metric) for metric in ("f1", "iou", "recall", "precision"))
    half = score(series.summary(FAIR, draws=1).mean)
    cells = (with_interval(f1), spread(f1), half, *(with_interval(each) for each in others))
    return (label, *cells, count(series.parameters), str(f1.seeds))


def by_relation(pairs: dict[int, Pair], other: str) -> str:
    """Return `beats the U-Net at 16 px and falls behind it at 32 px` for pairs by patch size."""
    phrases: list[str] = []
    for words in (BEATS, EVEN, LOSES):
        where = [patch for patch, each in sorted(pairs.items()) if each.relation == words]
        if where:
            phrases.append(f"{words} {other if not phrases else 'it'} at {sizes(where)}")
    return " and ".join(phrases)
