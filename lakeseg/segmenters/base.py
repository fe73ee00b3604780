"""What every trained segmenter offers, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, runtime_checkable

import numpy as np

from lakeseg.bands import select_bands
from lakeseg.errors import ModelError
from lakeseg.segmenters.config import Reach, SegmenterConfig

CLASSES: Final = 3  # water, land, unclassified: the last axis of every prediction
State = dict[str, np.ndarray] | bytes


class Segmenter(Protocol):
    """A trained model: what it is, which bands it needs, how far it looks, and its weights as plain values."""

    @property
    def config(self) -> SegmenterConfig:
        """Frozen settings it was made from."""
        ...

    @property
    def bands(self) -> tuple[int, ...]:
        """Band numbers it needs, in the order of its input's last axis."""
        ...

    @property
    def reach(self) -> Reach:
        """How it is run; its config says so."""
        ...

    @property
    def parameters(self) -> int:
        """Numbers that training set."""
        ...

    def state(self) -> State:
        """Return its weights: float32 arrays by name, or the bytes of a skops file; `registry.rebuild` reads them."""
        ...


@runtime_checkable
class PixelSegmenter(Segmenter, Protocol):
    """A segmenter that sees one pixel at a time."""

    def predict_pixels(self, reflectance: np.ndarray) -> np.ndarray:
        """Return (N, 3) float32 probabilities of water, land, unclassified for (N, B) float32 reflectance."""
        ...


@runtime_checkable
class WindowSegmenter(Segmenter, Protocol):
    """A segmenter that sees a neighbourhood; safe to share between threads."""

    @property
    def margin(self) -> int:
        """Pixels that `predict_padded` takes from each side."""
        ...

    @property
    def multiple(self) -> int:
        """Height and width of its input must be multiples of this."""
        ...

    def predict_windows(self, images: np.ndarray) -> np.ndarray:
        """Return (n, h, w, 3) float32 probabilities for (n, h, w, B) float32 reflectance."""
        ...

    def predict_padded(self, images: np.ndarray) -> np.ndarray:
        """Like `predict_windows` for images that bring their margin: (n, h + 2m, w + 2m, B) gives (n, h, w, 3)."""
        ...


def bands_seen(
    config: SegmenterConfig, own: Sequence[int], available: Sequence[int], wanted: Sequence[int] = (), name: str = ""
) -> tuple[int, ...]:
    """Return which of the `available` bands a model looks at.

    That is all of its `own`; a model for any bands takes those that are there, or the `wanted` ones of them. Errors
    call the model `name`, by default its kind.

    Raises:
        ModelError: A band that it needs is missing, none is left, or a model of fixed bands is asked for others.
    """
    name, chosen = name or config.kind, tuple(own)
    if config.any_bands:
        chosen = tuple(wanted) or tuple(band for band in own if band in available)
        if not set(chosen) <= set(own):
            raise ModelError(
                f"{name} knows bands {_words(own)}, it is asked for {_words(chosen)}: leave out the others"
            )
        if not chosen:
            raise ModelError(f"{name} knows bands {_words(own)}, the data has {_words(available)}: train another")
    elif wanted and tuple(wanted) != chosen:
        raise ModelError(f"{name} takes bands {_words(own)} and no others: choose a model for any bands")
    positions(chosen, available, name)
    return chosen


def _words(bands: Sequence[int]) -> str:
    return ", ".join(map(str, bands))


def positions(needed: Sequence[int], available: Sequence[int], name: str) -> list[int]:
    """Return where the `needed` bands stand in `available`; a `ModelError` names those that are missing."""
    missing = [band for band in needed if band not in available]
    if missing:
        raise ModelError(
            f"{name} needs band{'s' * (len(missing) > 1)} {_words(missing)}, the data has {_words(available)}: "
            "choose a model trained on these bands, or train one"
        )
    return select_bands(available, needed)
