"""The table where one decides, by keyboard in a real browser on the lab of `tests/conftest.py`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.review.ledger import Ledger
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from tests.e2e.desk import PATIENCE, at_the_desk, press


@pytest.fixture(scope="module")
def url(review_url: str) -> str:
    return review_url


@pytest.fixture(scope="module")
def dataset(review_data: Path) -> Dataset:
    return open_dataset(review_data / "dataset1.h5")


@pytest.fixture
def ledger(dataset: Dataset, review_data: Path) -> Ledger:
    log = Log(open_engine(f"sqlite:///{review_data / 'review.db'}"))
    log.prepare()
    return Ledger(dataset, log)


def test_everything_that_decides_is_above_the_fold_and_stays_put(page: Page, url: str) -> None:
    at_the_desk(page, url, "Fold")
    names = ["Water", "Land", "Can't tell", "Mixed 50 %", "Guess", "Likely", "Sure", "Take back", "Skip", "Split"]
    buttons = [page.get_by_role("button", name=re.compile(f"^{name}")) for name in names]
    before = [button.bounding_box() for button in buttons]
    assert all(box and box["y"] + box["height"] <= 800 for box in before)
    box = page.locator(".viewer").bounding_box()
    assert box
    assert box["y"] + box["height"] <= 800
    for key in ("w", "l", "ArrowRight", "u"):
        press(page, key)
        assert [button.bounding_box() for button in buttons] == before
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_one_key_is_one_verdict_and_says_so(page: Page, url: str, ledger: Ledger) -> None:
    at_the_desk(page, url, "Keys")
    page.keyboard.press("3")
    expect(page.get_by_role("button", name=re.compile("^Sure"))).to_have_attribute("kind", "primary")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name=re.compile("^Mixed 60 %"))).to_be_visible()
    for key, said in (("m", "Mixed 60 % water"), ("w", "Water"), ("l", "Land"), ("u", "Can't tell")):
        press(page, key)
        expect(page.get_by_text(re.compile(rf"^{said} · [\d,]+ px · lake \S+ — Z takes it back"))).to_be_visible()
    ledger.refresh()
    mine = ledger.mine("Keys")[::-1]
    assert [one.verdict for one in mine] == ["mixed", "water", "land", "unsure"]
    assert [one.fraction for one in mine] == [60, None, None, None]
    assert {one.confidence for one in mine} == {3}
    assert all(one.seconds is not None and one.seconds > 0 for one in mine)
    assert set(mine[0].seen["models"]) == {"logistic", "mndwi"}


def test_z_takes_back_also_after_a_reload_which_loses_nothing(page: Page, url: str, ledger: Ledger) -> None:
    at_the_desk(page, url, "Reload")
    first = page.locator(".viewer").get_attribute("data-region")
    press(page, "w")
    second = page.locator(".viewer").get_attribute("data-region")
    page.reload()
    expect(page.locator(".viewer")).to_have_attribute("data-region", second or "", timeout=PATIENCE)
    expect(page.get_by_text(re.compile(r"^Water · .* — Z takes it back"))).to_be_visible()
    expect(page.locator(".viewer")).to_have_attribute("data-guard", "open")
    page.keyboard.press("z")
    expect(page.locator(".viewer")).to_have_attribute("data-region", first or "", timeout=PATIENCE)
    ledger.refresh()
    assert not ledger.mine("Reload")


def test_two_presses_at_once_settle_one_region(page: Page, url: str, ledger: Ledger) -> None:
    at_the_desk(page, url, "Double")
    page.keyboard.press("w")
    page.keyboard.press("w")
    for _ in range(6):
        page.keyboard.down("l")
    page.keyboard.up("l")
    expect(page.get_by_text(re.compile("^Water · .* — Z takes it back"))).to_be_visible()
    expect(page.locator(".viewer")).to_have_attribute("data-guard", "open")
    ledger.refresh()
    assert [one.verdict for one in ledger.mine("Double")] == ["water"]


def test_a_note_by_keyboard_and_no_verdict_while_typing(page: Page, url: str, ledger: Ledger) -> None:
    at_the_desk(page, url, "Notes")
    page.keyboard.press("n")
    page.keyboard.type("wall of mud")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Note")).not_to_be_focused()
    press(page, "u")
    expect(page.get_by_label("Note")).to_have_value("")
    ledger.refresh()
    assert [(one.verdict, one.note) for one in ledger.mine("Notes")] == [("unsure", "wall of mud")]


def test_blind_hides_models_until_the_verdict(page: Page, url: str, ledger: Ledger) -> None:
    at_the_desk(page, url, "Blind")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_text("Blind", exact=True).click()  # which then has the focus, and letters must not stay with it
    expect(page.locator(".panel[data-key='model:logistic'], .panel[data-key=entropy]")).to_have_count(0)
    expect(page.get_by_text("models differ")).to_have_count(0)
    press(page, "w")
    expect(page.get_by_text(re.compile("^Models: .*logistic", re.IGNORECASE))).to_be_visible()
    ledger.refresh()
    assert ledger.mine("Blind")[0].seen == {**ledger.mine("Blind")[0].seen, "blind": True, "models": {}}
