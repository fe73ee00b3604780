"""How the models learned: loss and accuracy per epoch, time, parameters, device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from lakeseg.cards import Card
from lakeseg.figures.comparisons import training_chart
from lakeseg.study.published import facts
from lakeseg.ui import charts, state
from lakeseg.ui.evaluate import tables
from lakeseg.ui.text import plain, short

MEASURES: Final = {"Loss": ("loss", "val_loss"), "Accuracy": ("accuracy", "val_accuracy")}
PARTS: Final = ("training", "validation")
HELP: Final = {
    "s per epoch": "Median. The study printed 30 s for its FCN and 23 s for its U-Net, on other hardware.",
    "Study, s": "As printed in the study of 2018.",
    "Parameters": "Numbers that training set.",
    "Validation loss": "Cross-entropy a labelled pixel after the last epoch.",
}


def show(cards: Mapping[str, Card], chosen: Sequence[Card]) -> None:
    """Show the curves of any trained models on one axis; only this reruns."""
    st.fragment(_show)(cards, [card.id for card in chosen])


def _show(cards: Mapping[str, Card], chosen: Sequence[str]) -> None:
    trained = {key: card for key, card in cards.items() if len(_values(card, "loss")) > 1}
    if not trained:
        st.caption("No model here learned by epochs: train a network with `python -m lakeseg train`.")
        return
    first = [key for key in chosen if key in trained] or list(trained)
    picked = st.pills(
        "Networks", list(trained), selection_mode="multi", default=first, key=state.TRAINED, bind="query-params"
    )
    shown = [trained[key] for key in picked if key in trained]
    if not shown:
        st.caption("Choose networks to see how they learned.")
        return
    _curves(shown)
    rows = [_row(card) for card in shown]
    tables.show(pd.DataFrame([row for row, _ in rows]), "training", HELP, pd.DataFrame([exact for _, exact in rows]))


def _curves(cards: Sequence[Card]) -> None:
    """Show loss, and accuracy where it was recorded."""
    tables_of = {measure: _curve(cards, measure) for measure in MEASURES}
    drawn = [measure for measure in MEASURES if not tables_of[measure].empty]
    for column, measure in zip(st.columns(max(len(drawn), 1)), drawn, strict=False):
        chart = training_chart(tables_of[measure], measure)
        charts.show(column, chart, key=f"training_{measure}", alt=f"{measure} per epoch")
    silent = sorted({card.title for card in cards} - set(tables_of["Accuracy"]["model"]))
    words = "Solid: training, each batch before its step. Dashed: validation lakes, after the epoch."
    st.caption(words + (f" Accuracy was not recorded yet for {plain(', '.join(silent))}." if silent else ""))


def _values(card: Card, name: str) -> list[float]:
    """Return a curve of a card, in which somebody may have written anything; unknown values are NaN."""
    values = card.history.get(name)
    kept = values if isinstance(values, list) else []
    return [float(value) if isinstance(value, int | float) else float("nan") for value in kept]


def _curve(cards: Sequence[Card], measure: str) -> pd.DataFrame:
    rows = [
        {"model": card.title, "part": part, "epoch": epoch, "value": value}
        for card in cards
        for part, name in zip(PARTS, MEASURES[measure], strict=True)
        for epoch, value in enumerate(_values(card, name), start=1)
    ]
    return pd.DataFrame(rows, columns=["model", "part", "epoch", "value"]).dropna()


def _row(card: Card) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what is known of a training, as words and as numbers."""
    seconds, patch = card.seconds_per_epoch, int(card.config.get("patch") or 0)
    losses, checked = _values(card, "loss"), _values(card, "val_loss")
    last = checked[-1] if checked else float("nan")
    published = facts()["training"]["seconds_per_epoch"].get(card.kind)
    where = f"{card.dataset.get('name', '')}" + (
        "" if not card.dataset.get("simulated") or "simulated" in str(card.dataset.get("name")) else " (simulated)"
    )
    words = {
        "Network": card.title,
        "Epochs": f"{len(losses)}",
        "s per epoch": "–" if seconds is None else f"{seconds:.3g}",
        "Study, s": "–" if published is None else f"{published}",
        "Parameters": f"{card.parameters:,}",
        "Validation loss": short(last) if last < 1 else f"{last:.3f}",
        "Device": card.device or "–",
        "Trained on": where,
    }
    exact = {"model": card.id, "epochs": len(losses), "seconds_per_epoch": seconds, "study_seconds": published}
    exact |= {"parameters": card.parameters, "patch": patch, "val_loss": last, "device": card.device, "dataset": where}
    return words, exact
