"""Table 5 of the study: logistic regression on a random split of pixels."""

from __future__ import annotations

from lakeseg.study.answers.shapes import Evidence, Table
from lakeseg.study.answers.words import (
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
from lakeseg.study.published import facts, table5
from lakeseg.study.runs import STUDY, Series

COLUMNS = ("Whose", "N train", "N test", "TP", "FN", "FP", "TN", "F1", "Land", "Accuracy")


def table5_of(known: Evidence) -> Table:
    """Return Table 5: as printed, as it follows from its counts, and ours."""
    counts, printed_f1 = table5()
    stated = facts()["table5"]
    cells = tuple(count(value) for value in (counts.tp, counts.fn, counts.fp, counts.tn))
    pixels = (count(stated["train_pixels"]), count(stated["test_pixels"]))
    rows = [
        ("printed", *pixels, *cells, score(printed_f1, 4), percent(stated["land_percent"] / 100, 2), NONE),
        (
            *("recomputed", NONE, count(counts.pixels), *[NONE] * 4, score(counts.scores.f1, 4)),
            *(percent(counts.land_share, 2), percent(counts.scores.accuracy, 2)),
        ),
    ]
    series = known.series("logistic-pixels")
    rows += _ours(series) if series else [("ours", NOT_RUN, *[NONE] * 8)]
    note = (
        f"Ours: {origin(known.dataset)}; three quarters of all pixels drawn at random, the others to test, drawn anew "
        "for every seed. No lakes were set apart, so […] is a 95 % bootstrap interval over seeds alone."
    )
    return Table("Table 5: logistic regression on a random split of pixels", COLUMNS, tuple(rows), note)


def _ours(series: Series) -> list[tuple[str, ...]]:
    totals = series.counts(STUDY).sum(axis=1)
    f1, accuracy = (series.summary(STUDY, metric) for metric in ("f1", "accuracy"))
    means = totals.mean(axis=0)
    land = (means[2] + means[3]) / means.sum()
    start = (f"ours, {counted(len(series), 'seed')}", count(series.runs[0].training_pixels), count(means.sum()))
    cells = tuple(count(value) for value in means)
    rows = [(*start, *cells, with_interval(f1), percent(land, 2), percent(accuracy.mean, 2))]
    if len(series) > 1:
        pairs = zip(totals.min(axis=0), totals.max(axis=0), strict=True)
        between = tuple(f"{count(low)}–{count(high)}" for low, high in pairs)
        rows.append(
            ("ours, spread", NONE, NONE, *between, spread(f1), NONE, percents(accuracy.least, accuracy.most, 2))
        )
    return rows
