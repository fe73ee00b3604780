"""A region in question in the viewer: framed, outlined, drawn on, and no key acts on one that nobody has seen."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from lakeseg.review import runs

APPS = Path(__file__).parent / "apps"
sys.path.insert(0, str(APPS))
import viewer_data as data  # noqa: E402 - it stands beside the app that shows it

REGION = (255, 79, 216)
HAS_COLOUR = """(canvas, [r, g, b]) => {
  const found = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  for (let i = 0; i < found.length; i += 4) if (found[i] === r && found[i + 1] === g && found[i + 2] === b) return true;
  return false;
}"""
PLUS_ONE = "plain: 1"


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(APPS / "region_app.py")


@pytest.fixture
def root(page: Page, address: str) -> Locator:
    page.goto(address)
    found = page.locator(".viewer")
    expect(found).to_have_attribute("data-region", "region 0")
    expect(found).to_have_attribute("data-guard", "open")
    return found


def camera(root: Locator) -> tuple[float, float, float]:
    """Centre column, centre row, CSS pixels per pixel."""
    x, y, scale = (root.get_attribute("data-camera") or "").split(",")
    return float(x), float(y), float(scale)


def place(root: Locator, key: str, row: float, column: float) -> tuple[float, float]:
    """Where a point of the lake (pixel centres at whole numbers) stands in the window."""
    box = root.locator(f".panel[data-key={key}] .view").bounding_box()
    x, y, scale = camera(root)
    assert box
    return (
        box["x"] + box["width"] / 2 + (column + 0.5 - x) * scale,
        box["y"] + box["height"] / 2 + (row + 0.5 - y) * scale,
    )


def drawn(page: Page, of: set[tuple[int, int]]) -> None:
    """Expect that Python has these (row, column) and no others."""
    positions = np.array(sorted(row * data.WIDTH + column for row, column in of))
    expect(page.get_by_text(f"drawn: {runs.encode(positions)}", exact=True)).to_be_visible()


def drag(page: Page, points: list[tuple[float, float]]) -> None:
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()


def test_each_region_is_framed_with_room_and_outlined(page: Page, root: Locator) -> None:
    # Rows 20–24, columns 30–39: centre column 35, row 22.5; 26 pixels across at least (2 × 10 are fewer).
    view = root.locator(".panel[data-key=labels] .view").bounding_box()
    assert view
    x, y, scale = camera(root)
    assert scale == pytest.approx(min(view["width"], view["height"]) / 26, rel=0.01)
    assert (x, y) == (35, 22.5)
    for key in ("rgb", "labels"):
        picture = root.locator(f".panel[data-key={key}] .picture")
        assert picture.evaluate(HAS_COLOUR, list(REGION))
    page.keyboard.press("f")
    expect(root).to_have_attribute("data-camera", re.compile("^40.0000,30.0000,"))  # the whole lake
    page.keyboard.press("f")
    expect(root).to_have_attribute("data-camera", re.compile(f"^{x:.4f},{y:.4f},"))
    assert camera(root) == (x, y, scale)
    page.keyboard.press("w")
    expect(root).to_have_attribute("data-region", "region 1")
    expect(root).to_have_attribute("data-camera", re.compile("^61.0000,41.0000,"))


def test_lasso_brush_and_shift_draw_pixels_of_the_region_only(page: Page, root: Locator) -> None:
    page.get_by_role("button", name=re.compile("^Lasso")).click()
    # Around rows 18–21 and columns 28–32: of the region (rows 20–24, columns 30–39) rows 20–21 and columns 30–32.
    corners = [(17.5, 27.5), (17.5, 32.5), (21.5, 32.5), (21.5, 27.5)]
    drag(page, [place(root, "labels", row, column) for row, column in corners])
    wanted = {(row, column) for row in (20, 21) for column in (30, 31, 32)}
    drawn(page, wanted)
    expect(root).to_have_attribute("data-drawn-pixels", "6")
    page.get_by_role("button", name=re.compile("^Brush")).click()
    reach = 9 / camera(root)[2]  # pixels
    drag(page, [place(root, "rgb", 23, column) for column in (35, 38)])
    wanted |= {
        (row, column)
        for row in range(20, 25)
        for column in range(30, 40)
        if np.hypot(row - 23, max(35 - column, 0, column - 38)) <= reach
    }
    drawn(page, wanted)
    page.keyboard.down("Shift")
    page.mouse.click(*place(root, "rgb", 20, 30))
    page.keyboard.up("Shift")
    wanted = {(row, column) for row, column in wanted if np.hypot(row - 20, column - 30) > reach}
    drawn(page, wanted)
    page.keyboard.press("l")
    text = runs.encode(np.array(sorted(row * data.WIDTH + column for row, column in wanted)))
    expect(page.get_by_text(f"decided: L0:{text}", exact=True)).to_be_visible()
    expect(root).to_have_attribute("data-drawn-pixels", "")
    before = camera(root)
    drag(page, [place(root, "rgb", 40, 60), place(root, "rgb", 44, 64)])  # no tool: the drag pans
    expect(root).not_to_have_attribute("data-camera", ",".join(f"{value:.4f}" for value in before))


def test_what_is_drawn_can_be_forgotten(page: Page, root: Locator) -> None:
    page.get_by_role("button", name=re.compile("^Brush")).click()
    page.mouse.click(*place(root, "labels", 22, 35))
    expect(root).to_have_attribute("data-drawn-pixels", re.compile(r"\d"))
    page.get_by_role("button", name="Forget what is drawn").click()
    expect(root).to_have_attribute("data-drawn-pixels", "")
    expect(page.get_by_text("drawn:", exact=True)).to_be_visible()


def test_touch_draws_and_a_second_finger_cancels(new_page: Callable[..., Page], address: str) -> None:
    page = new_page(has_touch=True)
    page.goto(address)
    root = page.locator(".viewer")
    expect(root).to_have_attribute("data-region", "region 0")
    page.get_by_role("button", name=re.compile("^Brush")).tap()
    page.touchscreen.tap(*place(root, "labels", 22, 35))
    expect(root).to_have_attribute("data-drawn-pixels", re.compile(r"\d"))


def test_two_presses_decide_one_region_and_a_held_key_acts_once(page: Page, root: Locator) -> None:
    page.evaluate(
        "for (const t of ['keydown','keyup','keydown','keyup']) "
        "document.body.dispatchEvent(new KeyboardEvent(t, {key: 'w', code: 'KeyW', keyCode: 87, bubbles: true}))"
    )
    expect(root).to_have_attribute("data-region", "region 1")
    expect(root).to_have_attribute("data-guard", "open")
    for _ in range(12):  # held down: repeated presses without a release
        page.keyboard.down("l")
        page.wait_for_timeout(60)
    page.keyboard.up("l")
    expect(page.get_by_text("decided: W0: L1:", exact=True)).to_be_visible()
    expect(root).to_have_attribute("data-region", "region 2")
    for _ in range(5):
        page.keyboard.down("1")
    page.keyboard.up("1")
    expect(page.get_by_text(PLUS_ONE, exact=True)).to_be_visible()


def test_a_double_click_decides_one_region(page: Page, root: Locator) -> None:
    page.get_by_role("button", name=re.compile("^W")).dblclick()
    expect(root).to_have_attribute("data-region", "region 1")
    page.wait_for_timeout(400)
    expect(page.get_by_text("decided: W0:", exact=True)).to_be_visible()


def test_n_leads_to_the_note_and_enter_back_to_the_keys(page: Page, root: Locator) -> None:
    page.keyboard.press("n")
    note = page.get_by_label("Note")
    expect(note).to_be_focused()
    page.keyboard.type("will lie")
    expect(note).to_have_value("will lie")
    page.keyboard.press("Enter")
    expect(note).not_to_be_focused()
    page.keyboard.press("w")
    expect(page.get_by_text("decided: W0:", exact=True)).to_be_visible()
