"""Driving pages in a real browser, with the browser's own record of what the server took.

Times are those of the websocket: from the message that asks for a run to the message that says that this run is
finished, so they hold the server, the loopback and nothing of the drawing. Bytes are those of all messages between
these two, before any compression on the way, and of whatever the page fetches over HTTP until it is quiet.
"""

from __future__ import annotations

import base64
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, Playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT: Final = Path(__file__).parents[2]
QUIET_S: Final = 0.3
PATIENCE_S: Final = 60.0
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


def say(text: str) -> None:
    """Tell how far it is, on standard error."""
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """Return what the numbers were measured on."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    name = platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, load {load}, Python {platform.python_version()}"


def warm(dataset: str, models: tuple[str, ...], split: str = "all") -> None:
    """Predict lakes with models; what is cached already is left as it is."""
    command = [sys.executable, "-m", "lakeseg", "predict", "--warm", "--dataset", f"data/{dataset}.h5"]
    command += ["--split", split]
    for model in models:
        command += ["--model", model]
    if subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False).returncode:
        raise SystemExit("the models could not predict the lakes: see the line above")


def launch(playwright: Playwright) -> Browser:
    """Start Chromium without a window."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


def show(name: str, results: list[tuple[float, int]]) -> tuple[float, float]:
    """Print a row and return the medians in milliseconds and kilobytes."""
    times, sizes = zip(*results, strict=True)
    median_ms, median_kb = statistics.median(times), statistics.median(sizes) / 1000
    row = f"{name:22} median {median_ms:6.0f} ms   min {min(times):6.0f}   max {max(times):6.0f}"
    print(f"{row}   median {median_kb:7.1f} kB   max {max(sizes) / 1000:7.1f} kB   n {len(times)}")
    return median_ms, median_kb


def verdict(name: str, value: float, limit: float, unit: str) -> None:
    """Print whether a limit was kept."""
    print(f"{name}: limit {limit:g} {unit}: {'kept' if value <= limit else 'NOT kept'} ({value:.3g} {unit})")


@contextmanager
def server(script: Path) -> Iterator[str]:
    """Run Streamlit on `script` and yield its address."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    options = ["--server.headless=true", f"--server.port={port}", "--browser.gatherUsageStats=false"]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    environment = os.environ | {"LAKESEG_WARM": "0"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        try:
            url = f"http://localhost:{port}"
            wait_for(f"{url}/_stcore/health", run)
            yield url
        finally:
            run.terminate()


def wait_for(url: str, run: subprocess.Popen) -> None:
    """Return when the server answers; end the benchmark when it does not."""
    deadline = time.monotonic() + PATIENCE_S
    while run.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310  our own server
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url}: no answer: does `streamlit run` work here?")


class Record:
    """A tab's runs of its script, with the browser's own times and the bytes that came."""

    def __init__(self, page: Page) -> None:
        self.clear()
        session = page.context.new_cdp_session(page)
        session.on("Network.webSocketFrameSent", self._sent)
        session.on("Network.webSocketFrameReceived", self._received)
        session.on("Network.loadingFinished", self._fetched)
        session.send("Network.enable")

    def clear(self) -> None:
        """Forget what was seen."""
        self.asked: list[float] = []
        self.finished: list[float] = []
        self.messages: list[tuple[float, int]] = []
        self.fetched = 0
        self.touched = time.monotonic()

    def _sent(self, event: dict) -> None:
        message = BackMsg.FromString(base64.b64decode(event["response"]["payloadData"]))
        if message.WhichOneof("type") == "rerun_script":
            self.asked.append(event["timestamp"])
            self.touched = time.monotonic()

    def _received(self, event: dict) -> None:
        content = base64.b64decode(event["response"]["payloadData"])
        self.messages.append((event["timestamp"], len(content)))
        if ForwardMsg.FromString(content).WhichOneof("type") == "script_finished":
            self.finished.append(event["timestamp"])
        self.touched = time.monotonic()

    def _fetched(self, event: dict) -> None:
        self.fetched += int(event["encodedDataLength"])
        self.touched = time.monotonic()

    @property
    def is_answered(self) -> bool:
        """Whether a run was finished after the last one was asked for, for a while now.

        Runs cannot be counted: a server may answer two that were asked for at once by one.
        """
        quiet = time.monotonic() - self.touched > QUIET_S
        return quiet and bool(self.asked and self.finished) and self.finished[-1] > self.asked[-1]

    def answer(self) -> tuple[float, int]:
        """Return milliseconds from the first run asked for to the end of the last, and the bytes meanwhile."""
        start, end = self.asked[0], self.finished[-1]
        size = sum(size for moment, size in self.messages if start <= moment <= end)
        return 1000 * (end - start), size + self.fetched


class Tab:
    """A page that answers to what is done on it."""

    def __init__(self, page: Page, url: str, ready: str) -> None:
        self.page, self.record = page, Record(page)
        page.goto(url)
        page.wait_for_selector(ready, timeout=1000 * PATIENCE_S)
        self._settle()

    def _settle(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not self.record.is_answered:
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.page.url}: the page does not come to rest")
            self.page.wait_for_timeout(20)

    def press(self, key: str) -> tuple[float, int]:
        """Press a key and return milliseconds and bytes of the answer."""
        return self.do(lambda page: page.keyboard.press(key))

    def do(self, action: Callable[[Page], None]) -> tuple[float, int]:
        """Do something on the page and return milliseconds and bytes of the answer."""
        self.record.clear()
        action(self.page)
        self._settle()
        return self.record.answer()
