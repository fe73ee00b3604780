"""The answer on a model: what it says through patches of this size beside one pass over the whole lake; flips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit as st

from lakeseg.analysis.flips import FLIP_SIZES
from lakeseg.bands import is_fill
from lakeseg.cards import Card
from lakeseg.evaluation import scored_labels
from lakeseg.inference import OWN_WAY, Options
from lakeseg.metrics import Scores, classes, confusion
from lakeseg.serving import Answer, Failed, Pending, Ready
from lakeseg.study.flips import takes_any_size
from lakeseg.ui import cache, state, status
from lakeseg.ui.cache import patches as kept
from lakeseg.ui.explore.panels import caption
from lakeseg.ui.frame import View
from lakeseg.ui.patches import flips
from lakeseg.ui.text import short
from lakeseg.ui.viewer import (
    Panel,
    Scene,
    counts_panel,
    difference_panel,
    message_panel,
    pending_panel,
    viewer,
)

POLL_SECONDS: Final = 0.4
FIRST_MODEL: Final = "fcn-lakeseg"
WHOLE, PATCHES = "whole", "patches"
_WHY: Final = (
    "A model that takes any size. The study's FCN takes one size only: its batch normalisation runs over image rows, "
    "which ties it to one height (a 32×32 network has weights for 30 rows), so it is not fully convolutional."
)


@dataclass(frozen=True)
class Answers:
    """What a model says of one lake: in one pass, through patches of the chosen size, and at each size of the flips."""

    card: Card
    size: int
    by_way: Mapping[Options, Answer]

    @classmethod
    def ask(cls, view: View, card: Card, size: int) -> Answers:
        """Ask for the two answers beside each other, and once they are there, for the sizes of the flips."""

        def answers(ways: Sequence[Options]) -> dict[Options, Answer]:
            request = cache.service().request
            return {way: request(view.dataset, view.lake_id, card.id, card.fingerprint, way) for way in ways}

        first = answers((Options(patch=size), OWN_WAY))
        others = [Options(patch=each) for each in FLIP_SIZES if each != size]
        if any(isinstance(answer, Pending) for answer in first.values()):
            return cls(card, size, first | dict.fromkeys(others, Pending()))
        return cls(card, size, first | answers(others[::-1]))  # what is asked last is made first

    @property
    def waiting(self) -> bool:
        """Whether something is still to come."""
        return any(isinstance(answer, Pending) for answer in self.by_way.values())

    @property
    def whole(self) -> Answer:
        """The answer of one pass over the whole lake."""
        return self.by_way[OWN_WAY]

    @property
    def patches(self) -> Answer:
        """The answer through patches of the chosen size."""
        return self.by_way[Options(patch=self.size)]

    @property
    def flipping(self) -> list[Answer]:
        """The answers of each size of the flips."""
        return [self.by_way[Options(patch=size)] for size in FLIP_SIZES]


def pick(view: View) -> Card | None:
    """Ask for a model that takes any size; None where there is none for the dataset's bands."""
    options = [model for model in view.fitting if takes_any_size(view.cards[model])]
    if not options:
        st.caption("No model here takes patches of any size on these bands: train `fcn-lakeseg` or `fcn-bands`.")
        return None
    options.sort(key=lambda model: model != FIRST_MODEL)
    asked = state.current(state.PATCH_MODEL)
    chosen = st.selectbox(
        "Model",
        options,
        index=options.index(asked) if asked in options else 0,
        key=state.PATCH_MODEL,
        bind="query-params",
        help=_WHY,
        width=280,
    )
    return view.cards[str(chosen)]


def show(view: View, size: int) -> None:
    """Show the model on the lake, and the flips of the dataset; look again while predictions are on their way."""
    card = pick(view)
    if card is None:
        return
    waiting = Answers.ask(view, card, size).waiting
    st.fragment(_show_lake, run_every=POLL_SECONDS if waiting else None)(view, card, size, waiting)
    flips.show(view, card)


