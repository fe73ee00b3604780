"""`docs/study.md`: the answers, the audit and the methods as Markdown, with figures beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from lakeseg.data.write import replacing
from lakeseg.study.account import TITLE, Account, evidence_table
from lakeseg.study.answers import Answer, Table
from lakeseg.study.audit import Point

FOLDER: Final = "images/study"
_BREAKS: Final = re.compile(r"[^\S\u00a0]+")  # any space but the one that keeps a number and its unit together
_MEANS: Final = re.compile(r"([\\`*_<>|\[\]])")


def write(account: Account, pictures: Mapping[str, str], path: Path) -> None:
    """Write the document to `path` and its figures into `images/study` beside it; figures of old are removed.

    Args:
        account: What to say.
        pictures: The figures as SVG text, by name.
        path: Of the document.
    """
    folder = path.parent / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for old in set(folder.glob("*.svg")) - {folder / f"{name}.svg" for name in pictures}:
        old.unlink()
    for name, text in pictures.items():
        write_text(folder / f"{name}.svg", text)
    write_text(path, markdown(account))


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def markdown(account: Account) -> str:
    """Return the whole text of the document."""
    return "\n".join(_lines(account)).rstrip("\n") + "\n"


def _lines(account: Account) -> Iterator[str]:
    yield f"# {TITLE}\n"
    yield "<!-- Made by `python -m lakeseg study --document docs/study.md` from the results; not written by hand. -->\n"
    yield from (f"{plain(text)}\n" for text in account.lead)
    yield from _table(summary(account))
    for answer in account.answers:
        yield from _answer(answer)
    yield "## Audit of the published study\n"
    yield "Each point was computed anew from the published numbers when this document was made.\n"
    for point in account.audit:
        yield from _point(point)
    yield "## Methods\n"
    yield from _bullets(account.methods)
    yield from _table(account.experiments)
    yield from _table(account.environment)


def summary(account: Account) -> Table:
    """Return the questions and their verdicts."""
    rows = tuple((answer.short, answer.verdict) for answer in account.answers)
    return Table("", ("Question", "What the numbers say"), rows)


def _answer(answer: Answer) -> Iterator[str]:
    yield f"## {answer.number}. {plain(answer.short)}\n"
    yield f"*{plain(answer.question)}*\n"
    yield f"> **{plain(answer.verdict)}**\n"
    for figure in answer.figures:
        yield f"![{plain(figure.title)}]({FOLDER}/{figure.name}.svg)\n"
        yield f"**{plain(figure.title)}.** {plain(figure.caption)}\n"
    for title, texts in (
        ("What was tested", answer.tested),
        ("How sure it is", answer.sure),
        ("What would change the verdict", answer.change),
    ):
        if texts:
            yield f"**{title}**\n"
            yield from _bullets(texts)
    for table in answer.tables:
        yield from _table(table)
    if answer.missing:
        yield f"Not run yet: {plain(', '.join(answer.missing))}.\n"


def _point(point: Point) -> Iterator[str]:
    yield f"### {point.number}. {plain(point.title)}\n"
    settled = f"The claim {point.verdict}." if point.holds is not None else f"Open: {point.verdict}."
    yield f"{plain(point.where)}. {plain(point.claim)} **{settled}** {plain(point.finding)}\n"
    yield f"{plain(point.matters)}\n"
    yield from _table(evidence_table(point))


def _bullets(texts: Sequence[str]) -> Iterator[str]:
    yield "\n".join(f"- {plain(text)}" for text in texts) + "\n"


def _table(table: Table) -> Iterator[str]:
    """Yield a table; what stands right of the first column is aligned right where it is mostly numbers."""
    if table.title and table.rows:
        yield f"**{plain(table.title)}**\n"
    if table.rows:
        right = [is_numeric([row[place] for row in table.rows]) for place in range(len(table.columns))]
        lines = [table.columns, tuple("---:" if each else "---" for each in right), *table.rows]
        cells = [lines[1] if line is lines[1] else tuple(plain(cell) for cell in line) for line in lines]
        yield "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"
    if table.note:
        yield f"<sub>{plain(table.note)}</sub>\n"


def is_numeric(cells: Sequence[str]) -> bool:
    """Say whether most of a column's cells begin as numbers do, or are dashes."""
    starts = [cell.lstrip("+−-~ ")[:1] for cell in cells if cell not in ("–", "")]
    return bool(starts) and sum(each.isdigit() or each == "." for each in starts) > len(starts) / 2


def plain(text: str) -> str:
    """Return text with whatever Markdown or HTML would read as markup escaped, in one line."""
    return _MEANS.sub(r"\\\1", _BREAKS.sub(" ", text).strip())
