"""What each reviewer says of each pixel: standing verdicts, taken apart into pixels.

A reviewer has one vote a pixel, his latest; how regions were cut does not matter any more. Only verdicts that settle
something count: what was shown to measure a reviewer (honeypots, repeats) is no vote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from lakeseg.bands import LAND, WATER
from lakeseg.data.table import LakeTable
from lakeseg.errors import ConfigError
from lakeseg.review import runs
from lakeseg.review.verdicts import BULK, REVIEW, VERDICTS, Verdict

SETTLING: Final = (REVIEW, BULK)
HALF: Final = 50  # percent of a pixel's area from which on it is water
NOTHING: Final = -1  # stands for no water fraction


@dataclass(frozen=True, eq=False)
class Votes:
    """Votes of all reviewers, n of them, ordered by pixel and then by reviewer.

    Attributes:
        verdicts: Those that the votes come from.
        reviewers: Names, in alphabetical order.
        pixel: (n,) int64 row of the pixel in `/pixels`, which is the lake's offset plus the position in the lake.
        reviewer: (n,) int32 place in `reviewers`.
        of: (n,) int32 place in `verdicts`.
    """

    verdicts: tuple[Verdict, ...]
    reviewers: tuple[str, ...]
    pixel: np.ndarray
    reviewer: np.ndarray
    of: np.ndarray

    def __len__(self) -> int:
        return len(self.pixel)

    @cached_property
    def code(self) -> np.ndarray:
        """(n,) uint8 place of what was said in `VERDICTS`."""
        return np.array([VERDICTS.index(one.verdict) for one in self.verdicts], np.uint8)[self.of]

    @cached_property
    def percent(self) -> np.ndarray:
        """(n,) int16 percent of water, `NOTHING` where the reviewer could not tell."""
        known = [NOTHING if one.water is None else round(100 * one.water) for one in self.verdicts]
        return np.array(known, np.int16)[self.of]

    @cached_property
    def confidence(self) -> np.ndarray:
        """(n,) int64, 1 to 3."""
        return np.array([one.confidence for one in self.verdicts], np.int64)[self.of]

    @cached_property
    def pixels(self) -> np.ndarray:
        """(P,) int64 rows of the pixels that somebody voted on, ascending."""
        return self.pixel[np.flatnonzero(np.r_[True, np.diff(self.pixel) > 0])] if len(self) else self.pixel

    @cached_property
    def places(self) -> np.ndarray:
        """(n,) int64 place of each vote's pixel in `pixels`."""
        return np.searchsorted(self.pixels, self.pixel)

    def table(self, values: np.ndarray) -> np.ndarray:
        """Return (P, R) uint8: a (n,) value of each vote under its pixel and reviewer, 0 where there is no vote."""
        out = np.zeros((len(self.pixels), len(self.reviewers)), np.uint8)
        out[self.places, self.reviewer] = values
        return out

    @cached_property
    def classes(self) -> np.ndarray:
        """(n,) uint8 class codes: water from half on (`HALF`), else land; 0 where the reviewer could not tell."""
        said = np.where(self.percent >= HALF, WATER, LAND)
        return np.where(self.percent == NOTHING, 0, said).astype(np.uint8)


def votes_of(verdicts: Sequence[Verdict], lakes: LakeTable) -> Votes:
    """Return the votes of standing verdicts; of two by one reviewer on one pixel the later stands.

    Args:
        verdicts: In the order in which they were kept. Those taken back, those of other purposes, and those that do not
            fit their lake, which another program must have written, are passed over.
        lakes: Index of the dataset that they are of.
    """
    kept = tuple(one for one in verdicts if one.purpose in SETTLING and one.undone_by is None)
    kept, positions, counts = _fitting(kept, lakes)
    names = tuple(sorted({one.reviewer for one in kept}))
    number = {name: place for place, name in enumerate(names)}
    by = np.array([number[one.reviewer] for one in kept], np.int64)
    of = np.repeat(np.arange(len(kept)), counts)
    pixel = positions + np.repeat(_column(lakes.offset, kept, lakes), counts)
    order = _latest(pixel * max(len(names), 1) + by[of])
    return Votes(kept, names, pixel[order], by[of[order]].astype(np.int32), of[order].astype(np.int32))


def _column(values: np.ndarray, verdicts: Sequence[Verdict], lakes: LakeTable) -> np.ndarray:
    """Return (V,) the value of each verdict's lake."""
    return np.asarray(values[np.array([lakes.position(one.lake) for one in verdicts], np.int64)])


def _fitting(verdicts: tuple[Verdict, ...], lakes: LakeTable) -> tuple[tuple[Verdict, ...], np.ndarray, np.ndarray]:
    """Return the verdicts whose pixels lie in their lake, these pixels' positions, and how many each has."""
    known = tuple(one for one in verdicts if one.lake in lakes)
    try:
        positions, counts = decoded([one.runs for one in known])
    except ConfigError:
        known = tuple(one for one in known if _is_readable(one.runs))
        positions, counts = decoded([one.runs for one in known])
    last = positions[np.cumsum(counts) - 1]
    fits = last < _column(lakes.size, known, lakes)
    kept = tuple(one for one, good in zip(known, fits.tolist(), strict=True) if good)
    return kept, positions[np.repeat(fits, counts)], counts[fits]


def _is_readable(text: str) -> bool:
    try:
        return len(runs.decode(text)) > 0
    except ConfigError:
        return False


def _latest(keys: np.ndarray) -> np.ndarray:
    """Return where each of the (n,) keys stands last, in ascending order of the keys."""
    order = np.argsort(keys, kind="stable")
    return order[np.flatnonzero(np.r_[np.diff(keys[order]) > 0, True])] if len(keys) else order


def decoded(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of many texts of runs one after the other, (n,) int64, and how many each has, (T,) int64.

    The same as `runs.decode` of each, for as many texts as a lab writes in a year.

    Raises:
        ConfigError: A text is no list of runs.
    """
    try:
        numbers = np.array(",".join(texts).replace(":", ",").split(","), np.int64) if texts else np.empty(0, np.int64)
        pairs = numbers.reshape(-1, 2)
        per_text = np.array([text.count(":") for text in texts], np.int64)
        good = per_text.sum() == len(pairs) and (pairs[:, 0] >= 0).all() and (pairs[:, 1] > 0).all()
    except ValueError:
        good = False
    if not good:
        parts = [runs.decode(text) for text in texts]
        return np.concatenate([*parts, np.empty(0, np.int64)]), np.array([len(part) for part in parts], np.int64)
    starts, lengths = pairs[:, 0], pairs[:, 1]
    ends = np.cumsum(lengths)
    positions = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)
    of_text = np.repeat(np.arange(len(texts)), per_text)
    return positions, np.bincount(of_text, weights=lengths, minlength=len(texts)).astype(np.int64)
