"""One self-contained HTML file for a meeting or a mail: the answers, the audit, the methods and what they rest on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from lakeseg.study.account import TITLE, Account, evidence_table
from lakeseg.study.answers import Answer, Figure, Table
from lakeseg.study.audit import Point
from lakeseg.study.document import is_numeric

_HERE: Final = Path(__file__).parent
_SHORT: Final = 24  # rows of a table that is kept on one page
_RANGE: Final = re.compile(r"\[[^\]]*\]$")
_MARKS: Final = {True: "holds", False: "falls", None: "open"}


def html(account: Account, pictures: Mapping[str, str], made: str) -> str:
    """Return the whole report. Every text from a file is escaped.

    Args:
        account: What to say.
        pictures: The figures as SVG text, by name.
        made: The date that it bears.
    """
    template = Template((_HERE / "report.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(TITLE),
        dataset=escape(account.name),
        date=escape(made),
        style=(_HERE / "report.css").read_text(encoding="utf-8").strip(),
        lead=_paragraphs(account.lead),
        summary="\n".join(_line(answer) for answer in account.answers),
        answers="\n".join(_answer(answer, pictures) for answer in account.answers),
        audit="\n".join(_point(point) for point in account.audit),
        methods=_items(account.methods),
        experiments=_table(account.experiments),
        environment=_table(account.environment),
    )


def _paragraphs(texts: Iterable[str]) -> str:
    return "\n".join(f"<p>{escape(text)}</p>" for text in texts)


def _items(texts: Iterable[str]) -> str:
    return "\n".join(f"<li>{escape(text)}</li>" for text in texts)


def _line(answer: Answer) -> str:
    return f'<li><a href="#q{answer.number}">{escape(answer.short)}</a><span>{escape(answer.verdict)}</span></li>'


def _answer(answer: Answer, pictures: Mapping[str, str]) -> str:
    parts = [
        f'<section id="q{answer.number}">',
        f"<h2>{answer.number}. {escape(answer.short)}</h2>",
        f'<p class="question">{escape(answer.question)}</p>',
        f'<p class="verdict">{escape(answer.verdict)}</p>',
        *(_figure(figure, pictures[figure.name]) for figure in answer.figures),
        *_reasons(answer),
        *(_table(table) for table in answer.tables),
    ]
    if answer.missing:
        parts.append(f'<p class="note">Not run yet: {escape(", ".join(answer.missing))}.</p>')
    return "\n".join([*parts, "</section>"])


def _reasons(answer: Answer) -> list[str]:
    named = {
        "What was tested": answer.tested,
        "How sure it is": answer.sure,
        "What would change the verdict": answer.change,
    }
    inner = "".join(
        f"<div><h3>{title}</h3>\n<ul>\n{_items(texts)}\n</ul></div>" for title, texts in named.items() if texts
    )
    return [f'<div class="reasons">{inner}</div>'] if inner else []


def _figure(figure: Figure, drawn: str) -> str:
    title, caption = escape(figure.title), escape(figure.caption)
    picture = f'<div class="picture" role="img" aria-label="{title}">{drawn.strip()}</div>'
    return f"<figure>{picture}\n<figcaption><b>{title}.</b> {caption}</figcaption></figure>"


def _table(table: Table) -> str:
    """Return a table; a first cell that repeats the one above is blank, an interval stands beside its value."""
    right = [place > 0 and is_numeric([row[place] for row in table.rows]) for place in range(len(table.columns))]
    heads = "".join(f"<th{_side(each)}>{escape(name)}</th>" for name, each in zip(table.columns, right, strict=True))
    below = [row[0] for row in table.rows[1:]] + [None] * bool(table.rows)
    rows = "\n".join(_row(row, right, row[0] == after) for row, after in zip(table.rows, below, strict=True))
    title = f'<p class="title">{escape(table.title)}</p>' if table.title else ""
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    short = " short" if len(table.rows) <= _SHORT else ""
    body = f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    return f'<div class="table{short}">{title}<div class="scroll">{body}</div>{note}</div>' if table.rows else note


def _row(cells: tuple[str, ...], right: list[bool], same: bool) -> str:
    inner = "".join(f"<td{_side(each)}>{_cell(cell, each)}</td>" for cell, each in zip(cells, right, strict=True))
    return f"<tr{' class=same' if same else ''}>{inner}</tr>"


def _side(right: bool) -> str:
    return ' class="right"' if right else ""


def _cell(text: str, numeric: bool) -> str:
    found = _RANGE.search(text) if numeric else None
    if found is None:
        return escape(text)
    value = escape(text[: found.start()].strip())
    return f'<span class="value">{value}</span> <span class="range">{escape(found[0])}</span>'


def _point(point: Point) -> str:
    mark = f'<span class="mark {_MARKS[point.holds]}">{escape(point.verdict)}</span>'
    return "\n".join(
        [
            '<div class="point">',
            f'<div class="point-head"><h3>{point.number}. {escape(point.title)} {mark}</h3>',
            f'<p><span class="where">{escape(point.where)}.</span> {escape(point.claim)}</p></div>',
            f"<p>{escape(point.finding)} {escape(point.matters)}</p>",
            _table(evidence_table(point)),
            "</div>",
        ]
    )
