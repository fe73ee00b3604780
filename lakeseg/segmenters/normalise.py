"""How networks normalise: by band statistics at their input, by batch statistics within."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from lakeseg.errors import ModelError
from lakeseg.segmenters import backend

# Of batch normalisation in `lakeseg` networks: an epoch has about a hundred steps; 0.99 would outlast several epochs.
MOMENTUM: Final = 0.9
_LEAST_VARIANCE: Final = 1e-6  # a band that never changes is centred, not blown up


@dataclass(frozen=True)
class Normaliser:
    """Mean and variance of each band, (B,) float32 reflectance."""

    mean: np.ndarray
    variance: np.ndarray

    @classmethod
    def fit(cls, reflectance: np.ndarray) -> Self:
        """Return the statistics of (..., B) reflectance."""
        flat = reflectance.reshape(-1, reflectance.shape[-1])
        variance = flat.var(axis=0, dtype=np.float64)
        return cls(
            flat.mean(axis=0, dtype=np.float64).astype(np.float32),
            np.maximum(variance, _LEAST_VARIANCE).astype(np.float32),
        )

    @classmethod
    def identity(cls, bands: int) -> Self:
        """Return statistics that change nothing."""
        return cls(np.zeros(bands, np.float32), np.ones(bands, np.float32))

    def layer(self) -> Any:
        """Return a Keras layer that computes (x − mean) / √variance along the last axis."""
        keras = backend.load()
        return keras.layers.Normalization(mean=self.mean, variance=self.variance, dtype="float32", name="standardise")

    def state(self) -> dict[str, np.ndarray]:
        """Return both as arrays by name."""
        return {"input.mean": self.mean, "input.variance": self.variance}

    @classmethod
    def from_state(cls, state: dict[str, np.ndarray], bands: int) -> Self:
        """Read what `state` gave; a `ModelError` says that it is damaged."""
        try:
            mean, variance = (np.asarray(state[f"input.{name}"], np.float32) for name in ("mean", "variance"))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError("damaged weights (no band statistics): train the model again") from error
        if mean.shape != (bands,) or variance.shape != (bands,) or not (variance > 0).all():
            raise ModelError(f"damaged weights (band statistics do not fit {bands} bands): train the model again")
        return cls(mean, variance)
