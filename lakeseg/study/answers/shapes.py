"""What an answer consists of, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lakeseg.study.results import Result
from lakeseg.study.runs import Runs, Series

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """A table of text, ready to be shown.

    Attributes:
        title: Says what is in it.
        columns: Their names.
        rows: One text a column; the first column names the row.
        note: What the numbers rest on: dataset, split, pixels, how intervals were made.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """A chart that was not drawn yet: `figures.study.draw(figure.chart, figure.rows)` draws it.

    Attributes:
        name: Unique over all answers, fit for a file name.
        chart: Which chart: a name of `figures.study.CHARTS`.
        rows: Its numbers, plain values.
        title: What it shows, in a line.
        caption: How to read it and what it rests on.
    """

    name: str
    chart: str
    rows: tuple[Row, ...]
    title: str
    caption: str = ""


@dataclass(frozen=True)
class Answer:
    """What the numbers say to one question.

    Attributes:
        number: Of the question, from 1; 6 is the better network, which the study did not ask for.
        short: The question in a few words.
        question: As the study asked it.
        verdict: One sentence; the numbers decide its words.
        figures, tables: Our numbers beside the published ones.
        tested: What was tested, a sentence each.
        sure: How sure that is, a sentence each.
        change: What would change the verdict, a sentence each.
        missing: Names of experiments that have not run yet.
    """

    number: int
    short: str
    question: str
    verdict: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    tested: tuple[str, ...] = ()
    sure: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """Everything that the answers on one dataset rest on.

    Attributes:
        runs: Finished trainings.
        parts: Measurements by part (`study.parts`), those that are there.
    """

    runs: Runs
    parts: Mapping[str, Result] = field(default_factory=dict)

    def series(self, name: str) -> Series | None:
        """Return the runs of one experiment (`Runs.series`), or None where it has not run."""
        return self.runs.series(name)

    def part(self, name: str) -> Result | None:
        """Return a measurement, or None where it was not made."""
        return self.parts.get(name)

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return which of the experiments have not run."""
        return tuple(name for name in names if self.series(name) is None)

    @property
    def dataset(self) -> Mapping[str, Any]:
        """Name, fingerprint and whether simulated; empty where there is nothing."""
        return self.runs.dataset or next((part.dataset for part in self.parts.values()), {})
