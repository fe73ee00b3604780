"""Question 3: is spatial context a boon, and how much of the gain is it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lakeseg.study.answers.measures import PATCHES, best_on_validation, closest, level, on_validation
from lakeseg.study.answers.pairs import Pair, models_table, pair, pairs_figure, pairs_table, present
from lakeseg.study.answers.shapes import Answer, Evidence, Figure, Table
from lakeseg.study.answers.table5 import table5_of
from lakeseg.study.answers.words import BEATS, EVEN, LOSES, NOT_RUN, capital, count, difference, listed, score
from lakeseg.study.runs import CHOSEN, Series

QUESTION: Final = "Is spatial context a boon to the classification of single pixels?"
NEEDS: Final = (
    "logistic-pixels",
    *(f"fcn-paper-{patch}" for patch in PATCHES),
    "naive",
    "logistic",
    "boosting",
    "fcn-lakeseg",
    "fcn-pixel",
)
_NAIVE, _LOGISTIC, _BOOSTING, _PIXEL = "naive", "logistic", "boosting", "fcn-pixel"


@dataclass(frozen=True)
class Comparison:
    """The pairs that part context from what else sets the models apart; None where a run is missing."""

    context: Pair | None
    bent: Pair | None
    boosted: Pair | None
    paper: tuple[Pair, ...]
    better: tuple[Pair, ...]

    @property
    def all(self) -> list[Pair]:
        """Those that are there."""
        return [*present((self.context, self.bent, self.boosted)), *self.paper, *self.better]


def compare(known: Evidence, best: Series | None) -> Comparison:
    """Return the pairs; `best` is the study's FCN at the size that did best on the validation lakes."""
    ends = ((_LOGISTIC, "logistic regression"), (_BOOSTING, "gradient boosting"))
    paper = [pair(known, f"{best.title} and {title}", best, name) for name, title in ends] if best else []
    better = [pair(known, f"FCN lakeseg and {title}", "fcn-lakeseg", name) for name, title in ends]
    return Comparison(
        pair(known, "Context: FCN lakeseg and its 1×1 twin", "fcn-lakeseg", _PIXEL),
        pair(known, "Non-linearity: 1×1 twin and logistic regression", _PIXEL, _LOGISTIC),
        pair(known, "Non-linearity: gradient boosting and logistic regression", _BOOSTING, _LOGISTIC),
        tuple(present(paper)),
        tuple(present(better)),
    )


def answer(known: Evidence) -> Answer:
    """Answer question 3."""
    best = best_on_validation([known.series(f"fcn-paper-{patch}") for patch in PATCHES])
    found = compare(known, best)
    models = [
        ("Naive: all land at .5, all water at the threshold of the best F1", known.series(_NAIVE)),
        ("Logistic regression", known.series(_LOGISTIC)),
        ("Gradient boosting", known.series(_BOOSTING)),
        ("FCN of 1×1 kernels (control)", known.series(_PIXEL)),
        (_named(best), best),
        ("FCN lakeseg", known.series("fcn-lakeseg")),
    ]
    tables: list[Table] = [table5_of(known), models_table("Every model on the very same pixels", known, models)]
    if found.all:
        tables.append(pairs_table("What context adds, and what non-linearity does", known, found.all))
    return Answer(
        3,
        "Is context a boon?",
        QUESTION,
        verdict(found),
        tuple(_figures(models, found)),
        tuple(tables),
        _tested(known, best),
        _sure(found),
        _change(found),
        known.missing(NEEDS),
    )


def _named(best: Series | None) -> str:
    return f"{best.title}, best on validation" if best else "FCN paper at its best size"


