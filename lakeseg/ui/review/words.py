"""Verdicts and regions in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lakeseg.bands import CLASS_NAMES
from lakeseg.review import runs
from lakeseg.review.verdicts import BULK, LAND, MIXED, UNSURE, WATER, Verdict
from lakeseg.ui.review.question import Table
from lakeseg.ui.text import plain, short

NAMES: Final = {WATER: "Water", LAND: "Land", UNSURE: "Can't tell", MIXED: "Mixed"}


def of_verdict(verdicts: Sequence[Verdict]) -> str:
    """Return what was said in one batch: `Water · 34 px · lake D1-0042`."""
    first = verdicts[0]
    name = NAMES[first.verdict] + (f" {first.fraction} % water" if first.fraction is not None else "")
    pixels = f"{sum(one.pixels for one in verdicts):,} px"
    if first.purpose == BULK:
        return f"{name} · {len(verdicts):,} regions · {pixels}"
    return f"{name} · {pixels} · lake {plain(first.lake)}"


def reveal(table: Table, one: Verdict) -> str:
    """Return what the models said of the region of a verdict; empty where nobody was asked."""
    region = table.region_at(one.lake, int(runs.decode(one.runs)[0]))
    if region is None:
        return ""
    regions = table.regions
    said = zip(regions.judges, regions.says[region], regions.water[region], strict=True)
    words = [f"{plain(judge.title)} {CLASS_NAMES[int(code)]} ({short(float(p))})" for judge, code, p in said]
    return "Models: " + " · ".join(words) if words else ""
