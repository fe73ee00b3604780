import pytest

from lakeseg.data.dataset import Dataset
from lakeseg.data.simulate import make_small


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory) -> Dataset:
    """Eight simulated lakes with two classes. Read only."""
    return make_small(tmp_path_factory.mktemp("small") / "small.h5", lakes=8, seed=5)


@pytest.fixture(scope="session")
def small_dataset1(tmp_path_factory) -> Dataset:
    """Eight simulated lakes with three classes. Read only."""
    return make_small(tmp_path_factory.mktemp("small1") / "small1.h5", lakes=8, seed=6, three_classes=True)
