"""What a person does on Explore, in a real browser on the lab of `tests/conftest.py`."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from lakeseg.bands import CLASS_NAMES
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.metrics import classes
from lakeseg.store import ModelStore

ROOT = Path(__file__).parents[2]
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def url(serve: Callable[..., str], lab: Path) -> str:
    """The address of the app on the lab."""
    folders = {"LAKESEG_DATA": str(lab / "data"), "LAKESEG_MODELS": str(lab / "models"), "LAKESEG_WARM": "0"}
    return serve(ROOT / "app.py", folders)


@pytest.fixture(scope="module")
def dataset(lab: Path) -> Dataset:
    return open_dataset(lab / "data" / "dataset1.h5")


def at(page: Page, address: str) -> Page:
    """Open an address and wait until the viewer stands."""
    page.goto(address)
    expect(page.locator(".viewer canvas").first).to_be_visible(timeout=30_000)
    return page


def lake_title(page: Page, lake: str) -> None:
    expect(page.get_by_role("heading", name=f"Lake {lake}")).to_be_visible()


def test_leafs_by_keys_and_the_url_follows(page: Page, url: str, dataset: Dataset):
    at(page, f"{url}/?dataset=dataset1")
    lake_title(page, dataset.lake_ids[0])
    page.keyboard.press("ArrowRight")
    lake_title(page, dataset.lake_ids[1])
    expect(page).to_have_url(re.compile(f"lake={dataset.lake_ids[1]}"))
    page.keyboard.press("ArrowLeft")
    lake_title(page, dataset.lake_ids[0])


def test_a_thumbnail_opens_its_lake(page: Page, url: str, dataset: Dataset):
    at(page, f"{url}/?dataset=dataset1")
    page.locator(f"button[data-lake='{dataset.lake_ids[2]}']").click()
    lake_title(page, dataset.lake_ids[2])
    expect(page.locator(f"button[data-lake='{dataset.lake_ids[2]}']")).to_have_attribute("aria-selected", "true")


def click_pixel(page: Page, dataset: Dataset, lake: str, row: int, column: int) -> None:
    """Click the middle of a pixel in the first panel."""
    height, width = dataset.lake(lake).shape
    box = page.locator(".viewer canvas").first.bounding_box()
    assert box is not None
    scale = min(box["width"] / width, box["height"] / height)
    left, top = (box["width"] - scale * width) / 2, (box["height"] - scale * height) / 2
    page.mouse.click(box["x"] + left + (column + 0.5) * scale, box["y"] + top + (row + 0.5) * scale)


def test_a_clicked_pixel_tells_its_label_and_is_in_the_link(
    page: Page, new_page: Callable[..., Page], url: str, dataset: Dataset
):
    lake = dataset.lake(dataset.lake_ids[1])
    at(page, f"{url}/?dataset=dataset1&lake={lake.id}&models=logistic")
    row, column = 6, 9
    click_pixel(page, dataset, lake.id, row, column)
    heading = page.get_by_role("heading", name=f"Pixel row {row}, column {column}")
    expect(heading).to_contain_text(f"label {CLASS_NAMES[int(lake.labels[row, column])]}")
    expect(page).to_have_url(re.compile("pixel=6(%2C|,)9"))
    other = at(new_page(), page.url)
    expect(other.get_by_role("heading", name=f"Pixel row {row}, column {column}")).to_be_visible()
    lake_title(other, lake.id)


def test_the_list_finds_and_opens_a_lake(page: Page, url: str, dataset: Dataset):
    at(page, f"{url}/?dataset=dataset1")
    page.keyboard.press("l")
    find = page.get_by_placeholder("Part of an id or a domain")
    find.fill(dataset.lake_ids[4])
    find.press("Enter")
    grid = page.locator("[data-testid=stDataFrame]").last
    expect(grid).to_be_visible()
    expect(grid.get_by_test_id("glide-cell-1-0")).to_have_text(dataset.lake_ids[4])
    expect(grid.get_by_test_id("glide-cell-1-1")).to_have_count(0)
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 15, box["y"] + 52)  # the row marker of the only row left
    lake_title(page, dataset.lake_ids[4])
    expect(find).to_have_count(0)


def test_sorting_by_unclassified_starts_with_the_most(page: Page, url: str, dataset: Dataset):
    counts = dataset.class_counts()
    most = dataset.lake_ids[int(np.argmax(counts[:, 3] / counts.sum(axis=1)))]
    at(page, f"{url}/?dataset=dataset1&order=Most+unclassified+first")
    expect(page.locator("button[data-lake]").first).to_have_attribute("data-lake", most)


def test_present_mode_hides_the_controls_and_still_leafs(page: Page, url: str, dataset: Dataset):
    at(page, f"{url}/?dataset=dataset1")
    page.keyboard.press("p")
    stage = page.locator(".viewer[data-mode='present']")
    expect(stage).to_be_visible()
    box = stage.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (1280, 800)
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(f"lake={dataset.lake_ids[1]}"))
    expect(stage).to_be_visible()
    page.keyboard.press("p")
    lake_title(page, dataset.lake_ids[1])


def test_downloads_the_view_and_the_predictions(page: Page, url: str, dataset: Dataset, lab: Path):
    lake = dataset.lake_ids[0]
    at(page, f"{url}/?dataset=dataset1&lake={lake}&models=logistic&models=mndwi")
    with page.expect_download() as download:
        page.get_by_role("button", name="Predictions as NPZ").click()
    content = np.load(io.BytesIO(Path(download.value.path()).read_bytes()))
    card = ModelStore(lab / "models").card("logistic")
    cached = PredictionCache(lab / "data" / ".cache" / "predictions").get(
        CacheKey(dataset.fingerprint, lake, card.fingerprint)
    )
    assert cached is not None
    np.testing.assert_array_equal(content["logistic/probabilities"], cached)
    np.testing.assert_array_equal(content["mndwi/classes"].shape, classes(cached).shape)
    assert json.loads(str(content["meta"]))["simulated"] is True
    with page.expect_download() as download:
        page.locator(".viewer").get_by_role("button", name="Download").click()
    picture = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert picture.format == "PNG"
    assert min(picture.size) > 200


def test_a_damaged_model_has_its_panel_and_the_page_lives(page: Page, url: str, dataset: Dataset):
    at(page, f"{url}/?dataset=dataset1&models=damaged&models=logistic")
    expect(page.get_by_text("card.json is damaged")).to_be_visible()
    page.keyboard.press("ArrowRight")
    lake_title(page, dataset.lake_ids[1])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080)])
def test_the_panels_and_the_readout_are_above_the_fold(new_page, url: str, scheme: str, width: int, height: int):
    page = at(new_page(viewport={"width": width, "height": height}, color_scheme=scheme), f"{url}/?dataset=dataset1")
    box = page.locator(".viewer").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= height
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_network_answers_without_the_page_waiting(new_page, serve, lab: Path, tmp_path: Path):
    shutil.copytree(lab / "data", tmp_path / "data", ignore=shutil.ignore_patterns(".cache"))
    shutil.copytree(ROOT / "models" / "fcn-paper-16", tmp_path / "models" / "fcn-paper-16")
    folders = {"LAKESEG_DATA": str(tmp_path / "data"), "LAKESEG_MODELS": str(tmp_path / "models"), "LAKESEG_WARM": "0"}
    page = at(new_page(), f"{serve(ROOT / 'app.py', folders)}/?dataset=dataset2")
    expect(page.get_by_text("Predicting…")).to_be_visible()
    expect(page.get_by_text("Predicting…")).to_have_count(0, timeout=60_000)
    expect(page.get_by_text(re.compile(r"^F1 .+ px$")).first).to_be_visible()


def test_the_first_start_makes_the_demo_data_with_a_progress_bar(new_page, serve, tmp_path: Path):
    folders = {"LAKESEG_DATA": str(tmp_path / "data"), "LAKESEG_WARM": "0"}
    page = new_page()
    page.goto(serve(ROOT / "app.py", folders))
    bar = page.locator("[data-testid=stProgress]")
    expect(bar).to_be_visible(timeout=30_000)
    expect(bar).to_contain_text("simulated data")
    first = bar.inner_text()
    expect(bar).not_to_have_text(first, timeout=30_000)
