"""Moving between lakes: previous and next, the strip of thumbnails, the list."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from lakeseg.catalogue import neighbours
from lakeseg.data.dataset import Dataset
from lakeseg.ui import cache, state
from lakeseg.ui.data import world
from lakeseg.ui.strip import Thumbnail, strip
from lakeseg.ui.text import full_name, plain

STRIP_LENGTH: Final = 13
MAP_HEIGHT: Final = 260
_STEPS: Final = (("Previous lake", "chevron_left", "Left", -1), ("Next lake", "chevron_right", "Right", 1))


def show_header(dataset: Dataset, lake_id: str, frame: pd.DataFrame) -> None:
    """Show which lake this is, and the buttons to its neighbours (Left and Right keys) and to the list (L)."""
    ids = frame["lake"].tolist()
    table, row = dataset.lakes, dataset.lakes.position(lake_id)
    words = [full_name(dataset), f"{table.height[row]}×{table.width[row]} px", table.domain[row]]
    if lake_id in ids:
        words.append(f"{ids.index(lake_id) + 1:,} of {len(ids):,}")
    details = " · ".join(word for word in words if word)
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="xxsmall"):
        title = f"Lake {plain(lake_id)} :small[:gray[{plain(details)}]]"
        st.subheader(title, anchor=False, width="stretch", wrap=False)  # a long id ends in …, its whole shows on hover
        _show_place(dataset, lake_id)
        if st.button("Lakes", key="open_list", shortcut="L", help="All lakes: search, sort, open"):
            _list(frame)
        for name, icon, key, by in _STEPS:
            st.button(
                "",
                icon=f":material/{icon}:",
                key=f"step_{key}",
                shortcut=key,
                help=name,
                disabled=len(ids) < 2,
                on_click=state.step,
                args=(ids, by),
            )


def _show_place(dataset: Dataset, lake_id: str) -> None:
    """Offer a small map of where a lake lies, if its coordinates are known."""
    if not world.is_placed(dataset.lakes, lake_id):
        return
    with st.popover("", icon=":material/public:", help="Where this lake lies", on_change="rerun", key="place") as place:
        if place.open:
            deck = world.deck_of_one(dataset, lake_id)
            words = world.place_in_words(dataset.lakes, lake_id)
            drawn = " · drawn at random by the simulator" if dataset.simulated else ""
            st.markdown(f"**{plain(lake_id)}** :small[:gray[{plain(words + drawn)}]]")
            world.show(deck, MAP_HEIGHT, key="place_map")
            st.caption(world.SOURCE)


def show_strip(dataset: Dataset, frame: pd.DataFrame, current: str) -> None:
    """Show thumbnails of the lakes around the current one, in the order of the list."""
    ids = neighbours(frame["lake"].tolist(), current, STRIP_LENGTH)
    water = frame.loc[frame["lake"].isin(ids)].set_index("lake")["water %"]
    tiles = [
        Thumbnail(lake, f"{water[lake]:.1f} % water", cache.thumb(dataset.fingerprint, lake, dataset)) for lake in ids
    ]
    if tiles:
        strip(tiles, current, state.go_to)


@st.dialog("Lakes", width="large", icon=":material/list:")
def _list(frame: pd.DataFrame) -> None:
    """Show every lake of the list; choosing a row opens it and closes the list."""
    if state.take_picked():
        st.rerun()
    wanted = st.text_input("Find", placeholder="Part of an id or a domain", key="find", label_visibility="collapsed")
    if wanted:
        text = frame["lake"] + " " + frame["domain"]
        frame = frame[text.str.contains(wanted, case=False, regex=False)]
    ids = frame["lake"].tolist()
    st.caption(
        f"Listed: {len(ids):,}, in the order of the sidebar; click a heading to sort, a box at the left to open."
    )
    st.dataframe(
        frame,
        hide_index=True,
        key=state.LAKE_TABLE,
        on_select=lambda: _picked(ids),
        height=420,
        selection_mode="single-row",
        column_config=_formats(frame),
        width="stretch",
    )


def _formats(frame: pd.DataFrame) -> dict[str, Any]:
    formats = {name: st.column_config.NumberColumn(format="%.1f") for name in frame if str(name).endswith("%")}
    scores = {name: st.column_config.NumberColumn(format="%.3f") for name in frame if "F1" in str(name)}
    return formats | scores | {"pixels": st.column_config.NumberColumn(format="localized")}


def _picked(ids: list[str]) -> None:
    """Callback: open the lake whose row was chosen."""
    row = state.chosen_row()
    if row is not None and row < len(ids):
        state.pick(ids[row])
