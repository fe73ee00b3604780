"""The tables of formats follow the registries; the examples of docs/formats.md run as they are written."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from lakeseg.cli import formats, main
from lakeseg.data.dataset import open_dataset
from lakeseg.data.readers.formats import FORMATS
from lakeseg.exports.registry import EXPORTS

ROOT = Path(__file__).resolve().parents[3]
BLOCK = re.compile(r"^```(python|octave|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_readme_holds_the_tables_of_both_registries():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    held = text[text.index(formats.START) : text.index(formats.END) + len(formats.END)]
    assert held == formats.markdown(), "run `python -m lakeseg formats --write README.md`"
    for each in (*FORMATS, *EXPORTS):
        assert f"| {each.name} |" in held
        assert all(f"`{ending}`" in held for ending in each.endings)


def test_the_verb_lists_them_and_writes_them(cli, tmp_path):
    assert [row[0] for row in cli("formats", "--json").data["read"]] == [each.name for each in FORMATS]
    assert "MATLAB" in cli("formats").out
    document = tmp_path / "a.md"
    document.write_text(f"before\n{formats.START}\nold\n{formats.END}\nafter\n", encoding="utf-8")
    assert cli("formats", "--write", document).code == 0
    assert document.read_text(encoding="utf-8") == f"before\n{formats.markdown()}\nafter\n"
    document.write_text("no marks", encoding="utf-8")
    assert "holds no marks" in cli("formats", "--write", document).error


def said(text: str) -> str:
    """What a command printed, without the fingerprint, which random numbers of Octave change."""
    return "".join(line + "\n" for line in text.splitlines() if not line.startswith("fingerprint "))


@pytest.mark.usefixtures("tmp_path")
def test_the_examples_of_the_document_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    octave = ""
    for kind, code in BLOCK.findall((ROOT / "docs/formats.md").read_text(encoding="utf-8")):
        if kind == "python":
            exec(code, names)  # noqa: S102 - our own document
        elif kind == "octave":
            octave += code
            command = [os.environ.get("OCTAVE", "octave-cli"), "--no-init-file", "--eval", octave]
            subprocess.run(command, check=True, capture_output=True)
        else:
            for command, expected in re.findall(r"^\$ python -m lakeseg (.*)\n((?:(?!\$ ).*\n)*)", code, re.MULTILINE):
                capsys.readouterr()
                assert main(command.split()) == 0
                ran = capsys.readouterr()
                assert said(ran.err + ran.out) == said(expected), command
    assert open_dataset("chips.h5").lake_ids == open_dataset("table.h5").lake_ids == ("garda", "geneva")
    assert open_dataset("chips.h5").fingerprint == open_dataset("table.h5").fingerprint
