from __future__ import annotations

import io

import pytest

from lakeseg.cli import console as module
from lakeseg.cli.console import Console, Result, table


class Terminal(io.StringIO):
    def isatty(self):
        return True


def make(err):
    return Console(io.StringIO(), err, as_json=True)


def test_quick_work_says_nothing():
    err = io.StringIO()
    with make(err).progress("work") as progress:
        progress(0.5, "half")
    assert err.getvalue() == ""


def test_slow_work_says_a_line_now_and_then(monkeypatch):
    now = iter([0.0, 1.0, 2.5, 2.5, 5.0, 13.0, 13.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(now))
    err = io.StringIO()
    with make(err).progress("work") as progress:
        for share in (0.1, 0.2, 0.3, 0.4):  # at 1 s, 2.5 s, 5 s and 13 s: lines at 2.5 s and 13 s
            progress(share, f"step {share}")
    assert err.getvalue() == "lakeseg: work: 20% step 0.2\nlakeseg: work: 40% step 0.4\n"


def test_a_terminal_gets_a_bar_that_never_runs_back(monkeypatch):
    monkeypatch.setattr(module, "QUIET_SECONDS", 0)
    err = Terminal()
    with make(err).progress("work") as progress:
        for share in (0.0, 0.5, 0.25, 1.5):
            progress(share, "step")
    assert progress.bar.n == 1
    assert "work:" in err.getvalue()


def test_a_result_without_lines_prints_nothing():
    console = Console(io.StringIO(), io.StringIO(), as_json=False)
    console.show(Result({"a": 1}))
    assert console.out.getvalue() == ""


@pytest.mark.parametrize("numeric", [(), (1,)])
def test_tables_align(numeric):
    lines = table([("name", "n"), ("a", "100")], numeric)
    assert lines == (["name    n", "a     100"] if numeric else ["name  n", "a     100"])
