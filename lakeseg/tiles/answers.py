"""One part of a tile: what it takes to answer for it, and the answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lakeseg.bands import is_fill
from lakeseg.data.scenes.scene import Window
from lakeseg.framing import Frame
from lakeseg.inference import blanked, predict_part
from lakeseg.metrics import classes
from lakeseg.segmenters.base import CLASSES, Segmenter


@dataclass(frozen=True)
class Task:
    """A part that waits for its answer; it holds all that is needed beside the model.

    Attributes:
        part: Of the tile.
        frame: What the model has to see for it.
        counts: Within `frame.window`, (H, W, B) int16.
        bands: Of the counts.
        keep: Whether probabilities are wanted beside the classes.
    """

    part: Window
    frame: Frame
    counts: np.ndarray
    bands: tuple[int, ...]
    keep: bool


@dataclass(frozen=True)
class Answer:
    """What a model says of a part.

    Attributes:
        classes: (h, w) uint8 class codes, 0 where the tile has no data.
        probabilities: (h, w, 3) float32, NaN where the tile has no data; None where they were not wanted.
    """

    classes: np.ndarray
    probabilities: np.ndarray | None


def answer(segmenter: Segmenter, task: Task) -> Answer:
    """Return what a segmenter says of a part; a pixel with any band missing gets no answer.

    Raises:
        ModelError: The tile lacks a band that the segmenter needs.
    """
    part, read = task.part, task.frame.window
    rows = slice(part.row - read.row, part.row - read.row + part.height)
    columns = slice(part.column - read.column, part.column - read.column + part.width)
    missing = is_fill(task.counts[rows, columns])
    if missing.all():  # beyond the swath, or another continent's sea: nothing to ask
        said = np.full((part.height, part.width, CLASSES), np.nan, np.float32)
    else:
        said = predict_part(segmenter, task.frame, task.counts, task.bands)
    said = blanked(said, missing)
    return Answer(classes(said), said if task.keep else None)
