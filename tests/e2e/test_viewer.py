from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, WebSocket, expect

APPS = Path(__file__).parent / "apps"
sys.path.insert(0, str(APPS))
import viewer_data as data  # noqa: E402 - it stands beside the app that shows it

NAMES = {0: "no label", 1: "water", 2: "land", 3: "unclassified"}
COLOURS = {1: (8, 48, 107), 2: (65, 148, 74), 3: (255, 255, 255)}
MISSED, FALSE_WATER = (197, 27, 138), (255, 149, 0)

LOADS_LATE = """
const read = Response.prototype.text;
const released = new Promise((resolve) => { window.release = () => setTimeout(resolve, 100); });
Response.prototype.text = async function () {
  if (!this.url) await released; // what is not of the network: the viewer's packed modules
  return read.call(this);
};
"""


@pytest.fixture(scope="session")
def address(serve: Callable[..., str]) -> str:
    return serve(APPS / "viewer_app.py")


class Viewer:
    """The viewer as a user meets it; geometry from its data attributes."""

    def __init__(self, page: Page, address: str, query: str = "") -> None:
        page.goto(f"{address}/?{query}")
        self.page = page
        self.root = page.locator(".viewer")
        expect(self.root).to_have_attribute("data-state", "ready")

    def view(self, key: str) -> Locator:
        return self.root.locator(f".panel[data-key={key}] .view")

    @property
    def camera(self) -> tuple[float, float, float]:
        """Centre column, centre row, CSS pixels per pixel."""
        x, y, scale = (self.root.get_attribute("data-camera") or "").split(",")
        return float(x), float(y), float(scale)

    def place(self, key: str, row: float, column: float) -> tuple[float, float]:
        """Where the middle of a pixel stands in the window."""
        box = self.view(key).bounding_box()
        assert box
        x, y, scale = self.camera
        return (
            box["x"] + box["width"] / 2 + (column + 0.5 - x) * scale,
            box["y"] + box["height"] / 2 + (row + 0.5 - y) * scale,
        )

    def pixel_at(self, key: str, left: float, top: float) -> tuple[float, float]:
        """Row and column, with decimals, under a point of the window."""
        y, x = self.place(key, 0, 0)[::-1]
        scale = self.camera[2]
        return (top - y) / scale, (left - x) / scale

    def point(self, key: str, row: float, column: float) -> None:
        self.page.mouse.move(*self.place(key, row, column))

    def expect_hover(self, row: int, column: int) -> None:
        expect(self.root).to_have_attribute("data-row", str(row))
        expect(self.root).to_have_attribute("data-col", str(column))

    def expect_moved(self, before: tuple[float, float, float]) -> None:
        text = ",".join(f"{value:.4f}" for value in before)
        expect(self.root).not_to_have_attribute("data-camera", text)

    def expect_camera(self, camera: tuple[float, float, float]) -> None:
        expect(self.root).to_have_attribute("data-camera", ",".join(f"{value:.4f}" for value in camera))

    def colour(self, key: str, row: int, column: int) -> tuple[int, ...]:
        """What is painted in the middle of a pixel."""
        box = self.view(key).bounding_box()
        assert box
        x, y = self.place(key, row, column)
        return tuple(
            self.view(key)
            .locator(".picture")
            .evaluate(
                "(c, [x, y]) => [...c.getContext('2d').getImageData(x * c.width, y * c.height, 1, 1).data].slice(0, 3)",
                [(x - box["x"]) / box["width"], (y - box["y"]) / box["height"]],
            )
        )

    def picture(self, key: str) -> str:
        return str(self.view(key).locator(".picture").evaluate("canvas => canvas.toDataURL()"))

    def zoom_to(self, key: str, row: float, column: float, notches: int = 4) -> None:
        for _ in range(notches):
            before = self.camera
            self.point(key, row, column)
            self.page.mouse.wheel(0, -150)
            self.expect_moved(before)


@pytest.fixture
def viewer(page: Page, address: str) -> Viewer:
    return Viewer(page, address)


