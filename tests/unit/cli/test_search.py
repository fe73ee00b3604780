from dataclasses import replace

import pytest

from lakeseg.study.search import run


@pytest.fixture
def instant(monkeypatch):
    """Trainings that cost nothing."""

    def instead(trial, config, _dataset, _split, _poor, progress):
        progress(1.0, "trained")
        return replace(trial, f1=(0.7,) * config.epochs, threshold=0.5, seconds=1.0)

    monkeypatch.setattr(run, "run_trial", instead)


def test_a_search_is_logged_and_resumed(cli, small_dataset, tmp_path, instant):
    words = ["search", "--dataset", small_dataset.path, "--log", tmp_path / "log.json", "--trials", 4]
    ran = cli(*words, "--json")
    assert ran.data["trials"] == 4 + 6
    assert ran.data["winner"]["f1"] == [0.7, 0.7]
    assert ran.data["log"] == str(tmp_path / "log.json")
    assert "go on with --resume, or give another --log" in cli(*words).error
    again = cli(*words, "--resume")
    assert again.code == 0
    assert again.out.count("final") == 6
    assert again.out.splitlines()[-1] == str(tmp_path / "log.json")


def test_a_budget_of_nothing_is_refused(cli, small_dataset, tmp_path):
    words = ["search", "--dataset", small_dataset.path, "--log", tmp_path / "log.json"]
    assert "budget 0: expected minutes above 0" in cli(*words, "--budget", 0).error
    assert "trials 0: expected at least 1" in cli(*words, "--trials", 0).error
    assert not (tmp_path / "log.json").exists()
