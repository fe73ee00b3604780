"""Runs of the study: what one training gave, one JSON file each, named by the settings that it came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from lakeseg.analysis.seeds import DRAWS, SeededDifference, Summary, difference, summary
from lakeseg.data.write import replacing
from lakeseg.errors import ConfigError
from lakeseg.plain import plain
from lakeseg.study.results import SHIPPED, local_dir

STUDY, FAIR, CHOSEN = "study", "fair", "chosen"
TERMS: Final = (STUDY, FAIR, CHOSEN)
_DIGITS: Final = 12


@dataclass(frozen=True)
class Run:
    """One training and its scores.

    Attributes:
        name: Of the experiment; runs that share it differ in their seed alone.
        title: For a person.
        seed: Start of every random draw.
        key: Hash of everything that decides the result: settings, protocol, data, split.
        config: As `SegmenterConfig.to_json` gives it.
        dataset: Its `name`, `fingerprint` and whether it is `simulated`.
        split: `rule`, lakes in `train`, `validation` and `test`.
        parameters: Numbers that training set.
        training_pixels: Labelled pixels it learned from.
        history: Curves by epoch, with their `seconds`.
        seconds_per_epoch: Their median.
        machine: `device`, `processor`, `cores` that the run had, and `versions`.
        threshold: Probability of water with the best F1 on the validation lakes.
        validation: F1 on them at .5 and at that threshold.
        calibration: Temperature and errors before and after, for a calibrated network.
        lakes, groups: Test lakes and the ground group of each; empty where single pixels were drawn.
        scores: Counts tp, fn, fp, tn of water for each test lake, by terms: "study" are the pixels of test patches that
            hold both classes, "fair" every pixel, "chosen" every pixel at `threshold`.
    """

    name: str
    title: str
    seed: int
    key: str
    config: Mapping[str, Any]
    dataset: Mapping[str, Any]
    split: Mapping[str, Any]
    parameters: int
    training_pixels: int
    history: Mapping[str, Sequence[float]]
    seconds_per_epoch: float
    machine: Mapping[str, Any]
    threshold: float | None
    validation: Mapping[str, Any]
    lakes: Sequence[str]
    groups: Sequence[str]
    scores: Mapping[str, Sequence[Sequence[int]]]
    calibration: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Seconds of all epochs."""
        return float(sum(self.history.get("seconds", ())))

    def counts(self, terms: str) -> np.ndarray:
        """Return the (L, 4) int64 counts on `terms`.

        Raises:
            ConfigError: It was not scored on these terms.
        """
        if terms not in self.scores:
            raise ConfigError(f"{self.name}: no scores on {terms!r} terms: expected {', '.join(self.scores)}")
        return np.array(self.scores[terms], np.int64).reshape(-1, 4)


@dataclass(frozen=True)
class Series:
    """The runs of one experiment, by seed."""

    runs: tuple[Run, ...]

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def name(self) -> str:
        """Of the experiment."""
        return self.runs[0].name

    @property
    def title(self) -> str:
        """For a person."""
        return self.runs[0].title

    @property
    def parameters(self) -> int:
        """Of the first seed."""
        return self.runs[0].parameters

    def has(self, terms: str) -> bool:
        """Say whether every run was scored on these terms."""
        return all(terms in run.scores for run in self.runs)

    def counts(self, terms: str) -> np.ndarray:
        """Return (S, L, 4) int64 counts of S seeds on L test lakes."""
        return np.stack([run.counts(terms) for run in self.runs])

    def summary(self, terms: str, metric: str = "f1", draws: int = DRAWS) -> Summary:
        """Return a metric over seeds and lakes (`analysis.seeds.summary`)."""
        return summary(self.counts(terms), self.groups(terms), metric, draws)

    def difference(self, other: Series, terms: str, metric: str = "f1", draws: int = DRAWS) -> SeededDifference:
        """Return this one's metric less the other's, paired over lakes (`analysis.seeds.difference`).

        Raises:
            ConfigError: They were not tested on the same lakes.
        """
        if list(self.runs[0].lakes) != list(other.runs[0].lakes):
            raise ConfigError(f"{self.name} and {other.name} were tested on other lakes: run both on one split")
        return difference(self.counts(terms), other.counts(terms), self.groups(terms), metric, draws)

    def groups(self, terms: str) -> Sequence[str]:
        """Return the ground group of each lake; a set of single pixels is one."""
        return self.runs[0].groups or [""] * len(self.runs[0].counts(terms))


