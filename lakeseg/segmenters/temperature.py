"""Probabilities at another temperature (Guo et al. 2017, doi:10.48550/arXiv.1706.04599)."""

from __future__ import annotations

from typing import Final

import numpy as np

from lakeseg.errors import ModelError

NEUTRAL: Final = 1.0


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return softmax(log p / T) of (..., 3) probabilities as float32; no pixel changes its class.

    Two probabilities that differ in their last digits may become equal where T is above 1, and a tie goes to water:
    such a pixel keeps what it had, which is the same to these digits.

    Raises:
        ModelError: T is not a number above 0.
    """
    check(temperature)
    if temperature == NEUTRAL:
        return probabilities
    before = np.asarray(probabilities, np.float64)
    raised = before ** (1.0 / temperature)
    after = (raised / raised.sum(axis=-1, keepdims=True)).astype(np.float32)
    kept = after.argmax(axis=-1) == before.argmax(axis=-1)
    return np.where(kept[..., None], after, probabilities)


def check(temperature: float) -> None:
    """Raise a `ModelError` unless a temperature is a number above 0."""
    if not np.isfinite(temperature) or temperature <= 0:
        raise ModelError(f"temperature {temperature:g}: expected a number above 0")
