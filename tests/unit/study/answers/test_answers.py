"""All answers together: one sentence each, whole tables, names of their own, nothing that is not plain."""

from __future__ import annotations

import json

import pytest

from lakeseg.errors import ConfigError
from lakeseg.plain import plain
from lakeseg.study.answers import answer, answers, evidence
from lakeseg.study.experiments import TABLE
from tests.unit.study.answers.hands import known, lakes, run, runs_of

DEMO = "343b9d332edb6a3cc7631602725f46c29d8b5e5a1844778d8918afe5059118d8"


@pytest.fixture(scope="module")
def full():
    """Answers on made-up runs of every experiment there is."""
    counts = {True: lakes(8, 2, 2, 88), False: lakes(7, 3, 3, 87)}
    groups = [runs_of(row.name, counts["fcn" in row.name], seeds=2, title=row.label) for row in TABLE]
    return answers(known(*groups))


def test_nothing_is_missing_once_every_experiment_has_run(full):
    assert [name for each in full for name in each.missing] == ["part unclassified"]


def test_each_verdict_is_one_sentence(full):
    assert [each.number for each in full] == [1, 2, 3, 4, 5, 6]
    for each in full:
        assert each.verdict.endswith(".")
        assert ". " not in each.verdict
        assert each.verdict[0].isupper()


def test_tables_are_whole_and_figures_have_names_of_their_own(full):
    for each in full:
        for table in each.tables:
            assert {len(row) for row in table.rows} <= {len(table.columns)}, table.title
            assert all(isinstance(cell, str) for row in table.rows for cell in row)
    names = [figure.name for each in full for figure in each.figures]
    assert len(names) == len(set(names))


def test_rows_of_figures_are_plain_values(full):
    for figure in (figure for each in full for figure in each.figures):
        assert json.dumps(plain(list(figure.rows)), allow_nan=False)


def test_no_numbers_no_claims():
    for each in answers(known()):
        assert each.verdict == "Not run yet."


def test_an_unknown_question_lists_the_known_ones():
    with pytest.raises(ConfigError, match="1, 2, 3, 4, 5, 6"):
        answer(7, known())


def test_shipped_runs_go_with_the_shipped_measurement_of_the_other_dataset(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path))
    found = evidence(DEMO)
    assert found.part("unclassified").dataset["fingerprint"] != DEMO
    assert found.part("subsets").dataset["fingerprint"] == DEMO
    assert evidence("0" * 64).parts == {}


def test_seeds_on_other_lakes_do_not_enter_one_mean():
    counts, few = lakes(8, 2, 2, 88), lakes(8, 2, 2, 88, count=3)
    mixed = [runs_of("naive", counts, seeds=2), [run("naive", 5, {"study": few, "fair": few, "chosen": few})]]
    found = known(*mixed)
    assert len(found.series("naive")) == 2
    assert found.series("boosting") is None


def test_seeds_with_other_settings_do_not_enter_one_mean():
    scores = dict.fromkeys(("study", "fair", "chosen"), lakes(8, 2, 2, 88))
    brief = run("naive", 2, scores, config={"patch": 8, "epochs": 3, "seed": 2})
    newer = run("naive", 3, scores, config={"patch": 8, "epochs": 30, "seed": 3, "added_later": True})
    found = known(runs_of("naive", lakes(8, 2, 2, 88), seeds=2), [brief, newer]).series("naive")
    assert [each.seed for each in found.runs] == [0, 1, 3]
