"""A server whose secrets name a PostgreSQL: verdicts go there, and one that it cannot take is not lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import URL

from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import Verdict
from tests.e2e.servers import ROOT, AppServer
from tests.postgres import Server

PATIENCE = 60_000


@pytest.fixture
def database(postgres: Server) -> URL:
    return postgres.new_database()


@pytest.fixture
def folder(database: URL, cut_data: Path, tmp_path: Path) -> Path:
    """A working folder with data, and with secrets that name the database."""
    shutil.copytree(cut_data, tmp_path / "data")
    (tmp_path / "home").mkdir()
    (tmp_path / ".streamlit").mkdir()
    url = database.render_as_string(hide_password=False)
    (tmp_path / ".streamlit" / "secrets.toml").write_text(f'[connections.review]\nurl = "{url}"\n')
    return tmp_path


@pytest.fixture
def server(folder: Path, lab: Path) -> Iterator[AppServer]:
    env = {"LAKESEG_MODELS": str(lab / "models"), "LAKESEG_WARM": "0", "HOME": str(folder / "home")}
    made = AppServer(ROOT / "app.py", folder / "server.log", {**env, "LAKESEG_DATA": "data"}, cwd=folder)
    made.start()
    yield made
    made.stop()


def kept(database: URL) -> list[Verdict]:
    engine = open_engine(database)
    log = Log(engine)
    found = [one for name in log.datasets() for one in log.all(name)]
    engine.dispose()
    return found


def press(page: Page, key: str) -> None:
    """Press a key, and wait for the next region."""
    viewer = page.locator(".viewer")
    before = viewer.get_attribute("data-region") or ""
    page.keyboard.press(key)
    expect(viewer).not_to_have_attribute("data-region", before, timeout=PATIENCE)
    expect(viewer).to_have_attribute("data-guard", "open")


def test_verdicts_go_to_the_postgresql_of_the_secrets_and_wait_while_it_is_away(
    server: AppServer, page: Page, folder: Path, database: URL, postgres: Server
) -> None:
    page.goto(f"{server.url}/review?dataset=dataset1&reviewer=Ann")
    viewer = page.locator(".viewer")
    expect(viewer).to_have_attribute("data-guard", "open", timeout=PATIENCE)
    press(page, "w")
    press(page, "l")
    assert [(one.verdict, one.reviewer) for one in kept(database)] == [("water", "Ann"), ("land", "Ann")]
    page.get_by_label("Note").fill("reeds")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Note")).not_to_be_focused()
    region = viewer.get_attribute("data-region") or ""
    postgres.stop()
    try:
        page.keyboard.press("u")
        refused = page.get_by_text(re.compile("postgresql.*: nothing was kept: .*, then try again"))
        expect(refused).to_be_visible()
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
        expect(viewer).to_have_attribute("data-region", region)
        expect(page.get_by_label("Note")).to_have_value("reeds")
    finally:
        postgres.start()
    expect(viewer).to_have_attribute("data-guard", "open")
    press(page, "u")
    expect(page.get_by_text(re.compile("^Can't tell · .* — Z takes it back"))).to_be_visible()
    expect(refused).to_have_count(0)
    found = kept(database)
    assert [(one.verdict, one.note) for one in found] == [("water", ""), ("land", ""), ("unsure", "reeds")]
    assert not list(folder.rglob("*.db"))
