"""Tables of text: what fits, what keeps together, what is turned; Markdown is taken from a stub of Streamlit."""

from __future__ import annotations

import pytest

from lakeseg.ui.study import tables
from lakeseg.ui.text import plain, unbroken


class Page:
    """Keeps what is shown."""

    def __init__(self):
        self.markdowns, self.tables = [], []

    def markdown(self, text):
        self.markdowns.append(text)

    def table(self, frame, **_options):
        self.tables.append(frame)


@pytest.fixture
def page(monkeypatch):
    shown = Page()
    monkeypatch.setattr(tables, "st", shown)
    return shown


def test_numbers_stand_at_the_right_and_repeated_names_once(page):
    tables.show_rows(("Patch", "Whose", "F1"), [("8×8", "printed", ".773"), ("8×8", "ours", ".767 [.73, .80]")])
    head, sides, first, second = page.markdowns[0].splitlines()
    assert sides == "|:--|:--|--:|"
    assert first.count(":small[") == head.count(":small[") == 3
    assert second.startswith("| | :small[ours]")
    assert ".73,\u00a0.80" in second


def test_a_wide_table_of_few_rows_is_turned(page):
    columns = tuple(f"measure-number-{place}".replace("-", "_") for place in range(12))
    tables.show_rows(columns, [tuple("1" for _ in columns), tuple("2" for _ in columns)])
    lines = page.markdowns[0].splitlines()
    assert len(lines) == 1 + 1 + 11
    assert lines[2].count(":small[") == 3


def test_one_that_is_too_wide_either_way_scrolls(page):
    columns = ("name", "name", *(f"a_long_word_{place}" for place in range(12)))
    tables.show_rows(columns, [tuple(f"another_long_word_{row}" for _ in columns) for row in range(20)])
    assert not page.markdowns
    assert len(page.tables[0]) == 20
    assert len(set(page.tables[0].columns)) == 14  # two of one name are told apart


@pytest.mark.parametrize(
    ("text", "expected"),
    [("92.7 % of 8 px", "92.7\u00a0% of 8\u00a0px"), ("8 pxs", "8 pxs"), ("a | b", r"a \| b"), ("a\n b", "a b")],
)
def test_a_number_keeps_its_unit(text, expected):
    assert unbroken(text) == expected


def test_no_break_spaces_stay():
    assert plain("8\u00a0px  wide\n") == "8\u00a0px wide"
