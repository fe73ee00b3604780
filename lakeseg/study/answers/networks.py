"""Question 4: FCN or U-Net, at equal epochs, seconds and parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from lakeseg.study.answers.measures import TERMS, closest
from lakeseg.study.answers.pairs import Named, Pair, by_relation, models_table, pair, pairs_figure, pairs_table, present
from lakeseg.study.answers.shapes import Answer, Evidence, Figure, Table
from lakeseg.study.answers.training import (
    budget_figure,
    losses_figure,
    losses_table,
    quickest,
    shared_sentence,
    times_table,
)
from lakeseg.study.answers.words import (
    BEATS,
    INTERVAL,
    LOSES,
    NONE,
    NOT_RUN,
    capital,
    count,
    difference,
    origin,
    percent,
    score,
    sizes,
    spread,
    with_interval,
    with_seconds,
)
from lakeseg.study.published import table3, table6
from lakeseg.study.runs import STUDY, Series

QUESTION: Final = "Does the FCN do better than a U-Net?"
SIZES: Final = (32, 16)
CONDITIONS: Final[Mapping[str, str]] = {"epochs": "paper", "seconds": "short", "parameters": "small"}
ALIKE: Final = 1.25  # ratio of seconds, or of parameters, up to which two trainings count as equal
LEARNED: Final = "unet-learned-32"
NEEDS: Final = (
    *(f"fcn-paper-{patch}" for patch in SIZES),
    *(f"unet-{kind}-{patch}" for kind in CONDITIONS.values() for patch in SIZES),
    LEARNED,
)
Matches = Mapping[str, Mapping[int, Pair]]


def answer(known: Evidence) -> Answer:
    """Answer question 4."""
    matches = {name: _pairs(known, name, kind) for name, kind in CONDITIONS.items()}
    learned = pair(known, "Up-sampling: U-Net 32×32 learned and plain", LEARNED, "unet-paper-32")
    shown = [each for name in matches for each in matches[name].values()] + present([learned])
    models = _models(known)
    tables: list[Table] = [_table6(known)]
    if shown:
        tables.append(pairs_table("FCN less U-Net on the same pixels", known, shown))
    tables += [models_table("On the same pixels", known, models), times_table(models), *losses_table(known)]
    figures: list[Figure] = []
    if shown:
        figures.append(pairs_figure("networks-differences", "FCN less U-Net, whatever is held equal", shown))
    figures += [*budget_figure(models), *losses_figure(known)]
    return Answer(
        4,
        "FCN or U-Net?",
        QUESTION,
        verdict({name: _equals(pairs, name) for name, pairs in matches.items()}, learned),
        tuple(figures),
        tuple(tables),
        _tested(matches, learned),
        (*_sure(shown), *shared_sentence([series for _, series in models if series])),
        _change(shown),
        known.missing(NEEDS),
    )


def _models(known: Evidence) -> list[Named]:
    """Return the networks by title, None where one has not run."""
    named = {f"{name}-{patch}": title.format(patch) for name, title in _TITLES.items() for patch in SIZES}
    named[LEARNED] = "U-Net 32×32, learned up-sampling"
    return [(title, known.series(name)) for name, title in named.items()]


def _equals(pairs: Mapping[int, Pair], name: str) -> dict[int, Pair]:
    return {patch: each for patch, each in pairs.items() if is_equal(each, name)}


_TITLES: Final[Mapping[str, str]] = {
    "fcn-paper": "FCN {0}×{0}",
    "unet-paper": "U-Net {0}×{0}",
    "unet-short": "U-Net {0}×{0}, the FCN's seconds",
    "unet-small": "U-Net {0}×{0}, the FCN's parameters",
}


def _pairs(known: Evidence, name: str, kind: str) -> dict[int, Pair]:
    found = {
        patch: pair(
            known, f"Equal {name}: FCN and U-Net, {patch}×{patch}", f"fcn-paper-{patch}", f"unet-{kind}-{patch}"
        )
        for patch in SIZES
    }
    return {patch: each for patch, each in found.items() if each}


def verdict(matches: Matches, learned: Pair | None) -> str:
    """Return the sentence: what holds at equal epochs, seconds and parameters, and what up-sampling explains."""
    there = {name: pairs for name, pairs in matches.items() if pairs}
    if not there:
        return f"{capital(NOT_RUN)}."
    parts = [f"at equal {name} the FCN {by_relation(dict(pairs), 'the U-Net')}" for name, pairs in there.items()]
    if learned:
        parts.append(_upsampling(learned, matches.get("epochs", {}).get(32)))
    return f"{_start(there)}: {'; '.join(parts)}."


def _start(there: Matches) -> str:
    relations = [each.relation for pairs in there.values() for each in pairs.values()]
    if all(each == BEATS for each in relations):
        return "The FCN"
    if all(each == LOSES for each in relations):
        return "The U-Net"
    return "Neither in general" if BEATS in relations or LOSES in relations else "No difference was shown"


def _upsampling(learned: Pair, gap: Pair | None) -> str:
    """Say whether learning to up-sample lifts the U-Net, and how much of the FCN's lead that is."""
    change = difference(learned.found)
    word = {BEATS: "lifts", LOSES: "lowers"}.get(learned.relation, "does not surely change")
    said = f"learned up-sampling {word} the U-Net's F1 at 32 px ({change})"
    if gap is None:
        return said
    if gap.relation != BEATS:
        return f"{said}, where the FCN has no sure lead to explain"
    if learned.relation != BEATS:
        return f"{said}, so that plain up-sampling does not explain the FCN's lead there"
    return f"{said}, {percent(learned.found.value / gap.found.value, 0)} of the FCN's lead there"


