"""The search for a better network: what was tried on the validation lakes, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean, median
from typing import Any, Final

from lakeseg.study.answers.shapes import Evidence, Figure, Row, Table
from lakeseg.study.answers.words import NONE, count, counted, listed, origin, score, with_seconds
from lakeseg.study.results import Result

SHOWN: Final = 10  # best trials in the table
_STATES: Final = {
    "complete": "went to its end",
    "pruned": "was given up early",
    "rejected": "was too large",
    "failed": "failed",
}
_PLURAL: Final = {
    "complete": "went to their end",
    "pruned": "were given up early",
    "rejected": "were too large",
    "failed": "failed",
}
_NAMES: Final = {
    "depth": "layers",
    "farthest": "widest dilation",
    "width": "kernels a layer",
    "residual": "skip connections",
    "loss": "loss",
    "augment": "flips and rotations",
    "samples": "samples",
    "schedule": "learning rate's course",
    "batch_size": "batch",
    "norms": "normalised layers",
    "learning_rate": "learning rate",
}


def search_figures(known: Evidence) -> list[Figure]:
    """Return F1 on the validation lakes by trial."""
    part = known.part("search")
    trials = _trials(part)
    if part is None or not trials:
        return []
    rows = tuple(
        {"trial": row["number"], "f1": row["f1"][-1], "state": row["state"], "settings": _settings(row)}
        for row in trials
        if row["f1"]
    )
    if not rows:
        return []
    caption = (
        f"{origin(part.dataset)}: {part.made.get('objective', 'F1 on the validation lakes')}. Filled: trained to its "
        "end; hollow: given up early; line: the best so far. Trial 0 is the baseline."
    )
    return [Figure("better-search", "trials", rows, "The search, trial by trial", caption)]


def search_tables(known: Evidence) -> list[Table]:
    """Return the best trials, the finals, and what each choice was worth."""
    part = known.part("search")
    if part is None or not _trials(part):
        return []
    tables = (_best(part), _finals(part), _choices(part))
    return [table for table in tables if table.rows]


def search_sentences(known: Evidence) -> list[str]:
    """Return what was searched, on which lakes, with which budget."""
    part = known.part("search")
    trials = _trials(part)
    if part is None or not trials:
        return []
    states = [row["state"] for row in trials]
    parts = []
    for state in _STATES:
        number = states.count(state)
        if number:
            parts.append(f"{number} {(_STATES if number == 1 else _PLURAL)[state]}")
    lakes = part.made.get("lakes", {})
    said = [
        (
            f"{len(trials)} trials within {count(part.made.get('limit'))} parameters: {listed(parts)}. They learned "
            f"from {count(lakes.get('train'))} lakes and were judged on {count(lakes.get('validation'))} validation "
            f"lakes, in {with_seconds(float(part.made.get('seconds', 0)))} altogether."
        )
    ]
    return [*said, *[str(text) for text in (part.made.get("about"), *part.made.get("notes", ())) if text]]


def _trials(part: Result | None) -> list[Row]:
    """Return the trials that chose among settings, and the baseline before them."""
    return [row for row in part.rows if row.get("phase") in ("baseline", "search")] if part else []


def _done(part: Result) -> list[Row]:
    return [row for row in _trials(part) if row["state"] == "complete" and row["f1"]]


def _settings(row: Row) -> str:
    named = [f"{_NAMES.get(name, name)} {_value(value)}" for name, value in row["settings"].items()]
    return ", ".join(named) or "the study's layers, mended"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.2g}" if isinstance(value, float) else str(value)


def _best(part: Result) -> Table:
    best = sorted(_done(part), key=lambda row: -row["f1"][-1])[:SHOWN]
    rows = tuple(
        (
            str(row["number"]),
            score(row["f1"][-1]),
            count(row["parameters"]),
            with_seconds(row["seconds"]),
            _settings(row),
        )
        for row in best
    )
    note = f"{origin(part.dataset)}, validation lakes alone; one training each, so that neighbours may be equals."
    return Table("The best trials of the search", ("Trial", "F1", "Parameters", "Seconds", "Settings"), rows, note)


def _finals(part: Result) -> Table:
    """Return the trials that were trained anew, longer and from several seeds."""
    found: dict[int, list[Row]] = {}
    for row in part.rows:
        if row.get("phase") == "final" and row["f1"]:
            found.setdefault(int(row["of"]), []).append(row)
    ordered = sorted(found.items(), key=lambda item: -mean(row["f1"][-1] for row in item[1]))
    rows = tuple(
        (
            str(of) if of else "baseline",
            score(mean(row["f1"][-1] for row in same)),
            listed([score(row["f1"][-1]) for row in same]),
            count(same[0]["parameters"]),
            _settings(same[0]),
        )
        for of, same in ordered
    )
    columns = ("Trial", "Mean F1", "By seed", "Parameters", "Settings")
    return Table("The finals: the best trials trained longer", columns, rows, "Validation lakes alone.")


def _choices(part: Result) -> Table:
    """Return what each value of a setting came to, over the trials that went to their end."""
    done = [row for row in _done(part) if row["settings"]]
    rows = [line for name in _NAMES if name != "learning_rate" for line in _values(done, name)]
    note = "Settings varied together and trials were not drawn evenly: read it as a hint, not as an effect."
    return Table("What each choice came to", ("Setting", "Value", "Trials", "Median F1", "Best F1"), tuple(rows), note)


def _values(done: Sequence[Row], name: str) -> list[tuple[str, ...]]:
    found: dict[str, list[float]] = {}
    for row in done:
        if name in row["settings"]:
            found.setdefault(_value(row["settings"][name]), []).append(float(row["f1"][-1]))
    ordered = sorted(found.items(), key=lambda item: -median(item[1]))
    return [
        (_NAMES[name], value, str(len(scores)), score(median(scores)), score(max(scores))) for value, scores in ordered
    ]


def calibration_table(known: Evidence, name: str) -> list[Table]:
    """Return the calibration errors of a network before and after its temperature was fitted, a row a seed."""
    series = known.series(name)
    runs = [run for run in series.runs if run.calibration] if series else []
    if not runs:
        return []
    rows = tuple(
        (
            str(run.seed),
            f"{run.calibration['temperature']:.3f}",
            *_errors(run.calibration, "validation")[:2],
            *_errors(run.calibration, "test"),
        )
        for run in runs
    )
    columns = ("Seed", "Temperature", "Validation, before", "after", "Test, before", "after", "Test pixels")
    note = (
        f"{origin(known.dataset)}; expected calibration error of the probability of water; the temperature was fitted "
        "on the validation lakes (Guo et al. 2017, doi:10.48550/arXiv.1706.04599) and changes no class at a "
        "threshold of .5."
    )
    return [Table("Calibration before and after", columns, rows, note)]


def calibration_sentence(known: Evidence, name: str) -> list[str]:
    """Return the mean errors on the test lakes, before and after."""
    series = known.series(name)
    tested = [run.calibration["test"] for run in (series.runs if series else ()) if run.calibration.get("test")]
    if not tested:
        return []
    before, after = (mean(each[when] for each in tested) for when in ("before", "after"))
    word = "falls" if after < before else "does not fall"
    return [
        (
            f"With a temperature fitted on the validation lakes the calibration error on the test lakes {word}: "
            f"{score(before, 4)} before, {score(after, 4)} after (means over {counted(len(tested), 'seed')})."
        )
    ]


def _errors(calibration: Mapping[str, Any], part: str) -> tuple[str, ...]:
    found = calibration.get(part)
    if not found:
        return (NONE, NONE, NONE)
    return score(found["before"], 4), score(found["after"], 4), count(found["pixels"])
