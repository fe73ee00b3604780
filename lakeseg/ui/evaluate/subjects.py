"""A model on the lakes that it is judged on: what is known of it so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lakeseg.analysis.selection import ALL, Selection, ground_groups, select, standings
from lakeseg.cards import NOT_KNOWN, SEEN, Card
from lakeseg.data.dataset import Dataset
from lakeseg.errors import ConfigError
from lakeseg.figures.confusion import THIRD_CLASS
from lakeseg.metrics import Unclassified
from lakeseg.ui.cache import evaluate as cache


@dataclass(frozen=True)
class Question:
    """What the sidebar asks: which lakes, and what becomes of unclassified pixels (`figures.confusion.RULES`)."""

    selection: Selection
    rule: str

    @property
    def unclassified(self) -> Unclassified:
        """The treatment of unclassified pixels in metrics; bounds are drawn around "excluded"."""
        return "class" if self.rule == THIRD_CLASS else "excluded"


@dataclass(frozen=True, eq=False)
class Subject:
    """One model on its lakes.

    Attributes:
        card: The model.
        dataset: Where the lakes are.
        rows: (n,) rows of its lakes in the lake table.
        confusions: (n, 3, 3), −1 for lakes that it has not predicted yet.
        rule: Which lakes these are, in a few words.
        problem: Why there are none, in one line; empty if there are.
        total: Confusion matrix of all its lakes from its card, if it has one of them.
    """

    card: Card
    dataset: Dataset
    rows: np.ndarray
    confusions: np.ndarray
    rule: str = ""
    problem: str = ""
    from_card: Mapping[str, Any] | None = None

    @property
    def title(self) -> str:
        """Name that a person reads."""
        return self.card.title

    @cached_property
    def known(self) -> int:
        """Lakes predicted so far."""
        return int((self.confusions[:, 0, 0] >= 0).sum())

    @property
    def is_ready(self) -> bool:
        """Whether every lake is predicted, and there is one."""
        return 0 < len(self.rows) == self.known

    @property
    def noun(self) -> str:
        """What one of its lakes is called: "run" where they are runs of single pixels."""
        return self.dataset.lakes.noun

    @property
    def ids(self) -> list[str]:
        """Ids of its lakes."""
        return list(self.dataset.lakes.id[self.rows].tolist())

    @cached_property
    def groups(self) -> list[str]:
        """Ground group of each of its lakes."""
        return ground_groups(self.dataset, self.rows)

    @property
    def key(self) -> tuple[str, str, bytes]:
        """What everything about it depends on."""
        return self.dataset.fingerprint, self.card.fingerprint, self.rows.tobytes()

    @property
    def total(self) -> np.ndarray | None:
        """The (3, 3) confusion matrix of all its lakes: summed, or from its card while they are being predicted."""
        if self.is_ready:
            return np.asarray(self.confusions.sum(axis=0))
        return None if self.from_card is None else np.array(self.from_card["confusion"]["rows_truth"], np.int64)

    def at(self, rows: np.ndarray) -> np.ndarray:
        """Return the confusions of those of its lakes that stand in `rows`, in their order."""
        return self.confusions[np.searchsorted(self.rows, rows)]


def subject(card: Card, dataset: Dataset, selection: Selection) -> Subject:
    """Return what is known of a model on the lakes of a selection."""
    none = np.empty(0, np.int64)
    empty = np.empty((0, 3, 3), np.int64)
    if not card.fits(dataset.bands, dataset.of_pixels):
        if card.fits(dataset.bands):
            return Subject(card, dataset, none, empty, problem="needs images, and these are single pixels")
        lacking = ", ".join(str(band) for band in card.bands if band not in dataset.bands)
        return Subject(card, dataset, none, empty, problem=f"needs bands {lacking}, which the dataset lacks")
    try:
        rows = select(card, dataset, selection)
    except ConfigError as error:
        return Subject(card, dataset, none, empty, problem=str(error))
    problem = "" if len(rows) else "no lake is of these domains and sizes"
    confusions = cache.confusions(dataset, card)[rows]
    rule = _in_words(card, dataset, selection.part, rows)
    return Subject(card, dataset, rows, confusions, rule, problem, _own_score(card, dataset, selection, len(rows)))


def _in_words(card: Card, dataset: Dataset, part: str, rows: np.ndarray) -> str:
    """Return which lakes these are for the model."""
    if part != ALL and card.is_home(dataset.fingerprint):
        return f"{part} part of its split"
    found = standings(card, dataset)
    if NOT_KNOWN in found.values():
        return NOT_KNOWN
    if part != ALL:
        return "unseen ground"
    seen = sum(found[lake] in SEEN for lake in dataset.lakes.id[rows].tolist())
    return f"{seen:,} seen before" if seen else "not seen before"


def _own_score(card: Card, dataset: Dataset, selection: Selection, lakes: int) -> Mapping[str, Any] | None:
    """Return what the card says of these very lakes, if it does."""
    score = card.scores.get(selection.part) if card.is_home(dataset.fingerprint) and selection.is_whole_part else None
    return score if isinstance(score, dict) and score.get("lakes") == lakes and _is_whole(score) else None


def _is_whole(score: Mapping[str, Any]) -> bool:
    """Say whether a score holds what is shown of it; somebody may have written anything into a card."""
    try:
        return np.shape(score["confusion"]["rows_truth"]) == (3, 3) and {"low", "high"} <= set(score["f1_interval"])
    except (KeyError, TypeError, ValueError):
        return False
