"""Whether a probability of water means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from lakeseg.analysis.calibration import BINS
from lakeseg.figures.curves import HEIGHT, bin_chart, reliability_chart, reliability_table
from lakeseg.ui import charts, state, status
from lakeseg.ui.cache import evaluate as cache
from lakeseg.ui.evaluate import tables
from lakeseg.ui.evaluate.subjects import Subject
from lakeseg.ui.text import plain, short

EQUAL_WIDTH, EQUAL_MASS = "equal width", "equal mass"
HELP: Final = {
    "Calibration error": "Expected calibration error: the gap between the mean probability of water and the share "
    "labelled water in each bin, averaged over pixels. 95 % interval over lakes, those that share ground together.",
    "Largest gap": "Of the bins that hold at least one pixel in a hundred.",
}


def show(subjects: Sequence[Subject]) -> None:
    """Show reliability diagram and calibration error."""
    ready = [one for one in subjects if one.is_ready]
    if not ready:
        st.caption("The diagram needs the predictions of all lakes in question; it appears when these are there.")
        st.skeleton(height=HEIGHT)
        return
    st.fragment(_show)(ready)


@status.errors_in_a_line()
def _show(ready: Sequence[Subject]) -> None:
    bins = st.segmented_control(
        f"{BINS} bins of",
        (EQUAL_WIDTH, EQUAL_MASS),
        default=EQUAL_WIDTH,
        required=True,
        key=state.BINS,
        bind="query-params",
        help="Equal width: even steps from 0 to 1. Equal mass: about as many pixels in each; equal edges are merged.",
    )
    found = {one.title: cache.reliability(one, bins == EQUAL_MASS) for one in ready}
    table = reliability_table(found)
    if table.empty:
        st.caption("Nothing to compare: these lakes have no pixel labelled water or land.")
        return
    left, right = st.columns(2)
    charts.show(left, reliability_chart(table), key="reliability", alt="Reliability diagram")
    charts.show(right, bin_chart(table), key="reliability_bins", alt="Pixels a bin")
    rows, exact = [], []
    for one in ready:
        each = found[one.title]
        ends = each.interval
        pixels = int(each.pixels.sum())
        kept = each.pixels >= 0.01 * pixels
        gap = float(pd.Series(abs(each.said - each.found)[kept]).max())
        fine = f"{100 * each.error:.2f} % [{100 * ends.low:.2f}, {100 * ends.high:.2f}]"
        rows.append({"Model": one.title, "Calibration error": fine, "Largest gap": short(gap), "Pixels": f"{pixels:,}"})
        exact.append(
            {
                "model": one.card.id,
                "bins": bins,
                "error": each.error,
                "low": ends.low,
                "high": ends.high,
                "pixels": pixels,
            }
        )
    tables.show(pd.DataFrame(rows), "calibration", HELP, pd.DataFrame(exact))
    for one in ready:
        if line := one.card.calibration_line():
            st.caption(f"{plain(one.title)}: {line}")
    with st.expander("All bins as a table", on_change="rerun", key="bins_open") as opened:
        if opened.open:
            tables.show(table, "reliability")
    st.caption(
        "Pixels labelled water or land; unclassified ones are left out. Above the diagonal a model is too shy of water."
    )
