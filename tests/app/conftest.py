"""The app runs on the lab of `tests/conftest.py` through `app.py`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def in_lab(lab: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The app's folders point at the lab; nothing is predicted in the background."""
    monkeypatch.setenv("LAKESEG_DATA", str(lab / "data"))
    monkeypatch.setenv("LAKESEG_MODELS", str(lab / "models"))
    monkeypatch.setenv("LAKESEG_WARM", "0")
    return lab


@pytest.fixture
def app(in_lab: Path) -> Callable[..., AppTest]:
    """`app(lake="…", …)` opens Explore at a link with these query parameters and runs it."""

    def start(**link: Any) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, value in link.items():
            test.query_params[name] = value
        return test.run()

    return start


@pytest.fixture
def open_data() -> Callable[..., AppTest]:
    """`open_data(part_of_data="Health", …)` opens Data at a link with these query parameters and runs it."""

    def start(**link: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, value in link.items():
            test.query_params[name] = value
        return test.run().switch_page("pages/data.py").run()

    return start
