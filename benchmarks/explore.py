"""Switching lakes on Explore: time on the server and bytes to the browser, beside an empty Streamlit page.

    python benchmarks/explore.py [--switches 30] [--dataset dataset2]

Needs the demo data, the shipped models and Chromium. What the models that are shown first say of every lake is
predicted beforehand unless it is in the cache. Both pages are driven in turn by the Right key. Times are those of the
browser's own record of the websocket: from the message that asks for a run to the message that says that this run is
finished, so they hold the server, the loopback and nothing of the drawing. Bytes are those of all messages between
these two, before any compression on the way, and of whatever the page fetches over HTTP until it is quiet.
"""

from __future__ import annotations

import argparse
import base64
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).parents[1]
FIRST_MODELS = ("fcn-lakeseg", "unet-paper-16", "logistic")
EMPTY = (
    "import streamlit as st\n"
    "st.session_state.setdefault('n', 0)\n"
    "def step(): st.session_state.n += 1\n"
    "st.button('next', shortcut='Right', on_click=step)\n"
    "st.write(st.session_state.n)\n"
)
LIMIT_MS: Final = 250
LIMIT_KB: Final = 200
QUIET_S: Final = 0.3
PATIENCE_S: Final = 60.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


def say(text: str) -> None:
    """Tell how far it is, on standard error."""
    print(text, file=sys.stderr, flush=True)


def warm(dataset: str) -> None:
    """Predict every lake with the models that are shown first; what is cached already is left as it is."""
    command = [sys.executable, "-m", "lakeseg", "predict", "--warm", "--dataset", f"data/{dataset}.h5"]
    for model in FIRST_MODELS:
        command += ["--model", model]
    if subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False).returncode:
        raise SystemExit("the models could not predict the lakes: see the line above")


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
        """Whether every run that was asked for is finished, for a while now."""
        quiet = time.monotonic() - self.touched > QUIET_S
        return quiet and 0 < len(self.asked) <= len(self.finished)

    def answer(self) -> tuple[float, int]:
        """Return milliseconds from the first run asked for to the end of the last, and the bytes meanwhile."""
        start, end = self.asked[0], self.finished[-1]
        size = sum(size for moment, size in self.messages if start <= moment <= end)
        return 1000 * (end - start), size + self.fetched


class Tab:
    """A page that answers to the Right key."""

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

    def switch(self) -> tuple[float, int]:
        """Press Right and return the time and size of the answer."""
        self.record.clear()
        self.page.keyboard.press("ArrowRight")
        self._settle()
        return self.record.answer()


def measure(switches: int, dataset: str) -> dict[str, list[tuple[float, int]]]:
    """Return milliseconds and bytes of every switch, of Explore and of the empty page in turn."""
    browser_path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY)
        with server(ROOT / "app.py") as app_url, server(empty) as empty_url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
            pages = [browser.new_page(viewport={"width": 1280, "height": 800}) for _ in range(2)]
            models = "".join(f"&models={model}" for model in FIRST_MODELS)
            tabs = {
                "explore": Tab(pages[0], f"{app_url}/?dataset={dataset}{models}", ".viewer[data-state=ready]"),
                "empty page": Tab(pages[1], empty_url, "button:has-text('next')"),
            }
            say("both pages stand")
            for tab in tabs.values():
                tab.switch()  # the first switch of a server reads what later ones find in its caches
            results: dict[str, list[tuple[float, int]]] = {name: [] for name in tabs}
            for number in range(switches):
                for name, tab in tabs.items():
                    results[name].append(tab.switch())
                say(f"{number + 1} of {switches}: {results['explore'][-1][0]:.0f} ms")
            browser.close()
    return results


def show(name: str, results: list[tuple[float, int]]) -> tuple[float, float]:
    """Print a row and return the medians."""
    times, sizes = zip(*results, strict=True)
    median_ms, median_kb = statistics.median(times), statistics.median(sizes) / 1000
    row = f"{name:12} median {median_ms:6.0f} ms   min {min(times):6.0f}   max {max(times):6.0f}"
    print(f"{row}   median {median_kb:7.1f} kB   max {max(sizes) / 1000:7.1f} kB   n {len(times)}")
    return median_ms, median_kb


def main() -> None:
    """Drive both pages in turn and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--switches", type=int, default=30)
    parser.add_argument("--dataset", default="dataset2", help="file name in data/, without .h5")
    args = parser.parse_args()
    warm(args.dataset)
    results = measure(args.switches, args.dataset)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {load}"
    print(f"{machine}, Python {platform.python_version()}")
    medians = {name: show(name, values) for name, values in results.items()}
    (ms, kb), (empty_ms, _) = medians["explore"], medians["empty page"]
    print(f"explore / empty page: {ms / empty_ms:.1f} × the time")
    for value, limit, unit in ((ms, LIMIT_MS, "ms"), (kb, LIMIT_KB, "kB")):
        verdict = "kept" if value <= limit else "NOT kept"
        print(f"limit {limit} {unit} at the median: {verdict} ({value:.0f} {unit})")


if __name__ == "__main__":
    main()
