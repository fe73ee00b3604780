"""What a person does on Explore, in a real browser on the lab of `tests/conftest.py`."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image
from playwright.sync_api import Page, expect

from lakeseg.bands import CLASS_COLOURS, CLASS_NAMES, UNCLASSIFIED, WATER
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.cli import main
from lakeseg.data.dataset import Dataset, Header, Lake, open_dataset
from lakeseg.data.simulate import simulate_lake
from lakeseg.data.write import write_dataset
from lakeseg.metrics import classes
from lakeseg.store import ModelStore

ROOT = Path(__file__).parents[2]

EXTREMES = {"dot": (1, 1), "small": (12, 28), "large": (320, 312)}  # a pixel, and the demo's smallest and largest lake
SIX_BANDS = (1, 2, 3, 4, 6, 7)
LONG_NAME = "MOD09A1.A2017193.h18v04.006 of the northern basin with all that flows into it, cut by hand-0001"
HOLE = (3, 4, 6)  # row, column, band of a missing value in "small"
MISSED, FALSE_WATER = (197, 27, 138), (255, 149, 0)


@pytest.fixture(scope="module")
def url(serve: Callable[..., str], lab: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the app on the lab and three datasets more: `extremes` of size and `six` bands, predicted too,
    and `named`, with a lake of a short name and one of a long name.
    """
    data = tmp_path_factory.mktemp("explore") / "data"
    shutil.copytree(lab / "data", data)
    lakes = [
        simulate_lake(np.random.default_rng(7), *size, water=0.3, three_classes=True, lake_id=name)
        for name, size in EXTREMES.items()
    ]
    lakes[1].image[HOLE] = Header.fill  # in one band, which is enough
    write_dataset(data / "extremes.h5", header("Extremes", (1, 2, 3, 4, 5, 6, 7)), lakes)
    small = lakes[1]
    six = Lake(small.id, small.image[..., [0, 1, 2, 3, 5, 6]].copy(), small.labels, small.group)
    write_dataset(data / "six.h5", header("Six bands", SIX_BANDS), [six])
    for name, model in (("extremes", "logistic"), ("six", "mndwi")):
        options = ["--dataset", str(data / f"{name}.h5"), "--models", str(lab / "models"), "--model", model]
        assert main(["predict", "--warm", *options, "--cache", str(data / ".cache" / "predictions")]) == 0
    named = [replace(lakes[1], id=name) for name in ("b", LONG_NAME)]
    write_dataset(data / "named.h5", header("Named", (1, 2, 3, 4, 5, 6, 7)), named)
    folders = {"LAKESEG_DATA": str(data), "LAKESEG_MODELS": str(lab / "models"), "LAKESEG_WARM": "0"}
    return serve(ROOT / "app.py", folders)


def header(name: str, bands: tuple[int, ...]) -> Header:
    return Header(name, bands, "simulated for a test", simulated=True)


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


def paint(page: Page, key: str) -> set[tuple[int, ...]]:
    """The opaque colours of one panel's picture."""
    packed = page.locator(f".panel[data-key='{key}'] .picture").evaluate(
        """canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return [...new Set(new Uint32Array(data.buffer))];
        }"""
    )
    values = np.array(packed, np.uint32).view(np.uint8).reshape(-1, 4)
    return {tuple(int(part) for part in value[:3]) for value in values if value[3] == 255}


def colour(code: int) -> tuple[int, ...]:
    return tuple(bytes.fromhex(CLASS_COLOURS[code].removeprefix("#")))


def predicted(lab: Path, dataset: Dataset, lake: str, model: str) -> np.ndarray:
    """The classes that the lab's cache holds."""
    key = CacheKey(dataset.fingerprint, lake, ModelStore(lab / "models").card(model).fingerprint)
    probabilities = PredictionCache(lab / "data" / ".cache" / "predictions").get(key)
    assert probabilities is not None
    return classes(probabilities)


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
    expect(page.locator(f"button[data-lake='{dataset.lake_ids[2]}']")).to_have_attribute("aria-current", "true")


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
    for model in ("logistic", "mndwi"):
        np.testing.assert_array_equal(content[f"{model}/classes"], predicted(lab, dataset, lake, model))
        np.testing.assert_array_equal(content[f"{model}/classes"], classes(content[f"{model}/probabilities"]))
    assert json.loads(str(content["meta"]))["simulated"] is True
    with page.expect_download() as download:
        page.locator(".viewer").get_by_role("button", name="Download").click()
    picture = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert picture.format == "PNG"
    assert min(picture.size) > 200


