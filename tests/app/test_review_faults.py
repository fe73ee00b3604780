"""Decide through `app.py`: its filters, a database that another program holds, a row in it that fits no lake."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from lakeseg.bands import WATER
from lakeseg.cache import PredictionCache
from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.places import predictions_dir, review_database
from lakeseg.review import keeping, opening
from lakeseg.review.building import build
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import Verdict
from lakeseg.store import ModelStore

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data(in_lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lab's data with regions cut, and a database of its own."""
    root = tmp_path / "data"
    shutil.copytree(in_lab / "data", root, ignore=shutil.ignore_patterns("torn.h5", "review*"))
    monkeypatch.setenv("LAKESEG_DATA", str(root))
    build(open_dataset(root / "dataset1.h5"), ModelStore(in_lab / "models"), PredictionCache(predictions_dir()))
    return root


@pytest.fixture
def dataset(data: Path) -> Dataset:
    return open_dataset(data / "dataset1.h5")


@pytest.fixture
def log(data: Path) -> Iterator[Log]:
    made = Log(open_engine(review_database()))
    made.prepare()
    yield made
    made.engine.dispose()


@pytest.fixture
def decide(data: Path) -> Callable[[], AppTest]:
    def begin() -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        test.query_params["dataset"], test.query_params["reviewer"] = "dataset1", "Ann"
        return test.run().switch_page("pages/review.py").run()

    return begin


def say(page: AppTest, label: str) -> AppTest:
    (button,) = (one for one in page.button if one.label == label)
    return button.click().run()


def region(page: AppTest) -> str:
    (button,) = (one for one in page.button if one.label == "Water")
    return str(button.key)


def shown(lines: Iterable[Element]) -> str:
    """Return what a person reads: without the signs that keep Markdown from reading it."""
    return "\n".join(str(one.value) for one in lines).replace("\\", "")


def test_a_verdict_that_the_database_cannot_take_stays_on_the_desk(
    decide: Callable[[], AppTest], data: Path, log: Log, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "WAIT_S", 0.2)
    page = decide()
    asked = region(page)
    page.text_input(key="note").set_value("reeds").run()
    other = sqlite3.connect(data / "review.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        page = say(page, "Water")
        assert not page.exception
        assert "another program holds it: close that program" in shown(page.error)
        assert region(page) == asked
        assert page.text_input(key="note").value == "reeds"
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert log.all(dataset.fingerprint) == []
    page = say(page, "Water")
    assert not page.error
    assert region(page) != asked
    assert [(one.verdict, one.note) for one in log.all(dataset.fingerprint)] == [("water", "reeds")]


def test_a_row_that_fits_no_lake_is_said_beside_the_keys_and_left_out(
    decide: Callable[[], AppTest], log: Log, dataset: Dataset
) -> None:
    log.add([Verdict(dataset.fingerprint, "nowhere", "0:3", 3, "land", "Bob")])
    page = decide()
    assert not page.exception
    assert "do not fit lake 'nowhere': left out" in shown(page.warning)
    assert not say(page, "Water").error


def test_regions_of_which_one_model_says_water(decide, dataset):
    page = decide()
    page.selectbox(key="opinion").set_value("water")
    page.selectbox(key="judge").set_value("mndwi").run()
    assert not page.exception
    regions = keeping.load(keeping.find(dataset.fingerprint))
    says = regions.says[:, [one.id for one in regions.judges].index("mndwi")]
    assert 0 < (says == WATER).sum() < len(regions)
    assert f"{(says == WATER).sum():,} regions left" in shown(page.caption)