class Runs:
    """All finished runs on one dataset."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = tuple(sorted(runs, key=lambda run: (run.name, run.seed, run.key)))

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Any:
        return iter(self._runs)

    @classmethod
    def of(cls, fingerprint: str) -> Self:
        """Return the runs on the dataset `fingerprint`: this machine's, and shipped ones that it has not made anew."""
        found: dict[tuple[str, int], Run] = {}
        for folder in (folder_of(fingerprint, SHIPPED), folder_of(fingerprint, local_dir())):
            found |= {(run.name, run.seed): run for run in read_folder(folder, fingerprint)}
        return cls(list(found.values()))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the experiments that have a run."""
        return tuple(dict.fromkeys(run.name for run in self._runs))

    @property
    def dataset(self) -> Mapping[str, Any]:
        """Name, fingerprint and whether simulated; empty without runs."""
        return self._runs[0].dataset if self._runs else {}

    def series(self, name: str) -> Series | None:
        """Return the runs of one experiment that may stand in one mean, or None where there is none.

        A seed that somebody ran again on other lakes, or with other settings, is of another experiment: those that go
        with the first are taken.
        """
        runs = [run for run in self._runs if run.name == name]
        return Series(tuple(run for run in runs if _alike(run, runs[0]))) if runs else None


def _alike(one: Run, other: Run) -> bool:
    """Say whether two runs differ in their seed at most; a setting that only one of them knows does not count."""
    settings = (one.config.keys() & other.config.keys()) - {"seed"}
    alike = all(one.config[name] == other.config[name] for name in settings)
    return alike and list(one.lakes) == list(other.lakes) and set(one.scores) == set(other.scores)


def folder_of(fingerprint: str, root: Path) -> Path:
    """Return the folder of a dataset's runs below a folder of results."""
    return root / f"runs-{fingerprint[:_DIGITS]}"


def key_of(what: Mapping[str, Any]) -> str:
    """Return the hash of everything that decides a run."""
    return hashlib.sha256(json.dumps(plain(what), sort_keys=True).encode()).hexdigest()[:_DIGITS]


def path_of(folder: Path, name: str, seed: int, key: str) -> Path:
    """Return where a run is kept."""
    return folder / f"{name}-s{seed}-{key}.json"


def save(run: Run, folder: Path) -> Path:
    """Write a run, whole or not at all, and remove those of the same name and seed with other settings."""
    path = path_of(folder, run.name, run.seed, run.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(_text(run), encoding="utf-8")
    for other in path.parent.glob(f"{run.name}-s{run.seed}-*.json"):
        if other != path:
            other.unlink(missing_ok=True)
    return path


def _text(run: Run) -> str:
    """Return the JSON of a run, one line a field: thousands of counts and seconds would be a line each otherwise."""
    values = {
        name: json.dumps(plain(value), allow_nan=False, ensure_ascii=False) for name, value in asdict(run).items()
    }
    fields = [f"{json.dumps(name)}: {value}" for name, value in values.items()]
    return "{\n" + ",\n".join(fields) + "\n}\n"


def read_folder(folder: Path, fingerprint: str) -> list[Run]:
    """Return the runs of a folder that are of the dataset; a file that is damaged or of something else is none."""
    found = (read(path) for path in sorted(folder.glob("*.json")))
    return [run for run in found if run is not None and run.dataset.get("fingerprint") == fingerprint]


def read(path: Path) -> Run | None:
    """Return the run in `path`, or None where there is none that can be read."""
    try:
        run = Run(**json.loads(path.read_text(encoding="utf-8")))
        sound = all(run.counts(terms).shape[0] == max(len(run.lakes), 1) for terms in run.scores)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return run if sound and isinstance(run.dataset, dict) else None