def two_decimals(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")


def test_readout_says_what_numpy_says(viewer: Viewer) -> None:
    readout = viewer.root.locator(".readout")
    height = readout.evaluate("element => element.offsetHeight")
    said = {key: readout.locator(f"[data-key={key}] .value") for key in ("labels", "fcn", "water", "difference")}
    for row, column in [(0, 0), (59, 79), (20, 21), (30, 50), (52, 40)]:
        viewer.point("labels", row, column)
        viewer.expect_hover(row, column)
        number = two_decimals(data.probability()[row, column])
        expect(readout.locator(".place")).to_have_text(f"row {row} col {column}")
        expect(said["labels"]).to_have_text(NAMES[int(data.labels()[row, column])])
        code = int(data.predicted()[row, column])
        expect(said["fcn"]).to_have_text(f"{NAMES[code]} {number}" if code else "no data")
        expect(said["water"]).to_have_text(number)
        if not (code and data.labels()[row, column]):
            expect(said["difference"]).to_have_text("not compared")
        assert readout.evaluate("element => [element.offsetHeight, element.scrollHeight]") == [height, height]


def test_panels_are_painted_in_the_class_colours(viewer: Viewer) -> None:
    for row, column in [(30, 30), (10, 60), (52, 40), (59, 0)]:
        assert viewer.colour("labels", row, column) == COLOURS[int(data.labels()[row, column])]
    assert viewer.colour("difference", 30, 20) == MISSED
    assert viewer.colour("difference", 30, 51) == FALSE_WATER
    assert viewer.colour("difference", 52, 40) == COLOURS[3]
    assert viewer.colour("rgb", 30, 40) == tuple(data.composite(0)[30, 40])
    assert viewer.colour("labels", 3, 3) not in COLOURS.values()
    legend = viewer.root.locator(".legend")
    expect(legend).to_contain_text("missed water 60")  # 30 rows × 2 columns
    expect(legend).to_contain_text("false water 60")


def test_everything_stands_above_the_fold(new_page: Callable[..., Page], address: str) -> None:
    viewer = Viewer(new_page(), address, "panels=4")
    for part in (".readout", ".legend", ".panel >> nth=3"):
        box = viewer.root.locator(part).bounding_box()
        assert box
        assert box["y"] + box["height"] <= 800
    expect(viewer.root.locator(".panel")).to_have_count(4)


@pytest.mark.parametrize("scale_factor", [1, 2])
def test_wheel_keeps_the_pixel_under_the_cursor(new_page: Callable[..., Page], address: str, scale_factor: int) -> None:
    viewer = Viewer(new_page(device_scale_factor=scale_factor), address)
    x, y = map(round, viewer.place("fcn", 12, 66))
    viewer.page.mouse.move(x, y)
    viewer.expect_hover(12, 66)
    under = viewer.pixel_at("fcn", x, y)
    for wheel in (-150, -150, -150, -150, 100):
        before = viewer.camera
        viewer.page.mouse.wheel(0, wheel)
        viewer.expect_moved(before)
        viewer.expect_hover(12, 66)
        assert viewer.pixel_at("fcn", x, y) == pytest.approx(under, abs=0.005)
    assert viewer.colour("fcn", 12, 66) == COLOURS[2]


def test_drag_pans_and_double_click_shows_all(viewer: Viewer) -> None:
    whole = viewer.camera
    viewer.zoom_to("labels", 30, 40)
    x, y, scale = viewer.camera
    viewer.point("labels", 30, 40)
    start = viewer.place("labels", 30, 40)
    viewer.page.mouse.down()
    viewer.page.mouse.move(start[0] + 20, start[1] - 15, steps=4)
    viewer.page.mouse.up()
    viewer.expect_camera((x - 20 / scale, y + 15 / scale, scale))
    expect(viewer.root).to_have_attribute("data-marked", "")  # a drag is no click
    viewer.page.mouse.dblclick(*viewer.place("labels", 30, 40))
    viewer.expect_camera(whole)
    viewer.page.wait_for_timeout(350)
    expect(viewer.root).to_have_attribute("data-marked", "")  # neither is a double click
    expect(viewer.page.get_by_text("pixel: None")).to_be_visible()


def test_pinch_zooms(new_page: Callable[..., Page], address: str) -> None:
    page = new_page(has_touch=True)
    viewer = Viewer(page, address)
    scale = viewer.camera[2]
    x, y = viewer.place("labels", 30, 40)
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *spread: float) -> None:
        points = [{"x": x + sign * spread[0], "y": y, "id": i} for i, sign in enumerate((-1, 1))] if spread else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", 20)
    for spread in (25, 30, 35, 40):
        send("touchMove", spread)
    send("touchEnd")
    expect(viewer.root).not_to_have_attribute("data-camera", re.compile(f",{scale:.4f}$"))
    assert viewer.camera[2] == pytest.approx(2 * scale, rel=0.1)


