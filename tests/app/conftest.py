"""A small lab: two datasets, trained models, one damaged model; the app runs on it through `app.py`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lakeseg.cli import main
from lakeseg.data.simulate import make_small

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data/` and `models/`; every prediction is cached."""
    root = tmp_path_factory.mktemp("lab")
    make_small(root / "data" / "dataset1.h5", lakes=6, seed=3, three_classes=True)
    make_small(root / "data" / "dataset2.h5", lakes=9, seed=4)
    (root / "data" / "torn.h5").write_bytes(b"not a dataset")
    for model in ("logistic", "mndwi"):
        train = ["train", "--model", model, "--dataset", str(root / "data" / "dataset2.h5"), "--out", str(root / "models")]
        assert main([*train, "--split", ".6,.2,.2"]) == 0
    (root / "models" / "damaged").mkdir()
    (root / "models" / "damaged" / "card.json").write_text("{")
    for name in ("dataset1", "dataset2"):
        cache = root / "data" / ".cache" / "predictions"
        warm = ["predict", "--warm", "--dataset", str(root / "data" / f"{name}.h5"), "--models", str(root / "models")]
        assert main([*warm, "--cache", str(cache)]) == 0
    return root


@pytest.fixture
def in_lab(lab: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The app's folders point at the lab; nothing is predicted in the background."""
    monkeypatch.setenv("LAKESEG_DATA", str(lab / "data"))
    monkeypatch.setenv("LAKESEG_MODELS", str(lab / "models"))
    monkeypatch.setenv("LAKESEG_WARM", "0")
    return lab


@pytest.fixture
def app(in_lab: Path) -> Callable[..., AppTest]:  # noqa: ARG001
    """`app(lake="…", …)` opens Explore at a link with these query parameters and runs it."""

    def start(**link: Any) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, value in link.items():
            test.query_params[name] = value
        return test.run()

    return start
