"""What a person does on Patches, in a real browser on the lab of `tests/conftest.py`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.patches import account, grid

ROOT = Path(__file__).parents[2]
PATIENCE = 60_000


@pytest.fixture(scope="module")
def url(serve: Callable[..., str], lab: Path) -> str:
    """The address of the app on the lab."""
    folders = {"LAKESEG_DATA": str(lab / "data"), "LAKESEG_MODELS": str(lab / "models"), "LAKESEG_WARM": "0"}
    return serve(ROOT / "app.py", folders)


@pytest.fixture(scope="module")
def dataset(lab: Path) -> Dataset:
    return open_dataset(lab / "data" / "dataset1.h5")


def open_patches(page: Page, url: str, query: str = "") -> Locator:
    """Open the start page, then Patches by its link, and return the viewer."""
    page.goto(url)
    expect(page.get_by_role("link", name="Patches")).to_be_visible(timeout=PATIENCE)
    page.goto(f"{url}/patches?{query}")
    return page.locator(".viewer")


def line(dataset: Dataset, lake_id: str, size: int, gap: int = 0) -> str:
    """The beginning of the account in a line."""
    labels = dataset.lake(lake_id).labels
    height, width = labels.shape
    found = account(labels, grid(height, width, size, gap), prune=True)
    return f"Kept {found.patches_kept:,} patch{'es' * (found.patches_kept != 1)}, {found.kept:,} px"


def expect_grid(root: Locator, size: int, gap: int, height: int, width: int) -> None:
    lay = grid(height, width, size, gap)
    expect(root).to_have_attribute("data-patches", f"{size},{gap},{lay.rows},{lay.columns}", timeout=PATIENCE)


def test_dragging_the_slider_moves_grid_and_numbers_and_the_link_keeps_them(
    page: Page, url: str, dataset: Dataset
) -> None:
    lake = dataset.lake_ids[1]
    height, width = dataset.lake(lake).labels.shape
    root = open_patches(page, url, f"dataset=dataset1&lake={lake}")
    expect_grid(root, 16, 0, height, width)
    expect(page.get_by_text(line(dataset, lake, 16))).to_be_visible()
    place = root.bounding_box()
    slider = page.get_by_role("slider", name="Patch size")
    for _ in range(4):
        slider.press("ArrowLeft")
    expect_grid(root, 12, 0, height, width)
    expect(page.get_by_text(line(dataset, lake, 12))).to_be_visible()
    thumb = slider.bounding_box()
    assert thumb
    x, y = thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    expect(root).not_to_have_attribute("data-patches", re.compile("^12,"))
    size = int((root.get_attribute("data-patches") or "").split(",")[0])
    assert size > 12
    page.get_by_text("Gap of 1 px").click()
    expect_grid(root, size, 1, height, width)
    expect(page.get_by_text(line(dataset, lake, size, 1))).to_be_visible()
    assert root.bounding_box() == place  # nothing jumps
    expect(page).to_have_url(re.compile(f"size={size}"))
    page.reload()
    expect_grid(root, size, 1, height, width)
    expect(page.get_by_text(line(dataset, lake, size, 1))).to_be_visible()


def test_hovering_a_patch_tells_its_classes(page: Page, url: str, dataset: Dataset) -> None:
    lake = dataset.lake_ids[0]
    root = open_patches(page, url, f"dataset=dataset1&lake={lake}&size=10")
    expect(root).to_have_attribute("data-patches", re.compile("^10,0,"), timeout=PATIENCE)
    view = root.locator(".panel[data-key=labels] .view")
    view.hover()
    said = root.locator(".readout [data-key=patch] .value")
    row, column = (int(root.get_attribute(f"data-{name}") or -1) // 10 for name in ("row", "col"))
    inside = dataset.lake(lake).labels[row * 10 : row * 10 + 10, column * 10 : column * 10 + 10]
    for code, name in ((1, "water"), (2, "land"), (3, "unclassified")):
        count = int((inside == code).sum())
        if count:
            expect(said).to_contain_text(f"{count} {name}")


def test_curves_follow_the_slider_and_a_marked_pixel_opens_in_explore(page: Page, url: str, dataset: Dataset) -> None:
    lake = dataset.lake_ids[2]
    root = open_patches(page, url, f"dataset=dataset1&lake={lake}&answer=Dataset")
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(4, timeout=PATIENCE)
    expect(charts.first.locator("canvas, svg").first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("slider", name="Patch size").press("ArrowRight")
    expect(page.get_by_text("numbers at 17 px")).to_be_visible()
    page.get_by_role("radio", name="Lake").or_(page.get_by_role("button", name="Lake", exact=True)).first.click()
    expect(root).to_have_attribute("data-patches", re.compile("^17,0,"), timeout=PATIENCE)
    root.locator(".panel[data-key=labels] .view").click()
    page.get_by_role("button", name="Open the marked pixel in Explore").click(timeout=PATIENCE)
    expect(page.get_by_text(re.compile(r"Pixel row \d+, column \d+"))).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("heading", name=f"Lake {lake}")).to_be_visible()
