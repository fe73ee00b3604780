"""From a labeller's own values to class codes, and from two labellers to one label."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lakeseg.bands import LAND, NO_LABEL, UNCLASSIFIED, WATER
from lakeseg.errors import ConfigError, DatasetError

_SHOWN: Final = 8
_ALL_BITS: Final = (255, 65535)
_CODES: Final = "codes"


@dataclass(frozen=True)
class WaterRule:
    """What makes a label water: being equal to `value`, or having `bit` set; neither where labels are class codes."""

    value: int | None = None
    bit: int | None = None

    @classmethod
    def parse(cls, text: str) -> WaterRule:
        """Read `"1"` (a value), `"bit:5"` (a bit, counted from 0) or `"codes"` (0 none, 1 water, 2 land, 3 neither)."""
        if text == _CODES:
            return cls()
        kind, _, number = text.rpartition(":")
        if kind not in ("", "bit") or not number.removeprefix("-").isdecimal():
            raise ConfigError(
                f"{text!r} is no rule for water: expected a value such as 1, a bit such as bit:5, or codes"
            )
        if kind == "bit" and not 0 <= int(number) < 63:
            raise ConfigError(f"{text!r} is no rule for water: expected a bit from 0 to 62")
        return cls(bit=int(number)) if kind else cls(value=int(number))

    def __str__(self) -> str:
        if self.codes:
            return _CODES
        return f"bit:{self.bit}" if self.value is None else str(self.value)

    @property
    def codes(self) -> bool:
        """Whether labels are class codes already."""
        return self.value is None and self.bit is None

    def mask(self, labels: np.ndarray) -> np.ndarray:
        """Return where (...) int64 labels are water, as (...) bool."""
        if self.bit is not None:
            return (labels >> self.bit & 1).astype(bool)
        return labels == (WATER if self.codes else self.value)

    def classes(self, labels: np.ndarray) -> np.ndarray:
        """Return (...) int64 labels as class codes; of class codes, those that are some."""
        return labels if self.codes else np.where(self.mask(labels), WATER, LAND)


@dataclass
class Labeller:
    """One array of labels: its key, what is water in it, the values that mean no label, and the values seen so far."""

    key: str
    water: WaterRule
    ignore: tuple[int, ...] = ()
    seen: Counter[int] = field(default_factory=Counter, compare=False)

    def classes(self, row: np.ndarray, where: str) -> np.ndarray:
        """Return (H, W) labels as uint8 codes: water, land, or no label for NaN and the values in `ignore`."""
        values, unknown = _whole(row, f"{where}: {self.key!r}")
        numbers, counts = np.unique(values[~unknown], return_counts=True)
        self.seen.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
        unknown |= np.isin(values, self.ignore)
        if self.water.codes:
            self._check_codes(values[~unknown], where)
        return np.where(unknown, NO_LABEL, self.water.classes(values)).astype(np.uint8)

    def _check_codes(self, values: np.ndarray, where: str) -> None:
        wrong = values[(values < NO_LABEL) | (values > UNCLASSIFIED)]
        if wrong.size:
            remedy = "name what is water with --water, or values that mean no label with --ignore"
            raise DatasetError(f"{where}: {self.key!r}: label {wrong[0]} is no class code (0 to 3): {remedy}")

    def check(self, where: str) -> None:
        """Raise a `DatasetError` when nothing seen so far is water, or when codes look like a mask of water."""
        values = np.array(sorted(set(self.seen) - set(self.ignore)), np.int64)
        listed = ", ".join(map(str, values[:_SHOWN].tolist())) or "none"
        if not self.water.mask(values).any():
            raise DatasetError(f"{where}: {self.key!r} has no water by the rule {self.water}: its values are {listed}")
        if self.water.codes and values.tolist() == [NO_LABEL, WATER]:
            remedy = "add --water 1 if 0 is land; --water 1 --ignore 0 if it means no label"
            raise DatasetError(f"{where}: {self.key!r} holds 0 and 1 alone, and as codes 0 means no label: {remedy}")

    def doubts(self, option: str) -> list[str]:
        """Return a line when values that often mean 'no data' were read as a class; `option` would have mended it."""
        if self.water.codes:
            return []
        others = {v: n for v, n in self.seen.items() if v not in self.ignore and v != self.water.value}
        by_bit = self.water.bit is not None
        if by_bit:
            others = {value: n for value, n in others.items() if value in _ALL_BITS}
        if len(others) < (1 if by_bit else 2):
            return []
        shown = ", ".join(f"{value} ({n} px)" for value, n in sorted(others.items())[:_SHOWN])
        taken = "water" if by_bit else "land"
        return [f"{self.key!r}: {shown} taken as {taken}: name values that mean no label with {option}"]


def _whole(row: np.ndarray, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Return (H, W) labels as int64 and where they are NaN; a fraction raises a `DatasetError`."""
    unknown = np.zeros(row.shape, bool)
    if row.dtype.kind == "f":
        unknown = np.isnan(row)
        row = np.where(unknown, 0, row)
        if not np.isfinite(row).all() or (row != np.rint(row)).any():
            raise DatasetError(f"{where} has labels between whole numbers: round them first")
    return row.astype(np.int64), unknown


def combine(opinions: list[np.ndarray]) -> np.ndarray:
    """Return the class where all (H, W) uint8 opinions agree, unclassified elsewhere, no label where one has none."""
    first = opinions[0]
    agreed = np.where(np.all([opinion == first for opinion in opinions], axis=0), first, UNCLASSIFIED)
    return np.where(np.any([opinion == NO_LABEL for opinion in opinions], axis=0), NO_LABEL, agreed).astype(np.uint8)
