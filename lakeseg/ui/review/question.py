"""What a reviewer is asked and answers: the table of what is shared, an item on it, an answer. No Streamlit here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from lakeseg.data.dataset import Dataset
from lakeseg.review import runs
from lakeseg.review.checks import Rates
from lakeseg.review.ledger import Ledger
from lakeseg.review.queue import Standing
from lakeseg.review.ranking import Components
from lakeseg.review.regions import Regions
from lakeseg.review.verdicts import REVIEW


@dataclass(frozen=True, eq=False)
class Table:
    """What a reviewer decides on.

    Attributes:
        dataset: The dataset.
        reviewer: His name.
        ledger: Who said what.
        regions: What there is to decide.
        standing: What is left of it.
        components: What speaks for each region.
        weights: Of the rule.
        order: (R,) regions, what helps most first.
        wanted: (R,) bool of the filters.
        choices: Identifies rule and filters: when they change, the reviewer wants another region.
        rates: Of honeypots and repeats.
        blind: Whether opinions of models are hidden until the verdict.
        shown: Kinds of panel on the screen.
    """

    dataset: Dataset
    reviewer: str
    ledger: Ledger
    regions: Regions
    standing: Standing
    components: Components
    weights: Mapping[str, float]
    order: np.ndarray
    wanted: np.ndarray
    choices: tuple[Any, ...]
    rates: Rates
    blind: bool
    shown: tuple[str, ...]

    @property
    def tested(self) -> bool:
        """Whether checks are mixed in: what cannot be shown of them is then shown of no region."""
        return self.rates != Rates()

    def lake_of(self, region: int) -> str:
        """Return the id of the lake of a region."""
        return str(self.dataset.lake_ids[self.regions.lake[region]])

    def region_at(self, lake: str, position: int) -> int | None:
        """Return the region that a pixel belongs to, None where it is in none."""
        row = self.dataset.lakes.position(lake)
        low, high = np.searchsorted(self.regions.lake, [row, row + 1])
        start, end = self.regions.first[low], self.regions.first[high]
        found = np.flatnonzero(self.regions.positions[start:end] == position)
        return int(np.searchsorted(self.regions.first, start + found[0], side="right") - 1) if len(found) else None


@dataclass(frozen=True, eq=False)
class Item:
    """Pixels to decide on.

    Attributes:
        lake: Id.
        positions: (n,) pixels in the lake.
        purpose: One of `verdicts.PURPOSES`.
        region: The region they belong to; None for a check, and for pixels that were in no region.
        disputed: Whether it comes from the queue of disagreements.
    """

    lake: str
    positions: np.ndarray
    purpose: str = REVIEW
    region: int | None = None
    disputed: bool = False

    @property
    def token(self) -> str:
        """Identifies the pixels: buttons carry it, so that one that is out of date does nothing."""
        text = f"{self.lake}\0{runs.encode(self.positions)}\0{self.purpose}"
        return blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What goes with a verdict: percent of water for a mixed one, confidence, note, and what is drawn (runs)."""

    fraction: int = 50
    confidence: int = 2
    note: str = ""
    drawn: str | None = None


def seen(table: Table, item: Item) -> dict[str, Any]:
    """Return what was on the screen, as plain values."""
    models = {} if table.blind else {one.id: one.fingerprint for one in table.regions.judges}
    about = {"models": models, "blind": table.blind, "panels": list(table.shown)}
    return about | ({"disputed": True} if item.disputed else {})
