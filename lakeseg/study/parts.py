"""The parts of the study that can be measured on a dataset: each a module here, by name, with a function `measure`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

from lakeseg.cache import PredictionCache
from lakeseg.data.dataset import Dataset
from lakeseg.errors import ConfigError, unknown
from lakeseg.store import ModelStore
from lakeseg.study.results import Result

Progress = Callable[[float, str], None]
PARTS: Final[Mapping[str, str]] = {
    "sizes": "F1 against patch size for every model, on the study's terms and on fair ones",
    "flips": "pixels whose class depends on the size of the patch they are seen through",
    "subsets": "F1 of the network for any bands, and of logistic regression, on each subset of the bands",
    "components": "F1 on the first principal components, and on as many bands",
    "unclassified": "what models say of unclassified pixels, and how often they are right where that is known",
    "ceiling": "how well the truth, or one labeller, predicts the labels: the most that a model can reach",
}


def check(part: str) -> None:
    """Raise a `ConfigError` that lists the parts unless `part` is one."""
    if part not in PARTS:
        raise ConfigError(unknown("part of the study", part, list(PARTS)))


def measure(
    part: str, dataset: Dataset, store: ModelStore, cache: PredictionCache, progress: Progress | None = None
) -> Result:
    """Measure one part on a dataset; what an earlier run left in `cache` is not done again.

    Raises:
        ConfigError: There is no such part.
        ModelError: A model that the part needs is not there, or cannot run on this dataset.
    """
    check(part)
    found: Result = import_module(f"lakeseg.study.{part}").measure(
        dataset, store, cache, progress or (lambda _share, _text: None)
    )
    return found
