"""The stage: viewer, numbers and pixel. It reruns alone on a click and while predictions are on their way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from lakeseg.data.dataset import Dataset
from lakeseg.errors import ModelError
from lakeseg.evaluation import scored_labels
from lakeseg.segmenters.base import bands_seen
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.serving import Answer, Failed, Pending
from lakeseg.store import BrokenModel, Card
from lakeseg.ui import cache, state, status
from lakeseg.ui.explore import numbers, panels, pixel, taking
from lakeseg.ui.explore.choices import Picture
from lakeseg.ui.viewer import viewer

POLL_SECONDS: Final = 0.4
CARD_WIDTH: Final = 600


@dataclass(frozen=True)
class Cast:
    """The models: cards by id, the damaged ones, and the ids that were chosen."""

    cards: Mapping[str, Card]
    broken: Sequence[BrokenModel]
    chosen: Sequence[str]

    def ask(self, dataset: Dataset, lake_id: str) -> dict[str, Answer]:
        """Return what each chosen model says of a lake right now."""
        return {model: self._ask(self.cards[model], dataset, lake_id) for model in self.chosen if model in self.cards}

    def _ask(self, card: Card, dataset: Dataset, lake_id: str) -> Answer:
        try:
            config = SegmenterConfig.from_json(card.config)
            bands_seen(config, card.bands, dataset.bands, name=card.title)  # known without loading the model
        except ModelError as error:
            return Failed(str(error))
        return cache.service().request(dataset, lake_id, card.id, card.fingerprint)


def show(dataset: Dataset, lake_id: str, cast: Cast, panel_kinds: Sequence[str], picture: Picture) -> None:
    """Show one lake; poll while a prediction is being made."""
    waiting = _is_waiting(cast.ask(dataset, lake_id))
    fragment = st.fragment(_stage, run_every=POLL_SECONDS if waiting else None)
    fragment(dataset, lake_id, cast, panel_kinds, picture, waiting=waiting)


def _is_waiting(answers: Mapping[str, Answer]) -> bool:
    return any(isinstance(answer, Pending) for answer in answers.values())


@status.errors_in_a_line()
def _stage(
    dataset: Dataset,
    lake_id: str,
    cast: Cast,
    panel_kinds: Sequence[str],
    picture: Picture,
    *,
    waiting: bool,
) -> None:
    answers = cast.ask(dataset, lake_id)
    if waiting and not _is_waiting(answers):
        st.rerun()
    lake = dataset.lake(lake_id)
    reasons = {model.id: model.reason for model in cast.broken if model.id in cast.chosen}
    opinions = panels.gather(cast.cards, reasons, answers, dataset, lake)
    selected = state.pixel(*lake.shape)
    scene, left_out = panels.build_scene(dataset, lake, picture, opinions, panel_kinds, selected)
    clicked = viewer(scene, key="viewer")
    if clicked != selected:
        state.select_pixel(clicked)
    if left_out:
        st.caption(f"{left_out} panels do not fit: choose fewer models or fewer kinds of panel.")
    with st.grid("auto", min_column_width=CARD_WIDTH, gap="medium") as grid:
        with grid.cell():
            numbers.show_numbers(scored_labels(lake, dataset.fill), opinions)
            taking.offer_downloads(dataset, lake, opinions, cast.cards)
        with grid.cell():
            pixel.show_pixel(dataset, lake, opinions, clicked)
