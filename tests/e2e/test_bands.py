"""What a person does on Bands, in a real browser on the lab of `tests/conftest.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lakeseg.analysis.subsets import all_subsets
from lakeseg.data.dataset import open_dataset
from lakeseg.study import results
from lakeseg.study.results import Result, origin

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def url(serve: Callable[..., str], lab: Path) -> str:
    """The address of the app on the lab."""
    folders = {"LAKESEG_DATA": str(lab / "data"), "LAKESEG_MODELS": str(lab / "models"), "LAKESEG_WARM": "0"}
    return serve(ROOT / "app.py", folders)


@pytest.fixture
def measured(lab: Path) -> Iterator[None]:
    """Scores of every subset, made up: a tenth for each band, and a little more for band 6."""
    dataset = open_dataset(lab / "data" / "dataset2.h5")
    rows = [
        {"model": "logistic", "bands": list(subset), "f1": len(subset) / 10 + 0.01 * (6 in subset)}
        | {"low": None, "high": None, "pixels": 77, "lakes": 2}
        for subset in all_subsets(dataset.bands)
    ]
    path = results.save(Result("subsets", origin(dataset), "test", rows), lab / "data" / ".cache" / "results")
    yield
    path.unlink()


def at(page: Page, url: str, part: str = "Switch") -> Page:
    """Open a part of Bands."""
    page.goto(f"{url}/bands?dataset=dataset2&part={part}")
    expect(page.get_by_role("heading", name="Bands", level=4)).to_be_visible(timeout=30_000)
    if part != "Subsets":
        expect(page.locator(".viewer")).to_have_attribute("data-state", "ready", timeout=30_000)
    return page


def answer(page: Page) -> str:
    """What stands under the title of the regression's panel, once it is there."""
    words = page.locator(".panel[data-key='regression']")
    expect(words).to_contain_text("F1", timeout=30_000)
    return words.inner_text()


def test_a_switch_changes_the_answer_and_the_url(page: Page, url: str) -> None:
    at(page, url)
    before = answer(page)
    page.evaluate("document.fonts.ready.then(() => true)")  # a font that comes late may move everything once
    place = page.locator(".viewer").bounding_box()
    for band, link in (("2 NIR", "b2=false"), ("5 NIR2", "b2=false.*b5=false")):
        expect(page.locator(".panel[data-kind='pending']")).to_have_count(0)
        said = answer(page).splitlines()[-1]
        page.get_by_text(band, exact=True).click()
        expect(page).to_have_url(re.compile(link))
        expect(page.locator(".panel[data-key='regression']")).not_to_contain_text(said, timeout=30_000)
    assert answer(page) != before
    assert page.locator(".viewer").bounding_box() == place
    page.get_by_role("radio", name="All", exact=True).click()
    expect(page).not_to_have_url(re.compile("b2=false"))
    expect(page.locator(".panel[data-key='regression']")).to_contain_text(before.splitlines()[-1], timeout=30_000)


def test_a_lasso_marks_its_pixels_on_the_lake(page: Page, url: str) -> None:
    at(page, url, "Components")
    expect(page.locator(".viewer")).to_have_attribute("data-marked-pixels", "")
    expect(page.get_by_text("Draw around some")).to_be_visible(timeout=30_000)
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    left, top, right, bottom = box["x"] + 9, box["y"] + 9, box["x"] + box["width"] - 9, box["y"] + box["height"] - 9
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top + 8)):
        page.mouse.move(x, y, steps=10)
    page.mouse.up()
    expect(page.locator(".viewer")).to_have_attribute("data-marked-pixels", re.compile("[1-9]"), timeout=30_000)
    expect(page.get_by_text("px of the lake lie within and are marked on it")).to_be_visible()


@pytest.mark.usefixtures("measured")
def test_a_row_of_the_table_switches_to_its_subset(page: Page, url: str) -> None:
    at(page, url, "Subsets")
    expect(page.get_by_text("77 px of 2 test lakes")).to_be_visible(timeout=30_000)
    table = page.get_by_test_id("stDataFrame").first
    expect(table.locator("canvas").first).to_be_visible(timeout=30_000)
    table.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # charts above it take their height
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box
    header = row = 35
    page.mouse.click(box["x"] + 16, box["y"] + header + 1.5 * row)  # the second best, without band 7
    expect(page).to_have_url(re.compile("b7=false"), timeout=30_000)
    expect(page).not_to_have_url(re.compile("b[1-6]=false"))
