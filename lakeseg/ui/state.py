"""The state of a view: the keys of its widgets, which bind themselves to the URL, and the callbacks that change it.

Only `begin` writes to the URL, before there are widgets: a later write from Python would carry the values that bound
widgets had one run before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

DATASET, LAKE, MODELS, SHOW = "dataset", "lake", "models", "show"
COMPOSITE, RED, GREEN, BLUE, INDEX = "composite", "red", "green", "blue", "index"
STRETCH, GAMMA = "stretch", "gamma"
ORDER, DOMAINS, MIN_PIXELS, MIN_UNCLASSIFIED = "order", "domains", "min_px", "min_unclassified"
PIXEL = "pixel"
PATCH_SIZE, GAP, PRUNE, PATCH_VIEW = "size", "gap", "prune", "answer"
PATCH_MODEL, PATCH_COMPOSITE = "patch_model", "patch_composite"
LAKE_TABLE = "lake_table"
BANDS_VIEW, SUBSET_MODEL, SUBSET_TABLE, _PRESET = "part", "of_model", "subset_table", "_preset"
OF_DOMAIN, OF_CLASSES, PCA_SCALED, PCA_AXES = "of_domain", "of_class", "scaled", "axes"
SPLIT, OF_LAKES, OF_SIZES, RULE, EVALUATE_TAB, CELL = "split", "domain", "lake_size", "unclassified", "tab", "cell"
MATRIX, THRESHOLD, BINS, FIRST, SECOND, TRAINED = "matrix", "threshold", "bins", "a", "b", "trained"
QUESTION, POINT = "question", "point"
RULE_OF_QUEUE, BLIND, REVIEW_SHOW = "rank", "blind", "panels"
VOTE, OPINION, JUDGE, REGION_SIZE = "vote", "opinion", "judge", "region_px"
HONEYPOTS, REPEATS, FRACTION, NOTE = "honeypots", "repeats", "water_percent", "note"
CONFIDENCE, QUEUE_TABLE, _DESK = "confidence", "queue_table", "_desk"
REVIEW_DOMAINS, REVIEW_LAKES = "of_domains", "of_lakes"
REVIEW_PART = "part_of_review"
SAME_MEANS, DISAGREEMENTS, _LEAVING = "same", "disagreements", "_leaving"
WEIGH, LEAST, CHANGE_OF = "weigh", "least", "change_of"
REVIEWER, REMEMBERED_REVIEWER, _SURE_REVIEWER = "reviewer", "remembered_reviewer", "sure_reviewer"
_FRESH = "_fresh"
_PICKED = "_picked"
_ADJUDICATE = "_adjudicate"


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


def asked(key: str) -> list[str]:
    """Return what the link asks for under a key, which need not exist."""
    return list(st.query_params.get_all(key))


def link(**changed: str) -> dict[str, str | list[str]]:
    """Return everything that the link holds, with some of it changed."""
    return {key: st.query_params.get_all(key) for key in st.query_params} | changed


def current(key: str) -> str | None:
    """Return the single value of a choice: of the session, else of the link."""
    return st.session_state.get(key, st.query_params.get(key))


def begin(key: str, options: Collection[str], first: str | list[str]) -> None:
    """Give a choice without a default its first value, so that it always stands in the link.

    That is on the first run without a usable value in the link, and after a change of the dataset. A value that stands
    in the session but not in the link is one from another page: it is set anew, for Streamlit forgets those that came
    by a link. Call it before the widget is drawn: only then may the link be written from here.
    """
    fresh: set[str] = st.session_state.get(_FRESH, set())
    here, in_link = st.session_state.get(key), asked(key)
    if key in fresh:
        fresh.remove(key)
    elif here is not None and not in_link:
        first = here
        with suppress(StreamlitAPIException):  # bound to a widget of this page: the link follows its value
            st.query_params[key] = here
    elif here is None and not any(value in options for value in in_link):
        st.query_params[key] = first
    else:
        return
    st.session_state[key] = first


def go_to(lake_id: str) -> None:
    """Callback: show another lake."""
    if st.session_state.get(LAKE) != lake_id:
        st.session_state[LAKE] = lake_id
        select_pixel(None)


def keep(key: str, before: str | None) -> bool:
    """Put a cleared field back to what it held; say whether it had been cleared."""
    cleared = st.session_state[key] is None
    if cleared:
        st.session_state[key] = before
    return cleared


def lake_changed(before: str | None) -> None:
    """Callback of the lake field: another lake has no selected pixel yet."""
    if not keep(LAKE, before):
        select_pixel(None)


def pick(lake_id: str) -> None:
    """Callback of the list: show a lake and let the list close."""
    go_to(lake_id)
    st.session_state[_PICKED] = True


def chosen_row(table: str = LAKE_TABLE) -> int | None:
    """Return the row chosen in a table, by default the list of lakes, in a callback of that table."""
    rows = st.session_state[table].selection.rows
    return int(rows[0]) if rows else None


def take_picked() -> bool:
    """Say, once, whether a lake was picked from the list."""
    return bool(st.session_state.pop(_PICKED, False))


def step(ids: Sequence[str], by: int) -> None:
    """Callback: show the lake `by` places further in `ids`, stopping at both ends."""
    here = st.session_state.get(LAKE)
    position = ids.index(here) + by if here in ids else 0
    go_to(ids[min(max(position, 0), len(ids) - 1)])


def dataset_changed(before: str | None) -> None:
    """Callback of the dataset field: another one has other lakes, perhaps other bands: these choices start anew."""
    if keep(DATASET, before):
        return
    st.session_state[_FRESH] = {LAKE, MODELS}
    for key in (DOMAINS, OF_LAKES, CELL, LAKE_TABLE):
        st.session_state.pop(key, None)
    select_pixel(None)


def show_dataset(name: str) -> None:
    """Callback: show another dataset."""
    before = st.session_state.get(DATASET)
    st.session_state[DATASET] = name
    dataset_changed(before)


def turn(key: str, options: Sequence[str], by: int) -> None:
    """Callback: choose the option `by` places further under a key, stopping at both ends."""
    here = st.session_state.get(key)
    position = options.index(here) + by if here in options else 0
    st.session_state[key] = options[min(max(position, 0), len(options) - 1)]


def band_key(band: int) -> str:
    """Return the key of the switch of a band."""
    return f"b{band}"


def band_switched(band: int, available: Sequence[int]) -> None:
    """Callback of a switch: the last band stays on."""
    if not any(st.session_state.get(band_key(other)) for other in available):
        st.session_state[band_key(band)] = True


def switch_bands(bands: Collection[int], available: Sequence[int]) -> None:
    """Switch exactly these bands on: in a callback, or before the switches are drawn."""
    for band in available:
        st.session_state[band_key(band)] = band in bands


def show_preset(name: str | None) -> str:
    """Let the choice of presets show this one, before it is drawn; return its key."""
    st.session_state[_PRESET] = name
    return _PRESET


def preset_chosen(presets: Mapping[str, Collection[int]], available: Sequence[int], drawn: Collection[int]) -> None:
    """Callback of the presets; with a quick switch the browser sends the preset of before, which nobody chose."""
    thrown = any(st.session_state[band_key(band)] != (band in drawn) for band in available)
    if not thrown and st.session_state[_PRESET] in presets:
        switch_bands(presets[st.session_state[_PRESET]], available)


def subset_chosen(subsets: Sequence[Collection[int]], available: Sequence[int]) -> None:
    """Callback of the table of subsets: switch to the one in the chosen row."""
    rows = st.session_state[SUBSET_TABLE].selection.rows
    if rows and rows[0] < len(subsets):
        switch_bands(subsets[rows[0]], available)


def lassoed(key: str) -> Mapping[str, Sequence[Mapping[str, Sequence[float]]]]:
    """Return what is drawn around points of the chart `key`: lists `lasso` and `box` of outlines `x`, `y`."""
    chart = st.session_state.get(key) or {}
    return chart.get("selection") or {}


def picked_point(chart: str, selection: str) -> Mapping[str, str] | None:
    """Return the point that was clicked in a chart, in a callback of that chart."""
    points = st.session_state[chart].get("selection", {}).get(selection) or []
    return dict(points[0]) if points else None


def choose_cell(name: str) -> None:
    """Callback of the confusion matrices: look at a cell."""
    st.session_state[CELL] = name


def leave_for(lake_id: str, at: tuple[int, int] | None = None) -> None:
    """Callback: open this lake in Explore at a pixel, which the run that follows does; the models stay chosen."""
    st.session_state[LAKE] = lake_id
    select_pixel(at)
    st.session_state[_LEAVING] = {} if at is None else {PIXEL: f"{at[0]},{at[1]}"}


def is_leaving() -> bool:
    """Say whether a lake was asked for in Explore."""
    return _LEAVING in st.session_state


def take_leaving() -> Mapping[str, str] | None:
    """Return, once, the link by which a lake is opened in Explore, if one was asked for.

    It holds what no widget of the page that is left is bound to: Streamlit refuses the rest, which the session keeps.
    """
    link: Mapping[str, str] | None = st.session_state.pop(_LEAVING, None)
    return link


def chosen_rows(key: str) -> list[int]:
    """Return the rows chosen in the table `key`, in ascending order."""
    table = st.session_state.get(key) or {}
    return sorted(int(row) for row in table.get("selection", {}).get("rows", []))


def adjudicate(dataset: str, items: Sequence[tuple[str, str]]) -> None:
    """Callback: let the table where one decides show these pixels next, as (lake id, runs), before anything else.

    `dataset` is the fingerprint of theirs.
    """
    st.session_state[_ADJUDICATE] = dataset, list(items)
    st.session_state[REVIEW_PART] = "Decide"


def take_adjudicate(dataset: str) -> list[tuple[str, str]] | None:
    """Return, once, the pixels that somebody asked to adjudicate, or None; those of another dataset are dropped."""
    of, items = st.session_state.pop(_ADJUDICATE, (None, None))
    return items if of == dataset else None


def value(key: str, usual: Any) -> Any:
    """Return the value of a choice, or what it usually is."""
    found = st.session_state.get(key)
    return usual if found is None else found


def put(key: str, given: Any) -> None:
    """Callback: change the value of a choice."""
    st.session_state[key] = given


def desk(name: str, make: Callable[[], Any]) -> Any:
    """Return what lies on the desk `name` of this session, made by `make` when it is asked for first."""
    key = f"{_DESK} {name}"
    if key not in st.session_state:
        st.session_state[key] = make()
    return st.session_state[key]


def reviewer_remembered() -> None:
    """Callback of the browser's memory: take the name that it remembers, unless one is there already."""
    name = remembered_reviewer()
    if name and not st.session_state.get(REVIEWER):
        st.session_state[REVIEWER] = name


def remembered_reviewer() -> str:
    """Return the name that the browser remembered on arrival, empty where it did not."""
    return str((st.session_state.get(REMEMBERED_REVIEWER) or {}).get("name") or "")


def review_as(name: str | None = None) -> None:
    """Callback: somebody has said who reviews, by typing or by choosing `name`."""
    if name is not None:
        st.session_state[REVIEWER] = name
    st.session_state[_SURE_REVIEWER] = True


def is_sure_who_reviews() -> bool:
    """Say whether somebody has said in this session who reviews: a link or a memory alone does not."""
    return bool(st.session_state.get(_SURE_REVIEWER))
