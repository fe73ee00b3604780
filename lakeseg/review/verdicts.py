"""What a reviewer says of a region, as a row of the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from lakeseg.errors import ConfigError, unknown

WATER, LAND, UNSURE, MIXED = "water", "land", "unsure", "mixed"
VERDICTS: Final = (WATER, LAND, UNSURE, MIXED)

REVIEW, HONEYPOT, REPEAT, BULK = "review", "honeypot", "repeat", "bulk"
PURPOSES: Final = (REVIEW, HONEYPOT, REPEAT, BULK)
"""Why a region was shown: to be settled, to measure the reviewer (against labels, against himself), or in bulk."""

CONFIDENCES: Final = (1, 2, 3)
LONGEST_NAME: Final = 80
LONGEST_NOTE: Final = 1000


@dataclass(frozen=True)
class Verdict:
    """One verdict on the pixels of one region.

    Attributes:
        dataset: Fingerprint of the dataset.
        lake: Id of the lake.
        runs: Pixels of the region, as `runs.encode` gives them.
        pixels: How many.
        verdict: One of `VERDICTS`.
        fraction: Percent of water, 0 to 100, for `MIXED`; None for the others.
        confidence: 1 a guess, 2 likely, 3 sure.
        reviewer: Name that the reviewer chose, or that the login gave.
        note: What else there is to say.
        purpose: One of `PURPOSES`.
        seen: What was on the screen: `models` (id to fingerprint), `blind`, `votes`, …; plain values.
        seconds: From the region's appearance to the verdict; None in bulk.
        key: Made by whoever asks for the verdict to be kept: the same key is kept once, however often it is sent.
        batch: Shared by verdicts that are taken back together.
        id: Position in the log; None before it is kept.
        made_at: When it was kept, UTC; None before.
        undone_by: Reviewer who took it back; None while it stands.
    """

    dataset: str
    lake: str
    runs: str
    pixels: int
    verdict: str
    reviewer: str
    fraction: int | None = None
    confidence: int = 2
    note: str = ""
    purpose: str = REVIEW
    seen: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    key: str = ""
    batch: str = ""
    id: int | None = None
    made_at: datetime | None = None
    undone_by: str | None = None

    def __post_init__(self) -> None:
        """Check the values; a `ConfigError` says what is expected."""
        if self.verdict not in VERDICTS:
            raise ConfigError(unknown("verdict", self.verdict, list(VERDICTS)))
        if self.purpose not in PURPOSES:
            raise ConfigError(unknown("purpose", self.purpose, list(PURPOSES)))
        if self.confidence not in CONFIDENCES:
            raise ConfigError(f"confidence {self.confidence}: expected 1, 2 or 3")
        if (self.verdict == MIXED) != (self.fraction is not None):
            raise ConfigError(f"{self.verdict}: a water fraction belongs to 'mixed', and to no other verdict")
        if self.fraction is not None and not 0 <= self.fraction <= 100:
            raise ConfigError(f"water fraction {self.fraction}: expected 0 to 100 percent")
        if not self.runs or self.pixels < 1:
            raise ConfigError("a verdict needs at least one pixel")
        check_reviewer(self.reviewer)
        if len(self.note) > LONGEST_NOTE:
            raise ConfigError(f"note of {len(self.note)} characters: expected at most {LONGEST_NOTE}")

    @property
    def water(self) -> float | None:
        """Share of water that the verdict stands for, 0 to 1; None where the reviewer could not tell."""
        shares = {WATER: 1.0, LAND: 0.0, UNSURE: None}
        return self.fraction / 100 if self.fraction is not None else shares[self.verdict]


def check_reviewer(name: str) -> None:
    """Raise a `ConfigError` unless `name` can stand for a reviewer: printable, not empty, not too long."""
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise ConfigError(f"reviewer {name[:20]!r}: expected a printable name of 1 to {LONGEST_NAME} characters")
