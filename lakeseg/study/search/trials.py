"""One trial: a network trained on the training lakes and scored on the validation lakes after each epoch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from lakeseg.analysis.predicted import pixel_scores
from lakeseg.analysis.thresholds import curves
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split
from lakeseg.errors import ModelError

if TYPE_CHECKING:
    from lakeseg.segmenters.base import Segmenter
    from lakeseg.segmenters.config import SegmenterConfig

COMPLETE: Final = "complete"
PRUNED: Final = "pruned"
REJECTED: Final = "rejected"
FAILED: Final = "failed"

Progress = Callable[[float, str], None]
Poor = Callable[[int, float], bool]


class _TooPoorError(Exception):
    """Ends the training of a trial that others have left behind."""


@dataclass(frozen=True)
class Trial:
    """What is known of one trial.

    Attributes:
        number: In the order of trials; 0 is the baseline.
        phase: "baseline", "search" or "final".
        settings: What was chosen of the space; empty for the baseline.
        config: Settings of the network, as `SegmenterConfig.to_json` gives them.
        parameters: Of the network.
        state: `COMPLETE`, `PRUNED` (stopped, others were better by then), `REJECTED` (too large, not trained) or
            `FAILED`.
        f1: Best F1 over thresholds on all labelled pixels of the validation lakes, after each epoch.
        threshold: Where the last of them is reached.
        seconds: From the start of training to the end of scoring.
        reason: Why it did not complete.
        of: Number of the trial that a finalist repeats with more epochs.
    """

    number: int
    phase: str
    settings: dict[str, Any]
    config: dict[str, Any]
    parameters: int
    state: str = COMPLETE
    f1: tuple[float, ...] = ()
    threshold: float | None = None
    seconds: float = 0.0
    reason: str = ""
    of: int | None = None
    device: str = field(default="", compare=False)

    @property
    def value(self) -> float:
        """F1 after the last epoch; the objective of the search."""
        return self.f1[-1] if self.f1 else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return plain values for the log."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Trial:
        """Read what `to_json` gave."""
        return cls(**{**row, "f1": tuple(row["f1"])})


def run_trial(
    trial: Trial, config: SegmenterConfig, dataset: Dataset, split: Split, poor: Poor, progress: Progress
) -> Trial:
    """Train and score one config and return the trial with what came of it; test lakes are not read.

    Args:
        trial: What is known beforehand.
        config: What to train.
        dataset: Where the lakes are.
        split: Which lakes to learn from and to score on.
        poor: Asked after each epoch with its number, from 1, and F1 whether to give the trial up.
        progress: Called with the share of the epochs done and a line of text.
    """
    from lakeseg.segmenters import backend
    from lakeseg.training import train

    backend.load().backend.clear_session()  # else the graphs of all trials before this one stay in memory
    started, found = time.perf_counter(), _Watch(dataset, split.validation, config.epochs, poor)
    known = replace(trial, device=backend.device_name())
    try:
        train(dataset, replace(split, test=()), config, progress, after=found)
    except _TooPoorError:
        known = replace(known, state=PRUNED, reason="F1 below the median of earlier trials after as many epochs")
    except ModelError as error:
        known = replace(known, state=FAILED, reason=str(error))
    return replace(
        known, f1=tuple(found.f1), threshold=found.threshold, seconds=round(time.perf_counter() - started, 1)
    )


class _Watch:
    """Scores a network after each epoch, and ends a training that is not worth its time."""

    def __init__(self, dataset: Dataset, ids: Sequence[str], epochs: int, poor: Poor) -> None:
        self.dataset, self.ids, self.epochs, self.poor = dataset, ids, epochs, poor
        self.f1: list[float] = []
        self.threshold: float | None = None

    def __call__(self, network: Segmenter) -> None:
        threshold, f1 = best_f1(network, self.dataset, self.ids)
        self.threshold = round(threshold, 4)
        self.f1.append(round(f1, 4))
        if len(self.f1) < self.epochs and self.poor(len(self.f1), f1):
            raise _TooPoorError


def best_f1(segmenter: Segmenter, dataset: Dataset, ids: Sequence[str]) -> tuple[float, float]:
    """Return the threshold of the best F1 of water on all labelled pixels of the lakes, and that F1.

    Raises:
        ModelError: The lakes hold no water, or nothing but water.
    """
    found = curves(pixel_scores(segmenter, dataset, ids))
    if found is None:
        raise ModelError("the validation lakes hold no pixel labelled water, or none labelled land: use more lakes")
    return found.best
