"""Why this region, its spectrum, and what was said of regions that look alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import streamlit as st

from lakeseg.bands import INDICES, spectral_index, to_reflectance
from lakeseg.figures.regions import HEIGHT, region_spectrum
from lakeseg.review.ranking import OF_MODELS, nearness, why
from lakeseg.review.verdicts import VERDICTS
from lakeseg.ui.cache import regions as kept
from lakeseg.ui.review.pictures import Pictures
from lakeseg.ui.review.question import Item, Table
from lakeseg.ui.review.words import NAMES
from lakeseg.ui.text import plain

ALIKE: Final = 4
REASONS: Final = 4
_DISTANCE: Final = "How far mean spectra lie apart, in standard deviations (sd) of the dataset's unclassified pixels."


def show(table: Table, item: Item, pictures: Pictures) -> None:
    """Show reasons and spectrum beside each other."""
    mean = _mean(table, item, pictures)
    reasons, spectrum = st.columns([5, 6], gap="small")
    with reasons:
        why_here = _reasons(table, item)
        facts = [word for word in (*_shore(table, item), *_indices(table, mean)) if word not in why_here]
        _show_small(["**Why this one**", *why_here, f":gray[{' · '.join(facts)}]"])
    chart = region_spectrum(mean, pictures.spectra, table.dataset.bands)
    spectrum.vega_lite_chart(spec=chart, width="stretch", height=HEIGHT)


def show_alike(table: Table, item: Item) -> None:
    """List settled regions that look most like this one, by anyone; a check has none, so none while they are about."""
    if table.tested:
        return
    lines = [] if item.region is None else _alike(table, item.region)
    _show_small(["**Settled ones that look alike**", *(lines or [":gray[none yet]"])], _DISTANCE if lines else None)


def _show_small(lines: Sequence[str], about: str | None = None) -> None:
    st.markdown("  \n".join(f":small[{line}]" for line in lines), help=about)


def _reasons(table: Table, item: Item) -> list[str]:
    """Say why the region is where it is; while checks are about no more than a check has in common with a region."""
    if item.disputed:
        return ["reviewers disagree on it"]
    if table.tested or item.region is None:
        return [f"{len(item.positions):,} px"]
    found = why(table.regions, table.components, table.weights, item.region)
    return [plain(reason.words) for reason in found if not (table.blind and reason.name in OF_MODELS)][:REASONS]


def _mean(table: Table, item: Item, pictures: Pictures) -> np.ndarray:
    """Return the (B,) mean reflectance of an item."""
    counts = pictures.lake.image.reshape(-1, pictures.lake.image.shape[-1])[item.positions]
    return np.asarray(to_reflectance(counts, table.dataset.scale, table.dataset.fill).mean(axis=0))


def _shore(table: Table, item: Item) -> list[str]:
    """Return how far the shore is, where that is known and a check has it, too."""
    return [] if table.tested or item.region is None else [nearness(float(table.regions.shore[item.region]))]


def _indices(table: Table, mean: np.ndarray) -> list[str]:
    """Return the indices of a mean spectrum."""
    bands = table.dataset.bands
    known = [name for name, index in INDICES.items() if set(index.bands) <= set(bands)]
    return [f"{name} {float(spectral_index(name, mean, bands)):+.2f}".replace("-", "−") for name in known]


def _alike(table: Table, region: int) -> list[str]:
    verdicts = table.standing.verdicts
    lines = []
    for one in kept.spectra(table.regions).settled_alike(region, verdicts, ALIKE):
        name = NAMES[VERDICTS[int(verdicts[one.region]) - 1]]
        where = f"{int(table.regions.pixels[one.region]):,} px · {plain(table.lake_of(one.region))}"
        lines.append(f"{name} · {where} :gray[{one.distance:.2f} sd away]")
    return lines
