from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lakeseg.analysis import regression
from lakeseg.analysis.regression import fit_bands, fit_scaled, prepare
from lakeseg.bands import to_reflectance
from lakeseg.data.splits import split_by_group
from lakeseg.data.write import write_dataset
from lakeseg.errors import ConfigError, ModelError
from lakeseg.evaluation import evaluate
from tests.lakes import make_dataset

BANDS = [(2,), (1, 3, 4), (1, 2, 3, 4, 5, 6, 7)]


@pytest.fixture(scope="module")
def split(small_dataset):
    return split_by_group(small_dataset.lakes, 0, (0.5, 0.25, 0.25))


@pytest.fixture(scope="module")
def material(small_dataset, split):
    return prepare(small_dataset, split)


def reference(dataset, split, bands):
    """scikit-learn's plain fit, to a tight tolerance, in double precision."""
    counts, labels = dataset.pixels(split.train)
    kept = np.isin(labels, (1, 2)) & ~(counts == dataset.fill).any(axis=1)
    columns = [dataset.bands.index(band) for band in bands]
    values = to_reflectance(counts[kept], dataset.scale)[:, columns].astype(np.float64)
    return make_pipeline(StandardScaler(), LogisticRegression(tol=1e-10, max_iter=10_000)).fit(values, labels[kept])


@pytest.mark.parametrize("few", [2000, 200])
@pytest.mark.parametrize("bands", BANDS)
def test_a_fit_is_that_of_scikit_learn(small_dataset, split, material, monkeypatch, bands, few):
    monkeypatch.setattr(regression, "_FEWEST", few)  # with and without the rough fit before
    ours, theirs = fit_bands(material, bands), reference(small_dataset, split, bands)
    values = material.test[:, [small_dataset.bands.index(band) for band in bands]]
    expected = theirs.predict_proba(values.astype(np.float64))
    np.testing.assert_allclose(ours.model.predict_pixels(values)[:, :2], expected, atol=1e-4)
    truth, said = material.test_labels, theirs.predict(values.astype(np.float64))
    hits = int(((truth == 1) & (said == 1)).sum())
    f1 = 2 * hits / (int((truth == 1).sum()) + int(((said == 1) & (truth != 0)).sum()))
    assert ours.scores["f1"] == f1


def test_a_fit_starts_so_near_that_one_step_is_left(material, monkeypatch):
    monkeypatch.setattr(regression, "_FEWEST", 200)  # as with many pixels
    assert fit_bands(material, (1, 2, 3, 4, 5, 6, 7)).model.estimator[-1].n_iter_.tolist() == [1]


def test_scores_are_those_of_the_evaluation_to_the_last_digit(small_dataset, split, material):
    fit = fit_bands(material, (1, 2, 6))
    assert fit.scores == evaluate(fit.model, "", small_dataset, {"test": split.test})["test"]
    assert fit.training_pixels == len(material.labels)


def test_pixels_with_a_missing_value_are_neither_learned_nor_scored(small_dataset, split, tmp_path):
    lakes = list(small_dataset.iter_lakes())
    for lake in lakes:
        lake.image[2, 3:9, 6] = small_dataset.fill
    dataset = write_dataset(tmp_path / "gaps.h5", small_dataset.header, lakes)
    gaps = prepare(dataset, split)
    known = small_dataset.class_counts()[[small_dataset.lakes.position(lake) for lake in split.train], 1:3].sum()
    assert len(gaps.labels) == known - 6 * len(split.train)
    fit = fit_bands(gaps, (1, 2))
    assert fit.scores == evaluate(fit.model, "", dataset, {"test": split.test})["test"]


def test_of_too_many_pixels_evenly_spaced_ones_are_learned(small_dataset, split, material):
    fewer = prepare(small_dataset, split, most=len(material.labels) // 3)
    assert fewer.every in (3, 4)
    assert len(fewer.labels) == -(-len(material.labels) // fewer.every)
    assert fit_bands(fewer, (2,)).every == fewer.every


def test_lakes_of_one_class_cannot_be_learned(tmp_path):
    dataset = make_dataset(tmp_path / "land.h5", [(6, 6)] * 4, codes=(2,))
    with pytest.raises(ModelError, match="both water and land"):
        prepare(dataset, split_by_group(dataset.lakes, 0, (0.5, 0.25, 0.25)))


def test_a_fit_needs_a_band_and_one_that_is_there(material):
    with pytest.raises(ConfigError, match="at least one band"):
        fit_bands(material, ())
    with pytest.raises(ModelError, match="band"):
        fit_bands(replace(material, bands=(1, 2, 3, 4, 6, 7)), (5,))


def test_weights_that_are_not_finite_are_no_answer(monkeypatch):
    def broken(self, _scaled, _labels):
        self.coef_, self.intercept_ = np.full((1, 2), np.nan), np.zeros(1)
        return self

    monkeypatch.setattr(LogisticRegression, "fit", broken)
    with pytest.raises(ModelError, match="not finite"):
        fit_scaled(np.zeros((4, 2), np.float32), np.array([1, 2, 1, 2]))
