"""What networks minimise, and accuracy, over labelled pixels: for Keras while one learns, for NumPy in reports."""

from __future__ import annotations

from collections.abc import Callable
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


def weighted_crossentropy(labels: Any, probabilities: Any) -> Any:
    """Return the cross-entropy in which the classes of a batch weigh alike; arguments as of `masked_crossentropy`."""
    ops = backend.load().ops
    truth = _one_hot(labels)
    counts = ops.sum(truth, axis=(0, 1, 2))
    there = ops.cast(counts > 0, "float32")
    logs = ops.log(ops.maximum(probabilities, _LEAST))
    means = -ops.sum(truth * logs, axis=(0, 1, 2)) / ops.maximum(counts, 1.0)
    return ops.sum(means * there) / ops.maximum(ops.sum(there), 1.0)


def focal_loss(labels: Any, probabilities: Any) -> Any:
    """Return the mean of −(1 − p)² log p, p the probability of the right class (doi:10.1109/ICCV.2017.324)."""
    ops = backend.load().ops
    truth = _one_hot(labels)
    right = ops.sum(truth * probabilities, axis=-1)
    losses = -((1.0 - right) ** 2) * ops.log(ops.maximum(right, _LEAST)) * ops.sum(truth, axis=-1)
    return ops.sum(losses) / ops.maximum(ops.sum(truth), 1.0)


def dice_loss(labels: Any, probabilities: Any) -> Any:
    """Return 1 − (2 Σ p y + 1) / (Σ p + Σ y + 1) for water over a batch (doi:10.1109/3DV.2016.79)."""
    ops = backend.load().ops
    truth = _one_hot(labels)
    said = probabilities[..., 0] * ops.sum(truth, axis=-1)
    both = ops.sum(said * truth[..., 0])
    return 1.0 - (2.0 * both + 1.0) / (ops.sum(said) + ops.sum(truth[..., 0]) + 1.0)


def lovasz_loss(labels: Any, probabilities: Any) -> Any:
    """Return the Lovász extension of 1 − IoU of water over a batch (doi:10.1109/CVPR.2018.00464).

    Masked pixels have error 0: they come last, where their weight is multiplied by nothing.
    """
    ops = backend.load().ops
    truth = _one_hot(labels)
    known, water = ops.reshape(ops.sum(truth, axis=-1), (-1,)), ops.reshape(truth[..., 0], (-1,))
    errors = ops.abs(water - ops.reshape(probabilities[..., 0], (-1,))) * known
    order = ops.argsort(-errors)
    errors, water, known = (ops.take(values, order) for values in (errors, water, known))
    total = ops.sum(water)
    missed = total - ops.cumsum(water)
    union = total + ops.cumsum((1.0 - water) * known)
    jaccard = 1.0 - missed / ops.maximum(union, 1.0)
    steps = jaccard - ops.concatenate([ops.zeros((1,)), jaccard[:-1]])
    return ops.sum(errors * ops.stop_gradient(steps))


def _one_hot(labels: Any) -> Any:
    """Return (n, h, w, 3) ones and zeros, all zero where masked."""
    ops = backend.load().ops
    return ops.one_hot(ops.cast(labels, "int32") - 1, CLASSES)


_MINIMISED: Final = {
    "crossentropy": masked_crossentropy,
    "weighted": weighted_crossentropy,
    "focal": focal_loss,
    "dice": dice_loss,
    "lovasz": lovasz_loss,
}


def minimised(name: str) -> Callable[[Any, Any], Any]:
    """Return the loss of a name of `config.LOSSES`."""
    return _MINIMISED[name]


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
