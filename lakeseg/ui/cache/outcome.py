"""What comes out of a review, kept until the next verdict. Keys are fingerprints and the version of the ledger."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from lakeseg.cards import Card
from lakeseg.review import agreement, disagreements, effect, opinions, reviewers
from lakeseg.review.agreement import Agreement
from lakeseg.review.consensus import Consensus, Rule, consensus
from lakeseg.review.disagreements import Disagreement
from lakeseg.review.effect import Changed, Effect
from lakeseg.review.ledger import Ledger
from lakeseg.review.opinions import Facts, Opinion
from lakeseg.review.reviewers import Reviewer
from lakeseg.review.votes import Votes, votes_of
from lakeseg.ui.cache import prediction_cache

LEDGERS = 8
NUMBERS = 128
Key = tuple[str, str, int]


def key_of(ledger: Ledger) -> Key:
    """Return what everything that comes out of a ledger depends on."""
    return ledger.dataset.fingerprint, ledger.log.where, ledger.version


def votes(ledger: Ledger) -> Votes:
    """Return the votes of a ledger."""
    return _votes(key_of(ledger), ledger)


@st.cache_resource(max_entries=LEDGERS, show_spinner=False)
def _votes(key: Key, _ledger: Ledger) -> Votes:  # noqa: ARG001  the key
    return votes_of(_ledger.standing(), _ledger.dataset.lakes)


def facts(ledger: Ledger) -> Facts:
    """Return what the dataset says of the pixels that were voted on."""
    return _facts(key_of(ledger), ledger)


@st.cache_resource(max_entries=LEDGERS, show_spinner=False)
def _facts(key: Key, _ledger: Ledger) -> Facts:  # noqa: ARG001  as above
    return opinions.facts(_ledger.dataset, votes(_ledger).pixels)


def settled(ledger: Ledger, rule: Rule) -> Consensus:
    """Return what the votes come to under a rule."""
    return _settled(key_of(ledger), rule, ledger)


@st.cache_resource(max_entries=LEDGERS, show_spinner=False)
def _settled(key: Key, rule: Rule, _ledger: Ledger) -> Consensus:  # noqa: ARG001  as above
    return consensus(votes(_ledger), rule)


def changed(ledger: Ledger, rule: Rule) -> Changed:
    """Return which labels the consensus changes."""
    return effect.changed(settled(ledger, rule), facts(ledger))


def agree(ledger: Ledger, scale: str) -> Agreement:
    """Return how far the reviewers agree."""
    return _agree(key_of(ledger), scale, ledger)


@st.cache_data(max_entries=NUMBERS, show_spinner=False)
def _agree(key: Key, scale: str, _ledger: Ledger) -> Agreement:  # noqa: ARG001  as above
    return agreement.agreement(votes(_ledger), _ledger.dataset.lakes, scale)


def differing(ledger: Ledger) -> list[Disagreement]:
    """Return where reviewers contradict each other, ties under the plain rule first."""
    return _differing(key_of(ledger), ledger)


@st.cache_resource(max_entries=LEDGERS, show_spinner=False)
def _differing(key: Key, _ledger: Ledger) -> list[Disagreement]:  # noqa: ARG001  as above
    return disagreements.disagreements(votes(_ledger), _ledger.dataset.lakes, settled(_ledger, Rule()))


def people(ledger: Ledger) -> list[Reviewer]:
    """Return what is known of each reviewer."""
    return _people(key_of(ledger), ledger)


@st.cache_data(max_entries=NUMBERS, show_spinner=False)
def _people(key: Key, _ledger: Ledger) -> list[Reviewer]:  # noqa: ARG001  as above
    return reviewers.reviewers(_ledger.dataset, _ledger.all(), votes(_ledger))


def labellers(ledger: Ledger) -> list[Opinion]:
    """Return how far each reviewer agrees with each labeller, where these are known."""
    return _labellers(key_of(ledger), ledger)


@st.cache_data(max_entries=NUMBERS, show_spinner=False)
def _labellers(key: Key, _ledger: Ledger) -> list[Opinion]:  # noqa: ARG001  as above
    return opinions.opinions(votes(_ledger), _ledger.dataset, facts(_ledger).labellers)


def with_model(ledger: Ledger, card: Card) -> list[Opinion]:
    """Return how far each reviewer agrees with a model on the pixels that it has predicted."""
    return _with_model(key_of(ledger), card.fingerprint, _stamp(ledger, card), ledger, card)


def _stamp(ledger: Ledger, card: Card) -> int:
    return prediction_cache().scores_stamp(ledger.dataset.fingerprint, card.fingerprint)


@st.cache_data(max_entries=NUMBERS, show_spinner=False)
def _with_model(key: Key, model: str, stamp: int, _ledger: Ledger, _card: Card) -> list[Opinion]:  # noqa: ARG001
    said = opinions.says(_ledger.dataset, votes(_ledger).pixels, _card, prediction_cache())
    return opinions.opinions(votes(_ledger), _ledger.dataset, {_card.title: said})


def effect_on(ledger: Ledger, rule: Rule, card: Card) -> Effect:
    """Return what the consensus changes for a model."""
    return _effect_on(key_of(ledger), rule, card.fingerprint, _stamp(ledger, card), ledger, card)


@st.cache_data(max_entries=NUMBERS, show_spinner=False)
def _effect_on(key: Key, rule: Rule, model: str, stamp: int, _ledger: Ledger, _card: Card) -> Effect:  # noqa: ARG001
    return effect.effect(_ledger.dataset, _card, prediction_cache(), changed(_ledger, rule))


def table2(ledger: Ledger, rule: Rule) -> list[dict[str, Any]]:
    """Return the pixels of each class before and after."""
    return _table2(key_of(ledger), rule, ledger)


@st.cache_data(max_entries=NUMBERS, show_spinner=False)
def _table2(key: Key, rule: Rule, _ledger: Ledger) -> list[dict[str, Any]]:  # noqa: ARG001
    return effect.table2(_ledger.dataset, changed(_ledger, rule))


def truth(ledger: Ledger) -> np.ndarray | None:
    """Return the true percent of water of the pixels that were voted on; None where nobody knows."""
    return facts(ledger).truth
