"""Settle all regions like this one in one go: listed before, taken back as one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from lakeseg.bands import WATER as WATER_CODE
from lakeseg.review.verdicts import LAND, WATER
from lakeseg.ui.cache import regions as kept
from lakeseg.ui.review import controls, words
from lakeseg.ui.review.desk import Desk
from lakeseg.ui.review.question import Item, Table


def alike(table: Table, item: Item) -> np.ndarray:
    """Return the (n,) open regions that the filters keep and that one verdict could settle with this one."""
    if table.blind or table.tested or item.region is None or item.disputed:
        return np.empty(0, np.int64)
    found = kept.spectra(table.regions).open_alike(item.region, table.standing.left(table.reviewer))
    return np.asarray(found[table.wanted[found]])


def show(table: Table, desk: Desk, item: Item, found: np.ndarray) -> None:
    """List them, with the button that accepts."""
    verdict = WATER if table.regions.unanimous[found[0]] == WATER_CODE else LAND
    left = table.standing.left(table.reviewer)[found]
    token = item.token
    with st.container(key="bulk_buttons", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f"All models call these **{len(found):,} regions, {int(left.sum()):,} px** {words.NAMES[verdict].lower()}.",
            width="stretch",
        )
        st.button(
            f"Accept: {words.NAMES[verdict].lower()}",
            key=f"accept_{token}",
            shortcut="A",
            type="primary",
            on_click=_accept,
            args=(table, desk, token, found, verdict),
        )
    near = kept.spectra(table.regions).distances(int(found[0]))[found]
    listed = pd.DataFrame(
        {
            "Lake": [table.lake_of(int(region)) for region in found],
            "Pixels": left,
            "Distance, sd": near.round(2),
            "Water, %": (100 * table.regions.water[found].mean(axis=1)).round(1),
        }
    )
    st.dataframe(listed, hide_index=True, height=150, width="stretch")


def _accept(table: Table, desk: Desk, token: str, found: np.ndarray, verdict: str) -> None:
    """Callback: keep one verdict for all of them."""
    desk.accept(table, token, found, verdict, controls.confidence())
