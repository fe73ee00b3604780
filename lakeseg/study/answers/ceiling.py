"""What noise in the labels leaves to gain: the truth, and the other labeller, held to the labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lakeseg.study.answers.pairs import Pair
from lakeseg.study.answers.shapes import Evidence, Table
from lakeseg.study.answers.words import NONE, count, origin, score
from lakeseg.study.ceiling import RULE, TRUTH
from lakeseg.study.runs import CHOSEN, Series

_NAMES: Final = {TRUTH: "The truth: half the pixel or more is water", RULE: "The other labeller: the spectral rule"}


def ceiling_table(known: Evidence, main: Pair | None) -> list[Table]:
    """Return how well each reader predicts the labels of the test lakes, beside the two networks."""
    rows = [(_NAMES.get(row["reader"], row["reader"]), *_cells(row)) for row in _rows(known)]
    if not rows:
        return []
    networks = [main.first, main.second] if main else []
    rows += [_network(series) for series in networks]
    note = (
        f"{_basis(known)}; F1 of water against the labels, every labelled pixel of the test lakes; networks at "
        "thresholds chosen on the validation lakes. What the truth lacks to 1 is noise in the labels; only habits of a "
        "labeller that show in the image could be learned beyond it. […] is a 95 % bootstrap interval over ground "
        "groups of lakes, of networks over seeds too."
    )
    columns = ("Who predicts the labels", "F1", "Precision", "Recall", "Pixels")
    return [Table("What the labels allow", columns, tuple(rows), note)]


def ceiling_sentence(known: Evidence, main: Pair | None) -> tuple[str, ...]:
    """Say how much is left between the best network and the truth."""
    found = next((row for row in _rows(known) if row["reader"] == TRUTH), None)
    if found is None or main is None:
        return ()
    best = max((main.first, main.second), key=lambda series: series.summary(CHOSEN, draws=1).mean)
    reached = best.summary(CHOSEN, draws=1).mean
    left, noise = max(found["f1"] - reached, 0.0), 1 - found["f1"]
    more = "more than that" if noise > left else "no more than that"
    said = (
        f"Labels are noisy: the truth itself has an F1 of {score(found['f1'])} against those of the test lakes. "
        f"{best.title}'s {score(reached)} leaves {score(left)} to gain by a better network; the noise in the labels "
        f"hides {score(noise)}, {more}."
    )
    return (said,)


def _rows(known: Evidence) -> list[Mapping[str, Any]]:
    part = known.part("ceiling")
    return [row for row in part.rows if row["split"] == "test"] if part else []


def _basis(known: Evidence) -> str:
    part = known.part("ceiling")
    return f"{origin(part.dataset)}; split {part.made.get('rule', 'unknown')}" if part else origin(known.dataset)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    interval = f"{score(row['f1'])} [{score(row['low'])}, {score(row['high'])}]"
    return (interval, score(row["precision"]), score(row["recall"]), count(row["pixels"]))


def _network(series: Series) -> tuple[str, ...]:
    f1, precision, recall = (series.summary(CHOSEN, metric) for metric in ("f1", "precision", "recall"))
    interval = f"{score(f1.mean)} [{score(f1.low)}, {score(f1.high)}]"
    return (series.title, interval, score(precision.mean), score(recall.mean), count(f1.pixels) or NONE)
