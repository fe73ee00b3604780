"""Text from files, cards and links, made fit for a page that reads Markdown."""

from __future__ import annotations

import math
import re
from typing import Final

from lakeseg.data.dataset import Dataset

_SPACES: Final = re.compile(r"[^\S\u00a0]+")
_UNIT: Final = re.compile(r"(?<=\d) (?=%|px\b|s\b)")
_CODE: Final = re.compile(r"`([^`]*)`")
_SIGNS: Final = frozenset("\\`*_{}[]()<>#+!|~$:&")


def plain(text: str) -> str:
    """Return `text` with every sign that Markdown would act on made harmless, in one line; no-break spaces stay."""
    return "".join(f"\\{sign}" if sign in _SIGNS else sign for sign in _SPACES.sub(" ", text).strip())


def quoted(text: str) -> str:
    """Return `text` with quotes in the place of backticks, which `plain` would show as they are."""
    return _CODE.sub(r"“\1”", text)


def unbroken(text: str) -> str:
    """Return `plain(text)` in which no line breaks between a number and its unit."""
    return _UNIT.sub("\u00a0", plain(text))


def full_name(dataset: Dataset) -> str:
    """Return the name of a dataset, which says so if its data is simulated."""
    return f"{dataset.name} (simulated)" if dataset.simulated and "simulated" not in dataset.name else dataset.name


def short_name(dataset: Dataset, most: int) -> str:
    """Return the name of a dataset with at most `most` signs of its own, and what `full_name` says beside it."""
    name, of_all = dataset.name, full_name(dataset)
    return of_all if len(name) <= most else f"{name[: most - 1].rstrip()}…{of_all.removeprefix(name)}"


def short(value: float) -> str:
    """Return a share with three digits and no leading zero, as `.812` or `−.031`; an en dash where it is undefined."""
    return "–" if math.isnan(value) else _bare(f"{value:.3f}")


def _bare(number: str) -> str:
    """Return a number as text without a zero before the point, and with a minus sign that is one."""
    return number.removeprefix("0") if number[0] != "-" else f"−{number[1:].removeprefix('0')}"


def with_interval(value: float, low: float, high: float) -> str:
    """Return a share with its interval after it, as `.812 [.79, .83]`; without one where that is undefined."""
    if math.isnan(value) or math.isnan(low) or math.isnan(high):
        return short(value)
    ends = [_bare(f"{end:.2f}") for end in (low, high)]
    return f"{short(value)} [{ends[0]}, {ends[1]}]"
