"""The page Review: its parts, of which one runs, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from lakeseg.review.regions import Regions
from lakeseg.ui import frame, state
from lakeseg.ui.cache import regions as kept
from lakeseg.ui.frame import View
from lakeseg.ui.review import absent, agreement, choices, decide, learning, outcome, queue_part, reviewer
from lakeseg.ui.review.choices import Choices
from lakeseg.ui.text import full_name, plain

FIRST: Final = "Decide"


@dataclass(frozen=True)
class Part:
    """One part: `decide` needs regions, choices and a name; `show` needs the view alone."""

    decide: Callable[[View, Regions, Choices, str], None] | None = None
    show: Callable[[View], None] | None = None


PARTS: Final[Mapping[str, Part]] = {
    FIRST: Part(decide=decide.show),
    "Queue": Part(decide=queue_part.show),
    "Agreement": Part(show=agreement.show),
    "Outcome": Part(show=outcome.show),
    "Learning": Part(show=learning.show),
}


def show(view: View) -> None:
    """Show the chosen part, or what is missing for it."""
    part = PARTS[_pick(view)]
    name = _ask_name(part)
    reviewer.show_doubt(name)
    regions = None if absent.no_pixels(view.dataset) else kept.regions(view.dataset)
    if regions is not None:
        with st.sidebar:
            chosen = choices.ask(view, regions)
    with st.sidebar:
        frame.end(view, [])
    if part.show is not None:
        part.show(view)
    elif regions is not None and part.decide is not None and name is not None:
        part.decide(view, regions, chosen, name)
    elif regions is None:
        absent.no_regions(view)


def _ask_name(part: Part) -> str | None:
    """Ask who reviews: in the sidebar, or, as long as that is not known and needed, where it cannot be overlooked."""
    if part.decide is None or state.current(state.REVIEWER):
        with st.sidebar:
            return reviewer.ask()
    with st.container(border=True, width=420):
        st.markdown("Verdicts are kept under a name: choose yours.")
        return reviewer.ask()


def _pick(view: View) -> str:
    """Show the page's name, and ask for a part beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"#### Review :small[:gray[{plain(full_name(view.dataset))}]]", width="stretch")
        name = st.segmented_control(
            "Part",
            list(PARTS),
            default=FIRST,
            required=True,
            key=state.REVIEW_PART,
            bind="query-params",
            label_visibility="collapsed",
        )
    return str(name) if name in PARTS else FIRST
