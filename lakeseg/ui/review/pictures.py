"""The panels of a lake for those who decide, made once for a lake and shared by all of them. No Streamlit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lakeseg.bands import COMPOSITES, LAND, UNCLASSIFIED, WATER, is_fill, to_reflectance
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.data.simulate.labellers import may_be_known, votes
from lakeseg.data.statistics import ClassSpectra, class_spectra
from lakeseg.figures.composites import composite, entropy
from lakeseg.metrics import classes
from lakeseg.review.regions import Judge
from lakeseg.serving import Answer, Failed, Ready
from lakeseg.ui.viewer import Panel, classes_panel, image_panel, message_panel, pending_panel, scalar_panel

NATURAL, FALSE_COLOUR, NEAR_INFRARED = "Natural colour", "False colour", "Near infrared"
LABELS, LABELLERS = "Labels", "Labellers"
PROBABILITY, ENTROPY, MODELS = "Probability", "Entropy", "Models"
KINDS: Final = (NATURAL, FALSE_COLOUR, NEAR_INFRARED, LABELS, LABELLERS, PROBABILITY, ENTROPY, MODELS)
AT_FIRST: Final = (NATURAL, FALSE_COLOUR, LABELLERS, PROBABILITY, ENTROPY, MODELS)
"""Kinds that are shown until somebody chooses: what fits above the fold."""

OF_MODELS: Final = (PROBABILITY, ENTROPY, MODELS)
"""Kinds that say what models think: hidden from who decides blind."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """Everything of a lake that does not depend on the region in question.

    Attributes:
        lake: The lake.
        panels: By kind, in the order of `KINDS`; kinds that cannot be had are missing.
        spectra: Means of its classes.
        complete: Whether every model has predicted it.
    """

    lake: Lake
    panels: Mapping[str, tuple[Panel, ...]]
    spectra: ClassSpectra
    complete: bool

    def chosen(self, kinds: Sequence[str], hidden: np.ndarray | None = None) -> list[Panel]:
        """Return the panels of some kinds.

        Args:
            kinds: Of `KINDS`.
            hidden: Positions whose label must not be seen: the labels there are shown as unclassified.
        """
        found = [panel for kind in KINDS if kind in kinds for panel in self.panels.get(kind, ())]
        if hidden is not None:
            labels = self.lake.labels.copy()
            labels.ravel()[hidden] = UNCLASSIFIED
            masked = classes_panel("labels", "Labels", labels)
            found = [masked if panel.key == "labels" else panel for panel in found]
        return found or list(self.panels[NATURAL])


def draw(dataset: Dataset, lake_id: str, judges: Sequence[Judge], answers: Mapping[str, Answer]) -> Pictures:
    """Make the panels of a lake.

    Args:
        dataset: The dataset.
        lake_id: The lake.
        judges: Models, in their order.
        answers: What each says, by id.
    """
    lake = dataset.lake(lake_id)
    said = {one.id: answers[one.id] for one in judges}
    known = [answer.probabilities for answer in said.values() if isinstance(answer, Ready)]
    complete = len(known) == len(judges)
    panels = dict(_of_pixels(dataset, lake))
    panels[LABELS] = (classes_panel("labels", "Labels", lake.labels),)
    told = votes(lake.image, lake.labels) if may_be_known(dataset) else None
    if told:
        names = (("map", "Static map"), ("rule", "Spectral rule"))
        masks = [np.where(mask, WATER, LAND).astype(np.uint8) for mask in told]
        panels[LABELLERS] = tuple(
            classes_panel(key, name, codes) for (key, name), codes in zip(names, masks, strict=True)
        )
    if judges:
        panels[MODELS] = tuple(_of_model(one, said[one.id]) for one in judges)
    if known and complete:
        panels |= _of_mean(np.mean(known, axis=0))
    counts = lake.image.reshape(-1, len(dataset.bands))
    spectra = class_spectra(counts, lake.labels.ravel(), dataset.scale, dataset.fill)
    return Pictures(lake, panels, spectra, complete)


def _of_pixels(dataset: Dataset, lake: Lake) -> Mapping[str, tuple[Panel, ...]]:
    reflectance = to_reflectance(lake.image, dataset.scale, dataset.fill)
    valid = ~is_fill(lake.image, dataset.fill)
    fitting = [(name, rgb) for name, rgb in COMPOSITES.items() if set(rgb) <= set(dataset.bands)]
    fitting = fitting or [(f"Band {dataset.bands[0]}", (dataset.bands[0],) * 3)]
    kinds = zip((NATURAL, FALSE_COLOUR, NEAR_INFRARED), fitting, strict=False)
    return {
        kind: (image_panel(kind, name, composite(reflectance, dataset.bands, rgb, valid=valid)),)
        for kind, (name, rgb) in kinds
    }


def _of_model(judge: Judge, answer: Answer) -> Panel:
    key = f"model:{judge.id}"
    if isinstance(answer, Ready):
        return classes_panel(key, judge.title, classes(answer.probabilities), answer.probabilities.max(axis=-1))
    if isinstance(answer, Failed):
        return message_panel(key, judge.title, answer.reason)
    return pending_panel(key, judge.title)


def _of_mean(probabilities: np.ndarray) -> Mapping[str, tuple[Panel, ...]]:
    water = scalar_panel("water", "Water", probabilities[..., 0], 0, 1, "blues")
    bits = entropy(probabilities)
    most = 1.58 if (bits > 1).any() else 1.0  # bits of a pure guess between two and between three classes
    return {PROBABILITY: (water,), ENTROPY: (scalar_panel("entropy", "Entropy", bits, 0, most, "viridis"),)}


def with_words(panels: Sequence[Panel], words: Mapping[str, str]) -> tuple[Panel, ...]:
    """Return panels with other subtitles, by key."""
    return tuple(replace(panel, subtitle=words[panel.key]) if panel.key in words else panel for panel in panels)
