"""What became of the study's open end: a better network within the same number of parameters."""

from __future__ import annotations

from typing import Final

from lakeseg.study.answers.ceiling import ceiling_sentence, ceiling_table
from lakeseg.study.answers.hunt import (
    calibration_sentence,
    calibration_table,
    finals_sentence,
    search_figures,
    search_sentences,
    search_tables,
)
from lakeseg.study.answers.measures import PATCHES, best_on_validation, closest, level, on_validation
from lakeseg.study.answers.pairs import Pair, models_table, pair, pairs_figure, pairs_table, present
from lakeseg.study.answers.shapes import Answer, Evidence, Figure, Table
from lakeseg.study.answers.words import (
    BEATS,
    EVEN,
    LOSES,
    NOT_RUN,
    capital,
    count,
    difference,
    score,
    signed,
    with_interval,
)
from lakeseg.study.published import facts
from lakeseg.study.runs import CHOSEN, Series

QUESTION: Final = "Is there a better network with no more parameters? The study left that open."
WINNER: Final = "fcn-lakeseg"
NEEDS: Final = (*(f"fcn-paper-{patch}" for patch in PATCHES), WINNER, "boosting", "logistic")
GOAL: Final = 0.03  # what was asked for beforehand


def answer(known: Evidence) -> Answer:
    """Say what the search found, and by how much its winner beats the study's network."""
    best = best_on_validation([known.series(f"fcn-paper-{patch}") for patch in PATCHES])
    main = pair(known, f"FCN lakeseg and {best.title}", WINNER, best) if best else None
    sizes = [
        pair(known, f"FCN lakeseg and FCN paper {patch}×{patch}", WINNER, f"fcn-paper-{patch}") for patch in PATCHES
    ]
    others = [pair(known, "FCN lakeseg and gradient boosting", WINNER, "boosting")]
    shown = present([*sizes, *others])
    models = [("FCN lakeseg", known.series(WINNER))]
    models += [(f"FCN paper {patch}×{patch}", known.series(f"fcn-paper-{patch}")) for patch in PATCHES]
    tables: list[Table] = [models_table("FCN lakeseg and the study's network on the same pixels", known, models)]
    if shown:
        tables.append(pairs_table("What FCN lakeseg adds", known, shown))
    return Answer(
        6,
        "A better network?",
        QUESTION,
        verdict(main),
        (*_figures(models, shown), *search_figures(known)),
        (*tables, *ceiling_table(known, main), *calibration_table(known, WINNER), *search_tables(known)),
        _tested(known, best),
        (*_sure(main), *finals_sentence(known), *calibration_sentence(known, WINNER)),
        (*((closest({each.label: each.found for each in shown}),) if shown else ()), *ceiling_sentence(known, main)),
        known.missing(NEEDS),
    )


def verdict(main: Pair | None) -> str:
    """Return the sentence: the paired difference, whether it reaches what was asked for, and the parameters."""
    if main is None:
        return f"{capital(NOT_RUN)}."
    limit = int(facts()["parameters"]["fcn_printed"])
    size = main.first.parameters
    reached = main.found.value >= GOAL
    start = {BEATS: "Yes" if size <= limit else "Only a larger one", EVEN: "None was found", LOSES: "No"}[main.relation]
    goal = f"{'reaches' if reached else 'stays below'} the {signed(GOAL)} asked for beforehand"
    held = "no more than" if size <= limit else "more than"
    ours, theirs = (score(each.summary(CHOSEN, draws=1).mean) for each in (main.first, main.second))
    return (
        f"{start}: FCN lakeseg's F1 of {ours} against {theirs} of the study's network at its best size "
        f"({main.second.title}) is a difference of {difference(main.found)}, which {goal}, with {count(size)} "
        f"parameters, {held} the study's {count(limit)}."
    )


def _figures(models: list[tuple[str, Series | None]], shown: list[Pair]) -> list[Figure]:
    rows = [level(label, series, CHOSEN) for label, series in models if series]
    caption = (
        "F1 of water on every labelled pixel of the test lakes, thresholds chosen on the validation lakes. Dot: mean "
        "over the seeds; bar: 95 % interval over lakes and seeds; ticks: single seeds."
    )
    title = "FCN lakeseg and the study's network on the same pixels"
    figures = [Figure("better-models", "levels", tuple(rows), title, caption)] if rows else []
    if shown:
        figures.append(pairs_figure("better-differences", "What FCN lakeseg adds", shown))
    return figures


def _tested(known: Evidence, best: Series | None) -> tuple[str, ...]:
    said = list(search_sentences(known))
    if best:
        said.append(
            f"The study's network stands in at {best.title}, the size with the best F1 on the validation lakes "
            f"({score(on_validation(best))}); the others are in the tables."
        )
    return tuple(said)


def _sure(main: Pair | None) -> tuple[str, ...]:
    if main is None:
        return ()
    first, second = (with_interval(each.summary(CHOSEN)) for each in (main.first, main.second))
    return (
        (
            f"{first} against {second}, {len(main.first)} and {len(main.second)} seeds; the difference is paired over "
            "the same test lakes, which neither the search nor a threshold has seen."
        ),
    )
