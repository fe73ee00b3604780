"""Every question of Study through `app.py`, on the lab of `tests/conftest.py`, with runs made by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lakeseg.data.dataset import open_dataset
from lakeseg.study import results, runs
from lakeseg.study.results import Result, origin
from lakeseg.ui.study.choices import AUDIT, QUESTIONS
from tests.unit.study.answers.hands import run as made_run

ROOT = Path(__file__).parents[2]
NAMES = ("fcn-paper-8", "fcn-paper-16", "unet-paper-16", "naive", "logistic", "boosting", "fcn-lakeseg", "fcn-pixel")


@pytest.fixture
def study(in_lab: Path) -> Callable[..., AppTest]:
    """`study(question="3", …)` opens Study at a link with these query parameters and runs it."""

    def start(**link: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, value in link.items():
            test.query_params[name] = value
        return test.run().switch_page("pages/study.py").run()  # the first run tells Streamlit of the pages

    return start


@pytest.fixture
def folder(in_lab: Path) -> Iterator[Path]:
    """The folder of runs on the lab's second dataset: three seeds of some experiments, F1 of water 2·8 / 20 = .8."""
    dataset = open_dataset(in_lab / "data" / "dataset2.h5")
    folder = runs.folder_of(dataset.fingerprint, results.local_dir())
    counts = [[8, 2, 2, 88 + seed] for seed in range(3)]
    for name in NAMES:
        for seed in range(3):
            scores = dict.fromkeys(("study", "fair", "chosen"), [counts[seed]] * 4)
            runs.save(made_run(name, seed, scores, dataset=origin(dataset)), folder)
    yield folder
    for path in folder.glob("*.json"):
        path.unlink()
    folder.rmdir()


def text(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.warning, app.error)
    return "\n".join(str(part.value) for kind in kinds for part in kind).replace("\u00a0", " ").replace("\\", "")


@pytest.mark.usefixtures("folder")
def test_every_question_is_one_click_away(study):
    run = study(dataset="dataset2")
    assert not run.exception
    assert "24 runs of 8 models" in text(run)
    for name in QUESTIONS:
        run.segmented_control("question").set_value(name).run()
        assert not run.exception, name
        assert run.segmented_control("question").value == name
        assert "simulated" in text(run)


@pytest.mark.usefixtures("folder")
def test_an_answer_has_verdict_table_and_how_it_came_about(study):
    run = study(dataset="dataset2", question="1 Naive")
    words = text(run)
    assert "the FCN beats the naive classifiers at 8 and 16 px on F1 (.800" in words
    assert ".7730" in words  # as printed
    assert ".7783" in words  # as its counts have it
    assert "Not run yet: fcn-paper-32, fcn-paper-64." in words
    assert "python -m lakeseg study --preset fair --dataset dataset2.h5" in words
    downloads = [button.label for button in run.get("download_button")]
    assert downloads[0] == "Report"
    assert downloads.count("CSV") >= 2


def test_without_runs_the_page_says_so_and_names_the_command(study):
    run = study(dataset="dataset1", question="1 Naive")
    assert not run.exception
    assert "The study was not run on Small demo (simulated) yet." in text(run)
    assert "python -m lakeseg study --preset fair --dataset dataset1.h5" in text(run)
    assert "with_runs" not in [button.key for button in run.button]
    assert ".7783" in text(run)  # what was published needs no runs


@pytest.mark.usefixtures("folder")
def test_a_dataset_with_runs_is_one_click_away(study):
    run = study(dataset="dataset1")
    run.button("with_runs").click().run()
    assert not run.exception
    assert run.selectbox("dataset").value == "dataset2"
    assert "24 runs" in text(run)


def test_a_damaged_run_is_named_and_counts_as_not_run(study, folder):
    (folder / "fcn-paper-8-s0-bad.json").write_text("{")
    run = study(dataset="dataset2")
    assert not run.exception
    assert "fcn-paper-8-s0-bad.json: not a run that can be read" in text(run)
    assert "24 runs" in text(run)


def test_a_new_run_is_seen_without_a_restart(study, folder):
    dataset = open_dataset(folder.parents[2] / "dataset2.h5")
    run = study(dataset="dataset2")
    scores = dict.fromkeys(("study", "fair", "chosen"), [[8, 2, 2, 88]] * 4)
    runs.save(made_run("fcn-paper-32", 0, scores, dataset=origin(dataset)), folder)
    run.segmented_control("question").set_value("4 U-Net").run()
    assert "25 runs of 9 models" in text(run)


def test_every_point_of_the_audit_shows_its_evidence(study):
    run = study(dataset="dataset2", question=AUDIT)
    assert not run.exception
    assert "Of 14 audited points 13 do not hold, 1 not known until it has run." in text(run)
    points = run.radio("point")
    assert len(points.options) == 14
    for option in points.options:
        run.radio("point").set_value(option).run()
        assert not run.exception, option
        assert f"#### {option}" in text(run)
    run.radio("point").set_value(points.options[6]).run()
    assert "473,739" in text(run)
    assert "473,643" in text(run)


def test_question_5_rests_on_a_dataset_with_unclassified_pixels(study, in_lab):
    dataset = open_dataset(in_lab / "data" / "dataset1.h5")
    share = {"count": 9, "pixels": 10, "share": 0.9, "low": 0.8, "high": 0.95}
    row = {
        "model": "fcn-lakeseg",
        "title": "FCN",
        "rule": "unseen",
        "of_lakes": 6,
        "domain": "",
        "lakes": 6,
        "groups": 6,
    }
    row |= {"pixels": 20, "confusion": [[5, 0, 0], [1, 4, 0], [2, 8, 0]], "agreement": share}
    row |= {"says": {"water": 2, "land": 8, "unclassified": 0}}
    path = results.save(Result("unclassified", origin(dataset), "unseen", [row]), results.local_dir())
    try:
        run = study(dataset="dataset1", question="5 Unclassified")
        assert not run.exception
        assert "90.0 %" in text(run)
    finally:
        path.unlink()


@pytest.mark.parametrize("link", [{"question": "bogus"}, {"point": "99"}, {"dataset": "none such"}])
def test_study_puts_a_link_right_that_makes_no_sense(study, link):
    run = study(**link)
    assert not run.exception
    assert run.segmented_control("question").value == QUESTIONS[0]


def test_study_loads_no_learning_library(study):
    before = {"tensorflow", "keras"} & set(sys.modules)
    study()
    assert {"tensorflow", "keras"} & set(sys.modules) == before
