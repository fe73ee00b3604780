"""How much of the scores is in the first principal components, and how much in the best bands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np

from lakeseg.analysis.moments import Components, components_of
from lakeseg.analysis.regression import Material, fit_scaled
from lakeseg.bands import ALL_BANDS
from lakeseg.evaluation import summarise
from lakeseg.metrics import classes
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.pixelwise import PixelModel, fit_pixels

LOGISTIC, BOOSTING = "logistic", "boosting"
MODELS: Final = (LOGISTIC, BOOSTING)
BANDS, COMPONENTS = "bands", "components"

Columns = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Basis:
    """Pixels in some coordinates: `training` (n, k) and `test` (m, k) float32, and the labels as in `material`."""

    name: str
    training: np.ndarray
    test: np.ndarray
    material: Material


@dataclass(frozen=True)
class Trial:
    """One fit: a model of `MODELS` on `columns` of a basis, positions from 0, learned from every `every`-th pixel."""

    model: str
    columns: Columns
    every: int = 1


def in_bands(material: Material) -> Basis:
    """Return the pixels in standardised bands."""
    return Basis(BANDS, material.scaled, np.asarray(material.scaler.transform(material.test), np.float32), material)


def principal(material: Material) -> Components:
    """Return the principal components of the training pixels' reflectance, bands not scaled."""
    size = material.scaler.scale_
    covariance = np.cov(material.scaled.astype(np.float64), rowvar=False).reshape(len(size), -1)
    return components_of(material.scaler.mean_, covariance * np.outer(size, size))


def in_components(material: Material, axes: Components) -> Basis:
    """Return the pixels as scores on principal components, each divided by its standard deviation."""
    spread = np.sqrt(np.where(axes.variances > 0, axes.variances, 1))
    turned = (material.scaler.scale_[:, None] * axes.axes.T / spread).astype(np.float32)
    test = axes.scores(material.test) / spread
    return Basis(COMPONENTS, material.scaled @ turned, test.astype(np.float32), material)


def score(basis: Basis, trial: Trial) -> dict[str, Any]:
    """Fit and return `evaluation.summarise` of the test lakes with the number of `training_pixels`."""
    columns = list(trial.columns)
    learned, labels = basis.training[:: trial.every, columns], basis.material.labels[:: trial.every]
    model = _fit(trial.model, np.ascontiguousarray(learned), labels)
    codes = classes(model.predict_pixels(np.ascontiguousarray(basis.test[:, columns])))
    summary = summarise(basis.material.confusions(codes), basis.material.groups)
    return summary | {"training_pixels": len(labels)}


def _fit(model: str, learned: np.ndarray, labels: np.ndarray) -> PixelModel:
    config = SegmenterConfig(model, bands=ALL_BANDS[: learned.shape[1]])  # the names of columns do not matter here
    if model == LOGISTIC:
        return PixelModel(config, fit_scaled(learned, labels))
    return fit_pixels(config, learned, labels)


def best_exhaustively(rate: Callable[[Columns], float], count: int) -> list[Columns]:
    """Return the best columns of each number from 1 to `count`, having rated every subset; the first of equals."""
    return [max(combinations(range(count), size), key=rate) for size in range(1, count + 1)]


def best_greedily(rate: Callable[[Columns], float], count: int) -> list[Columns]:
    """Return columns for each number from 1 to `count`: one after the other is added, the one that rates best."""
    found: list[Columns] = [()]
    for _ in range(count):
        found.append(max((tuple(sorted((*found[-1], new))) for new in range(count) if new not in found[-1]), key=rate))
    return found[1:]
