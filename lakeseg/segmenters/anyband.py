"""Networks for any bands: one network, trained with bands left out at random and told which it has.

Such a network takes (..., 2 B) values a pixel: B of reflectance, then B ones and zeros that say which bands are there.
What stands for a missing band does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from lakeseg.bands import band_choices, select_bands
from lakeseg.segmenters.base import State, WindowSegmenter
from lakeseg.segmenters.config import Reach

WHOLE: Final = 0.2  # share of windows that keep every band, which most data has
NAMED: Final = 0.45  # share of the others that keep a choice with a name: one in 127 would be seen too seldom


def with_masks(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Return (n, h, w, 2 B) float32: (n, h, w, B) reflectance, 0 where a band is missing, and the (n, B) bool masks."""
    told = np.broadcast_to(masks[:, None, None, :], images.shape)
    return np.concatenate([np.where(told, images, 0), told], axis=-1, dtype=np.float32)


def random_masks(rng: np.random.Generator, count: int, bands: Sequence[int]) -> np.ndarray:
    """Draw (count, B) bool masks of which of the `bands` are there.

    Some keep every band, some are one of the `band_choices` that people ask for most; in the others first their number
    is drawn, 1 to all alike, then which.
    """
    kept = rng.integers(1, len(bands) + 1, count)
    ranks = rng.random((count, len(bands))).argsort(axis=1).argsort(axis=1)
    named = np.array([np.isin(bands, choice) for choice in band_choices(bands).values()])
    drawn = named[rng.integers(0, len(named), count)]
    masks = np.where(rng.random((count, 1)) < NAMED, drawn, ranks < kept[:, None])
    return np.asarray(masks | (rng.random((count, 1)) < WHOLE))


class Told:
    """A network for any bands that is told it has `bands` and no others: a segmenter of just these bands."""

    def __init__(self, network: WindowSegmenter, bands: tuple[int, ...]) -> None:
        self.network, self.bands, self.config = network, bands, network.config
        self._places = select_bands(network.bands, bands)

    @property
    def reach(self) -> Reach:
        """How it is run; its config says so."""
        return self.config.reach

    @property
    def margin(self) -> int:
        """Pixels of neighbours that it takes on each side of what it answers."""
        return self.network.margin

    @property
    def multiple(self) -> int:
        """Height and width of its input must be multiples of this."""
        return self.network.multiple

    @property
    def parameters(self) -> int:
        """Weights of the network, which all subsets share."""
        return self.network.parameters

    def state(self) -> State:
        """Return the network's weights."""
        return self.network.state()

    def predict_padded(self, images: np.ndarray) -> np.ndarray:
        """Return (n, h, w, 3) float32 probabilities for (n, h + 2 margin, w + 2 margin, b) reflectance of its bands."""
        return self.network.predict_padded(self._spread(images))

    def predict_windows(self, images: np.ndarray) -> np.ndarray:
        """Return (n, h, w, 3) float32 probabilities for (n, h, w, b) reflectance of its bands, mirrored outside."""
        return self.network.predict_windows(self._spread(images))

    def _spread(self, images: np.ndarray) -> np.ndarray:
        """Put (n, h, w, b) bands to their places among all: (n, h, w, 2 B)."""
        every = np.zeros((*images.shape[:3], len(self.network.bands)), np.float32)
        every[..., self._places] = images
        mask = np.isin(self.network.bands, self.bands)
        return with_masks(every, np.broadcast_to(mask, (len(images), len(mask))))
