"""Numbers as text, and words that follow from numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lakeseg.analysis.seeds import SeededDifference, Summary

NONE: Final = "–"
UNIT: Final = "\u00a0"  # between a number and its unit, so that no line breaks there
NOT_RUN: Final = "not run yet"
BEATS, EVEN, LOSES = "beats", "cannot be told apart from", "falls behind"  # read on with the name of the other
INTERVAL: Final = "[…] is a 95 % bootstrap interval over ground groups of lakes and over seeds"


def score(value: float | None, digits: int = 3) -> str:
    """Return a score of 0 to 1 as `.812`, 0 as `0`, 1 as `1.00`, an undefined one as a dash."""
    if value is None or math.isnan(value):
        return NONE
    if value == 0:
        return "0"
    text = f"{value:.{digits}f}"
    return text.removeprefix("0") if value < 1 and not text.startswith("1") else f"{value:.{digits - 1}f}"


def signed(value: float) -> str:
    """Return a difference of scores as `+.031`, with more digits where three would round it to nothing."""
    if math.isnan(value):
        return NONE
    digits = 3 if value == 0 or abs(value) >= 0.0005 else min(9, -math.floor(math.log10(abs(value))))
    text = f"{abs(value):.{digits}f}"
    sign = "−" if value < 0 else "+"
    return sign + (text.removeprefix("0") if abs(value) < 1 else text)


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as `92.7 %`."""
    return NONE if share is None or math.isnan(share) else f"{100 * share:.{digits}f}{UNIT}%"


def percents(low: float, high: float, digits: int = 1) -> str:
    """Return two shares as `89.8–90.1 %`."""
    return f"{percent(low, digits).removesuffix(UNIT + '%')}–{percent(high, digits)}"


def count(value: float | None) -> str:
    """Return a count with its thousands set apart."""
    return NONE if value is None or math.isnan(value) else f"{round(value):,}"


def with_interval(found: Summary) -> str:
    """Return `.812 [.79, .83]`; a mean with no interval stands alone."""
    if math.isnan(found.low) or math.isnan(found.high):
        return score(found.mean)
    return f"{score(found.mean)} [{score(found.low, 2)}, {score(found.high, 2)}]"


def spread(found: Summary) -> str:
    """Return the least and the most over the seeds as `.79–.83`; one seed has no spread."""
    return f"{score(found.least)}–{score(found.most)}" if found.seeds > 1 else NONE


def with_seconds(value: float) -> str:
    """Return seconds with as many digits as mean something."""
    return NONE if math.isnan(value) else f"{value:.1f}{UNIT}s" if value < 10 else f"{value:,.0f}{UNIT}s"


def difference(found: SeededDifference) -> str:
    """Return `+.031 [+.012, +.050]`."""
    return f"{signed(found.value)} [{signed(found.interval.low)}, {signed(found.interval.high)}]"


def relation(found: SeededDifference) -> str:
    """Return what the interval allows to say of the first against the second."""
    if found.interval.low > 0:
        return BEATS
    return LOSES if found.interval.high < 0 else EVEN


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return `a, b and c`."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))


def sizes(values: Sequence[int]) -> str:
    """Return `8, 16 and 32 px`."""
    return f"{listed([str(value) for value in values])}{UNIT}px"


def origin(dataset: Mapping[str, Any]) -> str:
    """Return the name of a dataset and, where its name does not tell, that it is simulated."""
    name = str(dataset.get("name", "no dataset"))
    return f"{name}, simulated" if dataset.get("simulated") and "simulated" not in name else name


def counted(number: int, word: str) -> str:
    """Return `1 run` or `2 runs`."""
    return f"{count(number)} {word}{'s' * (number != 1)}"


def capital(text: str) -> str:
    """Return a sentence with a capital letter in front."""
    return text[:1].upper() + text[1:]
