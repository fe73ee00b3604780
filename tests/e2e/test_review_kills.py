"""The real server is killed (SIGKILL) while somebody decides: what the page has confirmed is in the database."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from threading import Timer

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.review import keeping, queue, ranking, runs
from lakeseg.review.ledger import Ledger
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.regions import Regions
from lakeseg.review.verdicts import Verdict
from lakeseg.ui.review import words
from tests.e2e.servers import ROOT, AppServer

KILLS = 4
CONFIRMED = 3  # lines before the server may be killed
PATIENCE = 60_000
# Notes every region that appeared, and every line that confirmed a verdict, in the order in which the page showed them.
WATCH = """() => {
  window.regions = []; window.lines = [];
  const note = (list, value) => { if (value && list.at(-1) !== value) list.push(value); };
  const look = () => {
    note(window.regions, document.querySelector(".viewer")?.dataset.region);
    for (const one of document.querySelectorAll("[data-testid=stCaptionContainer]"))
      note(window.lines, one.textContent.match(/^(.*) — Z takes it back/)?.[1]);
  };
  look();
  new MutationObserver(look).observe(
    document.body, {subtree: true, childList: true, characterData: true, attributes: true});
}"""


@pytest.fixture
def data(cut_data: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(cut_data, tmp_path / "data"))


@pytest.fixture
def server(data: Path, lab: Path, tmp_path: Path) -> Iterator[AppServer]:
    env = {"LAKESEG_DATA": str(data), "LAKESEG_MODELS": str(lab / "models"), "LAKESEG_WARM": "0"}
    made = AppServer(ROOT / "app.py", tmp_path / "server.log", env)
    yield made
    made.stop()


def token(lake: str, text: str) -> str:
    """Return what the page calls these pixels."""
    return blake2b(f"{lake}\0{text}\0review".encode(), digest_size=8).hexdigest()


def first_open(dataset: Dataset, regions: Regions, ledger: Ledger, reviewer: str) -> str:
    """Return what the page calls the open region that helps most."""
    standing = queue.Standing(regions, ledger)
    standing.refresh()
    shares = queue.reviewed(regions, dataset.lakes, standing.left_by_all)
    order = ranking.rank(ranking.components(regions, dataset.lakes, shares), ranking.rule(ranking.HELPS_MOST))
    wanted = queue.select(regions, dataset.lakes, queue.Filters())
    region = int(queue.in_queue(order, wanted, standing.left(reviewer))[0])
    text = runs.encode(standing.open_pixels(region, reviewer))
    return token(str(dataset.lake_ids[regions.lake[region]]), text)


def decide_until_killed(page: Page, server: AppServer, after_s: float) -> tuple[list[str], list[str]]:
    """Press keys without waiting for what they bring, and kill the server some time after it confirmed a few.

    Return the regions that were left, and the lines that said so.
    """
    page.evaluate(WATCH)
    process, number = server.process, 0
    assert process is not None
    timer, deadline = Timer(after_s, process.kill), time.monotonic() + PATIENCE / 1000
    while process.poll() is None:
        page.keyboard.press("wlum"[number % 4])
        number += 1
        if not timer.ident and page.evaluate("window.lines.length") >= CONFIRMED:
            timer.start()
        assert timer.ident or time.monotonic() < deadline, "the page confirms nothing"
        time.sleep(0.01)
    timer.join()
    page.wait_for_timeout(150)  # what is on its way to the page arrives
    regions, lines = page.evaluate("[window.regions, window.lines]")
    return regions[:-1], lines


def whole(database: Path) -> bool:
    """Say whether SQLite finds the file as it should be, and no row in it that lacks a part."""
    connection = sqlite3.connect(database)
    try:
        sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        halves = "SELECT count(*) FROM verdicts WHERE runs = '' OR NOT json_valid(seen) OR made_at IS NULL"
        return sound and connection.execute(halves).fetchone() == (0,)
    finally:
        connection.close()


def test_kills_of_the_server_lose_no_verdict_that_the_page_confirmed(
    browser: Browser, server: AppServer, data: Path
) -> None:
    dataset, chance = open_dataset(data / "dataset1.h5"), np.random.default_rng(1)
    cut = keeping.find(dataset.fingerprint, root=data / ".cache" / "review")
    assert cut is not None
    regions = keeping.load(cut)
    tab = browser.new_context(viewport={"width": 1280, "height": 800})
    page = tab.new_page()
    confirmed: Counter[str] = Counter()
    left: set[str] = set()
    kept: list[Verdict] = []
    for _ in range(KILLS):
        server.start()
        page.goto(f"{server.url}/review?dataset=dataset1&reviewer=Ann")
        viewer = page.locator(".viewer")
        expect(viewer).to_have_attribute("data-guard", "open", timeout=PATIENCE)
        log = Log(open_engine(f"sqlite:///{data / 'review.db'}"))
        ledger = Ledger(dataset, log)
        ledger.refresh()
        assert viewer.get_attribute("data-region") == first_open(dataset, regions, ledger, "Ann")
        gone, lines = decide_until_killed(page, server, float(chance.uniform(0.0, 1.2)))
        before = len(kept)
        kept = log.all(dataset.fingerprint)
        log.engine.dispose()
        assert whole(data / "review.db")
        left |= set(gone)
        told = Counter(lines[1:] if before else lines)  # the first line is of the verdict before the reload
        confirmed += told
        assert told <= Counter(words.of_verdict([one]) for one in kept[before:])
        assert left <= {token(one.lake, one.runs) for one in kept}
    tab.close()
    assert confirmed.total() >= KILLS * (CONFIRMED - 1)
    twice = [pixels for pixels, said in Counter((one.lake, one.runs) for one in kept).items() if said > 1]
    assert not twice, [one for one in kept if (one.lake, one.runs) in twice]
