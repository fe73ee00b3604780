"""What comes out of a review, kept until the next verdict.

Keys are the dataset, the database, and up to where it was read. All numbers of a page are made of one record of the
ledger: others give verdicts meanwhile, and what was counted before and after one does not fit together.
"""

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
from lakeseg.review.ledger import Snapshot
from lakeseg.review.opinions import Facts, Opinion
from lakeseg.review.reviewers import Reviewer
from lakeseg.review.votes import Votes, votes_of
from lakeseg.ui.cache import prediction_cache

RECORDS = 4  # a record of millions of pixels takes a hundred megabytes
NUMBERS = 128
Key = tuple[str, str, tuple[int, int]]


def key_of(record: Snapshot) -> Key:
    """Return what everything that comes out of a record depends on."""
    return record.dataset.fingerprint, record.log.where, record.read


def votes(record: Snapshot) -> Votes:
    """Return the votes of a record."""
    return _votes(key_of(record), record)


@st.cache_resource(max_entries=RECORDS, show_spinner=False)
def _votes(key: Key, _record: Snapshot) -> Votes:  # noqa: ARG001  the key
    return votes_of(_record.standing(), _record.dataset.lakes)


def facts(record: Snapshot) -> Facts:
    """Return what the dataset says of the pixels that were voted on."""
    return _facts(key_of(record), record)


@st.cache_resource(max_entries=RECORDS, show_spinner=False)
def _facts(key: Key, _record: Snapshot) -> Facts:  # noqa: ARG001  as above
    return opinions.facts(_record.dataset, votes(_record).pixels)


def settled(record: Snapshot, rule: Rule) -> Consensus:
    """Return what the votes come to under a rule."""
    return _settled(key_of(record), rule, record)


@st.cache_resource(max_entries=RECORDS, show_spinner=False)
def _settled(key: Key, rule: Rule, _record: Snapshot) -> Consensus:  # noqa: ARG001  as above
    return consensus(votes(_record), rule)


def changed(record: Snapshot, rule: Rule) -> Changed:
    """Return which labels the consensus changes."""
    return effect.changed(settled(record, rule), facts(record))


def agree(record: Snapshot, scale: str) -> Agreement:
    """Return how far the reviewers agree."""
    return _agree(key_of(record), scale, record)


@st.cache_data(max_entries=NUMBERS, show_spinner=False)
def _agree(key: Key, scale: str, _record: Snapshot) -> Agreement:  # noqa: ARG001  as above
    return agreement.agreement(votes(_record), _record.dataset.lakes, scale)


def differing(record: Snapshot) -> list[Disagreement]:
    """Return where reviewers contradict each other, ties under the plain rule first."""
    return _differing(key_of(record), record)


@st.cache_resource(max_entries=RECORDS, show_spinner=False)
def _differing(key: Key, _record: Snapshot) -> list[Disagreement]:  # noqa: ARG001  as above
    return disagreements.disagreements(votes(_record), _record.dataset.lakes, settled(_record, Rule()))


def people(record: Snapshot) -> list[Reviewer]:
    """Return what is known of each reviewer."""
    return _people(key_of(record), record)


@st.cache_data(max_entries=NUMBERS, show_spinner=False)
def _people(key: Key, _record: Snapshot) -> list[Reviewer]:  # noqa: ARG001  as above
    return reviewers.reviewers(_record.dataset, _record.verdicts, votes(_record))


def labellers(record: Snapshot) -> list[Opinion]:
    """Return how far each reviewer agrees with each labeller, where these are known."""
    return _labellers(key_of(record), record)


@st.cache_data(max_entries=NUMBERS, show_spinner=False)
def _labellers(key: Key, _record: Snapshot) -> list[Opinion]:  # noqa: ARG001  as above
    return opinions.opinions(votes(_record), _record.dataset, facts(_record).labellers)


def with_model(record: Snapshot, card: Card) -> list[Opinion]:
    """Return how far each reviewer agrees with a model on the pixels that it has predicted."""
    return _with_model(key_of(record), card.fingerprint, _stamp(record, card), record, card)


def _stamp(record: Snapshot, card: Card) -> int:
    return prediction_cache().scores_stamp(record.dataset.fingerprint, card.fingerprint)


@st.cache_data(max_entries=NUMBERS, show_spinner=False)
def _with_model(key: Key, model: str, stamp: int, _record: Snapshot, _card: Card) -> list[Opinion]:  # noqa: ARG001
    said = opinions.says(_record.dataset, votes(_record).pixels, _card, prediction_cache())
    return opinions.opinions(votes(_record), _record.dataset, {_card.title: said})


def effect_on(record: Snapshot, rule: Rule, card: Card) -> Effect:
    """Return what the consensus changes for a model."""
    return _effect_on(key_of(record), rule, card.fingerprint, _stamp(record, card), record, card)


@st.cache_data(max_entries=NUMBERS, show_spinner=False)
def _effect_on(key: Key, rule: Rule, model: str, stamp: int, _record: Snapshot, _card: Card) -> Effect:  # noqa: ARG001
    return effect.effect(_record.dataset, _card, prediction_cache(), changed(_record, rule))


def table2(record: Snapshot, rule: Rule) -> list[dict[str, Any]]:
    """Return the pixels of each class before and after."""
    return _table2(key_of(record), rule, record)


@st.cache_data(max_entries=NUMBERS, show_spinner=False)
def _table2(key: Key, rule: Rule, _record: Snapshot) -> list[dict[str, Any]]:  # noqa: ARG001
    return effect.table2(_record.dataset, changed(_record, rule))


def truth(record: Snapshot) -> np.ndarray | None:
    """Return the true percent of water of the pixels that were voted on; None where nobody knows."""
    return facts(record).truth
