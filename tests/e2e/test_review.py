"""Two reviewers settle regions by keyboard alone, in a real browser on the lab of `tests/conftest.py`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lakeseg.cli import main
from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.review import keeping, runs
from lakeseg.review.ledger import Ledger
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.regions import Regions

ROOT = Path(__file__).parents[2]
PATIENCE = 20_000


@pytest.fixture(scope="module")
def data(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab's data with regions cut, and verdicts of its own."""
    root = tmp_path_factory.mktemp("review") / "data"
    shutil.copytree(lab / "data", root)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LAKESEG_DATA", str(root))
        build = ["review", "build", "--dataset", str(root / "dataset1.h5"), "--models", str(lab / "models")]
        cache = ["--cache", str(root / ".cache" / "predictions")]
        assert main([*build, *cache, "--model", "logistic", "--model", "mndwi"]) == 0
    return root


@pytest.fixture(scope="module")
def url(serve: Callable[..., str], lab: Path, data: Path) -> str:
    return serve(
        ROOT / "app.py",
        {"LAKESEG_DATA": str(data), "LAKESEG_MODELS": str(lab / "models"), "LAKESEG_WARM": "0"},
    )


@pytest.fixture(scope="module")
def dataset(data: Path) -> Dataset:
    return open_dataset(data / "dataset1.h5")


@pytest.fixture(scope="module")
def regions(dataset: Dataset, data: Path) -> Regions:
    path = keeping.find(dataset.fingerprint, root=data / ".cache" / "review")
    assert path is not None
    return keeping.load(path)


@pytest.fixture
def ledger(dataset: Dataset, data: Path) -> Ledger:
    log = Log(open_engine(f"sqlite:///{data / 'review.db'}"))
    log.prepare()
    return Ledger(dataset, log)


def at_the_desk(page: Page, url: str, name: str, query: str = "") -> Page:
    """Open Review as somebody."""
    page.goto(f"{url}/review?dataset=dataset1&reviewer={name}&{query}")
    expect(page.locator(".viewer")).to_have_attribute("data-guard", "open", timeout=PATIENCE)
    return page


def press(page: Page, key: str, moves: bool = True) -> None:
    """Press a key, and wait for what it brings."""
    viewer = page.locator(".viewer")
    before = viewer.get_attribute("data-region") or ""
    page.keyboard.press(key)
    if moves:
        expect(viewer).not_to_have_attribute("data-region", before, timeout=PATIENCE)
        expect(viewer).to_have_attribute("data-guard", "open")


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
    press(page, "3", moves=False)
    expect(page.get_by_role("button", name=re.compile("^Sure"))).to_have_attribute("kind", "primary")
    press(page, "ArrowUp", moves=False)
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


def test_two_reviewers_settle_thirty_regions_by_keyboard(
    new_page: Callable[..., Page], url: str, ledger: Ledger, dataset: Dataset, regions: Regions
) -> None:
    ann, ben = (at_the_desk(new_page(), url, name, "region_px=4–30+px") for name in ("Ann", "Ben"))
    for turn in range(30):
        press(ann, "w" if turn % 3 else "l")
        press(ben, "w" if turn % 2 else "l")
    ann.keyboard.press("z")
    expect(ann.get_by_text(re.compile("^Taken back"))).to_be_visible()
    expect(ann.locator(".viewer")).to_have_attribute("data-guard", "open")
    whole = ann.locator(".viewer").get_attribute("data-region")
    ann.keyboard.press("s")
    expect(ann.locator(".viewer")).to_have_attribute("data-drawn-pixels", re.compile(r"\d"))
    press(ann, "w")  # the part that is drawn
    assert ann.locator(".viewer").get_attribute("data-region") != whole
    press(ann, "l")  # the rest
    ledger.refresh()
    his, hers = ledger.mine("Ben")[::-1], ledger.mine("Ann")[::-1]
    assert [one.verdict for one in his] == ["land", "water"] * 15
    # 29 regions, then two parts that together are the thirtieth: the regions are the same for both.
    assert len(hers) == 31
    assert [one.runs for one in hers[:29]] == [one.runs for one in his[:29]]
    parts = np.sort(np.concatenate([runs.decode(one.runs) for one in hers[29:]]))
    assert runs.encode(parts) == his[29].runs
    assert [one.verdict for one in hers] == ["land", "water", "water"] * 9 + ["land", "water", "water", "land"]
    pixels = sum(one.pixels for one in his)
    assert ledger.pixels_by_reviewer()["Ann"] == ledger.pixels_by_reviewer()["Ben"] == pixels
    known = {runs.encode(regions.positions_of(region)) for region in range(len(regions))}
    assert {one.runs for one in his} <= known
