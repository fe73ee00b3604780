"""The panels of the page Bands."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lakeseg.bands import COMPOSITES, is_fill, to_reflectance
from lakeseg.figures.composites import composite
from lakeseg.metrics import classes
from lakeseg.serving import Answer, Failed, Pending, Ready
from lakeseg.ui.explore.panels import caption
from lakeseg.ui.frame import View
from lakeseg.ui.viewer import (
    Panel,
    Scene,
    classes_panel,
    difference_panel,
    image_panel,
    message_panel,
    pending_panel,
)


def of_answers(
    view: View,
    answers: Mapping[str, Answer],
    titles: Mapping[str, str],
    words: Mapping[str, str],
    selected: tuple[int, int] | None,
) -> Scene:
    """Return picture and labels, then what the models say, then where each differs from the labels.

    In two columns each of these is a row; in three the errors stand in one row.
    """
    pairs = [_answer(name, titles[name], words[name], answer) for name, answer in answers.items()]
    said, errors = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    panels = [picture(view), classes_panel("labels", "Labels", view.lake.labels), *said, *errors]
    return of_panels(view, panels, selected)


def of_panels(
    view: View, panels: list[Panel], selected: tuple[int, int] | None = None, marked: np.ndarray | None = None
) -> Scene:
    """Return a scene of the view's lake."""
    lake, dataset = view.lake, view.dataset
    identity = f"{dataset.fingerprint[:12]}/{lake.id}"
    height, width = lake.shape
    words = caption(dataset, lake)
    return Scene(identity, height, width, tuple(panels), dataset.pixel_size_m, selected, words, marked=marked)


def picture(view: View) -> Panel:
    """Return the lake in natural colour, or in the first composite that its bands allow."""
    dataset, lake = view.dataset, view.lake
    fitting = [(name, rgb) for name, rgb in COMPOSITES.items() if set(rgb) <= set(dataset.bands)]
    name, rgb = fitting[0] if fitting else (f"Band {dataset.bands[0]}", (dataset.bands[0],) * 3)
    reflectance = to_reflectance(lake.image, dataset.scale, dataset.fill)
    valid = ~is_fill(lake.image, dataset.fill)
    return image_panel("picture", name, composite(reflectance, dataset.bands, rgb, valid=valid))


def components_picture(scores: np.ndarray, valid: np.ndarray) -> Panel:
    """Return the first three of (H, W, k) scores as red, green and blue, each from its 2nd to its 98th percentile."""
    names = tuple(range(1, scores.shape[-1] + 1))
    shown = (names * 3)[:3] if len(names) < 3 else names[:3]
    rgb = composite(scores, names, (shown[0], shown[1], shown[2]), valid=valid)
    return image_panel("components", f"Components {'-'.join(map(str, shown))}", rgb, subtitle="2–98 %")


def _answer(name: str, title: str, words: str, answer: Answer) -> list[Panel]:
    """Return two panels whatever the answer, so that nothing moves when it comes."""
    key, against = f"{name} errors", f"{title} − labels"
    match answer:
        case Failed(reason):
            lack = message_panel(key, against, "Needs a prediction that cannot be made.")
            return [message_panel(name, title, reason), lack]
        case Pending():
            return [pending_panel(name, title), pending_panel(key, against)]
        case Ready(probabilities):
            codes = classes(probabilities)
            return [
                classes_panel(name, title, codes, probabilities.max(axis=-1), subtitle=words),
                difference_panel(key, against, "labels", name, subtitle="errors"),
            ]
