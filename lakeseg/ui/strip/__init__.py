"""A strip of thumbnails of lakes, each a click away."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
_COMPONENT = st.components.v2.component(
    "lakeseg_strip",
    html='<nav class="strip" aria-label="Lakes to choose from"></nav>',
    css=(_FOLDER / "strip.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "strip.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Thumbnail:
    """One lake of the strip: its id, a short text under the picture, and a small WebP picture."""

    lake: str
    text: str
    webp: bytes


def strip(thumbnails: Sequence[Thumbnail], current: str, on_pick: Callable[[str], None], key: str = "strip") -> None:
    """Show thumbnails with `current` marked; a click calls `on_pick` with the lake's id before the next run."""
    items = [asdict(item) | {"webp": base64.b64encode(item.webp).decode("ascii")} for item in thumbnails]

    def picked() -> None:
        lake = st.session_state[key].get("lake")
        if lake is not None:
            on_pick(lake)

    _COMPONENT(data={"items": items, "current": current}, key=key, on_lake_change=picked)
