"""The table where one decides: the region in the viewer, the keys beside it, the evidence below. It reruns alone."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from lakeseg.review.regions import Regions
from lakeseg.review.verdicts import HONEYPOT
from lakeseg.ui import state, status
from lakeseg.ui.cache import regions as kept
from lakeseg.ui.explore.panels import caption
from lakeseg.ui.frame import View
from lakeseg.ui.review import absent, bulk, controls, evidence, tables
from lakeseg.ui.review.choices import Choices
from lakeseg.ui.review.desk import Desk
from lakeseg.ui.review.pictures import Pictures, with_words
from lakeseg.ui.review.question import Item, Table
from lakeseg.ui.text import plain
from lakeseg.ui.viewer import RegionOverlay, Scene, viewer

SIDE: Final = 272  # width of the controls in CSS pixels
SHARE: Final = 0.62  # of the window's height that the viewer takes


def show(view: View, regions: Regions, choices: Choices, reviewer: str) -> None:
    """Show what lies on the desk."""
    st.fragment(_decide)(view, regions, choices, reviewer)


@status.errors_in_a_line()
def _decide(view: View, regions: Regions, choices: Choices, reviewer: str) -> None:
    table, problem = tables.lay(view, regions, choices, reviewer)
    desk: Desk = state.desk(f"{view.dataset.fingerprint} {reviewer}", Desk)
    desk.offline = problem
    desk.disputed = state.take_adjudicate(view.dataset.fingerprint) or desk.disputed
    item = desk.lay(table)
    if item is None:
        absent.all_done(table, desk)
        return
    found = bulk.alike(table, item)
    pictures = kept.pictures_of(table.dataset, item.lake, regions)
    with st.container(horizontal=True, gap="small"):
        left, right = st.container(width="stretch", gap="xsmall"), st.container(width=SIDE, gap="xsmall")
    with right:
        once, again = controls.show(table, desk, item, len(found))
        controls.reveal(table, desk)
        evidence.show_alike(table, item)
        if table.ledger.problem:
            st.warning(plain(table.ledger.problem), icon=":material/info:")
    with left:
        _show_lake(table, desk, item, pictures, (f"{once} A" if desk.bulk else once, again))
        if desk.bulk and len(found):
            bulk.show(table, desk, item, found)
        else:
            evidence.show(table, item, pictures)
    for lake in desk.coming(table):
        kept.prepare(table.dataset, lake, regions)


def _show_lake(table: Table, desk: Desk, item: Item, pictures: Pictures, keys: tuple[str, str]) -> None:
    """Show the lake with the region framed and outlined; the browser keeps keys from acting unseen."""
    desk.beat += 1
    lake = pictures.lake
    mask = np.zeros(lake.shape, bool)
    mask.ravel()[item.positions] = True
    overlay = RegionOverlay(
        item.token,
        mask,
        drawable=len(item.positions) > 1,
        drawn=desk.suggested[1],
        serial=desk.suggested[0],
        once=keys[0],
        plain=keys[1],
        buttons=f"st-key-{controls.BUTTONS}",
        note=controls.NOTE,
        beat=desk.beat,
    )
    panels = pictures.chosen(table.shown, item.positions if item.purpose == HONEYPOT else None)
    scene = Scene(
        f"{table.dataset.fingerprint[:12]}/{lake.id}",
        *lake.shape,
        with_words(panels, _opinions(table, item)),
        table.dataset.pixel_size_m,
        caption=caption(table.dataset, lake),
        region=overlay,
    )
    viewer(scene, key=controls.VIEWER, share=SHARE)


def _opinions(table: Table, item: Item) -> dict[str, str]:
    """Return the water that each model sees in the region, by the key of its panel; short, for panels are small."""
    regions = table.regions
    if item.region is None or table.blind or table.tested:
        return {}
    said = zip(regions.judges, regions.water[item.region], strict=True)
    return {f"model:{one.id}": f"{100 * float(p):.0f}\N{NO-BREAK SPACE}%" for one, p in said}
