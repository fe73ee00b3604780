from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lakeseg.cli import VERBS, info
from lakeseg.cli.console import Result
from lakeseg.errors import DatasetError


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(cli, verb):
    ran = cli(verb, "--help")
    assert ran.code == 0
    assert f"python -m lakeseg {verb} " in ran.out.partition("example")[2]
    assert ran.err == ""


def test_help_lists_every_verb(cli):
    ran = cli("--help")
    assert ran.code == 0
    assert all(f"{verb}  " in ran.out and summary in ran.out for verb, summary in VERBS.items())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "python -m lakeseg: the following arguments are required: VERB (see python -m lakeseg --help)"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["info"], "python -m lakeseg info: the following arguments are required: FILE"),
        (["info", "a.h5", "--jsn"], "unrecognized arguments: --jsn"),
        (["info", "a.h5", "b.h5"], "unrecognized arguments: b.h5"),
        (["evaluate", "--model", "a", "--dataset", "b", "--split", "c"], "argument --split: invalid choice: 'c'"),
        (["train", "--model", "a", "--dataset", "b", "--epochs", "many"], "argument --epochs: invalid int value"),
        (["train", "--model", "a", "--dataset", "b", "--split", "1,2"], "argument --split: '1,2': expected three"),
        (["train", "--model", "a", "--dataset", "b", "--bands", "1;2"], "argument --bands: '1;2': expected whole"),
        (["predict", "--dataset", "b"], "one of the arguments --out --warm is required"),
        (["predict", "--dataset", "b", "--out", "a.npz", "--warm"], "not allowed with argument"),
    ],
)
def test_bad_usage_is_one_line(cli, words, expected):
    assert expected in cli(*words).error


def test_options_are_not_guessed_from_a_beginning(cli):
    assert "--mod" in cli("models", "--mod", "x").error


def test_result_goes_to_standard_output_and_chatter_to_standard_error(cli, monkeypatch):
    def chatty(args, console):
        print("a library says hello")  # noqa: T201
        console.note("look")
        return Result({"a": (1, float("nan"))}, ["for a person"])

    monkeypatch.setattr(info, "run", chatty)
    ran = cli("info", "x")
    assert (ran.code, ran.out) == (0, "for a person\n")
    assert ran.err == "a library says hello\nlakeseg: look\n"
    assert cli("info", "x", "--json").out == '{"a": [1, null]}\n'


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DatasetError("a: b: do c"), 2, "lakeseg: error: a: b: do c\n"),
        (PermissionError(13, "Permission denied", "x.h5"), 2, "lakeseg: error: x.h5: Permission denied: check the"),
        (KeyboardInterrupt(), 130, "lakeseg: interrupted\n"),
        (ValueError("two\nlines"), 1, "lakeseg: error: a fault in lakeseg (ValueError: two lines): run it again with"),
    ],
)
def test_every_error_is_one_line_and_has_its_code(cli, monkeypatch, error, code, line):
    def failing(args, console):
        raise error

    monkeypatch.setattr(info, "run", failing)
    for words in (["info", "x"], ["info", "x", "--json"]):
        ran = cli(*words)
        assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
        assert ran.err.startswith(line)
    assert "Traceback" in cli("info", "x", "--debug").err


def test_a_reader_that_leaves_is_no_fault(small_dataset):
    command = [sys.executable, "-m", "lakeseg", "info", str(small_dataset.path)]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as nobody:
        ran = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (141, "")
