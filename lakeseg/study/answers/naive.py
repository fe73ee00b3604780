"""Question 1: does an FCN beat calling everything land?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lakeseg.analysis.seeds import SeededDifference, Summary
from lakeseg.study.answers import table3
from lakeseg.study.answers.measures import (
    LAND,
    PATCHES,
    TERMS,
    WATER,
    against_naive,
    basis,
    closest,
    land_share,
    level,
    naive_score,
)
from lakeseg.study.answers.shapes import Answer, Evidence, Figure, Row, Table
from lakeseg.study.answers.words import (
    INTERVAL,
    NOT_RUN,
    capital,
    count,
    counted,
    difference,
    origin,
    percent,
    score,
    sizes,
    spread,
    with_interval,
)
from lakeseg.study.published import Counts
from lakeseg.study.published import table3 as published_table3
from lakeseg.study.runs import CHOSEN, FAIR, STUDY, Series

QUESTION: Final = "Does an FCN do better than a naive classifier, which calls every pixel land?"
NEEDS: Final = tuple(f"fcn-paper-{patch}" for patch in PATCHES)
HALF: Final = 0.5
Networks = Mapping[int, Series]


@dataclass(frozen=True)
class Trial:
    """One patch size against both naive classifiers, on one kind of terms."""

    f1: Summary
    accuracy: Summary
    f1_gain: SeededDifference
    accuracy_gain: SeededDifference

    @classmethod
    def of(cls, series: Series, terms: str) -> Trial:
        """Compare F1 with calling all water, which has the higher F1 of the two, and accuracy with calling all land."""
        return cls(
            series.summary(terms),
            series.summary(terms, "accuracy"),
            against_naive(series, terms, "f1", WATER),
            against_naive(series, terms, "accuracy", LAND),
        )

    @property
    def wins(self) -> tuple[bool, bool]:
        """Whether F1, and accuracy, is surely higher."""
        return self.f1_gain.interval.low > 0, self.accuracy_gain.interval.low > 0


def answer(known: Evidence) -> Answer:
    """Answer question 1."""
    networks = {patch: found for patch in PATCHES if (found := known.series(f"fcn-paper-{patch}"))}
    missing = known.missing(NEEDS)
    if not networks:
        tables = (table3.table(known),)
        return Answer(1, "FCN or naive?", QUESTION, f"{capital(NOT_RUN)}.", tables=tables, missing=missing)
    trials = {patch: Trial.of(series, CHOSEN) for patch, series in networks.items()}
    return Answer(
        1,
        "FCN or naive?",
        QUESTION,
        verdict(networks, trials),
        (_beside(networks), _levels(networks)),
        (table3.table(known), _study_table(known, networks), _fair_table(known, networks)),
        _tested(networks),
        _sure(networks),
        _change(trials),
        missing,
    )


def verdict(networks: Networks, trials: Mapping[int, Trial]) -> str:
    """Return the sentence: which sizes win on F1 and on accuracy, on F1 alone, on neither."""
    some = next(iter(networks.values()))
    land, water = (naive_score(some, CHOSEN, "f1", says) for says in (LAND, WATER))
    share = percent(land_share(some, CHOSEN))
    both = [patch for patch, trial in trials.items() if all(trial.wins)]
    partly = [patch for patch, trial in trials.items() if trial.wins[0] and not trial.wins[1]]
    hollow = [patch for patch, trial in trials.items() if trial.wins == (False, True)]
    neither = [patch for patch, trial in trials.items() if not any(trial.wins)]
    parts = []
    if both:
        floor = f"against {score(land)} for all land and {score(water)} for all water"
        parts.append(f"at {sizes(both)} on F1 ({_range(trials, both)}, {floor}) and on accuracy")
    if partly:
        parts.append(f"at {sizes(partly)} on F1 alone ({_range(trials, partly)})")
    if hollow:
        parts.append(f"at {sizes(hollow)} on accuracy alone")
    if neither:
        parts.append(f"at {sizes(neither)} on neither")
    start = "Yes" if len(both) == len(trials) else "It depends on the patch size" if both or partly else "No"
    hidden = f"accuracy {'hides' if land_share(some, CHOSEN) > HALF else 'shows'} it, as calling everything land is "
    hidden += f"{'already' if land_share(some, CHOSEN) > HALF else 'no more than'} {share} right"
    return f"{start}: the FCN beats the naive classifiers {'; '.join(parts)}; {hidden}."


def _range(trials: Mapping[int, Trial], patches: Sequence[int]) -> str:
    values = [trials[patch].f1.mean for patch in patches]
    low, high = score(min(values)), score(max(values))
    return low if low == high else f"{low}–{high}"


def _beside(networks: Networks) -> Figure:
    """Return accuracy and F1 side by side, published and ours, with what calling everything land gets."""
    rows: list[Row] = []
    for row in published_table3():
        rows += [_point(row.patch, "published", "Accuracy", row.counts.scores.accuracy, row.counts.land_share)]
        rows += [_point(row.patch, "published", "F1 of water", row.counts.scores.f1, 0.0)]
    for patch, series in networks.items():
        for metric, panel, floor in (("accuracy", "Accuracy", land_share(series, STUDY)), ("f1", "F1 of water", 0.0)):
            found = series.summary(STUDY, metric)
            sure = {"low": found.low, "high": found.high, "seeds": found.seeds}
            rows.append({**_point(patch, "ours", panel, found.mean, floor), **sure})
    title = "Accuracy rises with the share of land; F1 says what was found"
    if not _rises([row for row in rows if row["source"] == "ours" and row["panel"] == "Accuracy"]):
        title = "Accuracy and F1 against what calling everything land gets"
    caption = (
        "Grey bars: calling everything land, whose accuracy is the share of land and whose F1 is 0. Hollow: published, "
        "from its own counts; solid: ours, mean over the seeds with its 95 % interval. The study's terms, so every "
        "patch size is tested on other pixels."
    )
    return Figure("accuracy-hides-it", "beside", tuple(rows), title, caption)


def _rises(rows: Sequence[Row]) -> bool:
    """Say whether the sizes stand in one order by land and by accuracy."""
    by_land = sorted(rows, key=lambda row: row["naive"])
    values = [row["value"] for row in by_land]
    return len(values) > 1 and values == sorted(values)


def _point(patch: int, source: str, panel: str, value: float, naive: float) -> Row:
    return {"patch": patch, "source": source, "panel": panel, "value": value, "naive": naive}


def _levels(networks: Networks) -> Figure:
    some = next(iter(networks.values()))
    rows = [level(f"FCN {patch}×{patch}", series, CHOSEN) for patch, series in networks.items()]
    rows += [
        {"label": f"naive, {says}", "metric": "f1", "value": naive_score(some, CHOSEN, "f1", says)}
        for says in (WATER, LAND)
    ]
    caption = (
        f"F1 of water on {TERMS[CHOSEN]}. Dot: mean over the seeds; bar: 95 % interval over lakes and seeds; ticks: "
        "single seeds."
    )
    return Figure("fcn-against-naive", "levels", tuple(rows), "On the same pixels for every patch size", caption)


def _study_table(known: Evidence, networks: Networks) -> Table:
    columns = (
        "Patch",
        "Whose",
        "Test pixels",
        "Accuracy of all land",
        "Accuracy",
        "F1 of all land",
        "F1",
        "IoU",
        "Recall",
    )
    rows: list[tuple[str, ...]] = []
    for row in published_table3():
        rows.append((f"{row.patch}×{row.patch}", "2018, recomputed", *_published_cells(row.counts)))
        if series := networks.get(row.patch):
            found = {name: series.summary(STUDY, name) for name in ("accuracy", "f1", "iou", "recall")}
            floor = percent(land_share(series, STUDY), 2)
            cells = [with_interval(found[name]) for name in ("f1", "iou", "recall")]
            ours = (count(found["f1"].pixels), floor, percent(found["accuracy"].mean, 2), score(0.0), *cells)
            rows.append((f"{row.patch}×{row.patch}", f"ours, {counted(found['f1'].seeds, 'seed')}", *ours))
    note = (
        "Calling everything land is right as often as there is land, and finds no water. The rows of two patch sizes "
        "rest on other pixels and cannot be compared with each other. "
        f"Ours: {origin(known.dataset)}; {TERMS[STUDY]}; {INTERVAL}."
    )
    return Table("What accuracy hides, on the study's terms", columns, tuple(rows), note)


def _published_cells(counts: Counts) -> tuple[str, ...]:
    scores = counts.scores
    start = (count(counts.pixels), percent(counts.land_share, 2), percent(scores.accuracy, 2), score(0.0))
    return (*start, score(scores.f1), score(scores.iou), score(scores.recall))


def _fair_table(known: Evidence, networks: Networks) -> Table:
    columns = (
        "Model",
        "Threshold",
        "F1",
        "F1, least–most",
        "IoU",
        "Recall",
        "Accuracy",
        "Accuracy less all land's",
        "Seeds",
    )
    some = next(iter(networks.values()))
    rows = [_naive_row(some, says) for says in (LAND, WATER)]
    rows += [_fair_row(f"FCN {p}×{p}", series, terms) for p, series in networks.items() for terms in (FAIR, CHOSEN)]
    return Table("The same pixels for every size", columns, tuple(rows), basis(known.runs, some, CHOSEN))


def _naive_row(series: Series, says: str) -> tuple[str, ...]:
    f1, iou, recall = (score(naive_score(series, FAIR, name, says)) for name in ("f1", "iou", "recall"))
    accuracy = naive_score(series, FAIR, "accuracy", says)
    return (f"Naive, {says}", "–", f1, "–", iou, recall, percent(accuracy, 2), "–", "–")


def _fair_row(label: str, series: Series, terms: str) -> tuple[str, ...]:
    f1, iou, recall, accuracy = (series.summary(terms, name) for name in ("f1", "iou", "recall", "accuracy"))
    gain = against_naive(series, terms, "accuracy", LAND)
    cells = (with_interval(f1), spread(f1), with_interval(iou), with_interval(recall), percent(accuracy.mean, 2))
    return (label, ".5" if terms == FAIR else "chosen", *cells, difference(gain), str(f1.seeds))


def _tested(networks: Networks) -> tuple[str, ...]:
    seeds = sorted({len(series) for series in networks.values()})
    times = f"{' or '.join(map(str, seeds))} seed{'s' * (seeds != [1])}"
    return (
        (
            f"The study's FCN at {sizes(list(networks))}, each trained from {times}, on the study's terms beside "
            f"Table 3, then on {TERMS[CHOSEN]}."
        ),
        (
            "Any classifier that finds one pixel of water has a higher F1 than calling everything land, whose F1 is 0. "
            "F1 is therefore held against calling everything water, which scores higher, and accuracy against calling "
            "everything land."
        ),
    )


def _sure(networks: Networks) -> tuple[str, ...]:
    some = next(iter(networks.values()))
    found, groups = some.summary(CHOSEN), len(set(some.runs[0].groups))
    return (
        (
            f"“Beats” means that a 95 % interval of the difference excludes zero; it is drawn over {groups} ground "
            f"groups of {found.lakes} test lakes and over the seeds, paired on the same lakes."
        ),
        "The published numbers are single runs without an interval.",
        hidden_by_accuracy(),
    )


def hidden_by_accuracy() -> str:
    """Return what the size with the highest published accuracy found, from the counts of Table 3."""
    rows = published_table3()
    top = max(rows, key=lambda row: row.counts.scores.accuracy)
    place = sorted(rows, key=lambda row: -row.counts.scores.f1).index(top) + 1
    accuracy, f1 = percent(top.counts.scores.accuracy, 2), score(top.counts.scores.f1)
    return (
        f"By its own counts the study's highest accuracy, {accuracy}, is that at {sizes([top.patch])}, whose F1 of "
        f"{f1} is number {place} of {len(rows)}: {percent(top.counts.land_share, 2)} of its test pixels are land."
    )


def _change(trials: Mapping[int, Trial]) -> tuple[str, ...]:
    found = {f"F1 at {patch} px against all water": trial.f1_gain for patch, trial in trials.items()}
    found |= {f"accuracy at {patch} px against all land": trial.accuracy_gain for patch, trial in trials.items()}
    return (closest(found), "Lakes with more land around them raise the accuracy that calling everything land gets.")
