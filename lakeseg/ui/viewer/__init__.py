"""The linked image viewer: panels of one lake under one camera and one crosshair.

    panels = (image_panel("rgb", "Natural colour", rgb), classes_panel("labels", "Labels", codes))
    scene = Scene("D1-0042", 171, 168, panels)
    pixel = viewer(scene, key="viewer")   # (row, column) of the last click, or None

Everything but a click stays in the browser: zoom, pan, crosshair, readout, overlay, swipe, present mode and the PNG.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from lakeseg.ui.viewer import assets
from lakeseg.ui.viewer.overlays import PatchOverlay, RegionOverlay
from lakeseg.ui.viewer.scene import (
    Panel,
    Scene,
    classes_panel,
    counts_panel,
    difference_panel,
    encode_scene,
    image_panel,
    message_panel,
    pending_panel,
    scalar_panel,
)

__all__ = [
    "Panel",
    "PatchOverlay",
    "RegionOverlay",
    "Scene",
    "classes_panel",
    "counts_panel",
    "difference_panel",
    "drawn_on",
    "encode_scene",
    "image_panel",
    "message_panel",
    "pending_panel",
    "scalar_panel",
    "viewer",
]

_COMPONENT = st.components.v2.component("lakeseg_viewer", html=assets.html(), css=assets.css(), js=assets.javascript())


@dataclass
class _Selection:
    """The marked pixel of one viewer and who said so last: the page (`given`) or a click (`clicked`)."""

    lake: str | None = None
    pixel: tuple[int, int] | None = None
    given: tuple[int, int] | None = None
    clicked: tuple[int, ...] | None = None
    mark: tuple[int, int] | None = None
    serial: int = 0

    def give(self, lake: str, pixel: tuple[int, int] | None) -> None:
        """Take the page's pixel if it or the lake is new, and send it to the browser if that has another one."""
        if (lake, pixel) == (self.lake, self.given):
            return
        self.lake, self.given = lake, pixel
        if pixel != self.pixel:
            self.pixel = self.mark = pixel
            self.serial += 1

    def click(self, value: Any) -> None:
        """Take the browser's [row, column] or [row, column, click number] if it is news."""
        clicked = None if value is None else tuple(int(part) for part in value)
        if clicked is not None and clicked != self.clicked:
            self.clicked = clicked
            self.pixel = self.given = (clicked[0], clicked[1])


def viewer(
    scene: Scene, key: str = "viewer", *, height: int | None = None, share: float = 0.7
) -> tuple[int, int] | None:
    """Show `scene` and return the marked pixel as (row, column): the last click or `scene.selected`, what is newer.

    The page gives back as `scene.selected` in its next run what was returned here, or something else to move the mark.

    Args:
        scene: The lake and its panels.
        key: Identifies this viewer; camera, overlay, swipe and present mode are remembered under it.
        height: Most height in CSS pixels, toolbar and readout included; None takes a `share` of the window's. Panels
            are squares where the width allows: the height depends on their number and on the window, never on the lake,
            so switching lakes moves nothing.
        share: Most height as a share of the window's, 0 to 1, but no less than 420 CSS pixels.
    """
    memory: _Selection = st.session_state.setdefault(f"_{key}_selection", _Selection())
    memory.give(scene.lake, scene.selected)
    data = encode_scene(scene, select=(memory.serial, memory.mark), max_height=height, window_share=share, name=key)
    nothing = {"pixel": None, "drawn": None}
    result = _COMPONENT(data=data, key=key, default=nothing, on_pixel_change=_noop, on_drawn_change=_noop)
    memory.click(result.pixel)
    return memory.pixel if scene.contains(memory.pixel) else None


def drawn_on(name: str, key: str = "viewer", serial: int = 0) -> str | None:
    """Return what is drawn on a region, as runs (`lakeseg.review.runs`); None if nothing was sent for it.

    `name` and `serial` are those of its `RegionOverlay`.

    It may be called before the viewer is drawn, and in callbacks: the answer is what the browser sent last.
    """
    sent = (st.session_state.get(key) or {}).get("drawn") or {}
    return str(sent["runs"]) if (sent.get("of"), sent.get("serial")) == (name, serial) else None


def _noop() -> None:
    """Streamlit wants a callback for each state key; the run after a click does the work."""
