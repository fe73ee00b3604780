"""The checks on lakes together: the same pixels, the same ground, the same group."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Final

import numpy as np

from lakeseg.analysis.health.checks import concerns, of_lakes, percent, plural
from lakeseg.analysis.health.ground import MOST_PAIRS, shared_ground, straddling
from lakeseg.analysis.health.shapes import ERROR, FINE, MOST_LAKES, NOTE, WARNING, Concern, Finding
from lakeseg.analysis.health.tally import Tally
from lakeseg.analysis.health.twins import overlapping, same_images
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split

_LEAK: Final = (
    "in different groups, so a split may train on one and test on the other; `python -m lakeseg regroup` joins them"
)


def _finding(name: tuple[str, str], severity: str, unit: str, count: int, text: str, lakes: list[Concern]) -> Finding:
    return Finding(*name, severity, count, plural(count, unit), text, tuple(lakes[:MOST_LAKES]), len(lakes))


def duplicates(dataset: Dataset, tally: Tally) -> Finding:
    """Lakes that are the same image."""
    table, sets = dataset.lakes, same_images(tally)
    apart = [rows for rows in sets if len({table.group[row] for row in rows}) > 1]
    ordered = apart + [rows for rows in sets if rows not in apart]
    lakes = [
        Concern(str(table.id[row]), f"same as {table.id[rows[0] if row != rows[0] else rows[1]]}")
        for rows in ordered
        for row in rows
    ]
    text = "No two lakes are the same image."
    if sets:
        text = "The same pixels under more than one name"
        text += f"; {len(apart):,} of {len(sets):,} sets {_LEAK}." if apart else ", always in one group."
    severity = ERROR if apart else WARNING if sets else FINE
    return _finding(("duplicates", "Duplicate lakes"), severity, "lake", len(lakes), text, lakes)


def overlaps(dataset: Dataset, tally: Tally) -> Finding:
    """Lakes that hold some of the same pixels, moved against each other."""
    table, pairs = dataset.lakes, overlapping(dataset, tally)
    apart = [pair for pair in pairs if table.group[pair.first] != table.group[pair.second]]
    lakes = [
        Concern(str(table.id[pair.first]), f"{pair.pixels:,} px with {table.id[pair.second]}")
        for pair in apart or pairs
    ]
    text = "No lake holds pixels of another one."
    if pairs:
        text = "The same pixels in two lakes, moved against each other"
        text += f"; {len(apart):,} of the pairs {_LEAK}." if apart else ": within one group, so no split parts them."
    severity = ERROR if apart else NOTE if pairs else FINE
    return _finding(("overlaps", "Shared pixels"), severity, "pair", len(pairs), text, lakes)


def ground(dataset: Dataset) -> Finding:
    """Lakes whose coordinates overlap though they are in different groups."""
    table = dataset.lakes
    placed = int((np.isfinite(table.lon) & np.isfinite(table.lat)).sum())
    pairs = sorted(islice(shared_ground(dataset), MOST_PAIRS), key=lambda pair: -pair[2])
    lakes = [Concern(str(table.id[one]), f"{percent(share)} with {table.id[other]}") for one, other, share in pairs]
    severity = FINE if not pairs else NOTE if dataset.simulated else WARNING
    text = _about_ground(dataset, len(pairs), placed)
    return _finding(("ground", "Shared ground"), severity, "pair", len(pairs), text, lakes)


def _about_ground(dataset: Dataset, pairs: int, placed: int) -> str:
    lakes = len(dataset.lakes)
    if not placed:
        return "No lake has coordinates, so overlap on the ground cannot be told; pixels alone are compared."
    text = "Lakes in different groups lie apart."
    if pairs and dataset.simulated:
        text = "By their coordinates these lakes overlap; but a simulator gave them at random, and the ground differs."
    elif pairs:
        text = f"By their coordinates these lakes overlap, {_LEAK}."
    return text if placed == lakes else f"{text} {lakes - placed:,} of {lakes:,} lakes have no coordinates."


def places(dataset: Dataset) -> Finding:
    """Coordinates that are no place on Earth."""
    table = dataset.lakes
    rows = np.flatnonzero((np.abs(table.lat) > 90) | (np.abs(table.lon) > 180))
    text = "Every coordinate is a place on Earth."
    if len(rows):
        text = "Latitude beyond 90° or longitude beyond 180°: these lakes are on no map."
    return of_lakes(
        ("places", "Coordinates"),
        WARNING,
        dataset,
        rows,
        lambda row: f"{table.lat[row]:.4g}, {table.lon[row]:.4g}",
        text,
    )


def across_splits(dataset: Dataset, splits: Mapping[str, Split]) -> Finding:
    """Groups that stand in more than one part of a split; `splits` by the name of whose they are."""
    table, found = dataset.lakes, straddling(dataset.lakes, splits)
    torn = {group: name for name in found for group in found[name]}
    rows = np.flatnonzero(np.isin(table.group, list(torn)))
    lakes = concerns(dataset, rows, lambda row: f"split of {torn[str(table.group[row])]}")
    text = (
        f"No group stands on both sides of a split ({', '.join(splits)})."
        if splits
        else "There is no split to look at."
    )
    if found:
        text = f"Lakes that share ground were parted in the split of {', '.join(found)}: its scores are too good."
    name, severity = ("splits", "Groups across splits"), ERROR if found else FINE
    return Finding(*name, severity, len(torn), plural(len(torn), "group"), text, lakes, len(rows))
