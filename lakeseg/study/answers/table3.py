"""Table 3 of the study, every cell of it: as printed, as it follows from its own counts, and as our runs have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from lakeseg.study.answers.measures import PATCHES, TERMS
from lakeseg.study.answers.shapes import Evidence, Table
from lakeseg.study.answers.words import (
    INTERVAL,
    NONE,
    NOT_RUN,
    count,
    counted,
    origin,
    percent,
    percents,
    score,
    spread,
    with_interval,
)
from lakeseg.study.published import SizeRow, table3
from lakeseg.study.runs import STUDY, Series

COLUMNS: Final = ("Patch", "Whose", "N train", "N test", "TN", "FN", "TP", "FP", "F1", "Land", "Accuracy")


def table(known: Evidence) -> Table:
    """Return Table 3: four rows a patch size."""
    published = {row.patch: row for row in table3()}
    rows: list[tuple[str, ...]] = []
    for patch in PATCHES:
        series = known.series(f"fcn-paper-{patch}")
        rows += [printed(published[patch]), recomputed(published[patch])]
        rows += ours(patch, series) if series else [(f"{patch}×{patch}", NOT_RUN, *[NONE] * 9)]
    note = (
        "Water is the positive class: FN is water called land, FP land called water. Published: MODIS images of 2000, "
        "one run each. Recomputed: from the published counts. "
        f"Ours: {origin(known.dataset)}; {TERMS[STUDY]}; counts are means over the seeds; {INTERVAL}, beneath it the "
        "least and the most of the seeds."
    )
    return Table("Table 3: the FCN at four patch sizes, on the study's terms", COLUMNS, tuple(rows), note)


def printed(row: SizeRow) -> tuple[str, ...]:
    """Return a row as the study printed it."""
    counts = row.counts
    cells = [
        count(value) for value in (row.train_patches, row.test_patches, counts.tn, counts.fn, counts.tp, counts.fp)
    ]
    f1 = "NA" if row.printed_f1 is None else score(row.printed_f1, 4)
    land, accuracy = percent(row.printed_land), percent(row.printed_accuracy, 2)
    return (f"{row.patch}×{row.patch}", "printed", *cells, f1, land, accuracy)


def recomputed(row: SizeRow) -> tuple[str, ...]:
    """Return what follows from the published counts; a count itself is as printed."""
    scores = row.counts.scores
    cells = (score(scores.f1, 4), percent(row.counts.land_share), percent(scores.accuracy, 2))
    return (f"{row.patch}×{row.patch}", "recomputed", *[NONE] * 6, *cells)


def ours(patch: int, series: Series) -> list[tuple[str, ...]]:
    """Return the means over our seeds, and the spread between them."""
    totals = series.counts(STUDY).sum(axis=1)
    tested = int(totals[0].sum()) // patch**2
    trained = series.runs[0].split.get("train_patches") or series.runs[0].training_pixels // patch**2
    f1, accuracy = (series.summary(STUDY, metric) for metric in ("f1", "accuracy"))
    means = totals.mean(axis=0)
    land = (totals[0, 2] + totals[0, 3]) / max(totals[0].sum(), 1)
    size, seeds = f"{patch}×{patch}", counted(len(series), "seed")
    mean = (size, f"ours, {seeds}", count(trained), count(tested), *_four(means), with_interval(f1), percent(land))
    least, most = totals.min(axis=0), totals.max(axis=0)
    between = [f"{count(a)}–{count(b)}" for a, b in zip(_order(least), _order(most), strict=True)]
    rows = [(*mean, percent(accuracy.mean, 2))]
    if len(series) > 1:
        ends = (NONE, NONE, *between, spread(f1), NONE, percents(accuracy.least, accuracy.most, 2))
        rows.append((size, "ours, spread", *ends))
    return rows


def _order(counts: np.ndarray) -> Sequence[float]:
    """Return tn, fn, tp, fp, as the table has them."""
    tp, fn, fp, tn = (float(value) for value in counts)
    return tn, fn, tp, fp


def _four(counts: np.ndarray) -> list[str]:
    return [count(value) for value in _order(counts)]