def test_a_pixel_that_nobody_saw_has_no_class_on_the_page_and_in_the_file(page: Page, url: str):
    row, column, _ = HOLE
    kinds = "".join(f"&show={kind}" for kind in ("Classes", "Difference", "Probability", "Entropy"))
    at(page, f"{url}/?dataset=extremes&lake=small&models=logistic&pixel={row},{column}{kinds}")
    readout = page.locator(".viewer .readout")
    expect(readout.locator("[data-key='model:logistic'] .value")).to_have_text("no data")
    expect(readout.locator("[data-key='model:logistic difference'] .value")).to_have_text("not compared")
    for kind in ("water", "entropy"):
        expect(readout.locator(f"[data-key='model:logistic {kind}'] .value")).to_have_text("no value")
    expect(page.get_by_text("This pixel is fill")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Predictions as NPZ").click()
    with np.load(download.value.path()) as content:
        found, likely = content["logistic/classes"], content["logistic/probabilities"]
    assert np.argwhere(found == 0).tolist() == [[row, column]]
    assert np.argwhere(np.isnan(likely)).tolist() == [[row, column, k] for k in range(3)]


def test_downloads_maps_and_pictures_of_the_lake(page: Page, url: str, dataset: Dataset, lab: Path, tmp_path: Path):
    lake = dataset.lake_ids[0]
    at(page, f"{url}/?dataset=dataset1&lake={lake}&models=logistic")
    files = {}
    for button in ("Maps as GeoTIFF", "Pictures as PNG"):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        with zipfile.ZipFile(download.value.path()) as archive:
            archive.extractall(tmp_path)
            files[download.value.suggested_filename] = archive.namelist()
    assert files == {
        f"dataset1-{lake}-maps.zip": [
            f"{lake}-{source}{ending}"
            for source in ("labels", "logistic-probabilities", "logistic")
            for ending in (".qml", ".tif", ".tif.aux.xml")
            if (source, ending) != ("logistic-probabilities", ".tif.aux.xml")
        ],
        f"dataset1-{lake}-pictures.zip": [f"{lake}-{each}.png" for each in ("labels", "logistic-water", "logistic")],
    }
    with rasterio.open(tmp_path / f"{lake}-logistic.tif") as file:
        np.testing.assert_array_equal(file.read(1), predicted(lab, dataset, lake, "logistic"))
    with rasterio.open(tmp_path / f"{lake}-labels.tif") as file:
        np.testing.assert_array_equal(file.read(1), dataset.lake(lake).labels)
    with Image.open(tmp_path / f"{lake}-logistic.png") as picture:
        assert picture.text["model"] == "logistic"


def test_a_difference_panel_counts_missed_and_false_water(page: Page, url: str, dataset: Dataset, lab: Path):
    lake = dataset.lake(dataset.lake_ids[0])
    said, water = predicted(lab, dataset, lake.id, "logistic") == WATER, lake.labels == WATER
    missed, false = (water & ~said).sum(), (said & ~water & (lake.labels != UNCLASSIFIED)).sum()
    at(page, f"{url}/?dataset=dataset1&lake={lake.id}&models=logistic&show=Classes&show=Difference")
    expect(page.locator(".viewer .panel")).to_have_count(4)
    legend = page.locator(".viewer .legend")
    expect(legend).to_contain_text(f"missed water {missed:,}")
    expect(legend).to_contain_text(f"false water {false:,}")
    seen = paint(page, "model:logistic difference")
    assert (MISSED in seen, FALSE_WATER in seen) == (missed > 0, false > 0)
    assert missed + false > 0


def test_swipes_between_labels_and_a_model(page: Page, url: str, dataset: Dataset):
    at(page, f"{url}/?dataset=dataset1&models=logistic")
    viewer = page.locator(".viewer")
    viewer.get_by_label("Swipe between two panels").click()
    viewer.get_by_label("Left of the divider").select_option("labels")
    viewer.get_by_label("Right of the divider").select_option("model:logistic")
    expect(viewer.locator(".panel")).to_have_count(1)
    divider = viewer.get_by_role("slider", name="Divider of the swipe")
    box = viewer.locator(".panel .view").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    for start, end, shown in ((0.5, 1, "100"), (1, 0, "0")):  # all labels, then all model: it knows no third class
        page.mouse.move(box["x"] + start * box["width"] - (start == 1), middle)
        page.mouse.down()
        page.mouse.move(box["x"] + end * box["width"] + (2 if end else -2), middle, steps=4)
        page.mouse.up()
        expect(divider).to_have_attribute("aria-valuenow", shown)
        assert (colour(UNCLASSIFIED) in paint(page, "labels")) == (shown == "100")
    lake_title(page, dataset.lake_ids[0])


def test_space_holds_the_overlay_off_and_presses_nothing(page: Page, url: str, dataset: Dataset):
    at(page, f"{url}/?dataset=dataset1&models=logistic")
    viewer = page.locator(".viewer")
    bare = paint(page, "picture")
    page.keyboard.press("ArrowRight")  # the button of the key would take a Space that the viewer lets through
    lake_title(page, dataset.lake_ids[1])
    page.keyboard.press("ArrowLeft")
    lake_title(page, dataset.lake_ids[0])
    viewer.get_by_label("Overlay the water of").select_option("labels")
    viewer.get_by_label("Overlay style").select_option("fill")
    expect(viewer).to_have_attribute("data-overlay", "labels")
    assert paint(page, "picture") != bare
    viewer.locator(".panel[data-key=picture] .view").hover()
    page.keyboard.down(" ")
    expect(viewer).to_have_attribute("data-overlay", "")
    assert paint(page, "picture") == bare
    page.keyboard.up(" ")
    expect(viewer).to_have_attribute("data-overlay", "labels")
    assert paint(page, "picture") != bare
    lake_title(page, dataset.lake_ids[0])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_single_pixel_and_the_largest_lake_have_every_panel(new_page: Callable[..., Page], url: str, scheme: str):
    kinds = "".join(f"&show={kind}" for kind in ("Classes", "Difference", "Probability", "Entropy", "True+water"))
    page = at(new_page(color_scheme=scheme), f"{url}/?dataset=extremes&models=logistic{kinds}")
    viewer = page.locator(".viewer")
    for lake, (height, width) in EXTREMES.items():
        expect(viewer).to_have_attribute("data-lake", re.compile(f"/{lake}$"))
        expect(viewer.locator(".panel[data-kind=message], .panel[data-kind=pending]")).to_have_count(0)
        expect(viewer.locator(".panel")).to_have_count(7)
        for panel in viewer.locator(".panel").all():
            key = panel.get_attribute("data-key")
            assert key is not None
            assert paint(page, key), f"{lake}: {key} is empty"
            box = panel.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) > 40
            assert box["x"] + box["width"] <= 1280
        viewer.locator(".panel[data-key=labels] .view").hover()  # in the middle
        expect(viewer).to_have_attribute("data-row", re.compile(f"^({height // 2}|{(height - 1) // 2})$"))
        expect(viewer).to_have_attribute("data-col", re.compile(f"^({width // 2}|{(width - 1) // 2})$"))
        expect(page.get_by_text(f"{height * width:,} px:")).to_be_visible()
        page.keyboard.press("ArrowRight")


