"""Question 2: are all seven bands needed?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from lakeseg.analysis.subsets import Bands, best_of_size
from lakeseg.study.answers.measures import PATCHES, TERMS, closest
from lakeseg.study.answers.pairs import Pair, by_relation, models_table, pair, pairs_figure, pairs_table, present
from lakeseg.study.answers.shapes import Answer, Evidence, Figure, Row, Table
from lakeseg.study.answers.variance import puzzle, scree, scree_table, variance_sentence
from lakeseg.study.answers.words import (
    BEATS,
    INTERVAL,
    NONE,
    NOT_RUN,
    capital,
    count,
    difference,
    listed,
    origin,
    score,
    signed,
    spread,
    with_interval,
)
from lakeseg.study.published import table3, table4
from lakeseg.study.results import Result
from lakeseg.study.runs import STUDY, Series

QUESTION: Final = "Are all seven bands needed, or do red, green and blue do?"
NEEDS: Final = tuple(f"fcn-paper-{patch}{rgb}" for rgb in ("", "-rgb") for patch in PATCHES)
NEAR: Final = 0.01  # a loss of F1 that is taken as none
LOGISTIC: Final = "logistic"
_NETWORK: Final = "network for any bands"
_TITLES: Final = {LOGISTIC: "logistic regression"}


@dataclass(frozen=True)
class Fewest:
    """The smallest subset of the bands whose F1 comes near that of all of them."""

    model: str
    bands: Bands
    f1: float
    whole: float
    of: int

    @classmethod
    def of_scores(cls, model: str, scores: Mapping[Bands, float]) -> Self | None:
        """Look through the best subset of each size; None without a score of all bands."""
        known = {bands: f1 for bands, f1 in scores.items() if f1 == f1}  # noqa: PLR0124 - NaN
        best = best_of_size(known)
        if not best:
            return None
        most = max(best)
        whole = known[best[most]]
        size = min(k for k, bands in best.items() if known[bands] >= whole - NEAR)
        return cls(model, best[size], known[best[size]], whole, most)


def answer(known: Evidence) -> Answer:
    """Answer question 2."""
    pairs = {patch: each for patch in PATCHES if (each := _pair(known, patch))}
    few = fewest(known.part("subsets"))
    figures = [_by_size(known), *([_differences(pairs)] if pairs else []), *_measured(known)]
    others = [pair(known, "Logistic regression, all bands and RGB", "logistic", "logistic-rgb")]
    shown = [*pairs.values(), *present(others)]
    models = [(f"FCN {p}×{p}, {n}", known.series(f"fcn-paper-{p}{r}")) for p in PATCHES for n, r in _CHOICES]
    tables = [_table4(known), pairs_table("All bands against RGB, the same pixels", known, shown)]
    tables += [models_table("On the same pixels", known, [*models, *_regressions(known)]), *_subsets_table(known)]
    tables += [scree_table(part)] if (part := known.part("components")) else []
    return Answer(
        2,
        "All seven bands?",
        QUESTION,
        verdict(pairs, few),
        tuple(figures),
        tuple(tables),
        _tested(pairs, few),
        _sure(known, pairs),
        (closest({f"RGB at {patch} px": each.found for patch, each in pairs.items()}) or _UNTIL, _SENSOR),
        known.missing(NEEDS),
    )


_CHOICES: Final = (("all bands", ""), ("RGB", "-rgb"))
_UNTIL: Final = "The runs of the study's network on red, green and blue would settle it."
_SENSOR: Final = (
    "A sensor whose visible bands part water from land better, or a cleaner atmosphere, would weigh against it."
)


def _pair(known: Evidence, patch: int) -> Pair | None:
    name = f"fcn-paper-{patch}"
    return pair(known, f"FCN {patch}×{patch}, all bands and RGB", name, f"{name}-rgb")


def _regressions(known: Evidence) -> list[tuple[str, Series | None]]:
    return [("Logistic regression, all bands", known.series("logistic")), ("…, RGB", known.series("logistic-rgb"))]


def fewest(subsets: Result | None) -> Fewest | None:
    """Return the fewest bands that come near all, for the network where there is one, else for regression."""
    from lakeseg.study.subsets import scores_of

    if subsets is None:
        return None
    model = next(iter(subsets.models), LOGISTIC)
    return Fewest.of_scores(model, scores_of(subsets, model))


def verdict(pairs: Mapping[int, Pair], few: Fewest | None) -> str:
    """Return the sentence: where all bands beat RGB, and how few bands come near all of them."""
    if not pairs and few is None:
        return f"{capital(NOT_RUN)}."
    parts = (
        [f"with all bands the FCN {by_relation(dict(pairs), 'the same network on red, green and blue')}"]
        if pairs
        else []
    )
    if pairs:
        values = [each.found.value for each in pairs.values()]
        ends = dict.fromkeys([signed(min(values)), signed(max(values))])
        parts[0] += f" (F1 {' to '.join(ends)})"
    if few:
        some = f"{len(few.bands)} of {few.of} bands ({listed([str(band) for band in few.bands])})"
        come = "comes" if len(few.bands) == 1 else "come"
        near = f"{some} {come} within {score(NEAR, 2)} of all of them (F1 {score(few.f1)} against {score(few.whole)})"
        parts.append(near if len(few.bands) < few.of else f"no fewer than all {few.of} reach the F1 of all of them")
    return f"{_start(pairs, few)}: {'; '.join(parts)}."


def _start(pairs: Mapping[int, Pair], few: Fewest | None) -> str:
    infrared = any(each.relation == BEATS for each in pairs.values())
    if infrared and few and len(few.bands) < few.of:
        return "More than the visible bands are needed, all seven are not" if few.of == 7 else "Not all of them"
    if infrared:
        return "More than the visible bands are needed"
    if few and len(few.bands) < few.of:
        return "No"
    return "No need was shown" if pairs else "Yes"


def _by_size(known: Evidence) -> Figure:
    rows: list[Row] = []
    for row in table4():
        printed = (("all bands", row.all_f1), ("RGB", row.rgb_f1))
        rows += [{"series": s, "source": "published", "patch": row.patch, "value": f1} for s, f1 in printed if f1]
    for patch in PATCHES:
        for title, rgb in _CHOICES:
            if series := known.series(f"fcn-paper-{patch}{rgb}"):
                found = series.summary(STUDY)
                ours = {"series": title, "source": "ours", "patch": patch, "value": found.mean}
                rows.append(ours | {"low": found.low, "high": found.high, "seeds": found.seeds})
    caption = (
        "F1 of water of the study's FCN on the study's terms. Hollow: Table 4 as printed (at 64 px it has no F1); "
        "solid: ours, mean over the seeds with its 95 % interval."
    )
    return Figure("bands-by-size", "by_size", tuple(rows), "Red, green and blue against all bands", caption)


def _differences(pairs: Mapping[int, Pair]) -> Figure:
    return pairs_figure("bands-differences", "What all bands add to RGB on the same pixels", list(pairs.values()))


def _measured(known: Evidence) -> list[Figure]:
    """Return the charts that rest on measurements rather than on runs."""
    subsets, components = known.part("subsets"), known.part("components")
    return [
        *([subsets_figure(subsets)] if subsets else []),
        *([scree(components), puzzle(components)] if components else []),
    ]


def subsets_figure(subsets: Result) -> Figure:
    """Return F1 against the number of bands, a dot a subset."""
    network = next(iter(subsets.models), "")
    rows = [
        {
            "model": _TITLES.get(row["model"], _NETWORK),
            "bands": list(row["bands"]),
            "f1": row["f1"],
            "first": row["model"] == (network or LOGISTIC),
        }
        for row in subsets.rows
        if row["f1"] is not None
    ]
    caption = (
        f"{origin(subsets.dataset)}, test lakes: F1 of one network for any bands on every subset of them (dots), the "
        "best subset of each size named; grey: logistic regression on its best subset of each size."
    )
    return Figure("bands-subsets", "subsets", tuple(rows), "Every subset of the bands", caption)


def _table4(known: Evidence) -> Table:
    columns = (
        "Patch",
        "Bands",
        "F1, printed",
        "F1, recomputed",
        "F1, ours",
        "Least–most",
        "Ours, all less RGB",
        "Seeds",
    )
    recomputed = {row.patch: row.counts.scores.f1 for row in table3()}
    rows = []
    for row in table4():
        both = [known.series(f"fcn-paper-{row.patch}{rgb}") for rgb in ("-rgb", "")]
        for title, f1, series in zip(("RGB", "all"), (row.rgb_f1, row.all_f1), both, strict=True):
            printed = "NA" if f1 is None else score(f1, 4)
            again = score(recomputed[row.patch], 4) if title == "all" else NONE
            less = NONE
            if title == "all" and both[0] and both[1] and list(both[0].runs[0].lakes) == list(both[1].runs[0].lakes):
                less = difference(both[1].difference(both[0], STUDY))
            rows.append(
                (f"{row.patch}×{row.patch}", title, printed, again, *_ours(series), less, str(len(series or "")))
            )
    note = (
        "The study gave no counts for RGB, so that its F1 cannot be checked. "
        f"Ours: {origin(known.dataset)}; {TERMS[STUDY]}; {INTERVAL}."
    )
    return Table("Table 4: RGB against all bands, on the study's terms", columns, tuple(rows), note)


def _ours(series: Series | None) -> tuple[str, str]:
    if series is None:
        return NOT_RUN, NONE
    found = series.summary(STUDY)
    return with_interval(found), spread(found)


def _subsets_table(known: Evidence) -> list[Table]:
    from lakeseg.study.subsets import scores_of

    subsets = known.part("subsets")
    if subsets is None:
        return []
    models = [*subsets.models, LOGISTIC]
    best = {model: best_of_size(scores_of(subsets, model)) for model in models}
    rows = [
        (str(size), *(cell for model in models for cell in _best(subsets, model, best[model].get(size))))
        for size in best[LOGISTIC]
    ]
    columns = ("Bands", *(text for model in models for text in (f"Best, {_TITLES.get(model, _NETWORK)}", "F1")))
    pixels = count(next((row["pixels"] for row in subsets.rows), None))
    note = (
        f"{origin(subsets.dataset)}; {subsets.made.get('rule', subsets.split)}; every labelled pixel of the test "
        f"lakes, {pixels}; one training each, […] is a 95 % bootstrap interval over lakes. The best of many subsets "
        "on the test lakes is somewhat better than it would be on others."
    )
    return [Table(f"The best of the {2 ** max(best[LOGISTIC]) - 1} subsets, by size", columns, tuple(rows), note)]


def _best(subsets: Result, model: str, bands: Bands | None) -> tuple[str, str]:
    row: Any = next((row for row in subsets.of_model(model) if tuple(row["bands"]) == bands), None)
    if row is None:
        return NONE, NONE
    return " ".join(map(str, row["bands"])), f"{score(row['f1'])} [{score(row['low'], 2)}, {score(row['high'], 2)}]"


def _tested(pairs: Mapping[int, Pair], few: Fewest | None) -> tuple[str, ...]:
    said = []
    if pairs:
        said.append(
            "The study's FCN, trained alike on all bands and on red, green and blue (bands 1, 4 and 3), on the study's "
            f"terms beside Table 4, then on {TERMS['chosen']}."
        )
    if few:
        said.append(f"Every subset of the {few.of} bands, with one network for any bands ({few.model}) and regression.")
    return tuple(said)


def _sure(known: Evidence, pairs: Mapping[int, Pair]) -> tuple[str, ...]:
    clear = sum(each.found.sure for each in pairs.values())
    said = [f"{clear} of {len(pairs)} paired differences between all bands and RGB exclude zero."] if pairs else []
    if known.part("subsets"):
        said.append(
            "The fewest bands are the best of all subsets on the test lakes themselves, after one training: on other "
            "lakes they would do somewhat worse, and neighbours in the table may be equals."
        )
    components = known.part("components")
    return (*said, *([variance_sentence(components)] if components else []))
