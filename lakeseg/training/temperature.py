"""The temperature at which a network's probabilities fit lakes that it did not learn from (Guo et al. 2017).

doi:10.48550/arXiv.1706.04599. One number, fitted on the validation lakes; it changes no class.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from lakeseg.bands import NO_LABEL
from lakeseg.data.dataset import Dataset
from lakeseg.inference import predict_lake
from lakeseg.segmenters.network import Network
from lakeseg.segmenters.temperature import NEUTRAL
from lakeseg.training.samples import prepare

RANGE: Final = (0.05, 20.0)
"""Lowest and highest temperature that a fit gives: probabilities beyond are all 0 and 1, or all alike."""

_LEAST: Final = float(np.finfo(np.float32).tiny)  # stands for a probability of 0, whose logarithm is no number


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the T that minimises the cross-entropy of softmax(log p / T); 1 without pixels.

    Args:
        labels: (N,) class codes, none of them 0.
        probabilities: (N, 3) of water, land, unclassified at temperature 1.
    """
    from scipy.optimize import minimize_scalar

    if not len(labels):
        return NEUTRAL
    logs = np.log(np.maximum(np.asarray(probabilities, np.float64), _LEAST))
    right = np.asarray(labels, np.int64)[:, None] - 1

    def crossentropy(log_temperature: float) -> float:
        scaled = logs / math.exp(log_temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        chosen = np.take_along_axis(scaled, right, axis=1)[:, 0]
        return float((np.log(np.exp(scaled).sum(axis=1)) - chosen).mean())

    found = minimize_scalar(crossentropy, bounds=tuple(map(math.log, RANGE)), method="bounded")
    return math.exp(float(found.x))


def calibrate(network: Network, dataset: Dataset, ids: Sequence[str]) -> None:
    """Set a network's temperature to what fits the labelled pixels of the lakes `ids`; without any it stays at 1."""
    network.set_temperature(NEUTRAL)
    network.set_temperature(fit_temperature(*_said(network, dataset, ids)))


def _said(network: Network, dataset: Dataset, ids: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return (N,) labels and (N, 3) probabilities of the pixels of lakes whose class the network learns."""
    labels, probabilities = [np.empty(0, np.uint8)], [np.empty((0, 3), np.float32)]
    for lake in dataset.iter_lakes(ids):
        _, codes = prepare(dataset, network.config, lake.image, lake.labels)
        said = predict_lake(network, lake.image, dataset.bands, dataset.scale, dataset.fill)
        labels.append(codes[codes != NO_LABEL])
        probabilities.append(said[codes != NO_LABEL])
    return np.concatenate(labels), np.concatenate(probabilities)
