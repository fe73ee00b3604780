"""What it costs that one network serves every subset, and what the study's networks lose without infrared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from lakeseg.bands import RGB_BANDS
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.figures.bands import ALL, OURS, PUBLISHED, RGB, PatchScore, cost_chart, written
from lakeseg.segmenters.config import LAKESEG, PAPER
from lakeseg.study.published import table4
from lakeseg.study.results import Result
from lakeseg.study.subsets import row_of
from lakeseg.ui import charts
from lakeseg.ui.frame import View
from lakeseg.ui.text import full_name, plain, short, with_interval

PAPER_BANDS: Final = {ALL: (1, 2, 3, 4, 5, 6, 7), RGB: RGB_BANDS}
_UNDEFINED: Final = float("nan")


def show(view: View, network: Card | None, measured: Result | None) -> None:
    """Show both as tables, the second as a picture too."""
    st.markdown("###### One network for any bands against one trained for the subset")
    rows = [_comparison(card, network, measured) for card in _dedicated(view.cards, view.dataset)]
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
    else:
        st.caption(f"No network of one subset was trained on {plain(full_name(view.dataset))}.")
    st.markdown("###### RGB against all bands: the study's Table 4, published (hollow) and ours")
    scores = [*_published(), *_ours(view.cards.values(), view.dataset)]
    charts.show(st, cost_chart(scores))
    st.caption(plain(_terms(view.dataset, scores)))
    st.dataframe(_table(scores), hide_index=True, width="stretch")


def _dedicated(cards: Mapping[str, Card], dataset: Dataset) -> list[Card]:
    """Return the mended networks that were trained on this dataset for one subset."""
    home = [card for card in cards.values() if card.is_home(dataset.fingerprint) and not card.any_bands]
    return [card for card in home if card.kind == "fcn" and card.config.get("variant") == LAKESEG]


def _comparison(card: Card, network: Card | None, measured: Result | None) -> dict[str, str]:
    """Return a row: both F1, and the difference where they were scored on the same pixels."""
    own, words = card.scores.get("test"), {"Bands": written(card.bands), "Trained for these": _written(card)}
    row = row_of(measured, network.id, card.bands) if network else None
    if not own or row is None or row["f1"] is None or own["f1"] is None:
        return words | {"Any bands": "not scored", "Difference": ""}
    f1 = with_interval(row["f1"], _number(row["low"]), _number(row["high"]))
    same = row["pixels"] == own.get("excluded", own).get("pixels")
    difference = f"{row['f1'] - own['f1']:+.3f}".replace("-", "−") if same else "other pixels"
    return words | {"Any bands": f1, "Difference": difference}


def _written(card: Card) -> str:
    score = _score(card, 0, "")
    return f"{with_interval(score.f1, score.low, score.high)}"


def _published() -> list[PatchScore]:
    rows = table4()
    all_bands = [PatchScore(row.patch, ALL, PUBLISHED, _number(row.all_f1)) for row in rows]
    return all_bands + [PatchScore(row.patch, RGB, PUBLISHED, _number(row.rgb_f1)) for row in rows]


def _ours(cards: Sequence[Card] | Any, dataset: Dataset) -> list[PatchScore]:
    """Return the scores of the study's network as trained on this dataset, by patch size and bands."""
    paper = [card for card in cards if card.is_home(dataset.fingerprint) and card.kind == "fcn"]
    paper = [card for card in paper if card.config.get("variant") == PAPER and not card.config.get("gap")]
    return [
        _score(card, int(card.config["patch"]), name)
        for name, bands in PAPER_BANDS.items()
        for card in sorted(paper, key=lambda card: int(card.config["patch"]))
        if tuple(card.bands) == bands
    ]


def _score(card: Card, patch: int, bands: str) -> PatchScore:
    test: Mapping[str, Any] = card.scores.get("test") or {}
    interval: Mapping[str, Any] = test.get("f1_interval") or {}
    ends = _number(interval.get("low")), _number(interval.get("high"))
    return PatchScore(patch, bands, OURS, _number(test.get("f1")), *ends)


def _number(value: float | None) -> float:
    return _UNDEFINED if value is None else float(value)


def _table(scores: Sequence[PatchScore]) -> pd.DataFrame:
    """Return Table 4 with ours beside the published: one row a patch size."""
    cells = {(score.patch, score.bands, score.source): score for score in scores}
    rows = []
    for patch in sorted({score.patch for score in scores}):
        row = {"Patch": f"{patch}×{patch}"}
        for bands in (RGB, ALL):
            for source in (PUBLISHED, OURS):
                score = cells.get((patch, bands, source))
                text = "not trained" if score is None else with_interval(score.f1, score.low, score.high)
                row[f"{bands}, {source}"] = text
        rows.append(row)
    return pd.DataFrame(rows)


def _terms(dataset: Dataset, scores: Sequence[PatchScore]) -> str:
    ours = [score for score in scores if score.source == OURS]
    if not ours:
        return (
            f"None of the study's networks was trained on {full_name(dataset)}. Published: F1 on pruned test patches."
        )
    worst = [score for score in ours if score.f1 == 0]
    dead = f" F1 {short(0.0)} is a network that says land everywhere." if worst else ""
    return (
        f"Ours: {full_name(dataset)}, every pixel of the test lakes, 95 % intervals over ground groups. Published: F1 "
        f"as printed, on pruned test patches of real data.{dead}"
    )
