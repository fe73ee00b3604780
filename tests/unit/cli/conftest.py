from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from lakeseg.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command line gave."""

    code: int
    out: str
    err: str

    @property
    def data(self):
        """The one JSON object on standard output."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line on standard error of a run that was refused."""
        assert self.code == 2, self
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        return self.err


@pytest.fixture
def cli(capsys):
    """Run a command line in this process."""

    def run(*words) -> Ran:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def trained(small_dataset, tmp_path_factory):
    """A store with a logistic regression trained on `small_dataset`. Read only."""
    folder = tmp_path_factory.mktemp("trained") / "models"
    assert main(["train", "--model", "logistic", "--dataset", str(small_dataset.path), "--out", str(folder)]) == 0
    return folder