def _table6(known: Evidence) -> Table:
    columns = ("Model", "Patch", "F1, printed", "F1, recomputed", "F1, ours", "Least–most", "Seeds", "Test pixels")
    recomputed = {row.patch: row.counts.scores.f1 for row in table3()}
    rows = []
    for row in table6():
        series = known.series(f"{row.model}-paper-{row.patch}")
        again = score(recomputed[row.patch], 4) if row.model == "fcn" else NONE
        title = "FCN" if row.model == "fcn" else "U-Net"
        rows.append((title, f"{row.patch}×{row.patch}", score(row.f1, 4), again, *_ours(series)))
    note = (
        "The study gave no counts for the U-Net, so that its F1 cannot be checked. "
        f"Ours: {origin(known.dataset)}; {TERMS[STUDY]}; {INTERVAL}."
    )
    return Table("Table 6: FCN and U-Net, on the study's terms", columns, tuple(rows), note)


def _ours(series: Series | None) -> tuple[str, ...]:
    if series is None:
        return NOT_RUN, NONE, "0", NONE
    found = series.summary(STUDY)
    return with_interval(found), spread(found), str(found.seeds), count(found.pixels)


def _tested(matches: Matches, learned: Pair | None) -> tuple[str, ...]:
    said = [f"Both networks as the study trained them, on its own terms beside Table 6, then on {TERMS['chosen']}."]
    said += [_seconds(patch, each) for patch, each in matches["seconds"].items()]
    said += [_parameters(patch, each) for patch, each in matches["parameters"].items()]
    if learned:
        said.append(
            "The study suspected plain up-sampling: one U-Net has transposed convolutions in its place and "
            f"{count(learned.first.parameters)} parameters instead of {count(learned.second.parameters)}."
        )
    return tuple(said)


def _seconds(patch: int, each: Pair) -> str:
    fcn, unet = each.first, each.second
    epochs = [int(series.runs[0].config.get("epochs", 0)) for series in (fcn, unet)]
    return (
        f"Equal seconds at {sizes([patch])}: {epochs[0]} epochs of the FCN took {with_seconds(quickest(fcn))}, "
        f"{epochs[1]} epochs of the U-Net {with_seconds(quickest(unet))} (least of the "
        f"seeds){_verdict_takes(each, 'seconds')}."
    )


def _parameters(patch: int, each: Pair) -> str:
    return (
        f"Equal parameters at {sizes([patch])}: {count(each.first.parameters)} of the FCN, "
        f"{count(each.second.parameters)} of a narrower U-Net{_verdict_takes(each, 'parameters')}."
    )


def _verdict_takes(each: Pair, name: str) -> str:
    return "" if is_equal(each, name) else ", which is not equal and has no part in the verdict"


def is_equal(each: Pair, name: str) -> bool:
    """Say whether what is to be equal is: epochs exactly, seconds and parameters within `ALIKE`."""
    measures: Mapping[str, Callable[[Series], float]] = {
        "epochs": lambda series: float(series.runs[0].config.get("epochs", 0)),
        "seconds": quickest,
        "parameters": lambda series: float(series.parameters),
    }
    first, second = (measures[name](series) for series in (each.first, each.second))
    allowed = 1.0 if name == "epochs" else ALIKE
    return max(first, second) <= allowed * min(first, second)


def _sure(shown: Sequence[Pair]) -> tuple[str, ...]:
    if not shown:
        return ()
    clear = sum(each.found.sure for each in shown)
    return (
        f"{clear} of {len(shown)} paired differences exclude zero.",
        "Seconds depend on the machine: on another one other epochs are equal in time.",
    )


def _change(shown: Sequence[Pair]) -> tuple[str, ...]:
    nearest = closest({each.label: each.found for each in shown})
    tail = "More epochs, or lakes as large as the images that the U-Net was made for, could favour it."
    return tuple(text for text in (nearest, tail) if text)
