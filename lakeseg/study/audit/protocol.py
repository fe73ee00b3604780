"""Points 10, 11, 13 and 14: how the study tested, and whether its rows can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lakeseg.study.audit.shapes import Point, Row
from lakeseg.study.audit.words import count, f1, percent, power_of_ten
from lakeseg.study.published import Counts, facts, table3, table5, table6
from lakeseg.study.results import Result
from lakeseg.study.runs import FAIR, STUDY, Runs, Series

_FEWEST: Final = 3  # seeds that make a spread
_SEEDED: Final = (("fcn", 8), ("fcn", 16), ("fcn", 32), ("unet", 16), ("unet", 32))
_NAMES: Final = {"fcn": "FCN", "unet": "U-Net"}
_NO_RUNS: Final = "not run yet"


def f1_at(counts: Counts, water: float) -> float:
    """Return F1 if a share `water` of the pixels were water and recall and fall-out stayed as they are.

    F1 = 2 r p / (r p + p + f (1 − p)) for recall r, fall-out f = FP / (FP + TN) and prevalence p.
    """
    recall, fall_out = counts.tp / (counts.tp + counts.fn), counts.fp / (counts.fp + counts.tn)
    return 2 * recall * water / (recall * water + water + fall_out * (1 - water))


def pruned_test_patches() -> Point:
    """Point 10: every patch size is tested on other pixels, with another share of land."""
    rows, (regression, _) = table3(), table5()
    whole = facts()["table2"]["2"]
    water = whole["water"] / whole["pixels"]
    least, *_, most = sorted(rows, key=lambda row: row.counts.land_share)
    alike = {row.patch: f1_at(row.counts, water) for row in rows}
    own = {row.patch: row.counts.scores.f1 for row in rows}
    return Point(
        10,
        "Each size tested on other pixels",
        "Pruning",
        "Table 3 sets four patch sizes side by side; the discussion sets the best of them against Table 5.",
        "Patches of a single class were taken out of the test set too, so that land is "
        f"{percent(least.counts.land_share, 0)} of the tested pixels at {least.patch}×{least.patch} and "
        f"{percent(most.counts.land_share, 0)} at {most.patch}×{most.patch}. F1 depends on that share: with the same "
        f"recall and fall-out at Dataset2's own {percent(water, 1)} of water, the order of the sizes, best first, is "
        f"{_order(alike)} instead of {_order(own)}.",
        "Which size is best cannot be read off Table 3, nor whether an FCN beats the regression of Table 5.",
        (
            *(
                Row(
                    f"FCN {row.patch}×{row.patch}, land {percent(row.counts.land_share, 1)}",
                    f1(row.counts.scores.f1),
                    f1(alike[row.patch]),
                )
                for row in rows
            ),
            Row(
                f"Regression, land {percent(regression.land_share, 1)}",
                f1(regression.scores.f1),
                f1(f1_at(regression, water)),
            ),
        ),
        holds=most.counts.land_share - least.counts.land_share < 0.01,
        columns=("F1", "On its own pixels", f"If {percent(water, 1)} were water"),
    )


def _best() -> float:
    return max(row.printed_f1 or 0 for row in table3())


def _order(scores: Mapping[int, float]) -> str:
    return ", ".join(str(size) for size in sorted(scores, key=lambda size: -scores[size]))


def random_pixels(runs: Runs | None) -> Point:
    """Point 11: logistic regression was tested on pixels of lakes that it learned from."""
    row, images = facts()["table5"], facts()["table2"]["2"]["images"]
    pixels = facts()["table2"]["2"]["pixels"] / images
    height, width = facts()["images"]["smallest"]
    held = row["test_pixels"] / (row["test_pixels"] + row["train_pixels"])
    whole = held ** (height * width) + (1 - held) ** (height * width)
    ours = tuple(_ours(runs, name, terms, title) for name, terms, title in _REGRESSIONS)
    return Point(
        11,
        "Pixels of one lake on both sides",
        "Logistic regression",
        f"F1 is {f1(row['f1'])} on pixels drawn at random; the FCN's {f1(_best())} on lakes is set against it.",
        f"{percent(held, 0)} of all pixels were drawn at random for the test. Of the smallest lake alone, {height}×"
        f"{width} px, the chance that all pixels fall on one side is about {power_of_ten(whole)}; so practically all "
        f"{images} lakes stand on both sides. The FCN was split by lake.",
        "The two are not tested alike: the regression had an advantage that the FCN did not have.",
        (
            Row("Share of pixels in the test", percent(held, 1), ""),
            Row("Pixels of a lake", "", f"{count(pixels)} on average"),
            Row("Lakes expected on one side only", "", f"about {power_of_ten(images * whole)}"),
            *ours,
        ),
        holds=False,
    )


_REGRESSIONS: Final = (
    ("logistic-pixels", STUDY, "Ours, F1 on random pixels"),
    ("logistic", FAIR, "Ours, F1 on lakes it has not seen"),
)


def _ours(runs: Runs | None, name: str, terms: str, title: str) -> Row:
    series = runs.series(name) if runs else None
    if series is None or not series.has(terms):
        return Row(title, "", _NO_RUNS)
    return Row(title, "", f1(series.summary(terms, draws=1).mean))


def one_seed(runs: Runs | None) -> Point:
    """Point 13: one run a row; what the seed alone does, from our runs on the study's terms."""
    printed = {(row.model, row.patch): row.f1 for row in table6()}
    printed |= {("fcn", row.patch): row.printed_f1 for row in table3() if row.printed_f1 is not None}
    found = {key: _seeded(runs, f"{key[0]}-paper-{key[1]}") for key in _SEEDED}
    spreads = {key: max(values) - min(values) for key, values in found.items() if values}
    best, *others = sorted((printed["fcn", size] for size in (8, 16, 32)), reverse=True)
    gaps = [best - others[0], printed["fcn", 16] - printed["unet", 16]]
    said = "How far the seed alone moves F1 has not been measured yet."
    if spreads:
        model, size = widest = max(spreads, key=lambda key: spreads[key])
        where = "simulated lakes" if runs and runs.dataset.get("simulated") else "other lakes"
        said = f"In our runs, on {where}, the seed alone moved F1 by up to "
        said += f"{f1(spreads[widest], 3)} ({_NAMES[model]} {size} px)."
    return Point(
        13,
        "One run, one seed",
        "Every row",
        "Every F1 is that of one run, and differences between them carry the conclusions.",
        f"None has an interval. {said} Between the best two patch sizes lie {f1(gaps[0], 3)}, between "
        f"FCN and U-Net at 16 px {f1(gaps[1], 3)}.",
        "Differences of that size say nothing by themselves: it takes several seeds, and an interval over lakes.",
        tuple(
            Row(f"{_NAMES[model]} {size}×{size}", f1(printed[model, size]), _least_to_most(found[model, size]))
            for model, size in _SEEDED
        ),
        holds=_settled(list(spreads.values()), min(gaps)),
        columns=("F1 on the study's terms", "Printed, one run", "Ours, least to most"),
    )


