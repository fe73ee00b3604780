"""What the study of 2018 published: its tables as printed, and the scores that follow from its own counts.

The counts of Table 3 are sound (they add up to patches × side²), the F1 and accuracy printed beside them do not follow
from them. TP is water and TN land, as the study's text has it; its caption swaps FP and FN, which leaves F1 alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from lakeseg.metrics import Scores

_FILE: Final = Path(__file__).parent / "published.json"


@dataclass(frozen=True)
class Counts:
    """A published confusion matrix of water against land, in pixels."""

    tp: int
    fn: int
    fp: int
    tn: int

    @property
    def matrix(self) -> np.ndarray:
        """(3, 3) int64: rows truth, columns prediction, in the order water, land, unclassified (none of these)."""
        return np.array([[self.tp, self.fn, 0], [self.fp, self.tn, 0], [0, 0, 0]], np.int64)

    @cached_property
    def scores(self) -> Scores:
        """Every metric that follows from the counts."""
        return Scores.from_confusion(self.matrix)

    @property
    def pixels(self) -> int:
        """All pixels."""
        return self.tp + self.fn + self.fp + self.tn

    @property
    def land_share(self) -> float:
        """Share of the pixels that are land."""
        return (self.tn + self.fp) / self.pixels


@dataclass(frozen=True)
class SizeRow:
    """A row of Table 3: the FCN at one patch size. What was printed as NA is None."""

    patch: int
    train_patches: int
    test_patches: int
    counts: Counts
    printed_f1: float | None
    printed_accuracy: float | None
    printed_land: float | None = None


@dataclass(frozen=True)
class BandsRow:
    """A row of Table 4: F1 of the FCN on red, green and blue alone and on all bands, as printed."""

    patch: int
    rgb_f1: float | None
    all_f1: float | None


@dataclass(frozen=True)
class NetworkRow:
    """A row of Table 6: F1 of a network at one patch size, as printed."""

    model: str
    patch: int
    f1: float


@cache
def facts() -> dict[str, Any]:
    """Return everything that is known of the study's tables, as plain values; do not change them."""
    return dict(json.loads(_FILE.read_text(encoding="utf-8")))


def _counts(row: dict[str, Any]) -> Counts:
    return Counts(row["TP"], row["FN"], row["FP"], row["TN"])


def table3() -> tuple[SizeRow, ...]:
    """Return the FCN by patch size, smallest first."""
    rows = sorted(facts()["table3"], key=lambda row: row["patch"])
    return tuple(_size_row(row) for row in rows)


def _size_row(row: dict[str, Any]) -> SizeRow:
    accuracy = row["accuracy_percent"] / 100
    land = row["land_percent"] / 100
    return SizeRow(row["patch"], row["train_patches"], row["test_patches"], _counts(row), row["f1"], accuracy, land)


def table4() -> tuple[BandsRow, ...]:
    """Return F1 with and without the infrared bands by patch size, smallest first."""
    rows = sorted(facts()["table4"], key=lambda row: row["patch"])
    return tuple(BandsRow(row["patch"], row["rgb_f1"], row["all_f1"]) for row in rows)


def table5() -> tuple[Counts, float]:
    """Return the counts of logistic regression and its printed F1."""
    row = facts()["table5"]
    return _counts(row), float(row["f1"])


def table6() -> tuple[NetworkRow, ...]:
    """Return FCN and U-Net at two patch sizes."""
    return tuple(NetworkRow(row["model"], row["patch"], row["f1"]) for row in facts()["table6"])


FCN, FCN_RGB, UNET = "FCN paper", "FCN paper RGB", "U-Net paper"  # our models of the same name replicate them
PRINTED, RECOMPUTED = "printed", "recomputed"


def size_rows() -> list[dict[str, Any]]:
    """Return every published F1 by patch size, as rows like those of our own measurements (`study.sizes`).

    `published` is `PRINTED` or `RECOMPUTED`, `series` the name of our models that replicate it; F1 is None for NA.
    """
    rows = [_row(FCN, row.patch, PRINTED, row.printed_f1) for row in table3()]
    rows += [
        _row(FCN, row.patch, RECOMPUTED, row.counts.scores.f1)
        | {"pixels": row.counts.pixels, "land_share": row.counts.land_share}
        for row in table3()
    ]
    rows += [_row(UNET, row.patch, PRINTED, row.f1) for row in table6() if row.model == "unet"]
    return rows + [_row(FCN_RGB, row.patch, PRINTED, row.rgb_f1) for row in table4()]


def _row(series: str, patch: int, published: str, f1: float | None) -> dict[str, Any]:
    title = f"{series.replace(' paper', '')}, 2018, {published}"
    return {"terms": "study", "size": patch, "series": series, "title": title, "published": published, "f1": f1}
