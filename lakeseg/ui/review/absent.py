"""What stands where there is nothing to decide: no unclassified pixels, no regions yet, all done."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lakeseg.bands import UNCLASSIFIED
from lakeseg.data.dataset import Dataset
from lakeseg.ui import cache
from lakeseg.ui.frame import View
from lakeseg.ui.review.desk import Desk
from lakeseg.ui.review.question import Table
from lakeseg.ui.text import full_name, plain

WATCH_SECONDS: Final = 1.0


def no_pixels(dataset: Dataset) -> bool:
    """Say so where a dataset has no unclassified pixels; return whether that is so."""
    count = int(dataset.total_counts()[UNCLASSIFIED])
    if not count:
        st.info(
            f"{plain(full_name(dataset))} has no unclassified pixels, so there is nothing to settle: choose another "
            "dataset at the left.",
            icon=":material/task_alt:",
        )
    return not count


def no_regions(view: View) -> None:
    """Offer to cut the regions, or show how far that is."""
    warmer = cache.warmer()
    if warmer.is_cutting(view.dataset):
        st.fragment(_watch, run_every=WATCH_SECONDS)(view.dataset)
        return
    count = int(view.dataset.total_counts()[UNCLASSIFIED])
    st.markdown(f"**{count:,} unclassified pixels** wait to be grouped into regions.")
    st.button(
        "Group them now",
        key="cut_regions",
        type="primary",
        icon=":material/play_arrow:",
        on_click=warmer.cut,
        args=(view.dataset,),
        help=f"The same as `python -m lakeseg review build --dataset {view.dataset.path.name}`. About a minute, "
        "and longer where models have to predict first.",
    )
    if warmer.problem:
        st.caption(f":material/warning: {plain(warmer.problem)}")


def _watch(dataset: Dataset) -> None:
    """Show how far it is; when it ends, there are regions to show."""
    warmer = cache.warmer()
    if not warmer.is_cutting(dataset):
        st.rerun()
    here = warmer.is_at_regions(dataset)
    text = plain(warmer.text) if here and warmer.text else "waiting for its turn"
    st.progress(min(warmer.share, 1.0) if here else 0.0, text=f":small[Grouping pixels into regions: {text}]")


def all_done(table: Table, desk: Desk) -> None:
    """Say that nothing is left, and offer what there still is."""
    left = table.standing.left(table.reviewer)
    elsewhere = int((left > 0).sum())
    mine = table.ledger.pixels_by_reviewer().get(table.reviewer, 0)
    if desk.skipped:
        st.markdown(f"**Nothing left but what you skipped.** You settled {mine:,} px.")
        st.button(f"Bring the {len(desk.skipped):,} skipped back", key="unskip", on_click=desk.skipped.clear)
    elif elsewhere:
        st.markdown(
            f"**Nothing left that the filters keep.** {elsewhere:,} other regions are open: loosen the filters."
        )
    else:
        st.markdown(f"**All done.** You settled every region: {mine:,} px.")
    last = next(iter(table.ledger.mine(table.reviewer, 1)), None)
    if last is not None:
        st.button("Take back the last", key=f"undo_{last.id}", shortcut="Z", on_click=desk.undo, args=(table, last.id))
