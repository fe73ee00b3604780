"""Switching lakes on Explore: time on the server and bytes to the browser, beside an empty Streamlit page.

    python benchmarks/explore.py [--switches 30] [--dataset dataset2]

Needs the demo data, the shipped models with their predictions cached (`python -m lakeseg predict --warm …`), and
Chromium. Both pages are driven in turn by the Right key; times are those of the browser's own record of the websocket:
from the message that asks for a run to the last message of its answer, so they hold the server, the loopback and
nothing of the drawing. Bytes are those of the messages before any compression on the way.
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

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
EMPTY = (
    "import streamlit as st\n"
    "st.session_state.setdefault('n', 0)\n"
    "def step(): st.session_state.n += 1\n"
    "st.button('next', shortcut='Right', on_click=step)\n"
    "st.write(st.session_state.n)\n"
)
QUIET_S = 0.7
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


@contextmanager
def server(script: Path) -> Iterator[str]:
    """Run Streamlit on `script` and yield its address."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true", f"--server.port={port}"]
    environment = os.environ | {"LAKESEG_WARM": "0"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        url = f"http://localhost:{port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()  # noqa: S310  our own server
                break
            except OSError:
                time.sleep(0.1)
        yield url
        run.terminate()


class Record:
    """The websocket messages of a tab, with the browser's own times."""

    def __init__(self, page: Page) -> None:
        self.sent: list[float] = []
        self.received: list[tuple[float, int]] = []
        session = page.context.new_cdp_session(page)
        session.on("Network.webSocketFrameSent", lambda event: self.sent.append(event["timestamp"]))
        session.on("Network.webSocketFrameReceived", self._receive)
        session.send("Network.enable")

    def _receive(self, event: dict) -> None:
        frame = event["response"]
        size = len(base64.b64decode(frame["payloadData"])) if frame["opcode"] == 2 else len(frame["payloadData"])
        self.received.append((event["timestamp"], size))

    def clear(self) -> None:
        """Forget what was seen."""
        self.sent.clear()
        self.received.clear()

    def answer(self) -> tuple[float, int]:
        """Return milliseconds from the first message sent to the last received, and the bytes received."""
        return 1000 * (self.received[-1][0] - self.sent[0]), sum(size for _, size in self.received)


def settle(page: Page, record: Record) -> None:
    """Wait until no message has come for a while."""
    seen = -1
    while seen != len(record.received):
        seen = len(record.received)
        page.wait_for_timeout(1000 * QUIET_S)


def switch(page: Page, record: Record) -> tuple[float, int]:
    """Press Right and return the time and size of the answer."""
    record.clear()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(50)
    settle(page, record)
    return record.answer()


def show(name: str, results: list[tuple[float, int]]) -> tuple[float, float]:
    """Print a row and return the medians."""
    times, sizes = zip(*results, strict=True)
    median_ms, median_bytes = statistics.median(times), statistics.median(sizes)
    row = f"{name:22} median {median_ms:6.0f} ms   min {min(times):6.0f}   max {max(times):6.0f}"
    print(f"{row}   median {median_bytes / 1000:7.1f} kB   max {max(sizes) / 1000:7.1f} kB   n {len(times)}")
    return median_ms, median_bytes


def main() -> None:
    """Drive both pages in turn and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--switches", type=int, default=30)
    parser.add_argument("--dataset", default="dataset2")
    args = parser.parse_args()
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY)
        with server(ROOT / "app.py") as app_url, server(empty) as empty_url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
            pages = {}
            for name, url in (("explore", f"{app_url}/?dataset={args.dataset}"), ("empty page", empty_url)):
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                record = Record(page)
                page.goto(url)
                page.wait_for_selector("button:has-text('→'), button", timeout=60_000)
                settle(page, record)
                pages[name] = (page, record)
            for page, record in pages.values():
                switch(page, record)
            results: dict[str, list[tuple[float, int]]] = {name: [] for name in pages}
            for _ in range(args.switches):
                for name, (page, record) in pages.items():
                    results[name].append(switch(page, record))
            browser.close()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    rows = {name: show(name, values) for name, values in results.items()}
    print(f"explore / empty page: {rows['explore'][0] / rows['empty page'][0]:.1f} × the time")


if __name__ == "__main__":
    main()