def test_a_dataset_of_six_bands(page: Page, url: str):
    at(page, f"{url}/?dataset=six&models=logistic&models=mndwi&composite=Three+bands")
    refused, ready = (page.locator(f".panel[data-key='model:{model}']") for model in ("logistic", "mndwi"))
    expect(ready).to_have_attribute("data-kind", "classes")
    expect(refused.locator(".note")).to_contain_text("needs band 5, the data has 1, 2, 3, 4, 6, 7")
    before = paint(page, "picture")
    red, options = page.get_by_role("combobox", name="Red"), page.get_by_role("option")
    red.focus()  # scrolls to it; a list that opens while the sidebar still moves closes again
    red.press("ArrowDown")
    expect(options).to_have_text([str(band) for band in SIX_BANDS])
    options.get_by_text("7", exact=True).click()
    expect(page).to_have_url(re.compile("red=7"))
    expect(page.locator(".panel[data-key=picture] .title").first).to_have_text("Bands 7-2-3")
    assert paint(page, "picture") != before


def test_a_damaged_model_has_its_panel_and_the_page_lives(page: Page, url: str, dataset: Dataset):
    at(page, f"{url}/?dataset=dataset1&models=damaged&models=logistic")
    expect(page.get_by_text("card.json is damaged")).to_be_visible()
    page.keyboard.press("ArrowRight")
    lake_title(page, dataset.lake_ids[1])


def test_a_long_name_leaves_the_buttons_beside_it(page: Page, url: str):
    at(page, f"{url}/?dataset=named")
    for lake in ("b", LONG_NAME):
        if lake == LONG_NAME:
            page.keyboard.press("ArrowRight")
        lake_title(page, lake)
        title = page.get_by_role("heading", name=f"Lake {lake}").bounding_box()
        button = page.get_by_role("button", name="Lakes Shortcut L").bounding_box()
        assert title
        assert button
        assert title["x"] + title["width"] <= button["x"]
        assert title["y"] <= button["y"] + button["height"] / 2 <= title["y"] + title["height"]


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
    expect(page.get_by_text("Predicting…")).to_have_count(0, timeout=150_000)
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
