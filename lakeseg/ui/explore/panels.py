"""From a lake and what the models say to the panels of the viewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.bands import INDICES, is_fill, spectral_index, to_reflectance
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.evaluation import scored_labels
from lakeseg.figures.composites import composite, entropy
from lakeseg.inference import note
from lakeseg.metrics import Scores, classes, confusion
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.serving import Answer, Failed, Pending, Ready
from lakeseg.store import Card
from lakeseg.ui.explore.choices import CLASSES, DIFFERENCE, ENTROPY, PROBABILITY, TRUTH, Picture
from lakeseg.ui.text import full_name, short
from lakeseg.ui.viewer import (
    Panel,
    Scene,
    classes_panel,
    difference_panel,
    image_panel,
    message_panel,
    pending_panel,
    scalar_panel,
)

MOST_PANELS: Final = 9


@dataclass(frozen=True)
class Opinion:
    """What one model says of a lake: its id, title, a few words of numbers for its panel, and the answer.

    `way` tells how it goes over the lake and its border, `standing` whether it learned from this lake.
    """

    model: str
    title: str
    words: str
    answer: Answer
    way: str = ""
    standing: str = ""


def build_scene(
    dataset: Dataset,
    lake: Lake,
    picture: Picture,
    opinions: Sequence[Opinion],
    show: Sequence[str],
    selected: tuple[int, int] | None,
) -> tuple[Scene, int]:
    """Return the scene of a lake, and how many panels did not fit into it."""
    panels = [_picture_panel(dataset, lake, picture), classes_panel("labels", "Labels", lake.labels)]
    if TRUTH in show and lake.truth is not None:
        panels.append(
            scalar_panel(
                "truth", "True water fraction", lake.truth / 100, 0, 1, "blues", subtitle="known to the simulator"
            )
        )
    panels += [panel for opinion in opinions for panel in _opinion_panels(opinion, show)]
    height, width = lake.shape
    kept = _whole(panels[:MOST_PANELS])
    identity = f"{dataset.fingerprint[:12]}/{lake.id}"
    scene = Scene(identity, height, width, tuple(kept), dataset.pixel_size_m, selected, caption(dataset, lake))
    return scene, len(panels) - len(kept)


def _whole(panels: Sequence[Panel]) -> list[Panel]:
    """Drop difference panels whose class panel was cut off."""
    keys = {panel.key for panel in panels}
    return [panel for panel in panels if panel.kind != "difference" or panel.values["predicted"] in keys]


def caption(dataset: Dataset, lake: Lake) -> str:
    """Return the line that names a lake wherever its picture goes."""
    height, width = lake.shape
    words = [full_name(dataset), f"lake {lake.id}", f"{height}×{width} px", lake.domain, lake.date]
    return " · ".join(word for word in words if word)


def _picture_panel(dataset: Dataset, lake: Lake, picture: Picture) -> Panel:
    reflectance = to_reflectance(lake.image, dataset.scale, dataset.fill)
    valid = ~is_fill(lake.image, dataset.fill)
    if picture.index is not None:
        values = np.where(valid, spectral_index(picture.index, reflectance, dataset.bands), np.nan)
        low, high = (-1.0, 1.0) if "/" in INDICES[picture.index].formula else _ends(values)
        return scalar_panel("picture", picture.index, values, low, high)
    if picture.rgb is None:
        return message_panel("picture", "Composite", "Choose three bands or an index.")
    rgb = composite(reflectance, dataset.bands, picture.rgb, picture.stretch, picture.gamma, valid)
    return image_panel("picture", picture.title, rgb, subtitle=picture.stretch.name)


def _ends(values: np.ndarray) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    low, high = np.percentile(known, [2, 98]) if known.size else (0.0, 1.0)
    return float(low), float(max(high, low + 1e-3))


def _opinion_panels(opinion: Opinion, show: Sequence[str]) -> list[Panel]:
    key, title, answer = f"model:{opinion.model}", opinion.title, opinion.answer
    match answer:
        case Failed(reason):
            return [message_panel(key, title, reason)]
        case Pending():
            return [pending_panel(key, title)]
        case Ready(probabilities):
            return _ready_panels(key, title, opinion.words, probabilities, show)


def _ready_panels(key: str, title: str, words: str, probabilities: np.ndarray, show: Sequence[str]) -> list[Panel]:
    codes = classes(probabilities)
    panels = []
    if CLASSES in show or DIFFERENCE in show or not {PROBABILITY, ENTROPY} & set(show):
        panels.append(classes_panel(key, title, codes, probabilities.max(axis=-1), subtitle=words))
    if DIFFERENCE in show:
        panels.append(difference_panel(f"{key} difference", f"{title} − labels", "labels", key, subtitle="errors"))
    if PROBABILITY in show:
        panels.append(
            scalar_panel(f"{key} water", title, probabilities[..., 0], 0, 1, "blues", subtitle="probability of water")
        )
    if ENTROPY in show:
        bits = entropy(probabilities)
        most = 1.58 if (bits > 1).any() else 1.0  # bits of a pure guess between two and between three classes
        panels.append(scalar_panel(f"{key} entropy", title, bits, 0, most, "viridis", subtitle="entropy, bits"))
    return panels


def gather(
    cards: Mapping[str, Card],
    reasons: Mapping[str, str],
    answers: Mapping[str, Answer],
    dataset: Dataset,
    lake: Lake,
) -> list[Opinion]:
    """Return the opinions of the models in `answers`, then of the damaged ones, which fail with `reasons`."""
    good = [_opinion(cards[key], answer, dataset, lake) for key, answer in answers.items()]
    return good + [Opinion(key, key, "", Failed(reason)) for key, reason in reasons.items()]


def _opinion(card: Card, answer: Answer, dataset: Dataset, lake: Lake) -> Opinion:
    way = note(SegmenterConfig.from_json(card.config), *lake.shape)
    standing = card.standing(dataset.fingerprint, lake.id, lake.group)
    words = f"{panel_words(lake, dataset.fill, answer.probabilities)}" if isinstance(answer, Ready) else ""
    return Opinion(card.id, card.title, words, answer, way, standing)


def panel_words(lake: Lake, fill: int, probabilities: np.ndarray) -> str:
    """Return the few words under a model's title: F1 and the pixels it rests on."""
    scores = Scores.from_confusion(confusion(scored_labels(lake, fill), classes(probabilities)))
    return f"F1 {short(scores.f1)} · {scores.pixels:,} px"
