"""What a person does on Evaluate, in a real browser on the lab of `tests/conftest.py`."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as TooLate

from lakeseg.analysis.comparing import densest, fullest
from lakeseg.bands import LAND, WATER
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.metrics import classes
from lakeseg.store import ModelStore

ROOT = Path(__file__).parents[2]
PATIENCE = 60_000
TRIES = 5


@pytest.fixture(scope="module")
def url(serve: Callable[..., str], lab: Path) -> str:
    """The address of the app on the lab."""
    folders = {"LAKESEG_DATA": str(lab / "data"), "LAKESEG_MODELS": str(lab / "models"), "LAKESEG_WARM": "0"}
    return serve(ROOT / "app.py", folders)


@pytest.fixture(scope="module")
def dataset(lab: Path) -> Dataset:
    return open_dataset(lab / "data" / "dataset2.h5")


def open_evaluate(page: Page, url: str, query: str) -> None:
    """Open the start page, then Evaluate by its link."""
    page.goto(url)
    expect(page.get_by_role("link", name="Evaluate")).to_be_visible(timeout=PATIENCE)
    page.goto(f"{url}/evaluate?{query}")


def matrix(page: Page, place: int = 0) -> Locator:
    chart = page.get_by_test_id("stVegaLiteChart").nth(place)
    expect(chart.locator("svg, canvas").first).to_be_visible(timeout=PATIENCE)
    return chart


def predicted(lab: Path, dataset: Dataset, model: str) -> tuple[np.ndarray, Callable[[str], np.ndarray]]:
    """Return the scores of a model and what it says of each lake."""
    card, cache = ModelStore(lab / "models").card(model), PredictionCache(lab / "data" / ".cache" / "predictions")

    def said(lake: str) -> np.ndarray:
        found = cache.get(CacheKey(dataset.fingerprint, lake, card.fingerprint))
        assert found is not None
        return classes(found)

    return cache.scores(dataset.fingerprint, card.fingerprint, len(dataset.lakes)), said


def test_a_cell_leads_to_its_lakes_and_these_to_explore(page: Page, url: str, lab: Path, dataset: Dataset):
    open_evaluate(page, url, "dataset=dataset2&split=all&models=logistic")
    chart = matrix(page)
    chart.get_by_text(f"{predicted(lab, dataset, 'logistic')[0].sum(axis=0)[0, 1]:,}", exact=True).click(force=True)
    expect(page).to_have_url(re.compile(r"cell=logistic%3A\+water\+as\+land"))
    table, said = predicted(lab, dataset, "logistic")
    lake = str(dataset.lakes.id[fullest(table, WATER, LAND)[0]])
    tile = page.locator("button[data-lake]").first
    expect(tile).to_have_attribute("data-lake", lake)
    tile.click()
    expect(page.get_by_role("heading", name=f"Lake {lake}")).to_be_visible(timeout=PATIENCE)
    place = densest((dataset.lake(lake).labels == WATER) & (said(lake) == LAND))
    assert place is not None
    expect(page.get_by_role("heading", name=f"Pixel row {place[0]}, column {place[1]}")).to_be_visible(timeout=PATIENCE)
    expect(page).to_have_url(re.compile("models="), timeout=PATIENCE)
    link = parse_qs(urlsplit(page.url).query)
    assert (link["dataset"], link["lake"], link["models"]) == (["dataset2"], [lake], ["logistic"])
    assert link["pixel"] == [f"{place[0]},{place[1]}"]


def test_the_threshold_moves_matrix_and_map(page: Page, url: str):
    open_evaluate(page, url, "dataset=dataset2&split=all&models=logistic&tab=Threshold")
    expect(page.locator(".panel[data-key='model:logistic'] canvas").first).to_be_visible(timeout=PATIENCE)
    cells = matrix(page, 3)
    before = cells.inner_text()
    slider = page.get_by_test_id("stSlider")
    box = slider.bounding_box()
    assert box is not None
    thumb = slider.get_by_role("slider")
    middle = thumb.bounding_box()
    assert middle is not None
    page.mouse.move(middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.2 * box["width"], middle["y"] + middle["height"] / 2, steps=5)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"threshold=0\.[12]\d?"))
    expect(cells).not_to_have_text(before)
    expect(page.locator(".panel[data-key='model:logistic']")).to_contain_text(re.compile(r"at 0\.[12]"))


def test_a_point_of_the_comparison_opens_its_lake(page: Page, url: str):
    open_evaluate(page, url, "dataset=dataset2&split=all&tab=Compare&a=logistic&b=mndwi")
    point = matrix(page).locator(".mark-symbol path").nth(2)
    lake = re.search(r"lake: (\S+);", str(point.get_attribute("aria-label", timeout=PATIENCE)))
    assert lake is not None
    point.click(force=True)
    expect(page.get_by_role("heading", name=f"Lake {lake[1]}")).to_be_visible(timeout=PATIENCE)
    expect(page).to_have_url(re.compile(f"lake={lake[1]}"), timeout=PATIENCE)


def press_beside_the_matrix(page: Page, name: str) -> None:
    """Press a button of the toolbar that appears under the pointer, again where the page moved away from under it."""
    for _ in range(TRIES):
        matrix(page).hover()
        with suppress(TooLate):
            return page.get_by_role("button", name=re.compile(f"^{name}")).first.click(timeout=3_000)
    pytest.fail(f"{name!r} does not stay under the pointer")


def test_every_figure_and_table_can_be_taken_away(page: Page, url: str):
    open_evaluate(page, url, "dataset=dataset2&split=all&models=logistic")
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV", exact=True).first.click()
    content = Path(taken.value.path()).read_text().splitlines()
    assert taken.value.suggested_filename == "scores.csv"
    assert content[0].startswith("model,model_fingerprint,dataset,simulated,split")
    with page.expect_download() as picture:
        press_beside_the_matrix(page, "Download as PNG")
    assert Image.open(io.BytesIO(Path(picture.value.path()).read_bytes())).format == "PNG"
