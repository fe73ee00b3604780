"""Agreement, Outcome and Learning of Review through `app.py`, with verdicts whose numbers are worked out by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lakeseg.cache import PredictionCache
from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.data.write import write_dataset
from lakeseg.places import review_database
from lakeseg.review import runs
from lakeseg.review.building import build
from lakeseg.review.ledger import Ledger
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import Verdict
from lakeseg.store import ModelStore

ROOT = Path(__file__).parents[2]
Start = Callable[..., AppTest]


@pytest.fixture
def folder(in_lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, so that its verdicts are its own, with the lab's datasets and predictions."""
    data = tmp_path / "data"
    (data / ".cache").mkdir(parents=True)
    for name in ("dataset1.h5", "dataset2.h5"):
        (data / name).symlink_to(in_lab / "data" / name)
    (data / ".cache" / "predictions").symlink_to(in_lab / "data" / ".cache" / "predictions")
    monkeypatch.setenv("LAKESEG_DATA", str(data))
    return data


@pytest.fixture
def dataset(folder: Path) -> Dataset:
    return open_dataset(folder / "dataset1.h5")


@pytest.fixture
def log(folder: Path) -> Log:
    made = Log(open_engine(review_database()))
    made.prepare()
    return made


@pytest.fixture
def start(folder: Path) -> Start:
    def begin(part: str, **link: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, value in ({"dataset": "dataset1", "part_of_review": part} | link).items():
            test.query_params[name] = value
        return test.run().switch_page("pages/review.py").run()

    return begin


def open_of(dataset: Dataset) -> dict[str, np.ndarray]:
    """Positions of the unclassified pixels of each lake."""
    return {lake.id: np.flatnonzero(lake.labels.ravel() == 3) for lake in dataset.iter_lakes()}


def said(dataset: Dataset, lake: str, positions: np.ndarray, what: str, by: str, **more) -> Verdict:
    return Verdict(dataset.fingerprint, lake, runs.encode(positions), len(positions), what, by, **more)


def words(app: AppTest) -> str:
    assert not app.exception
    assert not app.error
    return "\n".join(str(one.value) for one in [*app.markdown, *app.caption, *app.info])


def metrics(app: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in app.metric}


@pytest.mark.parametrize("part", ["Agreement", "Outcome"])
def test_without_verdicts_the_page_says_so(start, dataset, part):
    assert "No verdicts on this dataset yet" in words(start(part))


def test_one_reviewer_alone_has_numbers_of_his_own_but_no_agreement(start, dataset, log):
    lake, positions = next(iter(open_of(dataset).items()))
    log.add([said(dataset, lake, positions[:4], "water", "Ann", seconds=3.0)])
    app = start("Agreement")
    text = words(app)
    assert "agreement needs two reviewers" in text
    assert metrics(app)["Fleiss' kappa"] == "–"
    assert metrics(app)["Pixels settled"] == "4"
    table = next(one.value for one in app.dataframe if "Reviewer" in one.value)
    assert table.loc[0, ["Reviewer", "Verdicts", "Pixels", "Seconds"]].tolist() == ["Ann", "1", "4", "3.0"]


def test_agreement_of_two_on_five_grounds(start, dataset, log):
    for lake, positions in open_of(dataset).items():
        log.add([said(dataset, lake, positions[:4], "water", "Ann"), said(dataset, lake, positions[:2], "water", "Bo")])
        log.add(
            [said(dataset, lake, positions[2:3], "land", "Bo"), said(dataset, lake, positions[3:5], "unsure", "Bo")]
        )
    app = start("Agreement")
    # In each lake three pixels by both (can't tell is left out): W W, W W, W L. Same 2/3; mean share of water
    # (1 + 1 + 1/2) / 3 = 5/6, chance 25/36 + 1/36 = 26/36; Fleiss (24/36 − 26/36) / (10/36) = −.2.
    lakes = len(dataset.lakes)
    assert metrics(app)["Fleiss' kappa"].startswith("−.200")
    assert metrics(app)["Pairs that say the same"] == "66.7 %"
    assert metrics(app)["Pixels settled by several"] == f"{3 * lakes}"
    assert f"{lakes} areas · {lakes} px · {lakes} areas tied" in words(app)


def test_adjudicate_hands_the_areas_to_decide(start, dataset, log):
    lake, positions = next(iter(open_of(dataset).items()))
    log.add([said(dataset, lake, positions[:3], "water", "Ann"), said(dataset, lake, positions[1:3], "land", "Bo")])
    app = start("Agreement")
    button = next(one for one in app.button if one.label == "Adjudicate all")
    button.click().run()
    assert not app.exception
    assert app.session_state["part_of_review"] == "Decide"


def test_outcome_counts_what_is_settled_and_follows_the_rule(start, dataset, log):
    lake, positions = next(iter(open_of(dataset).items()))
    log.add([said(dataset, lake, positions[:4], "water", "Ann", confidence=3)])
    log.add([said(dataset, lake, positions[2:5], "land", "Bo", confidence=1)])
    whole = int(dataset.total_counts()[3])
    app = start("Outcome")
    assert f"5 of {whole:,} unclassified px settled" in words(app)
    assert "0 tied" in words(app)
    app.toggle(key="weigh").set_value(False).run()
    assert f"3 of {whole:,} unclassified px settled" in words(app)  # two are tied
    assert "2 tied" in words(app)
    app.number_input(key="least").set_value(2).run()
    assert f"0 of {whole:,} unclassified px settled" in words(app)
    assert "2 tied, 3 with too few votes" in words(app)


def test_outcome_shows_models_and_truth(start, dataset, log):
    for lake in dataset.iter_lakes():
        positions = np.flatnonzero(lake.labels.ravel() == 3)
        water = lake.truth.ravel()[positions] >= 50
        for part, what in ((positions[water], "water"), (positions[~water], "land")):
            if len(part):
                log.add([said(dataset, lake.id, part, what, "Ann")])
    app = start("Outcome")
    text = words(app)
    assert "Models before and after" in text
    table = next(one.value for one in app.dataframe if "Verdict" in one.value)
    assert [cell.split("[")[0].strip() for cell in table["Right"]] == ["100.0 %", "100.0 %"]
    effect = next(one.value for one in app.dataframe if "After − before" in one.value)
    assert set(effect["Model"]) == {"Logistic regression", "MNDWI threshold"}


def test_the_written_dataset_stands_in_the_list(start, dataset, folder, log):
    lake, positions = next(iter(open_of(dataset).items()))
    log.add([said(dataset, lake, positions, "water", "Ann")])
    app = start("Outcome")
    app.button(key="write_consensus").click().run()
    assert "dataset1-reviewed.h5 is written" in app.toast[0].value.replace("\\", "")
    assert "holds labels settled by Ann" in words(app).replace("\\", "")
    new = open_dataset(folder / "dataset1-reviewed.h5")
    assert int(new.total_counts()[3]) == int(dataset.total_counts()[3]) - len(positions)
    assert new.header.provenance["reviewers"] == {"Ann": 1}
    assert new.header.provenance["database"] == "sqlite:///review.db"
    assert "dataset1-reviewed" in app.run().selectbox(key="dataset").options


def test_a_file_that_no_review_wrote_is_not_replaced(start, dataset, folder, log):
    lake, positions = next(iter(open_of(dataset).items()))
    log.add([said(dataset, lake, positions[:1], "water", "Ann")])
    there = write_dataset(folder / "dataset1-reviewed.h5", dataset.header, dataset.iter_lakes())
    app = start("Outcome")
    app.button(key="write_consensus").click().run()
    assert "no review wrote it" in app.toast[0].value
    assert open_dataset(there.path).fingerprint == dataset.fingerprint


def test_learning_shows_what_verdicts_bought(start, dataset, folder, log, in_lab):
    cache = PredictionCache(folder / ".cache" / "predictions")
    regions, _ = build(dataset, ModelStore(in_lab / "models"), cache, [], lambda _share, _text="": None)
    assert len(regions)
    for lake in dataset.iter_lakes():
        positions = np.flatnonzero(lake.labels.ravel() == 3)
        water = lake.truth.ravel()[positions] >= 50
        for part, what in ((positions[water], "water"), (positions[~water], "land")):
            if len(part):
                log.add([said(dataset, lake.id, part, what, "Ann")])
    app = start("Learning")
    deadline = time.monotonic() + 40
    while "measured on" not in words(app) and time.monotonic() < deadline:
        time.sleep(0.5)
        app.run()
    standing = len(Ledger(dataset, log).log.all(dataset.fingerprint))
    assert f"measured on {standing} verdicts" in words(app)
    assert f"Learned from {standing} verdicts" in words(app)
    assert metrics(app)["Regions learned from"] == f"{len(regions):,}"
