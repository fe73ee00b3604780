"""The log of a search: a result of the study with one row a trial, written after each, from which a search goes on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split
from lakeseg.data.write import replacing
from lakeseg.errors import ConfigError
from lakeseg.plain import plain
from lakeseg.study.results import Result, origin
from lakeseg.study.search.space import LIMIT
from lakeseg.study.search.trials import COMPLETE, Trial

PART: Final = "search"
HONESTY: Final = "Every choice rests on the validation lakes; the search read neither pixel nor label of a test lake."
OBJECTIVE: Final = "best F1 of water over thresholds on all labelled pixels of the validation lakes"


@dataclass(frozen=True)
class Budget:
    """What a search may spend.

    Attributes:
        minutes: Of training and scoring for the trials, over all runs of a search that was stopped and resumed.
        trials: How many at most, the baseline included.
        epochs: Of a trial.
        finalists: Best trials that are trained again, longer.
        final_epochs: Of these, and of the baseline beside them.
        seeds: With which each of them is trained.
        seed: Of the sampler.
    """

    minutes: float = 60.0
    trials: int = 40
    epochs: int = 3
    finalists: int = 2
    final_epochs: int = 6
    seeds: tuple[int, ...] = (0, 1)
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the values; a `ConfigError` says what is expected."""
        if not self.minutes > 0:
            raise ConfigError(f"budget {self.minutes:g}: expected minutes above 0")
        for name in ("trials", "epochs", "finalists", "final_epochs"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name.replace('_', ' ')} {getattr(self, name)}: expected at least 1")


@dataclass
class Log:
    """Trials so far, the file that holds them, and `notes` of what a person changed in between."""

    path: Path
    dataset: Dataset
    split: Split
    budget: Budget
    trials: list[Trial] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def of(self, phase: str) -> list[Trial]:
        """Return the trials of a phase."""
        return [trial for trial in self.trials if trial.phase == phase]

    @property
    def seconds(self) -> float:
        """Spent on the trials, those of the finals left out."""
        return sum(trial.seconds for trial in self.trials if trial.phase != "final")

    def add(self, trial: Trial) -> None:
        """Enter a trial and write the file."""
        self.trials.append(trial)
        self.write()

    def write(self) -> None:
        """Write the file, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(plain(asdict(self.result())), indent=1, allow_nan=False, ensure_ascii=False) + "\n"
        with replacing(self.path) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def result(self) -> Result:
        """Return the log as a result of the study; `made` holds budget, machine, versions and the winner."""
        made = {
            "about": HONESTY,
            "objective": OBJECTIVE,
            "limit": LIMIT,
            "budget": asdict(self.budget),
            "lakes": {"train": len(self.split.train), "validation": len(self.split.validation)},
            "seconds": round(sum(trial.seconds for trial in self.trials), 1),
            "machine": machine(),
            "versions": versions(),
            "winner": winner(self.trials),
            "notes": self.notes,
        }
        rows = [trial.to_json() for trial in self.trials]
        return Result(PART, origin(self.dataset), "validation", rows, made=made)

    def read(self) -> None:
        """Take up the trials that the file holds.

        Raises:
            ConfigError: It is no log of a search on this dataset.
        """
        try:
            found = Result(**json.loads(self.path.read_text(encoding="utf-8")))
            fits = found.part == PART and found.dataset["fingerprint"] == self.dataset.fingerprint
            self.trials = [Trial.from_json(dict(row)) for row in found.rows]
            self.notes = [str(note) for note in found.made.get("notes", ())]
        except (ValueError, TypeError, KeyError):
            fits = False
        if not fits:
            raise ConfigError(f"{self.path}: no log of a search on {self.dataset.name}: give another --log")


def ranked(trials: Sequence[Trial]) -> list[Trial]:
    """Return the complete trials of the search, the best F1 first; the earlier of equals."""
    done = [trial for trial in trials if trial.phase == "search" and trial.state == COMPLETE]
    return sorted(done, key=lambda trial: -trial.value)


def winner(trials: Sequence[Trial]) -> dict[str, Any] | None:
    """Return the finalist with the best mean F1 over seeds, beside the baseline; None before there are finals."""
    finals: dict[int, list[Trial]] = {}
    for trial in trials:
        if trial.phase == "final" and trial.of is not None:
            finals.setdefault(trial.of, []).append(trial)
    means = {of: sum(each.value for each in repeats) / len(repeats) for of, repeats in finals.items()}
    rivals = [of for of in means if of]
    if not rivals:
        return None
    best = max(rivals, key=lambda of: means[of])
    first = finals[best][0]
    config = {name: value for name, value in first.config.items() if name != "seed"}
    return {
        "trial": best,
        "settings": first.settings,
        "config": config,
        "parameters": first.parameters,
        "f1": [each.value for each in finals[best]],
        "baseline_f1": [each.value for each in finals.get(0, [])],
    }


def machine() -> dict[str, Any]:
    """Return what the times depend on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"system": platform.system(), "processor": _processor(), "cores": cores}


def _processor() -> str:
    """Return the processor's name, on Linux as the kernel gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """Return the versions of what took part."""
    import optuna

    from lakeseg.segmenters import backend

    return {"python": platform.python_version(), "optuna": str(optuna.__version__)} | backend.versions()