def test_click_tells_python_and_python_can_move_the_mark(viewer: Viewer) -> None:
    page = viewer.page
    page.mouse.click(*viewer.place("labels", 33, 44))
    expect(page.get_by_text("pixel: (33, 44)")).to_be_visible()
    expect(viewer.root).to_have_attribute("data-marked", "33,44")
    page.mouse.move(5, 5)
    expect(viewer.root.locator(".readout")).to_contain_text("marked row 33 col 44")
    page.get_by_role("button", name="Mark from Python").click()
    expect(page.get_by_text("pixel: (7, 9)")).to_be_visible()
    expect(viewer.root).to_have_attribute("data-marked", "7,9")
    page.mouse.click(*viewer.place("fcn", 33, 44))  # the same pixel as the first click is news again
    expect(page.get_by_text("pixel: (33, 44)")).to_be_visible()
    expect(viewer.root).to_have_attribute("data-marked", "33,44")


def test_only_a_click_reaches_the_server(page: Page, address: str) -> None:
    sent: list[Any] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(frame))  # noqa: PLW0108 - Playwright wraps functions only

    page.on("websocket", listen)
    viewer = Viewer(page, address)
    page.wait_for_timeout(300)
    before = len(sent)
    viewer.zoom_to("labels", 20, 30, notches=2)
    viewer.point("rgb", 40, 40)
    viewer.root.get_by_label("Overlay the water of").select_option("labels")
    viewer.root.get_by_label("Swipe between two panels").click()
    page.wait_for_timeout(300)
    assert len(sent) == before
    page.mouse.click(*viewer.place("rgb", 20, 30))
    expect(page.get_by_text("pixel: (20, 30)")).to_be_visible()
    assert len(sent) > before


def test_space_holds_the_overlay_off(viewer: Viewer) -> None:
    bare = viewer.picture("rgb")
    viewer.root.get_by_label("Overlay the water of").select_option("labels")
    expect(viewer.root).to_have_attribute("data-overlay", "labels")
    outlined = viewer.picture("rgb")
    assert outlined != bare
    viewer.root.get_by_label("Overlay style").select_option("fill")
    viewer.root.get_by_label("Overlay opacity").fill("40")
    assert viewer.picture("rgb") not in (bare, outlined)
    assert viewer.colour("rgb", 30, 70) == tuple(data.composite(0)[30, 70])  # land keeps its colour
    assert viewer.colour("rgb", 30, 30) != tuple(data.composite(0)[30, 30])
    viewer.point("rgb", 30, 70)
    viewer.page.keyboard.down(" ")
    expect(viewer.root).to_have_attribute("data-overlay", "")
    assert viewer.picture("rgb") == bare
    viewer.page.keyboard.up(" ")
    expect(viewer.root).to_have_attribute("data-overlay", "labels")


def test_swipe_between_two_panels(viewer: Viewer) -> None:
    page = viewer.page
    viewer.root.get_by_label("Swipe between two panels").click()
    viewer.root.get_by_label("Left of the divider").select_option("labels")
    viewer.root.get_by_label("Right of the divider").select_option("fcn")
    expect(viewer.root.locator(".panel")).to_have_count(1)
    divider = viewer.root.get_by_role("slider", name="Divider of the swipe")
    box = viewer.view("labels").bounding_box()
    assert box
    # Columns 20 and 21 are water in the labels only, 50 and 51 in the prediction only.
    assert viewer.colour("labels", 30, 20) == COLOURS[1]
    assert viewer.colour("labels", 30, 51) == COLOURS[1]
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 3, middle, steps=3)
    page.mouse.up()
    expect(divider).to_have_attribute("aria-valuenow", "0")
    assert viewer.colour("labels", 30, 20) == COLOURS[2]
    divider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "6")
    expect(page.get_by_text("lake: D1-0000")).to_be_visible()  # the page's Right did not act
    viewer.root.get_by_label("Swipe between two panels").click()
    expect(viewer.root.locator(".panel")).to_have_count(6)


def test_present_mode_fills_the_window_and_outlives_a_lake(viewer: Viewer) -> None:
    page = viewer.page
    toolbar = viewer.root.locator(".toolbar")
    page.keyboard.press("p")
    expect(viewer.root).to_have_attribute("data-mode", "present")
    expect(toolbar).to_be_hidden()
    size = page.evaluate("[innerWidth, innerHeight]")
    assert viewer.root.bounding_box() == {"x": 0, "y": 0, "width": size[0], "height": size[1]}
    inside = "([x, y]) => document.elementFromPoint(x, y).shadowRoot?.querySelector('.viewer') !== undefined"
    for point in ([40, 200], [size[0] - 60, 25]):  # over the sidebar, over the page's header
        assert page.evaluate(inside, point)
    expect(viewer.root.locator(".caption")).to_have_text("Demo · lake D1-0000 · simulated")
    page.keyboard.press("ArrowRight")
    expect(viewer.root).to_have_attribute("data-lake", "D1-0001")
    expect(viewer.root).to_have_attribute("data-mode", "present")
    viewer.point("labels", 30, 30)
    viewer.expect_hover(30, 30)
    page.keyboard.press("Escape")
    expect(viewer.root).not_to_have_attribute("data-mode", "present")
    expect(toolbar).to_be_visible()
    viewer.root.get_by_label("Present (P)").click()
    expect(viewer.root).to_have_attribute("data-mode", "present")
    page.keyboard.press("P")
    expect(toolbar).to_be_visible()


