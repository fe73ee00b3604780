"""Data in a real browser: a file comes in and is looked at everywhere; maps and health lead to Explore."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from scipy.io import savemat

from lakeseg.data.dataset import open_dataset
from lakeseg.data.write import write_dataset
from tests.e2e.servers import ROOT
from tests.lakes import HEADER, make_lake

PART = "part_of_data"
SLOW = 60_000


@pytest.fixture(scope="module")
def data_folder(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of its own: a lab's dataset, and one with a single lake that lies in Finland."""
    folder = tmp_path_factory.mktemp("brought") / "data"
    folder.mkdir()
    shutil.copy(lab / "data" / "dataset1.h5", folder)
    lake = replace(make_lake("päijänne", 20, 24), lon=25.5, lat=61.6)
    write_dataset(folder / "one.h5", HEADER, [with_negative(lake)])
    return folder


def with_negative(lake):
    image = lake.image.copy()
    image[3, 4, 0] = -50
    return replace(lake, image=image)


@pytest.fixture(scope="module")
def url(serve: Callable[..., str], data_folder: Path, lab: Path) -> str:
    env = {"LAKESEG_DATA": str(data_folder), "LAKESEG_MODELS": str(lab / "models"), "LAKESEG_WARM": "0"}
    return serve(ROOT / "app.py", env)


def write_npz(path: Path, lakes: int = 4) -> Path:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 9000, (lakes, 20, 30, 7)).astype(np.int16)
    np.savez(path, X=pixels, y=rng.integers(1, 3, (lakes, 20, 30)).astype(np.uint8))
    return path


def write_mat(path: Path) -> Path:
    rng = np.random.default_rng(2)
    struct = np.zeros((1, 3), dtype=[("X", "O"), ("Y", "O")])
    for place, (height, width) in enumerate([(12, 18), (30, 11), (16, 16)]):
        struct[0, place]["X"] = rng.integers(0, 9000, (height, width, 7)).astype(np.int16)
        struct[0, place]["Y"] = rng.integers(1, 4, (height, width)).astype(np.uint8)
    savemat(path, {"lakes": struct})
    return path


@pytest.mark.parametrize(
    "case",
    [("chips.npz", write_npz, 4, "20×30 px"), ("study lakes.mat", write_mat, 3, "12×18 px")],
    ids=["npz", "mat"],
)
def test_an_upload_is_shown_converted_and_switched_to(page: Page, url, data_folder, tmp_path, case):
    name, write, lakes, size = case
    page.goto(f"{url}/data?dataset=dataset1&{PART}=Import")
    page.locator("input[type=file]").set_input_files(write(tmp_path / name))
    expect(page.get_by_text(f"{name} · {lakes} lakes")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text(size).first).to_be_visible()
    expect(page.get_by_test_id("stImage")).to_have_count(3)
    page.get_by_role("button", name="Convert").click()
    page.get_by_role("button", name="Switch to it").click(timeout=SLOW)
    stem = Path(name).stem.replace(" ", "-")
    expect(page.get_by_role("heading", name=f"Data {stem}")).to_be_visible()
    expect(page.get_by_text("shown on every page")).to_be_visible()
    assert len(open_dataset(data_folder / f"{stem}.h5").lakes) == lakes
    page.get_by_role("link", name="Explore").click()
    expect(page.get_by_role("heading", name=f"Lake {stem}-0000")).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name="Data").click()
    page.get_by_role("button", name="close").click()  # the line is put away, the uploads are gone
    expect(page.get_by_text("is here")).to_have_count(0)
    assert list((data_folder / ".cache" / "uploads").glob("*/*")) == []


def test_a_conversion_goes_on_without_its_page_and_can_be_stopped(page: Page, url, data_folder, tmp_path):
    page.goto(f"{url}/data?dataset=dataset1&{PART}=Import")
    page.locator("input[type=file]").set_input_files(write_npz(tmp_path / "large.npz", lakes=4000))
    page.get_by_role("button", name="Convert").click(timeout=SLOW)
    page.get_by_role("button", name="Stop").wait_for(timeout=SLOW)
    page.get_by_role("link", name="Study").click()
    expect(page.get_by_role("heading", name="Study").first).to_be_visible()
    page.get_by_role("link", name="Data").click()
    page.get_by_role("radio", name="Import").or_(page.get_by_role("button", name="Import")).first.click()
    stop, line = (
        page.get_by_role("button", name="Stop"),
        page.get_by_text(re.compile("is here|stopped; nothing was kept")),
    )
    stop.or_(line).first.wait_for(timeout=SLOW)
    if stop.count():
        stop.click()
    expect(line).to_be_visible(timeout=SLOW)
    assert not [path.name for path in data_folder.glob(".*.part")]


def test_a_click_on_the_map_opens_the_lake(page: Page, url):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{url}/data?dataset=one")
    canvas = page.get_by_test_id("stDeckGlJsonChart").locator("canvas").first
    canvas.wait_for(timeout=SLOW)
    canvas.scroll_into_view_if_needed()
    place, tooltip = canvas.bounding_box(), page.get_by_text("20×24 px")
    middle = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    for step in range(150):  # WebGL in software draws its first picture late
        page.mouse.move(middle[0] + step % 2, middle[1])
        page.wait_for_timeout(200)
        if tooltip.count():
            break
    page.mouse.click(*middle)
    page.get_by_role("button", name="Open in Explore").click(timeout=SLOW)
    expect(page.get_by_role("heading", name="Lake päijänne")).to_be_visible(timeout=SLOW)
    assert [each for each in asked if not each.startswith((url, "data:", "blob:"))] == []  # no tiles from anywhere


def test_a_lake_of_the_health_report_opens(page: Page, url):
    page.goto(f"{url}/data?dataset=one&{PART}=Health")
    expect(page.get_by_text("Negative reflectance")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="päijänne").click()
    expect(page.get_by_role("heading", name="Lake päijänne")).to_be_visible(timeout=SLOW)


def test_explore_shows_where_a_lake_lies(page: Page, url):
    page.goto(f"{url}/?dataset=one")
    page.get_by_role("button", name="public").click(timeout=SLOW)
    expect(page.get_by_text("61.60° N, 25.50° E")).to_be_visible()
    expect(page.get_by_test_id("stDeckGlJsonChart").locator("canvas").first).to_be_visible(timeout=SLOW)
