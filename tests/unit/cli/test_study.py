from __future__ import annotations

import json
import sys
from types import ModuleType

import pytest

from lakeseg.study.runs import folder_of, save
from tests.unit.study.answers.hands import lakes, run


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Results and what interrupted trainings leave go to a folder of the test; workers import nothing but the library.

    AppTest leaves the script of the dashboard as the main module, which worker processes would run.
    """
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path / "data"))
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


def test_quick_runs_give_files_once(cli, small_dataset, tmp_path):
    words = ["study", "--preset", "quick", "--dataset", small_dataset.path, "--only", "logistic,naive", "--jobs", 1]
    data = cli(*words, "--json").data
    assert sorted(data["done"]) == ["logistic seed 0", "naive seed 0"]
    folder = tmp_path / "data" / ".cache" / "results" / "quick" / f"runs-{small_dataset.fingerprint[:12]}"
    assert data["folder"] == str(folder)
    assert len(list(folder.glob("*.json"))) == 2
    again = cli(*words)
    assert again.code == 0
    assert "0 runs done, 2 were there before" in again.out


def test_what_the_data_does_not_allow_is_said_and_no_fault(cli, small_dataset, tmp_path):
    words = ["--dataset", small_dataset.path, "--only", "fcn-paper-64", "--seeds", 1, "--jobs", 1, "--out", tmp_path]
    ran = cli("study", "--preset", "paper", *words)
    assert ran.code == 0
    assert "fcn-paper-64 seed 0: left out: " in ran.out
    assert not list(tmp_path.glob("runs-*/*.json"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--preset", "fare"], "unknown preset of the study 'fare'"),
        (["--only", "bosting"], "unknown experiment of this preset 'bosting'"),
        (["--seeds", "0"], "seeds 0"),
        (["--jobs", "0", "--only", "naive"], "jobs 0"),
        (["fips"], "unknown part of the study 'fips'"),
    ],
)
def test_bad_usage_is_one_line(cli, small_dataset, words, said):
    assert said in cli("study", *words, "--dataset", small_dataset.path).error


def test_a_missing_dataset_is_one_line(cli, tmp_path):
    assert "nothing.h5" in cli("study", "--dataset", tmp_path / "nothing.h5").error


def test_progress_comes_as_json_lines(cli, small_dataset):
    words = ["--dataset", small_dataset.path, "--only", "naive", "--jobs", 1, "--progress", "json"]
    lines = [json.loads(line) for line in cli("study", *words).out.splitlines()]
    assert lines[-1]["done"] == lines[-1]["total"]
    assert lines[-1]["text"].startswith("1 of 1 runs")


def test_report_and_document_are_written_from_the_runs_that_are_there(cli, small_dataset, tmp_path):
    words = ["--dataset", small_dataset.path]
    about = {"name": small_dataset.name, "fingerprint": small_dataset.fingerprint, "simulated": True}
    made = run(
        "naive", 0, {"fair": lakes(0, 10, 0, 90), "chosen": lakes(0, 10, 0, 90)}, dataset=about, title="All land"
    )
    save(made, folder_of(small_dataset.fingerprint, tmp_path / "data" / ".cache" / "results"))
    report, document = tmp_path / "out" / "report.html", tmp_path / "docs" / "study.md"
    data = cli("study", *words, "--report", report, "--document", document, "--json").data
    assert data["written"] == {"report": str(report), "document": str(document)}
    assert "1 run of 1 experiment on Small demo (simulated)." in report.read_text(encoding="utf-8")
    assert "| All land | naive | 1 |" in document.read_text(encoding="utf-8")
    pictures = {path.name for path in (document.parent / "images" / "study").glob("*.svg")}
    assert all(f"(images/study/{name})" in document.read_text(encoding="utf-8") for name in pictures)
