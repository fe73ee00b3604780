"""The flips of a whole dataset, as measured by `python -m lakeseg study flips`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lakeseg.analysis.flips import FLIP_SIZES
from lakeseg.cards import Card
from lakeseg.figures.sizes import changed_chart, flips_chart
from lakeseg.study.flips import PART, wanted
from lakeseg.ui import charts, offer
from lakeseg.ui.frame import View
from lakeseg.ui.text import full_name, plain


def show(view: View, card: Card) -> None:
    """Show the share of pixels that flip, by how often and by size, for every model that was measured."""
    st.markdown("##### Flips of the dataset")
    rows = offer.rows(PART, view, wanted)
    if not rows:
        return
    own = next((row for row in rows if row["model"] == card.id), None)
    st.caption(f"{plain(full_name(view.dataset))}. {_in_words(own) if own else ''}")
    often, by_size = st.columns(2)
    charts.show(often, flips_chart(rows))
    charts.show(by_size, changed_chart(rows, FLIP_SIZES))


def _in_words(row: Mapping[str, Any]) -> str:
    ever = sum(row["flips"][1:]) / row["pixels"]
    kind = "test lakes" if row["split"] == "test" else "lakes from all over"
    basis = f"{row['lakes']:,} of {row.get('of_lakes', row['lakes']):,} {kind}, {row['pixels']:,} px"
    return (
        f"{plain(row['title'])} ({basis}): {ever:.1%} of the pixels change their class at one size or more, "
        f"{row['flips'][-1] / row['pixels']:.2%} at every size."
    ).replace("%", " %")
