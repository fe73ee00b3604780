"""What a network learns from: patches as the study cut them, or windows drawn anew from whole lakes each epoch.

Images are float32 reflectance, fill pixels 0. In labels, 0 masks a pixel out of the loss: it has no label, a value is
missing there, or it is unclassified and the config does not learn that class.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from lakeseg.bands import NO_LABEL, is_fill, to_reflectance
from lakeseg.data.dataset import Dataset
from lakeseg.errors import PatchError
from lakeseg.patches import collect, single_class
from lakeseg.segmenters.base import positions
from lakeseg.segmenters.config import PAPER, SegmenterConfig

Batch = tuple[np.ndarray, np.ndarray]
_TURNS: Final = 4


class Samples(Protocol):
    """A source of training batches."""

    @property
    def steps(self) -> int:
        """Batches of an epoch (for windows drawn at random: about as many)."""
        ...

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield an epoch of ((n, s + 2m, s + 2m, B) float32 images, (n, s, s) uint8 labels), m the margin."""
        ...


def prepare(dataset: Dataset, config: SegmenterConfig, counts: np.ndarray, labels: np.ndarray) -> Batch:
    """Return the config's bands of (..., B) counts as reflectance, and (...) labels with all masked pixels 0."""
    chosen = positions(config.bands, dataset.bands, config.kind)
    masked = is_fill(counts, dataset.fill) | ~np.isin(labels, config.classes)
    reflectance = to_reflectance(counts, dataset.scale, dataset.fill)[..., chosen]
    return reflectance, np.where(masked, NO_LABEL, labels).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Patches:
    """Patches of one size, shuffled each epoch; the last batch may be smaller."""

    images: np.ndarray
    labels: np.ndarray
    batch_size: int
    augment: bool = False

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return -(-len(self.images) // self.batch_size)

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield every patch once, in random order."""
        order = rng.permutation(len(self.images))
        for start in range(0, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size]
            batch = self.images[chosen], self.labels[chosen]
            yield turned(*batch, rng) if self.augment else batch


@dataclass(frozen=True, eq=False)
class Windows:
    """Square windows at random places of whole lakes: as many an epoch as cover the lakes' area once.

    Images bring `margin` mirrored pixels on each side, and more where a lake is smaller than a window; labels are 0
    there. Places near a lake's edge are drawn half as often as others, not less.
    """

    images: Sequence[np.ndarray]
    labels: Sequence[np.ndarray]
    areas: np.ndarray
    size: int
    margin: int
    batch_size: int
    augment: bool = True

    @property
    def steps(self) -> int:
        """Batches of an epoch, on average."""
        return max(1, round(self.areas.sum() / self.size**2 / self.batch_size))

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield batches of one size, from lakes in proportion to their area."""
        shares = self.areas / self.areas.sum() * self.steps * self.batch_size
        ends = np.round(np.cumsum(shares) + rng.uniform(-0.5, 0.5)).astype(int)
        ends[-1] = self.steps * self.batch_size
        lakes = rng.permutation(np.repeat(np.arange(len(shares)), np.diff(np.clip(ends, 0, ends[-1]), prepend=0)))
        for start in range(0, len(lakes), self.batch_size):
            cut = [self._window(lake, rng) for lake in lakes[start : start + self.batch_size]]
            batch = np.stack([image for image, _ in cut]), np.stack([labels for _, labels in cut])
            yield turned(*batch, rng) if self.augment else batch

    def _window(self, lake: int, rng: np.random.Generator) -> Batch:
        labels, size, reach = self.labels[lake], self.size, self.size + 2 * self.margin
        row, column = (
            int(np.clip(rng.integers(-size // 2, side - size // 2 + 1), 0, side - size)) for side in labels.shape
        )
        image = self.images[lake][row : row + reach, column : column + reach]
        return image, labels[row : row + size, column : column + size]


def turned(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Batch:
    """Turn and mirror each of n square windows at random, image and labels alike."""
    turns, mirrored = rng.integers(_TURNS, size=len(images)), rng.random(len(images)) < 0.5

    def apply(window: np.ndarray, turn: int, mirror: bool) -> np.ndarray:
        window = np.rot90(window, turn)
        return window[:, ::-1] if mirror else window

    choices = list(zip(turns.tolist(), mirrored.tolist(), strict=True))
    return (
        np.stack([apply(image, *choice) for image, choice in zip(images, choices, strict=True)]),
        np.stack([apply(label, *choice) for label, choice in zip(labels, choices, strict=True)]),
    )


def training_samples(dataset: Dataset, ids: Sequence[str], config: SegmenterConfig, margin: int) -> Patches | Windows:
    """Return what the lakes `ids` give to learn from; a `PatchError` says that no lake gives a patch."""
    if config.variant == PAPER:
        return _patches(dataset, ids, config)
    if config.windows == "grid":
        return _tiled(dataset, ids, config, margin)
    lakes = [_framed(dataset, lake_id, config, margin) for lake_id in ids]
    areas = np.array([(labels != NO_LABEL).sum() for _, labels in lakes], np.float64)
    some = np.flatnonzero(areas)
    images, labels = [lakes[i][0] for i in some], [lakes[i][1] for i in some]
    return Windows(images, labels, areas[some], config.patch, margin, config.batch_size, config.augment)


def validation_samples(dataset: Dataset, ids: Sequence[str], config: SegmenterConfig, margin: int) -> Patches:
    """Return patches that hold each labelled pixel of the lakes once (pruned and cut off as in training if `paper`)."""
    if config.variant == PAPER:
        return _patches(dataset, ids, config)
    return replace(_tiled(dataset, ids, replace(config, prune=False), margin), augment=False)


def _tiled(dataset: Dataset, ids: Sequence[str], config: SegmenterConfig, margin: int) -> Patches:
    """Cut lakes into windows that bring their margin along, pruned if the config says so."""
    size, reach = config.patch, config.patch + 2 * margin
    images, labels = [], []
    for lake_id in ids:
        image, codes = _framed(dataset, lake_id, config, margin, whole=True)
        for row in range(0, codes.shape[0], size):
            for column in range(0, codes.shape[1], size):
                images.append(image[row : row + reach, column : column + reach])
                labels.append(codes[row : row + size, column : column + size])
    codes = np.stack(labels)
    kept = ~single_class(codes) if config.prune else np.ones(len(codes), bool)
    if not kept.any():
        raise PatchError(f"pruning leaves no window of {size}×{size} px: every one holds a single class; turn it off")
    return Patches(np.stack(images)[kept], codes[kept], config.batch_size, config.augment)


def _patches(dataset: Dataset, ids: Sequence[str], config: SegmenterConfig) -> Patches:
    counts, labels = collect(dataset, ids, config.patch, config.gap, config.prune)
    return Patches(*prepare(dataset, config, counts, labels), config.batch_size, config.augment)


def _framed(dataset: Dataset, lake_id: str, config: SegmenterConfig, margin: int, whole: bool = False) -> Batch:
    """Return a lake's image and labels grown to hold a window (`whole`: to a multiple of it), the image mirrored."""
    lake = dataset.lake(lake_id)
    image, labels = prepare(dataset, config, lake.image, lake.labels)
    size = config.patch
    extra = [-side % size if whole else max(0, size - side) for side in labels.shape]
    image = np.pad(image, (*((margin, margin + more) for more in extra), (0, 0)), mode="reflect")
    return image, np.pad(labels, [(0, more) for more in extra])
