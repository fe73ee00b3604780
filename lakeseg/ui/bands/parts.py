"""The parts of the page; only the chosen one runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from lakeseg.errors import ConfigError
from lakeseg.study.subsets import any_band_card
from lakeseg.ui import state
from lakeseg.ui.bands import answer, distributions, principal, puzzle, subsets
from lakeseg.ui.cache import bands as kept
from lakeseg.ui.frame import View
from lakeseg.ui.text import plain

_NO_SPLIT: Final = (
    "A regression learns from some lakes and is scored on others, and this dataset has too few of them. "
    "Distributions and Components show what its bands hold."
)


@dataclass(frozen=True)
class Part:
    """One part: what to do there, in a sentence, and the function that shows it.

    One `of_study` shows experiments of the study, which is run on lakes alone.
    """

    what_to_do: str
    show: Callable[[View], None]
    of_study: bool = False


def _show_answer(view: View) -> None:
    network = None if view.dataset.of_pixels else any_band_card(list(view.cards.values()), view.dataset)
    try:
        known = kept.split(view.dataset, view.cards, network)
    except ConfigError as error:
        st.info(f"{_NO_SPLIT} ({plain(str(error))})", icon=":material/info:")
        return
    answer.show(view, known, network)


PARTS: Final[Mapping[str, Part]] = {
    "Switch": Part(
        "Switch bands on and off: a regression is fitted on just these, and one network is told that it has no others.",
        _show_answer,
    ),
    "Subsets": Part(
        "Throw a switch, or choose a row of the table, to find a subset among all of them.", subsets.show, True
    ),
    "Distributions": Part(
        "Choose a domain to see how bands part the classes, and how much they repeat each other.", distributions.show
    ),
    "Components": Part(
        "Draw a lasso around pixels in the components to find them on the lake.",
        principal.show,
    ),
    "Puzzle": Part(
        "Point at the lines: how much of the variance the first components hold, and what F1 they allow.",
        puzzle.show,
        True,
    ),
}


def show(part: Part, view: View) -> None:
    """Show a part, or why there is nothing to show."""
    if part.of_study and view.dataset.of_pixels:
        words = "This part shows experiments of the study, which need lakes; the other parts show single pixels too."
        st.info(words, icon=":material/scatter_plot:")
        return
    part.show(view)


def pick() -> Part:
    """Ask for a part."""
    name = st.segmented_control(
        "Part",
        list(PARTS),
        default="Switch",
        required=True,
        key=state.BANDS_VIEW,
        bind="query-params",
        label_visibility="collapsed",
    )
    return PARTS.get(str(name), PARTS["Switch"])
