"""Makes Playwright wait while an element is on the page twice.

Streamlit draws a rerun over the page that is there: an element that moves up or down stands at its old place, too,
until the script has ended. Playwright waits for an element to appear, but fails at once where it finds two. Here it
tries again; what is twice on the page for good still fails.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Error, Locator, LocatorAssertions

LIMIT_S = 30.0
ACTIONS = (
    "click",
    "dblclick",
    "hover",
    "fill",
    "press",
    "focus",
    "check",
    "select_option",
    "set_input_files",
    "drag_to",
)
QUESTIONS = ("bounding_box", "evaluate", "get_attribute", "inner_text", "text_content", "input_value", "screenshot")


def install() -> None:
    """Wrap what acts on one element, asks it or expects something of it."""
    expectations = [name for name in vars(LocatorAssertions) if name.startswith(("to_", "not_to_"))]
    for owner, names in ((Locator, [*ACTIONS, *QUESTIONS]), (LocatorAssertions, expectations)):
        for name in names:
            setattr(owner, name, _patient(getattr(owner, name)))


def _patient(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def until_it_is_one(*args: Any, **options: Any) -> Any:
        end = time.monotonic() + LIMIT_S
        while True:
            try:
                return method(*args, **options)
            except (Error, AssertionError) as fault:
                if "strict mode violation" not in str(fault) or time.monotonic() > end:
                    raise
            time.sleep(0.05)

    return until_it_is_one
