"""Training for any bands: each window loses some of its bands, drawn anew each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lakeseg.segmenters.anyband import random_masks, with_masks
from lakeseg.training.samples import Batch, Patches, Samples


@dataclass(frozen=True)
class BandDropout:
    """The batches of `samples` with some of the `bands` left out: images of 2 B values a pixel, labels as they are."""

    samples: Samples
    bands: tuple[int, ...]

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return self.samples.steps

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield an epoch."""
        for images, labels in self.samples.batches(rng):
            yield with_masks(images, random_masks(rng, len(images), self.bands)), labels


def with_fixed_masks(patches: Patches, bands: tuple[int, ...], seed: int) -> Patches:
    """Return patches that each lack some bands, drawn once from `seed`, so that epochs can be compared."""
    masks = random_masks(np.random.default_rng(seed), len(patches.images), bands)
    return replace(patches, images=with_masks(patches.images, masks))
