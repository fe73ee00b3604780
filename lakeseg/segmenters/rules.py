"""Segmenters without learning to speak of: all land, and a threshold on a water index."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit

from lakeseg.bands import LAND, WATER, spectral_index
from lakeseg.errors import ModelError
from lakeseg.segmenters.base import CLASSES
from lakeseg.segmenters.config import Reach, SegmenterConfig

_BINS: Final = 2048
_LOG_SLOPES: Final = (-2.0, 12.0)  # slopes of e⁻² to e¹² a unit of the index
_BELOW_HALF: Final = np.nextafter(np.float32(0.5), np.float32(0))


class Naive:
    """Calls every pixel land."""

    reach: Reach = "pixel"
    parameters = 0

    def __init__(self, config: SegmenterConfig) -> None:
        self.config, self.bands = config, config.bands

    def predict_pixels(self, reflectance: np.ndarray) -> np.ndarray:
        """Return (N, 3) float32 with 1 for land, whatever the (N, B) reflectance."""
        probabilities = np.zeros((len(reflectance), CLASSES), np.float32)
        probabilities[:, LAND - 1] = 1
        return probabilities

    def state(self) -> dict[str, np.ndarray]:
        """Return no arrays: there is nothing to keep."""
        return {}


class IndexThreshold:
    """Water where an index of the bands reaches a threshold.

    The probability of water is a logistic curve of the distance to it, 1 / (1 + exp(−slope (v − threshold))), so it
    grows with the index and crosses one half exactly there.
    """

    reach: Reach = "pixel"
    parameters = 2

    def __init__(self, config: SegmenterConfig, threshold: float, slope: float) -> None:
        self.config, self.bands = config, config.bands
        self.threshold, self.slope = float(threshold), float(slope)

    def predict_pixels(self, reflectance: np.ndarray) -> np.ndarray:
        """Return (N, 3) float32 probabilities for (N, B) float32 reflectance; the third is 0."""
        values = spectral_index(self.config.variant, reflectance, self.bands).astype(np.float64)
        water = expit(self.slope * (values - self.threshold)).astype(np.float32)
        water = np.where(values < self.threshold, np.minimum(water, _BELOW_HALF), water)
        return np.stack([water, 1 - water, np.zeros_like(water)], axis=-1)

    def state(self) -> dict[str, np.ndarray]:
        """Return threshold and slope as 0-D float64 arrays."""
        return {"threshold": np.asarray(self.threshold, np.float64), "slope": np.asarray(self.slope, np.float64)}


def fit_index(config: SegmenterConfig, reflectance: np.ndarray, labels: np.ndarray) -> IndexThreshold:
    """Fit threshold and slope on (N, B) float32 reflectance and (N,) labels; only water and land count.

    Raises:
        ModelError: The training pixels hold no water or no land.
    """
    labelled = (labels == WATER) | (labels == LAND)
    values = spectral_index(config.variant, reflectance[labelled], config.bands).astype(np.float64)
    water = labels[labelled] == WATER
    if water.all() or not water.any():
        raise ModelError(f"{config.variant}: the training lakes hold no {'land' if water.any() else 'water'} pixels")
    threshold = best_threshold(values, water)
    return IndexThreshold(config, threshold, _best_slope(values - threshold, water))


def best_threshold(values: np.ndarray, water: np.ndarray) -> float:
    """Return the threshold t for which `values >= t` has the highest F1 against the (N,) bool mask `water`.

    Every cut between two different values is tried. Of equal F1 the highest threshold wins; it stands halfway between
    the lowest value called water and the next below.
    """
    order = np.argsort(-values, kind="stable")
    ranked, hits = values[order], np.cumsum(water[order])
    called = np.arange(1, len(values) + 1)
    f1 = 2 * hits / (called + hits[-1])  # 2 TP / (2 TP + FP + FN), and TP + FP = called, TP + FN = all water
    last_of_value = np.append(ranked[:-1] != ranked[1:], True)
    best = int(np.argmax(np.where(last_of_value, f1, -1)))
    below = ranked[best + 1] if best + 1 < len(ranked) else ranked[best]
    middle = (ranked[best] + below) / 2
    return float(middle if middle > below else ranked[best])


def _best_slope(distances: np.ndarray, water: np.ndarray) -> float:
    """Return the slope of the logistic curve with the least cross-entropy, from a histogram of the distances."""
    edges = np.linspace(distances.min(), distances.max() + 1e-9, _BINS + 1)
    centres = (edges[:-1] + edges[1:]) / 2
    wet, dry = (np.histogram(distances[mask], edges)[0] for mask in (water, ~water))

    def cost(log_slope: float) -> float:
        z = np.exp(log_slope) * centres
        return float(wet @ np.logaddexp(0, -z) + dry @ np.logaddexp(0, z))

    return float(np.exp(minimize_scalar(cost, bounds=_LOG_SLOPES, method="bounded").x))


def rebuild(config: SegmenterConfig, state: dict[str, np.ndarray]) -> Naive | IndexThreshold:
    """Return the segmenter of `state`; a `ModelError` says that it is damaged."""
    if config.kind == "naive":
        return Naive(config)
    try:
        threshold, slope = float(state["threshold"]), float(state["slope"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{config.variant}: damaged weights (no threshold): train the model again") from error
    if not np.isfinite([threshold, slope]).all():
        raise ModelError(f"{config.variant}: damaged weights (threshold {threshold}): train the model again")
    return IndexThreshold(config, threshold, slope)
