"""A real browser and real Streamlit servers for the tests in this folder.

`serve(script, env)` starts a server and returns its address, `page` is a tab that fails the test on any console error
or uncaught exception, `new_page(...)` makes more such tabs (other window sizes, dark theme, touch).
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).parents[2]
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
OPTIONS = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "server.address": "localhost",
    "browser.serverAddress": "localhost",
    "client.toolbarMode": "viewer",
}
PATIENCE_S = 30.0
LOOKED_FOR = re.compile(r"/\w+/_stcore/")  # Streamlit looks for its server under a page's path first, then at the root


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"no Streamlit server at {url}:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`serve(script, env={})` starts Streamlit on `script` with `env` on top of ours and returns its address.

    The servers run in the repository's root (so its `.streamlit/config.toml` counts) and stop after the last test.
    """
    processes: list[subprocess.Popen] = []

    def start(script: str | Path, env: Mapping[str, str] | None = None) -> str:
        port = _free_port()
        log = tmp_path_factory.mktemp("serve") / "server.log"
        options = [f"--{name}={value}" for name, value in {**OPTIONS, "server.port": str(port)}.items()]
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(script), *options],
                cwd=ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": path, **(env or {})},
            )
        processes.append(process)
        url = f"http://localhost:{port}"
        _wait_for(url, process, log)
        return url

    yield start
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


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
