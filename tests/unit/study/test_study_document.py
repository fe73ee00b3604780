"""`docs/study.md` says what the committed results say, byte for byte; nobody writes it by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakeseg.study import document
from lakeseg.study.account import Account
from lakeseg.study.answers import evidence
from lakeseg.study.pictures import svg

ROOT = Path(__file__).resolve().parents[3]
DEMO = "343b9d332edb6a3cc7631602725f46c29d8b5e5a1844778d8918afe5059118d8"
HINT = "run `python -m lakeseg study --document docs/study.md`"


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAKESEG_DATA", str(tmp_path_factory.mktemp("no-results-of-this-machine")))
        return Account(evidence(DEMO))


def test_every_table_and_sentence_follows_from_the_results(account):
    written = (ROOT / "docs/study.md").read_text(encoding="utf-8")
    assert document.markdown(account) == written, HINT


def test_every_figure_does(account):
    folder = ROOT / "docs" / document.FOLDER
    assert {path.stem for path in folder.glob("*.svg")} == {figure.name for figure in account.figures}, HINT
    for figure in account.figures:
        assert svg(figure) == (folder / f"{figure.name}.svg").read_text(encoding="utf-8"), f"{figure.name}: {HINT}"


def test_nothing_is_missing(account):
    assert account.missing == ()


def test_tables_are_whole(account):
    tables = [table for answer in account.answers for table in answer.tables]
    tables += [account.experiments, account.environment]
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)
    assert all(table.rows for table in tables)


def test_a_document_and_its_figures_replace_those_of_old(account, tmp_path):
    old = tmp_path / document.FOLDER / "old.svg"
    old.parent.mkdir(parents=True)
    old.write_text("old", encoding="utf-8")
    document.write(account, {"one": "<svg/>\n"}, tmp_path / "study.md")
    assert [path.name for path in old.parent.iterdir()] == ["one.svg"]
    assert (tmp_path / "study.md").read_text(encoding="utf-8") == document.markdown(account)


@pytest.mark.parametrize(
    ("cells", "numeric"),
    [([".8", "–", "1,2"], True), (["+.1 [.0]", "−.2"], True), (["FCN", ".8"], False), (["–"], False)],
)
def test_columns_of_numbers_are_told_from_words(cells, numeric):
    assert document.is_numeric(cells) is numeric