def test_the_view_downloads_as_png(viewer: Viewer) -> None:
    with viewer.page.expect_download() as waiting:
        viewer.root.get_by_label("Download this view as PNG").click()
    assert waiting.value.suggested_filename == "D1-0000.png"
    with Image.open(io.BytesIO(waiting.value.path().read_bytes())) as image:
        image.verify()
    with Image.open(waiting.value.path()) as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    boxes = [panel.bounding_box() for panel in viewer.root.locator(".panel").all()]
    across = max(box["x"] + box["width"] for box in boxes if box) - min(box["x"] for box in boxes if box)
    assert image.width == pytest.approx(2 * (across + 32), abs=2)  # twice the screen, 16 px of margin
    found = {tuple(int(v) for v in colour) for colour in np.unique(pixels, axis=0)}
    assert {COLOURS[1], COLOURS[2], COLOURS[3], MISSED, FALSE_WATER} <= found


def test_zoom_survives_new_images_but_not_a_new_lake(viewer: Viewer) -> None:
    whole = viewer.camera
    viewer.zoom_to("labels", 20, 30)
    viewer.page.mouse.click(*viewer.place("labels", 20, 30))
    expect(viewer.page.get_by_text("pixel: (20, 30)")).to_be_visible()
    near, before = viewer.camera, viewer.picture("rgb")
    viewer.page.get_by_role("button", name="Other images").click()
    expect(viewer.page.get_by_text("images: 1")).to_be_visible()
    viewer.page.wait_for_timeout(200)
    viewer.expect_camera(near)
    expect(viewer.root).to_have_attribute("data-marked", "20,30")
    assert viewer.picture("rgb") != before
    viewer.page.get_by_role("button", name="Next lake").click()
    expect(viewer.root).to_have_attribute("data-lake", "D1-0001")
    viewer.expect_camera(whole)
    expect(viewer.root).to_have_attribute("data-marked", "")
    expect(viewer.page.get_by_text("pixel: None")).to_be_visible()


def test_remount_keeps_the_camera_and_leaves_no_listener(viewer: Viewer) -> None:
    viewer.zoom_to("labels", 20, 30)
    near = viewer.camera
    switch = viewer.page.locator("label", has_text="Show the viewer")
    for _ in range(2):
        switch.click()
        expect(viewer.root).to_have_count(0)
        switch.click()
        expect(viewer.root).to_have_attribute("data-state", "ready")
    viewer.expect_camera(near)
    viewer.page.keyboard.press("p")  # a listener left behind would toggle it back
    expect(viewer.root).to_have_attribute("data-mode", "present")


def test_newer_images_that_arrive_while_the_viewer_loads_are_shown(page: Page, address: str) -> None:
    page.add_init_script(LOADS_LATE)
    page.goto(address)
    expect(page.locator(".viewer")).to_have_attribute("data-state", "empty")
    page.get_by_role("button", name="Next lake").click()
    expect(page.get_by_text("lake: D1-0001")).to_be_visible()
    page.evaluate("release()")
    expect(page.locator(".viewer")).to_have_attribute("data-lake", "D1-0001")
    expect(page.locator(".viewer")).to_have_attribute("data-state", "ready")
    page.keyboard.press("p")  # and it listens
    expect(page.locator(".viewer")).to_have_attribute("data-mode", "present")


def test_text_from_outside_is_never_markup(new_page: Callable[..., Page], address: str) -> None:
    viewer = Viewer(new_page(color_scheme="dark", viewport={"width": 1920, "height": 1080}), address, "pending=1")
    broken = viewer.root.locator(".panel[data-key=broken]")
    expect(broken.locator(".note")).to_have_text(data.MESSAGE)
    expect(broken.locator(".title >> nth=0")).to_have_text("GBM <b>bold</b>")
    assert broken.locator("img, b").count() == 0
    expect(viewer.root.locator(".panel[data-kind=pending]")).to_contain_text("Predicting…")
    assert viewer.colour("labels", 30, 30) == COLOURS[1]  # the same in the dark
