"""Direct labels: names at the end of lines, moved apart so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence


def moved_apart(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return `places` in their order, at least `gap` from each other and as near to where they were as that allows.

    They stay between `low` and `high` while there is room; a crowd spills over `low`, keeping its distances.
    """
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved: list[float] = []
    for index in order:
        start = max(places[index], low)
        moved.append(max(start, moved[-1] + gap) if moved else start)
    top = high
    for position in reversed(range(len(moved))):
        moved[position] = min(moved[position], top)
        top = moved[position] - gap
    by_index = dict(zip(order, moved, strict=True))
    return [by_index[index] for index in range(len(places))]
