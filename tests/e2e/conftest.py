"""A real browser and real Streamlit servers for the tests in this folder.

`serve(script, env)` starts a server and returns its address, `page` is a tab that fails the test on any console error
or uncaught exception, `new_page(...)` makes more such tabs (other window sizes, dark theme, touch).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from lakeseg.cli import main
from tests.e2e import patience, ponds
from tests.e2e.servers import ROOT, AppServer

APPS = Path(__file__).parent / "apps"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
expect.set_options(timeout=30_000)  # a limit, not a wait: on a machine at work a page may take its time
patience.install()
LOOKED_FOR = re.compile(r"/\w+/_stcore/")  # Streamlit looks for its server under a page's path first, then at the root


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`serve(script, env={})` starts Streamlit on `script` with `env` on top of ours and returns its address.

    The servers run in the repository's root (so its `.streamlit/config.toml` counts) and stop after the last test.
    """
    servers: list[AppServer] = []

    def start(script: str | Path, env: Mapping[str, str] | None = None) -> str:
        servers.append(AppServer(script, tmp_path_factory.mktemp("serve") / "server.log", env or {}))
        return servers[-1].start()

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def cut_data(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab's data with regions cut, and no verdicts. Copy it; read only."""
    root = tmp_path_factory.mktemp("cut") / "data"
    shutil.copytree(lab / "data", root, ignore=shutil.ignore_patterns("torn.h5"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LAKESEG_DATA", str(root))
        build = ["review", "build", "--dataset", str(root / "dataset1.h5"), "--models", str(lab / "models")]
        cache = ["--cache", str(root / ".cache" / "predictions")]
        assert main([*build, *cache, "--model", "logistic", "--model", "mndwi"]) == 0
    return root


@pytest.fixture(scope="session")
def review_data(cut_data: Path, lab: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data for the tests of Review that share a server: the lab's dataset and the ponds, regions cut; any reviewers."""
    root = Path(shutil.copytree(cut_data, tmp_path_factory.mktemp("review") / "data"))
    ponds.make(root / "ponds.h5")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LAKESEG_DATA", str(root))
        build = ["review", "build", "--dataset", str(root / "ponds.h5"), "--models", str(lab / "models")]
        cache = ["--cache", str(root / ".cache" / "predictions")]
        assert main([*build, *cache, "--model", "logistic", "--model", "mndwi"]) == 0
    return root


@pytest.fixture(scope="session")
def review_url(serve: Callable[..., str], lab: Path, review_data: Path) -> str:
    """A server on `review_data`."""
    env = {"LAKESEG_DATA": str(review_data), "LAKESEG_MODELS": str(lab / "models"), "LAKESEG_WARM": "0"}
    return serve(ROOT / "app.py", env)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium (or `$CHROMIUM`), headless; Playwright's own download is not needed."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.fail(f"no browser: install chromium or set CHROMIUM (looked for {', '.join(BROWSERS)})")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`new_page(**options)` opens a tab in a context of its own (Playwright's options); its errors fail the test."""
    contexts = []
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not LOOKED_FOR.search(message.location.get("url", "")):
            faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def open_tab(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: faults.append(f"uncaught: {error}"))
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A tab of 1280 × 800 that fails the test on a console error or an uncaught exception."""
    return new_page()