@status.errors_in_a_line()
def _show_lake(view: View, card: Card, size: int, waiting: bool) -> None:
    answers = Answers.ask(view, card, size)
    if waiting and not answers.waiting:
        st.rerun()
    st.caption(_in_a_line(view, answers))
    height, width = view.lake.shape
    selected = state.pixel(height, width)
    scene = Scene(
        f"{view.dataset.fingerprint[:12]}/{view.lake_id}",
        height,
        width,
        tuple(_panels(view, answers)),
        view.dataset.pixel_size_m,
        selected,
        f"{caption(view.dataset, view.lake)} · {card.title} through patches of {size} px",
    )
    clicked = viewer(scene, key="patch_model_viewer", share=0.6)
    if clicked != selected:
        state.select_pixel(clicked)


def _in_a_line(view: View, answers: Answers) -> str:
    """Return how many pixels change their class and what that does to F1; or how far the predictions are."""
    done = sum(isinstance(answer, Ready) for answer in answers.flipping)
    progress = f" Flips: {done} of {len(FLIP_SIZES)} sizes." if answers.waiting else ""
    if not (isinstance(answers.whole, Ready) and isinstance(answers.patches, Ready)):
        return f"Predicting this lake.{progress}" if answers.waiting else "No prediction."
    whole, patches = (classes(answer.probabilities) for answer in (answers.whole, answers.patches))
    valid = _valid(view)
    changed, pixels = int((whole != patches)[valid].sum()), int(valid.sum())
    labels = scored_labels(view.lake, view.dataset.fill)
    scores = [Scores.from_confusion(confusion(labels, codes)) for codes in (patches, whole)]
    return (
        f"**{changed:,}** of {pixels:,} px ({changed / max(pixels, 1):.1%}) change class: F1 {short(scores[0].f1)} "
        f"through patches, {short(scores[1].f1)} in one pass, {scores[0].pixels:,} px.{progress}"
    ).replace("%", " %")


def _valid(view: View) -> np.ndarray:
    """Return which pixels of the lake have a value in every band, (H, W) bool."""
    return ~is_fill(view.lake.image, view.dataset.fill)


def _panels(view: View, answers: Answers) -> list[Panel]:
    size = answers.size
    patches = _answer_panel(view, answers, PATCHES, f"Each {size}×{size} patch alone", Options(patch=size))
    panels = [_answer_panel(view, answers, WHOLE, "Whole lake in one pass", OWN_WAY), patches]
    name = "Patches − whole lake"
    if all(panel.kind == "classes" for panel in panels):
        about = "water missed and false against one pass"
        panels.append(difference_panel("difference", name, WHOLE, PATCHES, subtitle=about))
    else:
        panels.append(_without("difference", name, [answers.whole, answers.patches], "Predicting…"))
    return [*panels, _flip_panel(view, answers)]


def _without(key: str, title: str, needed: Sequence[Answer], message: str, subtitle: str = "") -> Panel:
    """Return a panel that waits for the answers it needs, or says that there will be none."""
    if any(isinstance(answer, Failed) for answer in needed):
        return message_panel(key, title, "Needs predictions that cannot be made.", subtitle=subtitle)
    return pending_panel(key, title, message, subtitle=subtitle)


def _answer_panel(view: View, answers: Answers, key: str, title: str, way: Options) -> Panel:
    match answers.by_way[way]:
        case Failed(reason):
            return message_panel(key, title, reason)
        case Pending():
            return pending_panel(key, title)
        case Ready(probabilities):
            made = (answers.card.fingerprint, way.key)
            return kept.answer_panel(key, title, view.dataset.fingerprint, view.lake_id, made, probabilities)


def _flip_panel(view: View, answers: Answers) -> Panel:
    title, sizes = "Flips", len(FLIP_SIZES)
    needed = [answers.whole, *answers.flipping]
    ready = [each.probabilities for each in needed if isinstance(each, Ready)]
    if len(ready) <= sizes:
        return _without("flips", title, needed, f"{max(0, len(ready) - 1)} of {sizes} sizes", _SUBTITLE)
    counts = kept.flip_map(view.dataset.fingerprint, view.lake_id, answers.card.fingerprint, ready, _valid(view))
    return counts_panel("flips", title, counts, sizes, subtitle=_SUBTITLE)


_SUBTITLE: Final = f"of {len(FLIP_SIZES)} sizes, {FLIP_SIZES[0]} to {FLIP_SIZES[-1]} px"