def verdict(found: Comparison) -> str:
    """Return the sentence: what context adds, what non-linearity adds, where the study's own network stands."""
    if not found.all:
        return f"{capital(NOT_RUN)}."
    parts = []
    if found.context:
        parts.append(f"seeing a pixel's neighbours {_adds([(found.context, '')])} to the same network")
    bent = [(each, f" ({name})") for each, name in ((found.bent, "1×1 kernels"), (found.boosted, "boosting")) if each]
    if bent:
        parts.append(f"non-linearity without neighbours {_adds(bent)} to logistic regression")
    if found.paper:
        parts.append(f"the study's own network at its best size {_standing(found.paper)}")
    return f"{_start(found)}: {'; '.join(parts)}."


_ADDS: Final[Mapping[str, str]] = {
    BEATS: "adds {} of F1",
    EVEN: "adds no sure amount ({} of F1)",
    LOSES: "adds a loss, {} of F1",
}


def _adds(pairs: Sequence[tuple[Pair, str]]) -> str:
    """Return `adds +.1 (this) and +.2 (that) of F1`, those of one relation together."""
    phrases = []
    for words, form in _ADDS.items():
        some = [f"{difference(each.found)}{name}" for each, name in pairs if each.relation == words]
        if some:
            phrases.append(form.format(listed(some)))
    return listed(phrases)


def _standing(pairs: Sequence[Pair]) -> str:
    """Return `beats this and that`, those of one relation together."""
    phrases = []
    for words in (BEATS, EVEN, LOSES):
        others = [each.label.partition(" and ")[2] for each in pairs if each.relation == words]
        if others:
            phrases.append(f"{words} {listed(others)}")
    return listed(phrases)


def _start(found: Comparison) -> str:
    if found.context is None:
        return "The control of 1×1 kernels has not run"
    return {BEATS: "Yes", EVEN: "It cannot be told", LOSES: "No"}[found.context.relation]


def _figures(models: list[tuple[str, Series | None]], found: Comparison) -> list[Figure]:
    rows = [level(label, series, CHOSEN) for label, series in models if series and series.name != _NAIVE]
    caption = (
        "F1 of water on every labelled pixel of the test lakes, thresholds chosen on the validation lakes. Dot: mean "
        "over the seeds; bar: 95 % interval over lakes and seeds; ticks: single seeds."
    )
    figures = [Figure("context-models", "levels", tuple(rows), "Every model on the very same pixels", caption)]
    if found.all:
        figures.append(pairs_figure("context-differences", "Context and non-linearity, taken apart", found.all))
    return figures if rows else []


def _tested(known: Evidence, best: Series | None) -> tuple[str, ...]:
    said = [
        (
            "Logistic regression on a random split of pixels, as the study had it, beside Table 5: there pixels of "
            "one lake stand on both sides, and its test pixels are not those of any FCN."
        ),
        (
            "Then every model learned from the training lakes alone and was tested on every labelled pixel of the "
            "same test lakes, at a threshold chosen on the validation lakes."
        ),
    ]
    twin, network = known.series(_PIXEL), known.series("fcn-lakeseg")
    if twin and network:
        said.append(
            f"The control has FCN lakeseg's depth and {count(twin.parameters)} parameters against its "
            f"{count(network.parameters)}, and was trained alike, but its kernels are 1×1: it sees no neighbours."
        )
    if best:
        said.append(
            f"The study's network stands in at the size with the best F1 on the validation lakes "
            f"({best.title}: {score(on_validation(best))})."
        )
    return tuple(said)


def _sure(found: Comparison) -> tuple[str, ...]:
    if not found.all:
        return ()
    clear = sum(each.found.sure for each in found.all)
    return (
        (
            f"{clear} of {len(found.all)} paired differences exclude zero; each is drawn over ground groups of lakes, "
            "the same for both models, and over the seeds of each."
        ),
    )


def _change(found: Comparison) -> tuple[str, ...]:
    nearest = closest({each.label: each.found for each in found.all})
    return tuple(
        text
        for text in (
            nearest,
            "Features of a pixel's neighbourhood given to boosting would test context without a network.",
        )
        if text
    )
