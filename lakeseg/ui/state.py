"""The state of a view: the keys of its widgets, which bind themselves to the URL, and the callbacks that change it.

Nothing here writes to the URL: a write from Python would carry the values that bound widgets had one run before.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

DATASET, LAKE, MODELS, SHOW = "dataset", "lake", "models", "show"
COMPOSITE, RED, GREEN, BLUE, INDEX = "composite", "red", "green", "blue", "index"
STRETCH, GAMMA = "stretch", "gamma"
ORDER, DOMAINS, MIN_PIXELS, MIN_UNCLASSIFIED = "order", "domains", "min_px", "min_unclassified"
PIXEL = "pixel"
LAKE_TABLE = "lake_table"
_FRESH = "_fresh"
_PICKED = "_picked"


def pixel(height: int, width: int) -> tuple[int, int] | None:
    """Return the selected (row, column), or None where there is none inside the lake."""
    text = str(st.session_state.get(PIXEL, st.query_params.get(PIXEL, "")))
    try:
        row, column = (int(part) for part in text.split(","))
    except ValueError:
        return None
    return (row, column) if 0 <= row < height and 0 <= column < width else None


def select_pixel(chosen: tuple[int, int] | None) -> None:
    """Select a pixel: in a callback, or before the field that holds it is drawn."""
    st.session_state[PIXEL] = "" if chosen is None else f"{chosen[0]},{chosen[1]}"


def current_lake(ids: Sequence[str]) -> str | None:
    """Return the lake of the session or of the URL if it is one of `ids`."""
    wanted = st.session_state.get(LAKE, st.query_params.get(LAKE))
    return wanted if wanted in ids else None


def unknown_lake(ids: Sequence[str]) -> str | None:
    """Return the lake that the URL asks for although the dataset does not hold it."""
    wanted = st.query_params.get(LAKE)
    return wanted if wanted is not None and wanted not in ids else None


def go_to(lake_id: str) -> None:
    """Callback: show another lake."""
    if st.session_state.get(LAKE) != lake_id:
        st.session_state[LAKE] = lake_id
        select_pixel(None)


def lake_changed(before: str | None) -> None:
    """Callback of the lake field: a cleared field keeps its lake, another lake has no selected pixel yet."""
    if st.session_state[LAKE] is None:
        st.session_state[LAKE] = before
    else:
        select_pixel(None)


def pick(lake_id: str) -> None:
    """Callback of the list: show a lake and let the list close."""
    go_to(lake_id)
    st.session_state[_PICKED] = True


def take_picked() -> bool:
    """Say, once, whether a lake was picked from the list."""
    return bool(st.session_state.pop(_PICKED, False))


def step(ids: Sequence[str], by: int) -> None:
    """Callback: show the lake `by` places further in `ids`, stopping at both ends."""
    here = st.session_state.get(LAKE)
    position = ids.index(here) + by if here in ids else 0
    go_to(ids[min(max(position, 0), len(ids) - 1)])


def dataset_changed() -> None:
    """Callback: another dataset has other lakes, and perhaps other bands: let these choices start anew."""
    st.session_state[_FRESH] = {LAKE, MODELS}
    for key in (DOMAINS, LAKE_TABLE):
        st.session_state.pop(key, None)
    select_pixel(None)


def needs_start(key: str, options: Sequence[str]) -> bool:
    """Say whether a choice without a default has to be given its first value: that way it always stands in the link.

    So it is on the first run without a usable value in the link, and after a change of the dataset.
    """
    fresh: set[str] = st.session_state.get(_FRESH, set())
    if key in fresh:
        fresh.remove(key)
        return True
    return key not in st.session_state and not set(st.query_params.get_all(key)) & set(options)
