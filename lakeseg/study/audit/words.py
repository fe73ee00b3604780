"""Numbers of the audit as text."""

from __future__ import annotations

import math


def count(value: float) -> str:
    """Return a count with its thousands set apart."""
    return f"{round(value):,}"


def percent(share: float, digits: int = 2) -> str:
    """Return a share as `93.69 %`."""
    return f"{100 * share:.{digits}f} %"


def f1(value: float | None, digits: int = 4) -> str:
    """Return a score as `.7783`, a dash where it is undefined; what was printed as NA stays so."""
    if value is None:
        return "NA"
    return "–" if math.isnan(value) else f"{value:.{digits}f}".removeprefix("0")


def power_of_ten(value: float) -> str:
    """Return the nearest power of ten, as `10⁻⁴²`."""
    return "10" + str(round(math.log10(value))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
