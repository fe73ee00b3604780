"""What the document and the report say besides the answers: how it was done, on what, and with what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from lakeseg.analysis.seeds import DRAWS
from lakeseg.study.answers import Answer, Evidence, Figure, Table, answers
from lakeseg.study.answers.measures import TERMS, machines
from lakeseg.study.answers.training import quickest
from lakeseg.study.answers.words import NONE, capital, count, counted, listed, origin
from lakeseg.study.audit import Point, points
from lakeseg.study.published import facts
from lakeseg.study.runs import STUDY, Series

TITLE: Final = "The land–water study of 2018, done again"
NOTHING: Final = "Nothing was measured on this dataset yet: python -m lakeseg study --preset paper, then --preset fair."


class Account:
    """The answers, the audit, and the tables that say what they rest on."""

    def __init__(self, known: Evidence) -> None:
        self.known = known
        self.answers: tuple[Answer, ...] = answers(known)
        self.audit: tuple[Point, ...] = points(known.runs, known.part("unclassified"))

    @property
    def figures(self) -> list[Figure]:
        """Of all answers."""
        return [figure for answer in self.answers for figure in answer.figures]

    @property
    def name(self) -> str:
        """Of the dataset; a file may have given it."""
        return origin(self.known.dataset)

    @property
    def missing(self) -> tuple[str, ...]:
        """Experiments that have not run."""
        return tuple(dict.fromkeys(name for each in self.answers for name in each.missing))

    @property
    def lead(self) -> tuple[str, ...]:
        """What this is, in a few sentences."""
        runs = self.known.runs
        said = [
            (
                f"The source: {facts()['source']}. Its five questions, each answered with one run, are asked again of "
                "many: what rests on runs of ours is a mean over seeds with its interval; notes say where it is one "
                "training alone."
            )
        ]
        if len(runs):
            said.append(f"{counted(len(runs), 'run')} of {counted(len(runs.names), 'experiment')} on {self.name}.")
        else:
            said.append(NOTHING)
        if self.known.dataset.get("simulated"):
            said.append(
                "The lakes are simulated at the scale of the study's dataset. Compare orders and differences with the "
                "published numbers, not the numbers themselves: those rest on real MODIS images."
            )
        if self.missing:
            said.append(f"Not run yet: {', '.join(self.missing)}.")
        return tuple(said)

    @property
    def methods(self) -> tuple[str, ...]:
        """How everything was measured, a sentence each."""
        rules = dict.fromkeys(str(run.split.get("rule", "")) for run in self.known.runs if run.lakes)
        precise = sorted({str(run.config.get("precision") or "") for run in self.known.runs if run.history} - {""})
        stated = facts()["training"]
        said = [
            f"Lakes that share ground stand on one side of the split ({'; '.join(rules) or 'no runs yet'}).",
            (
                f"{capital(TERMS[STUDY])} are those of its tables: {stated['epochs']} epochs, batches of "
                f"{stated['batch_size']}, pruned patches in training and test."
            ),
            (
                "Fair terms are all labelled pixels of the test lakes, for every model the same; thresholds and the "
                "best patch size were chosen on the validation lakes."
            ),
            (
                f"Intervals are 95 % percentiles of {count(DRAWS)} bootstrap draws of ground groups of lakes and of "
                "seeds; differences take the same lakes for both models. “Beats” means that such an interval "
                "excludes zero."
            ),
            "F1, IoU, recall and precision are of water, from counts summed over all lakes.",
        ]
        if precise:
            said.append(f"Networks were trained in {listed(precise)} arithmetic with float32 weights.")
        return tuple(said)

    @property
    def experiments(self) -> Table:
        """Every experiment with its seeds, parameters and epochs."""
        columns = ("Experiment", "Name", "Seeds", "Parameters", "Training pixels", "Epochs", "Least seconds", "Terms")
        series = [found for name in self.known.runs.names if (found := self.known.series(name))]
        return Table("Experiments", columns, tuple(_experiment(each) for each in series))

    @property
    def environment(self) -> Table:
        """Dataset, machines and versions."""
        dataset, runs = self.known.dataset, self.known.runs
        series = [found for name in runs.names if (found := self.known.series(name))]
        rows = [("Dataset", self.name), ("Fingerprint (SHA-256)", str(dataset.get("fingerprint", NONE)))]
        rows += [
            (f"Part {name}", f"{origin(part.dataset)}, {str(part.dataset.get('fingerprint', NONE))[:12]}…")
            for name, part in sorted(self.known.parts.items())
        ]
        rows.append(("Machines", machines(series) or NONE))
        rows += [
            (capital(name), listed(sorted(found)))
            for name, found in _versions(run.machine.get("versions", {}) for run in runs).items()
        ]
        return Table("Environment", ("What", "Which"), tuple(rows))


def _experiment(series: Series) -> tuple[str, ...]:
    run = series.runs[0]
    epochs = len(run.history.get("accuracy", ()))  # only networks learn by epochs
    seconds = f"{quickest(series):,.0f}" if quickest(series) > 0 else NONE
    terms = ", ".join(run.scores)
    numbers = (count(series.parameters), count(run.training_pixels), str(epochs or NONE), seconds)
    return (series.title, series.name, str(len(series)), *numbers, terms)


def _versions(named: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Return every version of each package that took part."""
    found: dict[str, set[str]] = {}
    for each in named:
        for name, version in each.items():
            found.setdefault(name, set()).add(str(version))
    return dict(sorted(found.items()))


def evidence_table(point: Point) -> Table:
    """Return the evidence of a point of the audit."""
    rows: Sequence[tuple[str, ...]] = [tuple(row) for row in point.evidence]
    return Table("", tuple(point.columns), tuple(rows))
