"""What the sidebar of every page asks: dataset and lake; and, where a page wants it, models and the order of lakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd
import streamlit as st

from lakeseg.catalogue import DISAGREEMENT, FILE_ORDER, ORDERS, WORST, Selection, arrange
from lakeseg.data.dataset import Dataset
from lakeseg.store import BrokenModel, Card
from lakeseg.ui import cache, state
from lakeseg.ui.text import plain

SHOWN_FIRST: Final = ("fcn-lakeseg", "unet-paper-16", "logistic")
SHOWN_AT_FIRST: Final = 3
LISTED_LAKES: Final = 1000
MODELS_TO_DIFFER: Final = 2


def pick_dataset(datasets: Mapping[str, Dataset], first: str = "") -> Dataset:
    """Ask for a dataset by the name of its file. Labels are what the URL holds, so they are plain ids throughout.

    Where nobody chose one, `first` is shown, or the first of all.
    """
    names = list(datasets)
    state.begin(state.DATASET, names, first if first in names else names[0])
    name = st.selectbox(
        "Dataset",
        names,
        index=None,
        key=state.DATASET,
        bind="query-params",
        on_change=state.dataset_changed,
        args=(state.current(state.DATASET),),
    )
    return datasets.get(str(name), datasets[names[0]])


def pick_models(cards: Mapping[str, Card], broken: Sequence[BrokenModel], dataset: Dataset) -> list[str]:
    """Ask for models; those that fit the dataset's bands are offered first, the damaged ones last."""
    fitting = [key for key, card in cards.items() if card.fits(dataset.bands, dataset.of_pixels)]
    options = sorted(cards, key=lambda key: key not in fitting) + [model.id for model in broken]
    first = sorted(fitting, key=lambda key: _rank(cards[key], dataset))[:SHOWN_AT_FIRST]
    state.begin(state.MODELS, options, first)
    names = "  \n".join(f"**{plain(key)}**: {plain(cards[key].title)}" for key in options if key in cards)
    return st.pills(
        "Models",
        options,
        selection_mode="multi",
        key=state.MODELS,
        bind="query-params",
        help=f"Each model gets a panel of its own.  \n{names}",
    )


def _rank(card: Card, dataset: Dataset) -> tuple[bool, int]:
    """Rank models for the first view: those trained on this dataset, then one of each family."""
    place = SHOWN_FIRST.index(card.id) if card.id in SHOWN_FIRST else len(SHOWN_FIRST)
    return card.dataset.get("fingerprint") != dataset.fingerprint, place


def pick_order(dataset: Dataset, cards: Sequence[Card]) -> pd.DataFrame:
    """Ask how the lakes are filtered and sorted and return the rows of the lake table that are left, in order."""
    order = st.selectbox("Sort lakes", list(ORDERS), key=state.ORDER, bind="query-params")
    with st.popover("Filter lakes", icon=":material/filter_list:", width="stretch"):
        domains = sorted(set(dataset.lakes.domain.tolist()) - {""})
        chosen = st.multiselect("Domains", domains, key=state.DOMAINS, bind="query-params", disabled=not domains)
        pixels = st.number_input("At least this many pixels", 0, step=500, key=state.MIN_PIXELS, bind="query-params")
        unclassified = st.slider(
            "At least this much unclassified, %", 0, 100, 0, key=state.MIN_UNCLASSIFIED, bind="query-params"
        )
    order = order if order in ORDERS else FILE_ORDER
    extra = (
        {"disagreement %": cache.disagreements(dataset, cards)}
        if order == DISAGREEMENT and len(cards) >= MODELS_TO_DIFFER
        else {}
    )
    selection = Selection(order, tuple(chosen), int(pixels), float(unclassified), extra)
    frame = arrange(cache.table(dataset, cards), selection)
    if order in (WORST, DISAGREEMENT) and (ORDERS[order][0] not in frame or frame[ORDERS[order][0]].isna().all()):
        needed = "two models" if order == DISAGREEMENT and len(cards) < MODELS_TO_DIFFER else "predictions of all lakes"
        st.caption(f"This order needs {needed} first.")
    return frame


def pick_lake(dataset: Dataset, frame: pd.DataFrame) -> str:
    """Ask for a lake among the rows of `frame`; the current one stays on offer when a filter hides it."""
    options = _near(dataset, frame["lake"].tolist())
    state.begin(state.LAKE, options, options[0])
    chosen = st.selectbox(
        "Lake",
        options,
        index=None,
        key=state.LAKE,
        bind="query-params",
        on_change=state.lake_changed,
        args=(state.current(state.LAKE),),
    )
    if len(frame) > len(options):
        st.caption(f"The nearest {len(options):,} of {len(frame):,} lakes; the list (L) searches all.")
    return str(chosen) if chosen in options else options[0]


def known_lake(dataset: Dataset) -> str:
    """Return the lake that was chosen on another page, or the first."""
    here = state.current(state.LAKE)
    return here if here is not None and here in dataset.lakes else dataset.lake_ids[0]


def _near(dataset: Dataset, ids: list[str]) -> list[str]:
    """Return the lakes on offer: at most `LISTED_LAKES` of `ids` around the current one, which is always among them."""
    if not ids:
        st.caption("No lake passes the filter: loosen it.")
    here = state.current(state.LAKE)
    if here is None or here not in dataset.lakes:
        return ids[:LISTED_LAKES] or dataset.lakes.id[:LISTED_LAKES].tolist()
    options = ids if here in ids else [here, *ids]
    start = max(0, min(options.index(here) - LISTED_LAKES // 2, len(options) - LISTED_LAKES))
    return options[start : start + LISTED_LAKES]
