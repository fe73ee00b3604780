"""The parts of the study that can be measured, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from lakeseg.cache import PredictionCache
from lakeseg.data.dataset import Dataset
from lakeseg.store import ModelStore
from lakeseg.study.results import Result

Progress = Callable[[float, str], None]
Measure = Callable[[Dataset, ModelStore, PredictionCache, Progress], Result]


@dataclass(frozen=True)
class Part:
    """One measurement: what it is, in a few words, and the function that makes it."""

    about: str
    measure: Measure


PARTS: Final[Mapping[str, Part]] = {}
