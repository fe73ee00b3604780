"""Cross-entropy and accuracy over labelled pixels: for Keras while a network learns, for NumPy in reports."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lakeseg.segmenters import backend
from lakeseg.segmenters.base import CLASSES

_LEAST: Final = 1e-7  # probabilities below it are cut, as Keras does


def masked_crossentropy(labels: Any, probabilities: Any) -> Any:
    """Return the mean cross-entropy over pixels with a label: (n, h, w) codes, 0 masked; (n, h, w, 3) probabilities."""
    ops = backend.load().ops
    codes = ops.cast(labels, "int32")
    known = ops.cast(codes > 0, "float32")
    right = ops.sum(ops.one_hot(codes - 1, CLASSES) * probabilities, axis=-1)
    losses = -ops.log(ops.maximum(right, _LEAST)) * known
    return ops.sum(losses) / ops.maximum(ops.sum(known), 1.0)


def masked_accuracy(labels: Any, probabilities: Any) -> Any:
    """Return the share of the pixels with a label whose class is right; arguments as of `masked_crossentropy`."""
    ops = backend.load().ops
    codes = ops.cast(labels, "int32")
    known = ops.cast(codes > 0, "float32")
    right = ops.cast(ops.equal(ops.cast(ops.argmax(probabilities, axis=-1), "int32") + 1, codes), "float32")
    return ops.sum(right * known) / ops.maximum(ops.sum(known), 1.0)


def summed_crossentropy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the summed cross-entropy of (N,) labels, none of them 0, under (N, 3) probabilities."""
    right = np.take_along_axis(probabilities, labels[:, None].astype(int) - 1, axis=1)
    return -float(np.log(np.maximum(right, _LEAST)).sum(dtype=np.float64))
