"""Images of several days combined into one, pixel by pixel.

The study combined the daily images of eleven days "to generate a new cleaned image" and does not say how. The rule
here is that of the 8-day products of the same sensor by their file specification (MOD09Q1, revision 6.0.0: of the
values without cloud, cloud shadow and low sun "the minimum channel 3 (blue) value"): of the observations in which the
ground is seen (no cloud, shadow, thick cirrus or snow by the state of the pixel) and no band is missing, the one with
the lowest reflectance in the blue (band 3), where thin cloud and haze show most. The User's Guide (version 1.4, 2.4)
describes the choice by scores of quality and then the smallest angle of view, which daily GeoTIFFs do not tell.
Where the ground was seen on no day, the lowest blue of all; such pixels get no label unless `--clouds keep`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from lakeseg.bands import DEFAULT_FILL, NO_LABEL
from lakeseg.data.scenes.resampling import Frame, same_frame
from lakeseg.data.scenes.scene import Window
from lakeseg.data.scenes.stack import StackScene, strips
from lakeseg.errors import DatasetError

DAYS: Final = 11
BLUE: Final = 3
RULE: Final = "of the days on which the ground is seen, that of the lowest blue; else the lowest blue"
_HIDDEN: Final = 1 << 17  # added to the blue of a hidden pixel: any that is seen comes first
_MISSING: Final = 1 << 18


class CompositeScene:
    """A `Scene` of several stacks on the same pixels, the first day first."""

    def __init__(self, scenes: Sequence[StackScene], name: str) -> None:
        """Take over `scenes`, which must have the same pixels and bands."""
        first = scenes[0]
        for other in scenes[1:]:
            if not same_frame(Frame(first.grid, first.shape), Frame(other.grid, other.shape)):
                raise DatasetError(f"{other.name}: lies on other pixels than {first.name}: only like days combine")
            if other.bands != first.bands:
                raise DatasetError(
                    f"{other.name}: has bands {other.bands}, {first.name} {first.bands}: they must agree"
                )
        self._scenes = scenes
        self.name, self.bands, self.shape, self.grid = name, first.bands, first.shape, first.grid
        self.pixel_size_m, self.date = first.pixel_size_m, first.date
        days = [scene.date for scene in scenes]
        self.provenance: Mapping[str, Any] = {**first.provenance, "composite": {"rule": RULE, "days": days}}
        self.has_labels = all(scene.has_labels for scene in scenes)
        self.has_truth = all(scene.has_truth for scene in scenes)
        self._blue = self.bands.index(BLUE) if BLUE in self.bands else 0

    def read(self, window: Window) -> np.ndarray:
        """Return (h, w, B) int16 counts of 1e-4 reflectance, −28672 where missing."""
        image = np.empty((window.height, window.width, len(self.bands)), np.int16)
        for rows, part in strips(window):
            image[rows] = self._best(part)
        return image

    def _best(self, window: Window) -> np.ndarray:
        """Return (h, w, B) counts of the chosen observations."""
        best = self._scenes[0].read(window)
        cost = self._cost(self._scenes[0], best, window)
        for scene in self._scenes[1:]:
            image = scene.read(window)
            own = self._cost(scene, image, window)
            better = own < cost
            best[better], cost = image[better], np.minimum(own, cost)
        return best

    def _cost(self, scene: StackScene, image: np.ndarray, window: Window) -> np.ndarray:
        """Return (h, w) what is lowest in the observation to choose: its blue, after what hides or lacks it."""
        cost = image[..., self._blue].astype(np.int64)
        cost += np.where(scene.read_clear(window), 0, _HIDDEN)
        return cost + np.where((image == DEFAULT_FILL).any(axis=-1), _MISSING, 0)

    def read_labels(self, window: Window) -> np.ndarray | None:
        """Return (h, w) uint8 class codes of the chosen observations, None where a day has none."""
        return self._chosen(window, "read_labels") if self.has_labels else None

    def read_truth(self, window: Window) -> np.ndarray | None:
        """Return (h, w) uint8 percent of water of the chosen observations, None where labels are not finer."""
        return self._chosen(window, "read_truth") if self.has_truth else None

    def _chosen(self, window: Window, what: str) -> np.ndarray:
        result = np.full((window.height, window.width), NO_LABEL, np.uint8)
        for rows, part in strips(window):
            cost = np.full((part.height, part.width), np.iinfo(np.int64).max)
            for scene in self._scenes:
                own = self._cost(scene, scene.read(part), part)
                better = own < cost
                result[rows][better], cost = getattr(scene, what)(part)[better], np.minimum(own, cost)
        return result

    def close(self) -> None:
        """Let go of the files."""
        for scene in self._scenes:
            scene.close()
