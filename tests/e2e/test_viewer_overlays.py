"""The patch grid and the marked pixels over the viewer's pictures."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

APPS = Path(__file__).parent / "apps"
sys.path.insert(0, str(APPS))
import viewer_data as data  # noqa: E402 - it stands beside the app that shows it

MARKED = (0, 229, 255)


@pytest.fixture(scope="session")
def address(serve: Callable[..., str]) -> str:
    return serve(APPS / "overlays_app.py")


@pytest.fixture
def root(page: Page, address: str) -> Locator:
    page.goto(address)
    found = page.locator(".viewer")
    expect(found).to_have_attribute("data-state", "ready")
    return found


def place(root: Locator, key: str, row: float, column: float) -> tuple[float, float]:
    """Where the middle of a pixel stands in the window."""
    box = root.locator(f".panel[data-key={key}] .view").bounding_box()
    x, y, scale = map(float, (root.get_attribute("data-camera") or "").split(","))
    assert box
    return (
        box["x"] + box["width"] / 2 + (column + 0.5 - x) * scale,
        box["y"] + box["height"] / 2 + (row + 0.5 - y) * scale,
    )


def colours(root: Locator, key: str, row: int, column: int) -> set[tuple[int, ...]]:
    """All colours that are painted on one pixel of the lake."""
    box = root.locator(f".panel[data-key={key}] .view").bounding_box()
    assert box
    x, y = place(root, key, row, column)
    scale = float((root.get_attribute("data-camera") or "").split(",")[2])
    found = root.locator(f".panel[data-key={key}] .picture").evaluate(
        """(c, [x, y, side]) => { const [w, n] = [c.width, Math.floor(side * c.width)];
           return [...c.getContext('2d').getImageData(x * w, y * c.height, n, n).data]; }""",
        [(x - scale / 2 - box["x"]) / box["width"], (y - scale / 2 - box["y"]) / box["height"], scale / box["width"]],
    )
    return {tuple(found[i : i + 3]) for i in range(0, len(found), 4)}


def test_the_readout_says_what_became_of_a_patch(page: Page, root: Locator) -> None:
    expect(root).to_have_attribute("data-patches", "16,0,3,5")  # 60 × 80 px
    said = root.locator(".readout [data-key=patch]")
    # Patch 1,1: rows 16–31, columns 16–31, of which columns 20–31 are water: 16 × 12 = 192 px, and 64 of land.
    page.mouse.move(*place(root, "labels", 20, 25))
    expect(said).to_have_text("patch 1,1 kept · 192 water · 64 land")
    page.mouse.move(*place(root, "rgb", 3, 70))
    expect(said).to_have_text("patch 0,4 pruned · 256 land")
    page.mouse.move(*place(root, "rgb", 3, 3))  # the masked corner: 6 × 8 px
    expect(said).to_have_text("patch 0,0 pruned · 208 land · 48 no label")
    page.mouse.move(*place(root, "fcn", 55, 40))
    expect(said).to_have_text("no patch discarded")
    legend = root.locator(".legend")
    kept = page.locator("[data-code=layer-kept]").inner_text()
    pruned = page.locator("[data-code=layer-pruned]").inner_text()
    assert sum(int(re.findall(r"\d+", text)[0]) for text in (kept, pruned)) == 15
    expect(legend).to_contain_text("discarded px 960")  # 12 rows of 80 px


def test_the_slider_moves_the_grid_and_keeps_the_camera(page: Page, root: Locator) -> None:
    page.mouse.move(*place(root, "labels", 30, 30))
    page.mouse.wheel(0, -150)
    expect(root).not_to_have_attribute("data-camera", re.compile("^40"))
    camera = root.get_attribute("data-camera")
    page.get_by_role("slider", name="Size").press("ArrowRight")
    expect(root).to_have_attribute("data-patches", "17,0,3,4")
    assert root.get_attribute("data-camera") == camera


def test_marked_pixels_are_outlined_on_every_picture(page: Page, root: Locator) -> None:
    page.get_by_text("marked", exact=True).click()
    expect(root).to_have_attribute("data-marked-pixels", "240")  # the unclassified bar, 4 × 60 px
    expect(root).to_have_attribute("data-patches", "")
    for key in ("rgb", "labels", "difference"):
        assert MARKED in colours(root, key, 50, 40)
        assert MARKED not in colours(root, key, 40, 75)
    page.get_by_text("nothing", exact=True).click()
    expect(root).to_have_attribute("data-marked-pixels", "")


def test_the_download_has_both_layers(page: Page, root: Locator) -> None:
    page.get_by_text("both", exact=True).click()
    expect(root).to_have_attribute("data-marked-pixels", "240")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download this view as PNG").click()
    with Image.open(io.BytesIO(Path(waiting.value.path()).read_bytes())) as picture:
        seen = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or []}
    assert MARKED in seen
    assert picture.height > data.HEIGHT
