"""Every subset of the bands: as a picture, as a table, and what is lost without bands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd
import streamlit as st

from lakeseg.analysis.components import LOGISTIC
from lakeseg.analysis.subsets import Bands, drops, is_complete
from lakeseg.bands import BANDS
from lakeseg.cards import Card
from lakeseg.figures.bands import loss_chart, subset_chart, worth_chart, written
from lakeseg.study.results import Result
from lakeseg.study.subsets import PART, any_band_card, is_current, scores_of
from lakeseg.ui import charts, offer, state, status
from lakeseg.ui.bands import cost, toggles
from lakeseg.ui.cache import bands as kept
from lakeseg.ui.frame import View
from lakeseg.ui.text import full_name, plain

TABLE_HEIGHT: Final = 248  # its head and six rows
REGRESSION: Final = "Regression"


def show(view: View) -> None:
    """Show what was measured on every subset; throwing a switch runs this part of the page alone."""
    measured, network = kept.result(PART, view.dataset), any_band_card(list(view.cards.values()), view.dataset)
    models = _models(view.cards, measured, view.dataset.bands) if measured else {}
    if measured and models:
        st.fragment(_explorer)(view, measured, models)
    if not models:
        offer.measurement(PART, view.dataset, "The subsets of the bands were not all scored on this dataset yet.")
    elif network and not is_current(measured, network):
        words = f"{plain(network.title)} was not scored on the subsets since it was trained."
        offer.measurement(PART, view.dataset, words)
    cost.show(view, network, measured if network and is_current(measured, network) else None)


@status.errors_in_a_line()
def _explorer(view: View, measured: Result, models: Mapping[str, Mapping[Bands, float]]) -> None:
    bands = view.dataset.bands
    current = toggles.pick(bands)
    chosen = _pick_model(list(models))
    scores = models[chosen]
    other = next((name for name in models if name != chosen), "")
    charts.show(st, subset_chart(scores, models.get(other, {}), current, (chosen, other)))
    _show_table(models, view)
    st.caption(plain(_origin(view, measured)))
    alone, together = st.columns(2, gap="medium")
    with alone:
        st.markdown("###### What each band adds, on average")
        charts.show(st, worth_chart(scores, bands))
        st.caption("Mean gain of F1 over every order in which bands may come (Shapley values): they add up to F1.")
    with together:
        st.markdown("###### What is lost without one (diagonal) or two")
        charts.show(st, loss_chart(drops(scores, bands), bands))
        st.caption("F1 of all bands less F1 without these. Two that lose more than their sum stand in for each other.")


def _models(cards: Mapping[str, Card], measured: Result, bands: Bands) -> dict[str, dict[Bands, float]]:
    """Return the scores of the network, if its weights are still those that were measured, and of regression.

    A model without a score on every subset of `bands` is left out: of F1 that is undefined nothing follows.
    """
    current = [name for name, print_ in measured.models.items() if name in cards and cards[name].fingerprint == print_]
    networks = {cards[name].title: scores_of(measured, name) for name in current}
    both = networks | {REGRESSION: scores_of(measured, LOGISTIC)}
    return {name: scores for name, scores in both.items() if is_complete(scores, bands)}


def _pick_model(names: list[str]) -> str:
    chosen = st.segmented_control(
        "Model",
        names,
        default=names[0],
        required=True,
        key=state.SUBSET_MODEL,
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen if chosen in names else names[0]


def _show_table(models: Mapping[str, Mapping[Bands, float]], view: View) -> None:
    first = next(iter(models.values()))
    subsets = sorted(first, key=lambda subset: -first[subset])
    columns: dict[str, list] = {"Bands": [written(subset) for subset in subsets], "n": [len(s) for s in subsets]}
    columns |= {f"F1 {name}": [scores[subset] for subset in subsets] for name, scores in models.items()}
    columns["Names"] = [" ".join(BANDS[band].short for band in subset) for subset in subsets]
    table = pd.DataFrame(columns)
    st.dataframe(
        table,
        hide_index=True,
        height=TABLE_HEIGHT,
        key=state.SUBSET_TABLE,
        selection_mode="single-row",
        on_select=lambda: state.subset_chosen(subsets, view.dataset.bands),
        column_config={name: st.column_config.NumberColumn(format="%.3f") for name in table if name.startswith("F1")},
    )


def _origin(view: View, measured: Result) -> str:
    row = measured.rows[0]
    learned = measured.made.get("training_pixels", 0)
    return (
        f"{full_name(view.dataset)}: {row['pixels']:,} px of {row['lakes']:,} test lakes; each regression learned from "
        f"{learned:,} px of the training lakes."
    )
