"""Switching lakes on Explore: time on the server and bytes to the browser, beside an empty Streamlit page.

    PYTHONPATH=. python benchmarks/explore.py [--switches 30] [--dataset dataset2]

Needs the demo data, the shipped models and Chromium. What the models that are shown first say of every lake is
predicted beforehand unless it is in the cache. Both pages are driven in turn by the Right key.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from benchmarks.shared.browser import ROOT, Tab, launch, machine, say, server, show, verdict, warm

FIRST_MODELS: Final = ("fcn-lakeseg", "unet-paper-16", "logistic")
EMPTY: Final = (
    "import streamlit as st\n"
    "st.session_state.setdefault('n', 0)\n"
    "def step(): st.session_state.n += 1\n"
    "st.button('next', shortcut='Right', on_click=step)\n"
    "st.write(st.session_state.n)\n"
)
LIMIT_MS: Final = 250
LIMIT_KB: Final = 200


def measure(switches: int, dataset: str) -> dict[str, list[tuple[float, int]]]:
    """Return milliseconds and bytes of every switch, of Explore and of the empty page in turn."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY)
        with server(ROOT / "app.py") as app_url, server(empty) as empty_url, sync_playwright() as playwright:
            browser = launch(playwright)
            pages = [browser.new_page(viewport={"width": 1280, "height": 800}) for _ in range(2)]
            models = "".join(f"&models={model}" for model in FIRST_MODELS)
            tabs = {
                "explore": Tab(pages[0], f"{app_url}/?dataset={dataset}{models}", ".viewer[data-state=ready]"),
                "empty page": Tab(pages[1], empty_url, "button:has-text('next')"),
            }
            say("both pages stand")
            for tab in tabs.values():
                tab.press("ArrowRight")  # the first switch of a server reads what later ones find in its caches
            results: dict[str, list[tuple[float, int]]] = {name: [] for name in tabs}
            for number in range(switches):
                for name, tab in tabs.items():
                    results[name].append(tab.press("ArrowRight"))
                say(f"{number + 1} of {switches}: {results['explore'][-1][0]:.0f} ms")
            browser.close()
    return results


def main() -> None:
    """Drive both pages in turn and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--switches", type=int, default=30)
    parser.add_argument("--dataset", default="dataset2", help="file name in data/, without .h5")
    args = parser.parse_args()
    warm(args.dataset, FIRST_MODELS)
    results = measure(args.switches, args.dataset)
    print(machine())
    medians = {name: show(name, values) for name, values in results.items()}
    (ms, kb), (empty_ms, _) = medians["explore"], medians["empty page"]
    print(f"explore / empty page: {ms / empty_ms:.1f} × the time")
    verdict("a switch", ms, LIMIT_MS, "ms")
    verdict("its messages", kb, LIMIT_KB, "kB")


if __name__ == "__main__":
    main()
