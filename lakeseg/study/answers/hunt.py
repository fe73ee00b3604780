"""The search for a better network: what was tried on the validation lakes, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean, median
from typing import Any, Final

from lakeseg.study.answers.shapes import Evidence, Figure, Row, Table
from lakeseg.study.answers.words import NONE, count, counted, listed, origin, score, signed, with_seconds
from lakeseg.study.results import Result
from lakeseg.study.search.space import CHOICES

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
    """Return what was searched, on which lakes, with which budget, who proposed it, and what was never tried."""
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
            f"{len(trials)} trials within {count(part.made.get('limit'))} parameters{_larger_baseline(part)}: "
            f"{listed(parts)}. They learned from {count(lakes.get('train'))} lakes and were judged on "
            f"{count(lakes.get('validation'))} validation lakes, in "
            f"{with_seconds(float(part.made.get('seconds', 0)))} with the finals."
        ),
        *_proposed(trials),
        *_untried(trials),
    ]
    return [*said, *[str(text) for text in (part.made.get("about"), *part.made.get("notes", ())) if text]]


def _larger_baseline(part: Result) -> str:
    """Return the parameters of the baseline where they exceed those that a trial may have."""
    limit = part.made.get("limit")
    sizes = [row["parameters"] for row in _trials(part) if row["phase"] == "baseline"]
    return f" (the baseline has {count(sizes[0])})" if limit and sizes and sizes[0] > limit else ""


def _proposed(trials: Sequence[Row]) -> list[str]:
    """Say how many trials a person proposed, and how many the sampler.

    The sampler draws learning rates from a continuous scale; one of no more than two digits was written by hand.
    """
    rates = [float(row["settings"]["learning_rate"]) for row in trials if "learning_rate" in row["settings"]]
    given = sum(rate == float(f"{rate:.2g}") for rate in rates)
    if not rates:
        return []
    if given == len(rates):
        said = f"All {given} trials after the baseline were of settings listed to be tried first"
        return [f"{said}: within the budget Optuna's sampler chose none."]
    drawn = len(rates) - given
    return [f"Optuna's sampler chose the settings of {counted(drawn, 'trial')}, {given} were listed to be tried first."]


def _untried(trials: Sequence[Row]) -> list[str]:
    """Name the values that the space allows and no trial had, and those that none had to its end."""
    searched = [row["settings"] for row in trials if row["settings"]]
    ended = [row["settings"] for row in trials if row["settings"] and row["state"] == "complete"]
    never, unfinished = [], []
    for name, values in CHOICES.items():
        begun, done = ({settings[name] for settings in some if name in settings} for some in (searched, ended))
        never += _named(name, [value for value in values if value not in begun])
        unfinished += _named(name, [value for value in values if value in begun - done])
    said = {"Allowed, but never tried": never, "Begun, but in no trial that went to its end": unfinished}
    return [f"{start}: {'; '.join(names)}." for start, names in said.items() if names]


def _named(name: str, values: Sequence[Any]) -> list[str]:
    return [f"{_NAMES[name]} {listed([_value(value) for value in values], 'or')}"] if values else []


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
    ordered = sorted(_by_finalist(part).items(), key=lambda item: -mean(_last(item[1])))
    rows = tuple(
        (
            str(of) if of else "baseline",
            score(mean(_last(same))),
            listed([score(value) for value in _last(same)]),
            count(same[0]["parameters"]),
            _settings(same[0]),
        )
        for of, same in ordered
    )
    columns = ("Trial", "Mean F1", "By seed", "Parameters", "Settings")
    return Table("The finals: the best trials trained longer", columns, rows, "Validation lakes alone.")


def finals_sentence(known: Evidence) -> list[str]:
    """Say whether the finals tell the winner of the search from its baseline."""
    part = known.part("search")
    found = _by_finalist(part) if part else {}
    rivals = [of for of in found if of]
    if not rivals or 0 not in found:
        return []
    winner, baseline = max((_last(found[of]) for of in rivals), key=mean), _last(found[0])
    gained, apart = mean(winner) - mean(baseline), max(max(values) - min(values) for values in (winner, baseline))
    word = "less" if abs(gained) < apart else "no less"
    ours, theirs = (score(mean(values), 4) for values in (winner, baseline))
    both = f"the winner's mean F1 on the validation lakes is {ours}, that of the study's layers mended {theirs}"
    less = f"{signed(gained)}, {word} than the seeds of one of them lie apart ({score(apart, 4)})"
    return [f"In the finals of the search {both}: {less}."]


def _by_finalist(part: Result) -> dict[int, list[Row]]:
    """Return the finals by the trial that they repeat; 0 is the baseline."""
    found: dict[int, list[Row]] = {}
    for row in part.rows:
        if row.get("phase") == "final" and row["f1"]:
            found.setdefault(int(row["of"]), []).append(row)
    return found


def _last(rows: Sequence[Row]) -> list[float]:
    return [float(row["f1"][-1]) for row in rows]


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
