"""Logistic regression on any bands, fitted while somebody waits: what does not depend on the bands is made once.

A fit is scikit-learn's own (Newton's method with Cholesky steps, started from a fit on every tenth pixel) on the
same standardised bands, with the same penalty as the shipped `logistic`, so it finds the same coefficients.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lakeseg.bands import LAND, NO_LABEL, WATER, is_fill, to_reflectance
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split
from lakeseg.errors import ConfigError, ModelError
from lakeseg.evaluation import summarise
from lakeseg.metrics import classes, confusion
from lakeseg.segmenters.base import positions
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.pixelwise import PixelModel

MOST_PIXELS: Final = 1 << 22
_EVERY: Final = 10  # pixels between those of the fit that a full one starts from
_FEWEST: Final = 2000  # with fewer pixels than this the fit starts from nothing
_TOLERANCE: Final = 1e-6  # of the largest gradient of the mean loss
_ROUGH: Final = 1e-3  # the same of the fit that the full one starts from
_LARGEST_STEP: Final = 5.0  # of a coefficient of standardised bands
_FOUND: Final = (WATER, LAND)


@dataclass(frozen=True, eq=False)
class Material:
    """The labelled pixels of a split, ready for a fit on any bands.

    Attributes:
        bands: Band numbers of the last axis.
        scaled: (n, B) float32, water and land pixels of the training lakes, each band standardised.
        labels: (n,) uint8.
        scaler: scikit-learn's StandardScaler of all bands.
        every: 1, or the distance of the pixels kept where there were more than `MOST_PIXELS`.
        test: (m, B) float32 reflectance of the test lakes, read flat.
        test_labels: (m,) uint8, 0 where a value is missing.
        ends: (L,) where each test lake ends in `test`.
        groups: Ground group of each test lake.
    """

    bands: tuple[int, ...]
    scaled: np.ndarray
    labels: np.ndarray
    scaler: Any
    every: int
    test: np.ndarray
    test_labels: np.ndarray
    ends: np.ndarray
    groups: tuple[str, ...]

    def columns(self, bands: Sequence[int]) -> np.ndarray:
        """Return the training pixels in some bands, (n, k) float32."""
        chosen = positions(bands, self.bands, "logistic regression")
        return self.scaled if len(chosen) == self.scaled.shape[1] else np.take(self.scaled, chosen, axis=1)

    def confusions(self, codes: np.ndarray) -> np.ndarray:
        """Return (L, 3, 3) int64 for the (m,) classes that a model says of the test pixels."""
        starts = [0, *self.ends[:-1]]
        spans = [slice(start, end) for start, end in zip(starts, self.ends, strict=True)]
        return np.array([confusion(self.test_labels[span], codes[span]) for span in spans], np.int64).reshape(-1, 3, 3)


@dataclass(frozen=True, eq=False)
class BandFit:
    """A regression on `model.bands`, its scores on the test lakes (`evaluation.summarise`), and what it learned from.

    That is `training_pixels`: all that there are, or evenly spaced ones, the distance between which is `every`.
    """

    model: PixelModel
    scores: dict[str, Any]
    training_pixels: int
    every: int = 1


def prepare(dataset: Dataset, split: Split, most: int = MOST_PIXELS) -> Material:
    """Read the training and test lakes of a split once.

    Args:
        dataset: Where the lakes are.
        split: Which lakes to learn from and to test on.
        most: Training pixels to keep; of more, evenly spaced ones are taken.

    Raises:
        ModelError: The training lakes do not hold both water and land.
    """
    from sklearn.preprocessing import StandardScaler

    counts, labels = dataset.pixels(split.train)
    kept = np.isin(labels, _FOUND) & ~is_fill(counts, dataset.fill)
    every = max(1, -(-int(kept.sum()) // most))
    learned, labels = to_reflectance(counts[kept][::every], dataset.scale, dataset.fill), labels[kept][::every]
    if len(np.unique(labels)) < len(_FOUND):
        raise ModelError("the training lakes do not hold both water and land: a regression needs two classes")
    scaler = StandardScaler(copy=False).fit(learned)
    test, test_labels = dataset.pixels(split.test)
    rows = [dataset.lakes.position(lake_id) for lake_id in split.test]
    return Material(
        dataset.bands,
        np.ascontiguousarray(scaler.transform(learned), np.float32),
        labels,
        scaler,
        every,
        to_reflectance(test, dataset.scale, dataset.fill),
        np.where(is_fill(test, dataset.fill), np.uint8(NO_LABEL), test_labels),
        np.cumsum(dataset.lakes.size[rows]),
        tuple(str(dataset.lakes.group[row]) or dataset.lake_ids[row] for row in rows),
    )


def fit_bands(material: Material, bands: Sequence[int]) -> BandFit:
    """Fit on exactly these bands and score on the test lakes.

    Raises:
        ModelError: The data lacks one of the bands.
        ConfigError: No band is given.
    """
    if not bands:
        raise ConfigError("logistic regression: expected at least one band")
    chosen = tuple(sorted(bands))
    model = _pixel_model(material, chosen, fit_scaled(material.columns(chosen), material.labels))
    answers = classes(model.predict_pixels(material.test[:, positions(chosen, material.bands, "logistic regression")]))
    scores = summarise(material.confusions(answers), material.groups)
    return BandFit(model, scores, len(material.labels), material.every)


def fit_scaled(scaled: np.ndarray, labels: np.ndarray) -> Any:
    """Return scikit-learn's logistic regression of (n, k) standardised values and (n,) labels.

    Raises:
        ModelError: The weights are not finite.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    def newton(tolerance: float, weight: float = 1.0) -> Any:
        return LogisticRegression(C=weight, solver="newton-cholesky", tol=tolerance, max_iter=100, warm_start=True)

    fit = newton(_TOLERANCE)
    with warnings.catch_warnings():
        # Single precision ends the search a little early where classes part almost perfectly; the answer stands.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="The line search of Newton solver")
        # Now and then a BLAS raises the processor's flag on what it pads its blocks with; the answer is checked below.
        warnings.filterwarnings("ignore", message="invalid value encountered in matmul")
        few = slice(None, None, _EVERY)
        if len(labels) > _FEWEST * _EVERY and len(np.unique(labels[few])) == len(_FOUND):
            start = newton(_ROUGH, _EVERY).fit(scaled[few], labels[few])  # each stands for several: the same penalty
            _near(start, scaled, labels)
            fit.coef_, fit.intercept_, fit.classes_ = start.coef_, start.intercept_, start.classes_
        fit.fit(scaled, labels)
    if not np.isfinite(fit.coef_).all():
        raise ModelError("logistic regression: the fit gave weights that are not finite: look for values that are not")
    return fit


