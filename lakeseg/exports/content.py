"""What an export says of a lake: a class for each pixel, and probabilities where a model gave them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.evaluation import Prediction, Progress, scored_labels
from lakeseg.inference import seen
from lakeseg.metrics import classes

RULE: Final = "rule"
"""Fact of an `Origin`: by which rule the labels of its lakes were settled."""


@dataclass(frozen=True, eq=False)
class Content:
    """One lake with (H, W) uint8 class codes, 0 where there is none or a band is missing.

    `probabilities` are (H, W, 3) float32, NaN where a band is missing; None for labels.
    """

    lake: Lake
    codes: np.ndarray
    probabilities: np.ndarray | None = None


@dataclass(frozen=True)
class Origin:
    """Where classes come from.

    Attributes:
        title: For a person, such as "FCN lakeseg" or "Labels".
        card: Of the model, None for labels.
        facts: More that a file should remember, as texts.
    """

    title: str
    card: Card | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def tags(self, dataset: Dataset, lake: Lake | None = None) -> dict[str, str]:
        """Return what a file says of itself, as texts."""
        about = {
            "source": self.title,
            "dataset": dataset.name,
            "dataset_fingerprint": dataset.fingerprint,
            "simulated": "yes" if dataset.simulated else "no",
        }
        if self.card is not None:
            about |= {"model": self.card.id, "model_fingerprint": self.card.fingerprint}
        if lake is not None:
            about |= {"lake": lake.id, "date": lake.date}
        return {name: text for name, text in (about | dict(self.facts)).items() if text}


def predicted(dataset: Dataset, made: Iterator[Prediction]) -> Iterator[Content]:
    """Yield what a model says of lakes; pixels that miss a band have class 0."""
    for one in made:
        yield of_prediction(one.lake, one.probabilities, dataset.fill)


def of_prediction(lake: Lake, probabilities: np.ndarray, fill: int) -> Content:
    """Return what (H, W, 3) probabilities say of a lake."""
    probabilities = seen(probabilities, lake.image, fill)
    return Content(lake, classes(probabilities), probabilities)


def labelled(dataset: Dataset, ids: Sequence[str], progress: Progress | None = None) -> Iterator[Content]:
    """Yield the labels of lakes; pixels that miss a band have none."""
    for done, lake in enumerate(dataset.iter_lakes(ids), start=1):
        yield Content(lake, scored_labels(lake, dataset.fill))
        if progress is not None:
            progress(done / len(ids), lake.id)
