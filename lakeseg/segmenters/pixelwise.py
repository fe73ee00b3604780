"""Segmenters of single pixels from scikit-learn: logistic regression and gradient boosting.

They are stored with skops, never pickle: a file may only name the types listed here, whatever it holds.
"""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, Final, cast

import numpy as np

from lakeseg.errors import ModelError
from lakeseg.segmenters.base import CLASSES
from lakeseg.segmenters.config import Reach, SegmenterConfig

# skops trusts NumPy and the public estimators of scikit-learn by itself; the trees of gradient boosting come on top.
TRUSTED: Final = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
_TREES: Final = 200
_FEW_PIXELS: Final = 50_000
_DAMAGED: Final = "damaged or foreign weights, nothing was loaded: restore the model's folder or train it again"


class PixelModel:
    """A fitted scikit-learn classifier of pixels; predicting only reads, so threads may share it."""

    reach: Reach = "pixel"

    def __init__(self, config: SegmenterConfig, estimator: Any) -> None:
        self.config, self.bands, self.estimator = config, config.bands, estimator

    @property
    def parameters(self) -> int:
        """Coefficients of the regression, or nodes of all trees."""
        if self.config.kind == "logistic":
            final = self.estimator[-1]
            return int(final.coef_.size + final.intercept_.size)
        return sum(len(tree.nodes) for stage in self.estimator._predictors for tree in stage)

    def predict_pixels(self, reflectance: np.ndarray) -> np.ndarray:
        """Return (N, 3) float32 probabilities for (N, B) float32 reflectance; a class it never saw gets 0."""
        probabilities = np.zeros((len(reflectance), CLASSES), np.float32)
        if len(reflectance):
            columns = self.estimator.classes_.astype(int) - 1
            with one_thread():
                probabilities[:, columns] = self.estimator.predict_proba(reflectance)
        return probabilities

    def state(self) -> bytes:
        """Return the estimator as a skops file."""
        import skops.io

        return bytes(skops.io.dumps(self.estimator))


def fit_pixels(config: SegmenterConfig, reflectance: np.ndarray, labels: np.ndarray) -> PixelModel:
    """Fit on (N, B) float32 reflectance and (N,) labels; labels outside `config.classes` are left out.

    Raises:
        ModelError: Fewer than two classes are left to tell apart.
    """
    kept = np.isin(labels, config.classes)
    present = np.unique(labels[kept])
    if len(present) < 2:
        raise ModelError(f"{config.kind}: the training lakes hold {len(present)} class(es) of pixels: it needs two")
    estimator = _logistic() if config.kind == "logistic" else _boosting(config)
    with one_thread() if kept.sum() < _FEW_PIXELS else nullcontext():
        return PixelModel(config, estimator.fit(reflectance[kept], labels[kept]))


def one_thread() -> AbstractContextManager[Any]:
    """Hold OpenMP to one thread: a lake is small, and on a busy machine several threads wait for one another."""
    return cast("AbstractContextManager[Any]", _openmp().limit(limits=1, user_api="openmp"))


@cache
def _openmp() -> Any:
    from sklearn import ensemble  # noqa: F401  its library must be there to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def _boosting(config: SegmenterConfig) -> Any:
    """Return boosting without early stopping: scikit-learn would hold out pixels of the very lakes it learns from."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_iter=_TREES, early_stopping=False, random_state=config.seed)


def rebuild(config: SegmenterConfig, state: bytes) -> PixelModel:
    """Return the segmenter of a skops file.

    Raises:
        ModelError: The file is damaged, names a type outside `TRUSTED`, or holds another estimator.
    """
    import skops.io

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-learn remarks on other versions of itself; the checks below decide
            estimator = skops.io.loads(state, trusted=list(TRUSTED))
    except Exception as error:  # whatever a damaged archive makes skops raise means the same
        raise ModelError(f"{config.kind}: {_DAMAGED}") from error
    model = PixelModel(config, estimator)
    _check(model)
    return model


def _check(model: PixelModel) -> None:
    """Raise a `ModelError` unless the estimator is the kind that the config says and predicts for its bands."""
    expected = {"logistic": "Pipeline", "boosting": "HistGradientBoostingClassifier"}[model.config.kind]
    if type(model.estimator).__name__ != expected:
        raise ModelError(f"{model.config.kind}: {_DAMAGED}")
    try:
        trial = model.predict_pixels(np.zeros((1, len(model.bands)), np.float32))
    except Exception as error:  # a tampered estimator may fail anywhere
        raise ModelError(f"{model.config.kind}: {_DAMAGED}") from error
    if not np.isclose(trial.sum(), 1):
        raise ModelError(f"{model.config.kind}: {_DAMAGED}")
