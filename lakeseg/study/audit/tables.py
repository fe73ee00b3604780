"""Points 1 to 6: what the study's tables say against their own counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from lakeseg.study.audit.shapes import Point, Row
from lakeseg.study.audit.words import count, f1, percent
from lakeseg.study.published import Counts, SizeRow, facts, table3, table5

_NEAR: Final = 0.001  # a printed share counts as the same within a tenth of a percent


def land_of_dataset1() -> Point:
    """Point 1: the land pixels of Table 2."""
    row = facts()["table2"]["1"]
    land = row["pixels"] - row["water"] - row["unclassified"]
    return Point(
        1,
        "More land than pixels",
        "Table 2",
        f"Dataset1 holds {count(row['land_printed'])} pixels of land.",
        f"The dataset has {count(row['pixels'])} pixels in all. Water and unclassified pixels leave {count(land)} for "
        f"land, which is the printed number with one digit fewer; {percent(row['unclassified'] / row['pixels'], 1)} of "
        "Dataset1 are unclassified.",
        "A misprint: no score rests on it. That nearly half of Dataset1 has no label does matter for question 5.",
        (
            Row("Pixels of Dataset1", count(row["pixels"]), ""),
            Row("Water", count(row["water"]), percent(row["water"] / row["pixels"], 1)),
            Row("Unclassified", count(row["unclassified"]), percent(row["unclassified"] / row["pixels"], 1)),
            Row("Land", count(row["land_printed"]), f"{count(land)} ({percent(land / row['pixels'], 1)})"),
        ),
        holds=land == row["land_printed"],
    )


def sizes_of_images() -> Point:
    """Point 2: the range of image sizes against the mean of Table 2."""
    (rows, columns), (least_rows, least_columns) = facts()["images"]["largest"], facts()["images"]["smallest"]
    largest = rows * columns
    means = {name: facts()["table2"][name]["pixels"] / facts()["table2"][name]["images"] for name in ("1", "2")}
    sides = {name: round(math.sqrt(mean)) for name, mean in means.items()}
    return Point(
        2,
        "Images larger than the largest",
        "Text against Table 2",
        f"Images range from {least_rows}×{least_columns} to {rows}×{columns} pixels.",
        f"An image of {rows}×{columns} has {count(largest)} pixels; those of Dataset1 have {count(means['1'])} on "
        f"average, about {sides['1']}×{sides['1']}. The range can only be that of Dataset2, whose mean is "
        f"{count(means['2'])} pixels.",
        "The patch sizes were chosen with Dataset2 in mind; on Dataset1 more of them would have fitted.",
        (
            Row("Largest image", f"{rows}×{columns}", f"{count(largest)} px"),
            *(
                Row(
                    f"Mean image of Dataset{name}",
                    f"{count(facts()['table2'][name]['pixels'])} px in {facts()['table2'][name]['images']} images",
                    f"{count(means[name])} px, about {sides[name]}×{sides[name]}",
                )
                for name in means
            ),
        ),
        holds=max(means.values()) <= largest,
    )


def scores_of_sizes() -> Point:
    """Point 3: F1 and accuracy of Table 3 against its counts."""
    rows = table3()
    best_printed = max(rows, key=lambda row: row.printed_f1 or 0)
    ranked = sorted(rows, key=lambda row: -row.counts.scores.f1)
    first, second = ranked[0], ranked[1]
    apart = first.counts.scores.f1 - second.counts.scores.f1
    off_f1 = max(abs(row.printed_f1 - row.counts.scores.f1) for row in rows if row.printed_f1 is not None)
    off_accuracy = max(abs((row.printed_accuracy or 0) - row.counts.scores.accuracy) for row in rows)
    return Point(
        3,
        "Which patch size is best",
        "Table 3",
        f"Patches of {best_printed.patch}×{best_printed.patch} have the highest F1, {f1(best_printed.printed_f1)}.",
        f"{_sums(rows)} The scores beside them do not follow from the counts: F1 is off by up to {f1(off_f1, 3)}, "
        f"accuracy by up to {percent(off_accuracy)}. By the counts "
        f"{first.patch}×{first.patch} has {f1(first.counts.scores.f1)} and {second.patch}×{second.patch} "
        f"{f1(second.counts.scores.f1)}: {f1(apart, 3)} apart, a tie.",
        f"That {best_printed.patch}×{best_printed.patch} is best does not follow from the study's own counts.",
        tuple(row for size in rows for row in _of_size(size)),
        holds=all(row.printed_f1 is not None and _same(row.printed_f1, row.counts.scores.f1) for row in rows),
    )


def _sums(rows: Sequence[SizeRow]) -> str:
    """Say at which sizes the counts add up to the patches times their area."""
    sound = [row.patch for row in rows if row.counts.pixels == row.test_patches * row.patch**2]
    if len(sound) == len(rows):
        return "The counts are sound: each row adds up to its patches times their area."
    return f"The counts add up to patches times their area at {_listed(sound)} alone."


def _of_size(row: SizeRow) -> tuple[Row, ...]:
    name, scores = f"{row.patch}×{row.patch}", row.counts.scores
    area = f"{row.test_patches} × {row.patch}² = {count(row.test_patches * row.patch**2)}"
    return (
        Row(f"{name}: pixels", area, f"counts add up to {count(row.counts.pixels)}"),
        Row(f"{name}: F1", f1(row.printed_f1), f1(scores.f1)),
        Row(f"{name}: accuracy", percent(row.printed_accuracy or math.nan), percent(scores.accuracy)),
    )


def _same(printed: float, computed: float) -> bool:
    return abs(printed - computed) < _NEAR


def caption_of_sizes() -> Point:
    """Point 4: the caption of Table 3 swaps two kinds of error."""
    rows = table3()
    swapped = {row.patch: _swapped(row.counts) for row in rows}
    printed = {row["patch"]: row["land_percent"] / 100 for row in facts()["table3"]}
    as_defined = [row.patch for row in rows if _same(printed[row.patch], row.counts.land_share)]
    as_captioned = [size for size, counts in swapped.items() if _same(printed[size], counts.land_share)]
    return Point(
        4,
        "False land called false water",
        "Table 3, caption",
        "FP are water pixels that were called land, and FN land pixels that were called water.",
        "With water as the class that is looked for, as TP and TN have it, it is the other way round. F1 counts both "
        "alike and stays the same; precision and recall change places. The printed shares of land follow the "
        f"definitions at {_listed(as_defined)} and the caption at {_listed(as_captioned)}.",
        "Whether the network misses water or invents it cannot be read off the table with certainty.",
        tuple(row for size in rows for row in _both_ways(size, swapped[size.patch], printed[size.patch])),
        holds=False,
        columns=("", "As defined", "As the caption has it"),
    )


def _swapped(counts: Counts) -> Counts:
    return Counts(counts.tp, counts.fp, counts.fn, counts.tn)


def _both_ways(row: SizeRow, other: Counts, land: float) -> tuple[Row, ...]:
    name, own = f"{row.patch}×{row.patch}", row.counts
    return (
        Row(f"{name}: F1", f1(own.scores.f1), f1(other.scores.f1)),
        Row(f"{name}: recall", f1(own.scores.recall), f1(other.scores.recall)),
        Row(f"{name}: land, printed {percent(land)}", percent(own.land_share), percent(other.land_share)),
    )


def _listed(sizes: list[int]) -> str:
    return " and ".join(f"{size} px" for size in sizes) or "no size"


def lakes_of_split() -> Point:
    """Point 5: lakes that are in no part of the split."""
    split, images = facts()["split"], facts()["table2"]["2"]["images"]
    used = sum(split.values())
    left = images - used
    return Point(
        5,
        "Lakes in no part of the split",
        "Split",
        f"{split['train_lakes']} lakes train, {split['validation_lakes']} validate and {split['test_lakes']} test.",
        f"These are {used} of the {images} lakes of Dataset2; {left} are not accounted for.",
        "If they were left out because they hold no patch, the scores say nothing of the smallest lakes.",
        (
            Row("Lakes of Dataset2", str(images), ""),
            Row("In the three parts", " + ".join(str(lakes) for lakes in split.values()), str(used)),
            Row("In none", "", str(left)),
        ),
        holds=left == 0,
    )


def cells_of_regression() -> Point:
    """Point 6: the cells of Table 5 against the pixels it says it was tested on."""
    counts, printed = table5()
    row = facts()["table5"]
    both, pixels = row["train_pixels"] + row["test_pixels"], facts()["table2"]["2"]["pixels"]
    return Point(
        6,
        "Pixels missing from the confusion matrix",
        "Table 5",
        f"Logistic regression was tested on {count(row['test_pixels'])} pixels, {row['land_percent']} % of them land.",
        f"The four cells add up to {count(counts.pixels)}, {count(row['test_pixels'] - counts.pixels)} fewer, and "
        f"{percent(counts.land_share)} of them are land. F1 is right: {f1(counts.scores.f1)}.",
        "A slip without consequence: F1 moves by less than its last digit.",
        (
            Row("Tested pixels", count(row["test_pixels"]), count(counts.pixels)),
            Row("Trained and tested pixels", count(both), f"{count(pixels)} in Table 2"),
            Row("Share of land", f"{row['land_percent']} %", percent(counts.land_share)),
            Row("F1", f1(printed), f1(counts.scores.f1)),
        ),
        holds=counts.pixels == row["test_pixels"],
    )
