"""Dragging on Patches, Bands and Evaluate: time on the server, beside an empty Streamlit page that does the same.

    PYTHONPATH=. python benchmarks/pages.py [--steps 30] [--dataset dataset2]

Needs the demo data, the shipped models and Chromium. A slider is dragged by its arrow keys, a band switched by a click,
on every page in turn; the empty page moves a slider and writes its value. What the models of Evaluate say of the test
lakes is predicted beforehand unless it is in the cache.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.shared.browser import ROOT, Tab, launch, machine, say, server, show, verdict, warm

MODELS: Final = ("fcn-lakeseg", "unet-paper-16", "logistic")
EMPTY: Final = "import streamlit as st\nst.write(st.slider('Size', 8, 64, 16))\n"
LIMIT_MS: Final = 150
SLIDER: Final = "[data-testid=stMain] [data-testid=stSlider]"
READY: Final = ".viewer[data-state=ready]"

Action = Callable[[Page], None]


def drag(page: Page) -> None:
    """Move the slider that has the focus by one step."""
    page.keyboard.press("ArrowRight")


def switch(page: Page) -> None:
    """Switch a band on or off."""
    page.get_by_text("5 NIR2").first.click()


def open_tabs(browser: Browser, app: str, empty: str, dataset: str) -> dict[str, tuple[Tab, Action]]:
    """Open each page in a tab of its own, its slider in focus."""
    evaluated = f"{app}/evaluate?dataset={dataset}&tab=Threshold" + "".join(f"&models={model}" for model in MODELS)
    tabs = {
        "patches: size": (f"{app}/patches?dataset={dataset}", READY, drag),
        "patches: curves": (f"{app}/patches?dataset={dataset}&answer=Dataset", SLIDER, drag),
        "evaluate: threshold": (evaluated, READY, drag),
        "bands: switch": (f"{app}/bands?dataset={dataset}", READY, switch),
        "empty page": (empty, SLIDER, drag),
    }
    opened = {}
    for name, (url, ready, action) in tabs.items():
        tab = Tab(browser.new_page(viewport={"width": 1280, "height": 800}), url, ready)
        if action is drag:
            tab.page.locator(SLIDER).get_by_role("slider").first.focus()
        opened[name] = (tab, action)
        say(f"{name}: the page stands")
    return opened


def measure(steps: int, dataset: str) -> dict[str, list[tuple[float, int]]]:
    """Return milliseconds and bytes of every step, the pages in turn."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY)
        with server(ROOT / "app.py") as app_url, server(empty) as empty_url, sync_playwright() as playwright:
            browser = launch(playwright)
            tabs = open_tabs(browser, app_url, empty_url, dataset)
            results: dict[str, list[tuple[float, int]]] = {name: [] for name in tabs}
            for number in range(steps + 1):
                for name, (tab, action) in tabs.items():
                    results[name].append(tab.do(action))
                say(f"{number} of {steps}")
            browser.close()
    return {name: values[1:] for name, values in results.items()}  # the first step fills caches


def main() -> None:
    """Drive all pages in turn and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--dataset", default="dataset2", help="file name in data/, without .h5")
    args = parser.parse_args()
    warm(args.dataset, MODELS, "test")
    results = measure(args.steps, args.dataset)
    print(machine())
    medians = {name: show(name, values)[0] for name, values in results.items()}
    for name in list(medians)[:-1]:
        print(f"{name} / empty page: {medians[name] / medians['empty page']:.1f} × the time")
    verdict("dragging the size of the patches", medians["patches: size"], LIMIT_MS, "ms")


if __name__ == "__main__":
    main()
