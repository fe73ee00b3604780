"""Reviewers at once on one server: time on the server from a verdict to the next region, beside an empty page.

    PYTHONPATH=. python benchmarks/review.py [--reviewers 20] [--verdicts 25] [--pause 3] [--dataset dataset1]

Each reviewer is a websocket session of its own that does what the browser does: it asks for the page, presses the
button of a verdict, and reads until the server says that the run is finished, by which time the verdict is on disk and
the next region sent. Between two verdicts it waits for about `--pause` seconds; 0 is as fast as the server can.
Verdicts go into a database of their own. Needs the demo data with regions, which `python -m lakeseg review build
--dataset data/dataset1.h5` cuts.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from benchmarks.shared.browser import ROOT, machine, say, server, verdict

LIMIT_MS: Final = 200
EMPTY: Final = """import streamlit as st
st.session_state.setdefault("count", 0)
def add():
    st.session_state.count += 1
@st.fragment
def show():
    st.button("Next", key=f"say_water_{st.session_state.count}", on_click=add)
show()
"""
VERDICTS: Final = ("say_water_", "say_land_", "say_unsure_")
PATIENCE_S: Final = 60
REST_S: Final = 3  # a server that is ended while it reads a file may not end at all
CHANCE: Final = random.Random(5)  # noqa: S311  nothing secret


class Session:
    """One session of a page: what it asks, and how long the server takes."""

    def __init__(self, socket: ClientConnection, page: str, query: str) -> None:
        self.page, self.query, self.script = page, query, ""
        self.buttons: dict[str, tuple[str, str]] = {}  # start of the key to id and fragment
        self.socket = socket
        self.ask()

    def ask(self, button: str = "", fragment: str = "") -> tuple[float, int]:
        """Ask for a run, by the press of a button; return milliseconds and bytes."""
        message = BackMsg()
        message.rerun_script.query_string, message.rerun_script.page_name = self.query, self.page
        message.rerun_script.fragment_id, message.rerun_script.page_script_hash = fragment, self.script
        if button:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.trigger_value = button, True
        started, size = time.perf_counter(), 0
        self.socket.send(message.SerializeToString())
        self.buttons = {}
        while True:
            content = self.socket.recv(PATIENCE_S)
            size += len(content)
            answer = ForwardMsg.FromString(content if isinstance(content, bytes) else content.encode())
            if answer.WhichOneof("type") == "script_finished":
                return 1000 * (time.perf_counter() - started), size
            self._note(answer)

    def _note(self, answer: ForwardMsg) -> None:
        self.script = answer.new_session.page_script_hash or self.script
        found = answer.delta.new_element.button.id
        for start in VERDICTS:
            if start in found:
                self.buttons[start] = (found, answer.delta.fragment_id)

    def decide(self) -> tuple[float, int]:
        """Press the button of a verdict."""
        if not self.buttons:
            raise SystemExit("no verdict to press: are the regions cut? See `python -m lakeseg review build --help`")
        return self.ask(*CHANCE.choice(list(self.buttons.values())))


def review(session: Session, verdicts: int, pause: float, results: list[tuple[float, int]]) -> None:
    """Give verdicts; the first fills caches and does not count."""
    time.sleep(pause * CHANCE.random())
    for number in range(verdicts + 1):
        took = session.decide()
        if number:
            results.append(took)
        time.sleep(pause * CHANCE.uniform(0.5, 1.5))


def measure(url: str, page: str, query: str, args: argparse.Namespace) -> list[tuple[float, int]]:
    """Return milliseconds and bytes of every verdict of all reviewers."""
    results: list[tuple[float, int]] = []
    with ExitStack() as sockets:
        opened = [sockets.enter_context(open_socket(url)) for _ in range(args.reviewers)]
        sessions = [Session(socket, page, f"{query}&reviewer=R{number}") for number, socket in enumerate(opened)]
        say(f"{page or 'empty page'}: {len(sessions)} sessions stand")
        given = (args.verdicts, args.pause, results)
        threads = [threading.Thread(target=review, args=(session, *given)) for session in sessions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(REST_S)
    return results


def open_socket(url: str) -> ClientConnection:
    """Connect as a browser does."""
    address = f"ws{url.removeprefix('http')}/_stcore/stream"
    return connect(address, max_size=None, open_timeout=PATIENCE_S)


@contextmanager
def own_verdicts(dataset: str) -> Iterator[None]:
    """Let servers see the dataset and its caches, and keep verdicts in a folder that goes away."""
    before = os.environ.get("LAKESEG_DATA")
    with tempfile.TemporaryDirectory() as folder:
        for name in (f"{dataset}.h5", ".cache"):
            (Path(folder) / name).symlink_to((ROOT / "data" / name).resolve())
        os.environ["LAKESEG_DATA"] = folder
        try:
            yield
        finally:
            os.environ.pop("LAKESEG_DATA")
            if before is not None:
                os.environ["LAKESEG_DATA"] = before


def show(name: str, results: list[tuple[float, int]]) -> float:
    """Print a row and return the 95th percentile in milliseconds."""
    times, sizes = zip(*results, strict=True)
    high = statistics.quantiles(times, n=20)[-1]
    row = f"{name:12} median {statistics.median(times):6.0f} ms   p95 {high:6.0f} ms   max {max(times):6.0f} ms"
    print(f"{row}   median {statistics.median(sizes) / 1000:.0f} kB   n {len(times)}")
    return high


def main() -> None:
    """Let them review, then press the button of an empty page as often."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reviewers", type=int, default=20)
    parser.add_argument("--verdicts", type=int, default=25, help="of each reviewer")
    parser.add_argument("--pause", type=float, default=3.0, help="seconds between two verdicts of a reviewer")
    parser.add_argument("--dataset", default="dataset1", help="file name in data/, without .h5")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_verdicts(args.dataset):
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY)
        with server(ROOT / "app.py") as url:
            with open_socket(url) as first:
                Session(first, "", "")  # the first run of a server tells it which pages there are
            reviewed = measure(url, "review", f"dataset={args.dataset}", args)
        with server(empty) as url:
            pressed = measure(url, "", "", args)
    print(f"{machine()}; {args.reviewers} reviewers, a verdict every {args.pause:g} s each")
    slowest = show("review", reviewed)
    show("empty page", pressed)
    verdict("p95 from a verdict to the next region", slowest, LIMIT_MS, "ms")


if __name__ == "__main__":
    main()