def _settled(spreads: list[float], gap: float) -> bool | None:
    """Return whether all spreads are below a gap; one that is not settles it, and else it takes all of them to know."""
    if any(spread >= gap for spread in spreads):
        return False
    return True if len(spreads) == len(_SEEDED) else None


def _seeded(runs: Runs | None, name: str) -> tuple[float, ...]:
    """Return F1 of each seed on the study's terms; nothing where there are too few."""
    series: Series | None = runs.series(name) if runs else None
    if series is None or len(series) < _FEWEST or not series.has(STUDY):
        return ()
    return tuple(value for value in series.summary(STUDY, draws=1).values if value == value)  # noqa: PLR0124  not NaN


def _least_to_most(values: tuple[float, ...]) -> str:
    return f"{f1(min(values), 3)}–{f1(max(values), 3)}, {len(values)} seeds" if values else _NO_RUNS


def shared_ground(measured: Result | None) -> Point:
    """Point 14: Dataset2 overlaps Dataset1 on the ground."""
    share, name = _seen(measured)
    said = f" In {name}, {share} share ground with lakes that a model was trained or chosen on."
    return Point(
        14,
        "Tested on ground seen in training",
        "Dataset1 against Dataset2",
        "The FCN, trained on Dataset2, is shown on Dataset1 and found to get the shapes of lakes right.",
        "Dataset2 is said to hold overlapping and disjoint images of Dataset1; how many share ground, the study does "
        f"not say.{said if share else ''}",
        "Predictions on Dataset1 flatter a model unless lakes on seen ground are left out, as we do in question 5.",
        (
            Row("Images of Dataset1", str(facts()["table2"]["1"]["images"]), ""),
            Row("Of these on ground of Dataset2", "not given", "cannot be known"),
            Row("The same in our Dataset1", "", share or _NO_RUNS),
        ),
        holds=False,
    )


def _seen(measured: Result | None) -> tuple[str, str]:
    """Return how many lakes of our Dataset1 stand on seen ground, in words, and its name; empty where unknown."""
    whole = (row for row in (measured.rows if measured else ()) if row.get("domain") == "" and row.get("of_lakes"))
    row = next(whole, None)
    if measured is None or row is None:
        return "", ""
    seen = row["of_lakes"] - row["lakes"]
    return f"{seen} of {row['of_lakes']} lakes ({percent(seen / row['of_lakes'], 0)})", str(measured.dataset["name"])
