"""The search itself: Optuna proposes, the validation lakes judge, the log remembers.

Trials are short, with a schedule of their own length: a trial is a whole training and not the start of one. One that
stands below the median of the earlier trials, two epochs in or later, is given up. The best are then trained anew,
longer and with several seeds, beside the settings tried first and the study's layers: on some hundred validation lakes,
one seed decides too much, and what learns fast need not end high.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split
from lakeseg.errors import ModelError
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.layered import parameters
from lakeseg.study.search import space
from lakeseg.study.search.log import Budget, Log, ranked
from lakeseg.study.search.trials import COMPLETE, PRUNED, REJECTED, Trial, run_trial

Progress = Callable[[float, str], None]
_RANDOM: Final = 16  # trials before the sampler learns from them; the first are given
_COMPARED: Final = 4  # trials that must have gone as far before one is given up
_WARMED_UP: Final = 2  # epochs of a trial before it may be: after the first, F1 is mostly chance


def check_installed() -> None:
    """Raise a `ModelError` that says what to install if Optuna is missing."""
    try:
        import optuna  # noqa: F401  only whether it is there
    except ImportError:
        raise ModelError(
            "the search needs Optuna, which the dashboard does not: python -m pip install -r requirements-dev.txt"
        ) from None


def search(dataset: Dataset, split: Split, budget: Budget, path: Path, progress: Progress, resume: bool = False) -> Log:
    """Run a search, or go on with the one in `path`, and return its log; test lakes are not read.

    Raises:
        ModelError: Optuna is missing, or the lakes hold nothing to learn from.
        ConfigError: `path` is no log of a search on this dataset.
    """
    check_installed()
    log = Log(path, dataset, split, budget)
    if resume and path.exists():
        log.read()
    if not log.of("baseline"):
        config = space.baseline(dataset.bands, budget.epochs)
        log.add(_run(log, Trial(0, "baseline", {}, config.to_json(), _count(config)), config, progress))
    _search(log, progress)
    _finals(log, progress)
    return log


def _search(log: Log, progress: Progress) -> None:
    """Ask for trials until minutes or trials are spent."""
    study = _study(log)
    while len(log.trials) < log.budget.trials and log.seconds < 60 * log.budget.minutes and not log.of("final"):
        asked = study.ask(_distributions())
        settings = dict(asked.params)
        config = space.config_of(settings, log.dataset.bands, log.budget.epochs)
        trial = Trial(len(log.trials), "search", settings, config.to_json(), parameters(config))
        excess = space.too_large(config)
        if excess:
            reason = f"{excess:,} parameters, {space.LIMIT:,} allowed"
            trial = replace(trial, state=REJECTED, reason=reason)
        else:
            trial = _run(log, trial, config, progress)
        log.add(trial)
        for place, value in enumerate(trial.f1, 1):
            asked.report(value, place)
        study.tell(asked, trial.value if trial.state == COMPLETE else None, state=_state(trial))


def _study(log: Log) -> Any:
    """Return an Optuna study in memory that knows the trials of the log, with the likely ones next in line."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    tried = log.of("search")
    sampler = optuna.samplers.TPESampler(seed=log.budget.seed + len(tried), n_startup_trials=_RANDOM)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for trial in tried:
        study.add_trial(
            optuna.trial.create_trial(
                params=trial.settings,
                distributions=_distributions(),
                value=trial.value if trial.state == COMPLETE else None,
                intermediate_values=dict(enumerate(trial.f1, 1)),
                state=_state(trial),
            )
        )
    known = [trial.settings for trial in tried]
    for settings in space.FIRST:
        if settings not in known:
            study.enqueue_trial(dict(settings))
    return study


def _state(trial: Trial) -> Any:
    """Return Optuna's word for how a trial ended; one that was rejected or failed teaches the sampler nothing."""
    from optuna.trial import TrialState

    words = {COMPLETE: TrialState.COMPLETE, PRUNED: TrialState.PRUNED}
    return words.get(trial.state, TrialState.FAIL)


def _distributions() -> dict[str, Any]:
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    choices = {name: CategoricalDistribution(values) for name, values in space.CHOICES.items()}
    return choices | {"learning_rate": FloatDistribution(*space.RATES, log=True)}


def _finals(log: Log, progress: Progress) -> None:
    """Train the finalists with more epochs, one seed after the other."""
    done = {(trial.of, trial.config["seed"]) for trial in log.of("final")}
    for seed in log.budget.seeds:
        for first in _finalists(log):
            if (first.number, seed) in done:
                continue
            config = _final_config(first.settings, log, seed)
            trial = replace(first, number=len(log.trials), phase="final", config=config.to_json(), of=first.number)
            trial = replace(trial, f1=(), threshold=None, seconds=0.0, device="")
            log.add(_run(log, trial, config, progress))


def _finalists(log: Log) -> list[Trial]:
    """Return the best trials, that of the settings tried first if it is not among them, and the baseline."""
    best = ranked(log.trials)[: log.budget.finalists]
    first = [each for each in log.of("search") if each.settings == space.FIRST[0] and each not in best]
    return [*best, *first, *log.of("baseline")]


def _final_config(settings: Mapping[str, Any], log: Log, seed: int) -> SegmenterConfig:
    epochs = log.budget.final_epochs
    if not settings:
        return space.baseline(log.dataset.bands, epochs, seed)
    return space.config_of(settings, log.dataset.bands, epochs, seed)


def _run(log: Log, trial: Trial, config: SegmenterConfig, progress: Progress) -> Trial:
    """Run a trial; those of the search are given up where they fall behind."""
    earlier = [each for each in log.trials if each.phase == "search" and each.state in (COMPLETE, PRUNED)]

    def poor(epochs: int, f1: float) -> bool:
        rivals = [each.f1[epochs - 1] for each in earlier if len(each.f1) >= epochs]
        compared = trial.phase == "search" and epochs >= _WARMED_UP and len(rivals) >= _COMPARED
        return compared and f1 < statistics.median(rivals)

    def report(share: float, text: str) -> None:
        progress(*_standing(log, trial, share, text))

    return run_trial(trial, config, log.dataset, log.split, poor, report)


def _standing(log: Log, trial: Trial, share: float, text: str) -> tuple[float, str]:
    """Return how far the whole search is, by trials, or by minutes where these run out first; and in words."""
    budget, best = log.budget, max((each.value for each in log.of("search")), default=0.0)
    finals = (budget.finalists + 2) * len(budget.seeds)
    left = len(_finalists(log)) * len(budget.seeds)
    weight = budget.final_epochs / budget.epochs
    spent = max((len(log.trials) + share) / budget.trials, log.seconds / (60 * budget.minutes))
    searched = 1.0 if trial.phase == "final" else min(1.0, spent)
    done = (len(log.of("final")) + share) / left if trial.phase == "final" else 0.0
    whole = budget.trials + finals * weight
    words = f"{trial.phase} trial {trial.number}, {text}" + (f", best F1 so far {best:.4f}" if best else "")
    return (searched * budget.trials + done * finals * weight) / whole, words


def _count(config: SegmenterConfig) -> int:
    """Return the parameters of a network by building it."""
    from lakeseg.segmenters.network import Network

    return Network(config).parameters
