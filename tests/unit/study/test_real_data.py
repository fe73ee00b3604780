"""The study on real chips: docs/real-data.md says what the committed runs say."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakeseg.study.results import SHIPPED
from lakeseg.study.runs import CHOSEN, FAIR, Runs, Series, folder_of, read_folder

CHIPS = "2c21127df2b549063b05ad0f800f9f2aece2174c6bfd83741ff967c3945aa94f"
SEEDS = 5
TEXT = (Path(__file__).resolve().parents[3] / "docs" / "real-data.md").read_text(encoding="utf-8")
RUNS = Runs(read_folder(folder_of(CHIPS, SHIPPED), CHIPS))
NAMES = {
    "logistic": "logistic regression",
    "boosting": "gradient boosting",
    "fcn-paper-16": "FCN `paper` 16×16",
    "fcn-lakeseg": "FCN `lakeseg`",
}


def short(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".")


def signed(value: float) -> str:
    return f"{'+' if value >= 0 else '−'}{short(abs(value))}"


def row(name: str) -> str:
    """A line of the table: F1 at .5 with its spread, F1 at the chosen threshold; precision and recall at .5."""
    series = RUNS.series(name)
    half, chosen = (series.summary(terms) for terms in (FAIR, CHOSEN))
    scores = [f"{short(each.mean)} [{short(each.low)}, {short(each.high)}]" for each in (half, chosen)]
    others = [short(series.summary(FAIR, metric).mean) for metric in ("precision", "recall")]
    spread = f"{short(half.least)}–{short(half.most)}"
    cells = [NAMES[name], f"{series.parameters:,}", scores[0], spread, scores[1], *others, str(len(series))]
    return f"| {' | '.join(cells)} |"


def lead(first: Series, second: Series, terms: str) -> str:
    found = first.difference(second, terms)
    return f"{signed(found.value)} [{signed(found.interval.low)}, {signed(found.interval.high)}]"


@pytest.mark.parametrize("name", NAMES)
def test_the_table_follows_from_the_runs(name):
    assert row(name) in TEXT


@pytest.mark.parametrize("other", ["logistic", "boosting", "fcn-paper-16"])
@pytest.mark.parametrize("terms", [FAIR, CHOSEN])
def test_differences_follow_from_the_runs(other, terms):
    assert lead(RUNS.series("fcn-lakeseg"), RUNS.series(other), terms) in TEXT


def test_the_runs_are_what_the_text_says_of_them():
    assert RUNS.names == tuple(sorted(NAMES))
    assert RUNS.dataset["simulated"] is False
    for run in RUNS:
        assert (len(run.lakes), len(set(run.groups))) == (64, 19)
        assert run.counts(FAIR).sum() == 64 * 128 * 128
        assert run.config["epochs"] == 12 or run.config["kind"] in ("logistic", "boosting")
    assert all(len(RUNS.series(name)) == (1 if name == "logistic" else SEEDS) for name in NAMES)
