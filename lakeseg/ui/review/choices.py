"""What the sidebar of Review asks: which regions, in which order, what is seen, whether one is tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import streamlit as st

from lakeseg.bands import LAND, WATER
from lakeseg.review.checks import Rates
from lakeseg.review.queue import ANY, SPLIT, UNANIMOUS, Filters
from lakeseg.review.ranking import HELPS_MOST, MEANING, OF_MODELS, RULES
from lakeseg.review.regions import Regions
from lakeseg.ui import state
from lakeseg.ui.frame import View
from lakeseg.ui.review import pictures
from lakeseg.ui.text import plain

SIZES: Final = {
    "any size": (1, 0),
    "1–3 px": (1, 3),
    "4–30 px": (4, 30),
    "31–150 px": (31, 150),
    "over 150 px": (151, 0),
}
_VOTES: Final = {"any vote": ANY, "models agree": UNANIMOUS, "models differ": SPLIT}
_SAYS: Final = {"anything": 0, "water": WATER, "land": LAND}
_ALL_MODELS: Final = "all models"
MOST_CHECKS: Final = 25


@dataclass(frozen=True)
class Choices:
    """What a reviewer wants: a rule of `ranking.RULES`, filters, checks, blind or not, kinds of panel."""

    rule: str
    filters: Filters
    rates: Rates
    blind: bool
    shown: tuple[str, ...]

    @property
    def key(self) -> tuple[Any, ...]:
        """What, when it changes, asks for another region."""
        return self.rule, self.filters, self.rates, self.blind


def ask(view: View, regions: Regions) -> Choices:
    """Ask in the sidebar."""
    blind = st.toggle(
        "Blind",
        key=state.BLIND,
        bind="query-params",
        help="Hides what models say until you have decided; then one line tells.",
    )
    rule = _ask_rule(bool(blind))
    with st.popover("Which regions", icon=":material/filter_list:", width="stretch"):
        filters = _ask_filters(view, regions, bool(blind))
    with st.popover("Checks", icon=":material/verified_user:", width="stretch"):
        rates = _ask_rates()
    return Choices(rule, filters, rates, bool(blind), _ask_panels(bool(blind), rates))


def _ask_rule(blind: bool) -> str:
    """Ask for the order; who decides blind may not have one that goes by what models say alone."""
    known = [name for name, weights in RULES.items() if not (blind and set(weights) & set(OF_MODELS) >= set(weights))]
    words = "  \n".join(f"**{name}** {text[0].lower()}{text[1:]}" for name, text in MEANING.items())
    rule = st.selectbox(
        "Order",
        known,
        key=state.RULE_OF_QUEUE,
        bind="query-params",
        help=f"What each order adds up, for each region from 0 to 1:  \n{words}",
    )
    return rule if rule in RULES else HELPS_MOST


def _ask_filters(view: View, regions: Regions, blind: bool) -> Filters:
    table = view.dataset.lakes
    open_ = np.unique(regions.lake)
    domains = sorted(set(table.domain[open_].tolist()) - {""})
    chosen = st.multiselect("Domains", domains, key=state.REVIEW_DOMAINS, bind="query-params", disabled=not domains)
    lakes = st.multiselect("Lakes", table.id[open_].tolist(), key=state.REVIEW_LAKES, bind="query-params")
    size = st.selectbox("Size", list(SIZES), key=state.REGION_SIZE, bind="query-params")
    least, most = SIZES.get(size, (1, 0))
    vote, says, judge = ANY, 0, ""
    if not blind and regions.judges:
        vote = _VOTES.get(st.selectbox("Vote", list(_VOTES), key=state.VOTE, bind="query-params"), ANY)
        says, judge = _ask_opinion(regions)
    return Filters(tuple(chosen), tuple(lakes), least, most, vote, says, judge)


def _ask_opinion(regions: Regions) -> tuple[int, str]:
    """Ask for a class code and the id of the model that says so; 0 for any, the empty id for all models."""
    left, right = st.columns(2)
    who = right.selectbox(
        "Says who",
        [_ALL_MODELS, *(one.id for one in regions.judges)],
        key=state.JUDGE,
        bind="query-params",
        help="  \n".join(f"**{plain(one.id)}**: {plain(one.title)}" for one in regions.judges),
    )
    says = left.selectbox("Said to be", list(_SAYS), key=state.OPINION, bind="query-params")
    return _SAYS.get(says, 0), who if who in {one.id for one in regions.judges} else ""


def _ask_rates() -> Rates:
    shares = [
        st.slider(name, 0, MOST_CHECKS, 0, 5, format="%d %%", key=key, bind="query-params", help=about)
        for name, key, about in (
            ("Honeypots", state.HONEYPOTS, "Share of turns on pixels whose label is known: how often are you right?"),
            (
                "Repeats",
                state.REPEATS,
                "Share of turns on regions that you decided before: do you agree with yourself?",
            ),
        )
    ]
    return Rates(shares[0] / 100, shares[1] / 100)


def _ask_panels(blind: bool, rates: Rates) -> tuple[str, ...]:
    """Ask for kinds of panel; the labellers stay hidden while honeypots are about, for there they agree."""
    hidden = (pictures.OF_MODELS if blind else ()) + ((pictures.LABELLERS,) if rates.honeypots else ())
    chosen: Sequence[str] = st.pills(
        "Panels",
        list(pictures.KINDS),
        selection_mode="multi",
        default=list(pictures.AT_FIRST),
        key=state.REVIEW_SHOW,
        bind="query-params",
        help="Blind hides those of models, honeypots those of the labellers.",
    )
    return tuple(kind for kind in chosen if kind not in hidden) or (pictures.NATURAL,)