def _near(fit: Any, scaled: np.ndarray, labels: np.ndarray, steps: int = 2) -> None:
    """Bring a fit on every `_EVERY`-th pixel near to that on all of them.

    These are Newton steps with the gradient of all pixels and the curvature of the few, which costs a tenth: then one
    or two whole steps of scikit-learn's are left to do.
    """
    from scipy.special import expit

    few, pixels = scaled[::_EVERY], len(labels)
    penalty = np.diag([*[1 / pixels] * scaled.shape[1], 0.0])
    beyond = (labels == fit.classes_[1]).astype(np.float32)
    for _ in range(steps):
        weights, bias = fit.coef_[0].astype(np.float32), np.float32(fit.intercept_[0])
        share = expit(few @ weights + bias)
        design = np.column_stack([few, np.ones(len(few), np.float32)])
        curvature = (design * (share * (1 - share))[:, None]).T @ design / len(few) + penalty
        missed = expit(scaled @ weights + bias) - beyond
        slope = np.append(missed @ scaled, missed.sum(dtype=np.float64)) / pixels
        step = np.linalg.lstsq(curvature, slope + penalty @ np.append(weights, bias), rcond=None)[0]
        if not np.abs(step).max() < _LARGEST_STEP:
            return  # the classes part almost perfectly: scikit-learn searches along the line
        fit.coef_, fit.intercept_ = fit.coef_ - step[None, :-1].astype(np.float32), fit.intercept_ - step[-1:]


def _pixel_model(material: Material, bands: tuple[int, ...], fit: Any) -> PixelModel:
    """Return a segmenter of reflectance: the bands' part of the scaler, then the regression."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    chosen = positions(bands, material.bands, "logistic regression")
    scaler = StandardScaler()
    for name in ("mean_", "var_", "scale_"):
        setattr(scaler, name, getattr(material.scaler, name)[chosen])
    scaler.n_features_in_, scaler.n_samples_seen_ = len(chosen), material.scaler.n_samples_seen_
    return PixelModel(SegmenterConfig("logistic", bands=bands), make_pipeline(scaler, fit))
