"""What a point of the audit consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

STANDS, FALLS, OPEN = "holds", "does not hold", "not run yet"


class Row(NamedTuple):
    """A row of evidence: what it is, what was printed, what follows from the published counts."""

    name: str
    printed: str
    recomputed: str


@dataclass(frozen=True)
class Point:
    """One point of the audit.

    Attributes:
        number: From 1, in the order of the study's text.
        title: The point in a few words.
        where: Place in the study.
        claim: What it says there.
        finding: What its own numbers say; every number in it was computed when the point was made.
        matters: What follows for its conclusions.
        evidence: The numbers.
        holds: Whether the claim stands; None where that takes runs of ours that are not there.
        columns: Heads of the evidence.
    """

    number: int
    title: str
    where: str
    claim: str
    finding: str
    matters: str
    evidence: tuple[Row, ...]
    holds: bool | None = False
    columns: tuple[str, str, str] = ("", "Printed", "Recomputed")

    @property
    def verdict(self) -> str:
        """Whether the claim stands, in words."""
        return OPEN if self.holds is None else STANDS if self.holds else FALLS
