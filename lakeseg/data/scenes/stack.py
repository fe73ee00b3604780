"""A scene made of layers: one a band, perhaps one of quality and one of labels, each on a grid of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import numpy as np

from lakeseg.bands import DEFAULT_FILL, NO_LABEL
from lakeseg.data.readers.labels import combine
from lakeseg.data.scenes.counts import CountRule
from lakeseg.data.scenes.grids import nominal_size_m
from lakeseg.data.scenes.layers import Layer
from lakeseg.data.scenes.quality import flags_of
from lakeseg.data.scenes.resampling import (
    Frame,
    class_shares,
    majority,
    mean_counts,
    nearest,
    same_frame,
    water_percent,
)
from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.errors import DatasetError

_CELLS_AT_ONCE: Final = 1 << 20  # converted at a time: what is needed in between stays small beside the image


@dataclass(frozen=True)
class Opinion:
    """One labeller: what a person calls it, where its labels are, and what makes class codes of (h, w) numbers."""

    name: str
    layer: Layer
    codes: Callable[[np.ndarray], np.ndarray]

    def read(self, window: Window) -> np.ndarray:
        """Return (h, w) uint8 class codes of a window of its layer."""
        return self.codes(self.layer.read(window))


@dataclass(frozen=True)
class Parts:
    """What a stack is made of.

    Attributes:
        name: What a person calls the image.
        bands: Layer and rule of each MODIS band.
        quality: Layer of quality and how it is read (a key of `QUALITY`).
        opinions: Labels of one labeller or of two; where two differ a pixel is unclassified.
        clouds: What is done where the ground is hidden: one of `options.CLOUDS`.
        date: ISO date, empty where unknown.
        provenance: What a dataset should remember.
    """

    name: str
    bands: Mapping[int, tuple[Layer, CountRule]]
    quality: tuple[Layer, str] | None = None
    opinions: tuple[Opinion, ...] = ()
    clouds: str = "unlabel"
    date: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def layers(self) -> list[Layer]:
        """Every layer that is open."""
        bands = [layer for layer, _ in self.bands.values()]
        return bands + [opinion.layer for opinion in self.opinions] + ([self.quality[0]] if self.quality else [])


class StackScene:
    """A `Scene` of layers, on the grid of its coarsest band or on a coarser one.

    Finer layers are averaged by area, labels by majority; coarser ones are read at the middle of each pixel.
    """

    def __init__(self, parts: Parts, pixel_size: float | None = None) -> None:
        """Take over `parts`; `pixel_size` in metres asks for coarser pixels than the file has."""
        if not parts.bands:
            raise DatasetError(f"{parts.name}: no band of reflectance in it: name them with --bands")
        self._parts = parts
        self._target = self._frame(pixel_size)
        self.name, self.date = parts.name, parts.date
        self.bands = tuple(sorted(parts.bands))
        self.shape, self.grid = self._target.shape, self._target.grid
        self.pixel_size_m = self._pixel_size(pixel_size)
        self.provenance = parts.provenance

    def _frame(self, pixel_size: float | None) -> Frame:
        layers = [layer for layer, _ in self._parts.bands.values()]
        base = _frame_of(min(layers, key=lambda layer: layer.shape[0] * layer.shape[1]))
        if pixel_size is None or base.grid is None:
            return base
        factor = pixel_size / nominal_size_m(base.grid, base.shape)
        if factor < 0.999:
            size = nominal_size_m(base.grid, base.shape)
            raise DatasetError(f"{self._parts.name}: has pixels of {size:g} m: --pixel-size must not be smaller")
        return base if factor < 1.001 else base.coarser(factor)

    def _pixel_size(self, pixel_size: float | None) -> float:
        if self.grid is None:
            return pixel_size or float("nan")
        return pixel_size or nominal_size_m(self.grid, self.shape)

    @property
    def has_labels(self) -> bool:
        """Whether `read_labels` gives labels."""
        return bool(self._parts.opinions)

    @property
    def has_truth(self) -> bool:
        """Whether one labeller's labels are finer than the pixels: `read_truth` knows how much of a pixel is water."""
        opinions = self._parts.opinions
        return len(opinions) == 1 and _finer(_frame_of(opinions[0].layer), self._target)

    def read(self, window: Window) -> np.ndarray:
        """Return (h, w, B) int16 counts of 1e-4 reflectance, −28672 where missing."""
        check_window(window, self.shape, self.name)
        image = np.empty((window.height, window.width, len(self.bands)), np.int16)
        for rows, part in strips(window):
            for position, band in enumerate(self.bands):
                image[rows, :, position] = self._band(band, part)
        return image

    def _band(self, band: int, window: Window) -> np.ndarray:
        layer, rule = self._parts.bands[band]
        counts, source = partial(self._counts, layer, rule), _frame_of(layer)
        if same_frame(source, self._target):
            return counts(window)
        return mean_counts(counts, source, self._target, window, layer.name)

    def _counts(self, layer: Layer, rule: CountRule, window: Window) -> np.ndarray:
        counts = rule.counts(layer.read(window), layer.name)
        if self._parts.clouds == "missing" and self._parts.quality is not None:
            counts[self._hidden(_frame_of(layer), window)] = DEFAULT_FILL
        return counts

    def _hidden(self, target: Frame, window: Window) -> np.ndarray:
        """Return where the ground is hidden on the pixels of `target`, (h, w) bool."""
        if self._parts.quality is None:
            return np.zeros((window.height, window.width), bool)
        layer, kind = self._parts.quality
        source = _frame_of(layer)
        if _finer(source, target):
            shares = class_shares(
                lambda part: _as_code(flags_of(kind, layer.read(part)).hidden), source, target, window, ""
            )
            return np.asarray(shares[1] > 0.5)
        numbers, inside = nearest(layer.read, source, target, window, layer.name)
        return np.asarray(flags_of(kind, numbers).hidden & inside)

    def read_labels(self, window: Window) -> np.ndarray | None:
        """Return (h, w) uint8 class codes, None where nothing gives labels."""
        check_window(window, self.shape, self.name)
        if not self.has_labels:
            return None
        labels = np.empty((window.height, window.width), np.uint8)
        for rows, part in strips(window):
            labels[rows] = combine([self._opinion(opinion, part) for opinion in self._parts.opinions])
            if self._parts.clouds != "keep":
                labels[rows][self._hidden(self._target, part)] = NO_LABEL
        return labels

    def _opinion(self, opinion: Opinion, window: Window) -> np.ndarray:
        """Return one labeller's class codes on the pixels of the scene, (h, w) uint8."""
        layer, source = opinion.layer, _frame_of(opinion.layer)
        if _finer(source, self._target):
            return majority(class_shares(opinion.read, source, self._target, window, layer.name))
        labels, inside = nearest(opinion.read, source, self._target, window, layer.name)
        return np.where(inside, labels, NO_LABEL).astype(np.uint8)

    def read_truth(self, window: Window) -> np.ndarray | None:
        """Return (h, w) uint8 percent of water by the finer labels, None where labels are not finer than the pixels."""
        if not self.has_truth:
            return None
        opinion = self._parts.opinions[0]
        layer = opinion.layer
        truth = np.empty((window.height, window.width), np.uint8)
        for rows, part in strips(window):
            truth[rows] = water_percent(class_shares(opinion.read, _frame_of(layer), self._target, part, layer.name))
        return truth

    def read_clear(self, window: Window) -> np.ndarray:
        """Return where the ground is seen, (h, w) bool; everywhere without a layer of quality."""
        return ~self._hidden(self._target, window)

    def close(self) -> None:
        """Let go of the files."""
        for layer in self._parts.layers:
            layer.close()


