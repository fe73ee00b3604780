"""What a reviewer does in a browser."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Page, expect

PATIENCE = 60_000  # the first visit of a server imports what pages need: long on a machine at work


def at_the_desk(page: Page, url: str, name: str, query: str = "", dataset: str = "dataset1") -> Page:
    """Open Review as somebody."""
    page.goto(f"{url}/review?dataset={dataset}&reviewer={name}&{query}")
    expect(page.locator(".viewer")).to_have_attribute("data-guard", "open", timeout=PATIENCE)
    return page


def press(page: Page, key: str) -> None:
    """Press a key, and wait for the next region."""
    press_each([key], [page])


def press_each(keys: Sequence[str], pages: Sequence[Page]) -> None:
    """Press a key on each of some pages, and then wait until each shows another region and takes keys for it."""
    viewers = [page.locator(".viewer") for page in pages]
    before = [viewer.get_attribute("data-region") or "" for viewer in viewers]
    for page, key in zip(pages, keys, strict=True):
        page.keyboard.press(key)
    for viewer, token in zip(viewers, before, strict=True):
        expect(viewer).not_to_have_attribute("data-region", token, timeout=PATIENCE)
        expect(viewer).to_have_attribute("data-guard", "open", timeout=PATIENCE)
