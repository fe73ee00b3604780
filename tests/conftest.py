from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from lakeseg.cli import main
from lakeseg.data.dataset import Dataset
from lakeseg.data.simulate import make_small
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from tests.postgres import Server, running


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory) -> Dataset:
    """Eight simulated lakes with two classes. Read only."""
    return make_small(tmp_path_factory.mktemp("small") / "small.h5", lakes=8, seed=5)


@pytest.fixture(scope="session")
def small_dataset1(tmp_path_factory) -> Dataset:
    """Eight simulated lakes with three classes. Read only."""
    return make_small(tmp_path_factory.mktemp("small1") / "small1.h5", lakes=8, seed=6, three_classes=True)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small lab: `data/` with two datasets and a torn file, `models/` with two good ones and a damaged one.

    Every prediction is cached."""
    root = tmp_path_factory.mktemp("lab")
    make_small(root / "data" / "dataset1.h5", lakes=6, seed=3, three_classes=True)
    make_small(root / "data" / "dataset2.h5", lakes=9, seed=4)
    (root / "data" / "torn.h5").write_bytes(b"not a dataset")
    for model in ("logistic", "mndwi"):
        train = [
            "train",
            "--model",
            model,
            "--dataset",
            str(root / "data" / "dataset2.h5"),
            "--out",
            str(root / "models"),
        ]
        assert main([*train, "--split", ".6,.2,.2"]) == 0
    (root / "models" / "damaged").mkdir()
    (root / "models" / "damaged" / "card.json").write_text("{")
    for name in ("dataset1", "dataset2"):
        cache = root / "data" / ".cache" / "predictions"
        warm = ["predict", "--warm", "--dataset", str(root / "data" / f"{name}.h5"), "--models", str(root / "models")]
        assert main([*warm, "--cache", str(cache)]) == 0
    return root


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of these tests alone."""
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """The address of an empty database, of either kind."""
    if request.param == "sqlite":
        return make_url(f"sqlite:///{tmp_path / 'review.db'}")
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
def log(database: URL) -> Iterator[Log]:
    """An empty log of verdicts, in either kind of database."""
    engine = open_engine(database)
    made = Log(engine)
    made.prepare()
    yield made
    engine.dispose()