def strips(window: Window) -> Iterator[tuple[slice, Window]]:
    """Yield the rows of a window some at a time: their place in it, and the window that they are."""
    step = max(1, _CELLS_AT_ONCE // window.width)
    for top in range(0, window.height, step):
        part = Window(window.row + top, window.column, min(step, window.height - top), window.width)
        yield slice(top, top + part.height), part


def _frame_of(layer: Layer) -> Frame:
    return Frame(layer.grid, layer.shape)


def _as_code(mask: np.ndarray) -> np.ndarray:
    return mask.astype(np.uint8)


def _finer(source: Frame, target: Frame) -> bool:
    """Say whether a target pixel is clearly larger than one of the source."""
    if source.grid is None or target.grid is None:
        return False
    return abs(target.grid.transform[0] / source.grid.transform[0]) > 1.01


def check_window(window: Window, shape: tuple[int, int], name: str) -> None:
    """Raise a `DatasetError` unless a window holds pixels and lies within a raster of `shape`."""
    fits = window.row >= 0 and window.column >= 0 and window.height > 0 and window.width > 0
    if not fits or window.row + window.height > shape[0] or window.column + window.width > shape[1]:
        raise DatasetError(f"{name}: {window} is not within its {shape[0]}×{shape[1]} px")


def described(grid: Grid | None) -> str:
    """Return in a few words where a raster lies."""
    return "no place" if grid is None else grid.crs if len(grid.crs) < 40 else "its own projection"
