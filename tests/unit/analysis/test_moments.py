import numpy as np
import pytest
from sklearn.decomposition import PCA

from lakeseg.analysis.moments import Moments, components
from lakeseg.errors import ConfigError


def moments_of(*parts: np.ndarray) -> Moments:
    made = Moments.empty((len(parts),), parts[0].shape[1])
    for place, part in enumerate(parts):
        made.add((place,), part)
    return made


def test_moments_of_three_pixels_by_hand():
    one = moments_of(np.array([[1000, 2000], [2000, 4000], [3000, 6000]])).union([0])
    assert one.mean.tolist() == [2000, 4000]
    # deviations −1000, 0, 1000 and −2000, 0, 2000; sums of products 2e6, 4e6, 8e6 over n − 1 = 2
    assert one.covariance.tolist() == [[1e6, 2e6], [2e6, 4e6]]
    assert one.deviation.tolist() == [1000, 2000]
    assert one.correlation == pytest.approx(np.ones((2, 2)))


def test_a_group_without_pixels_is_undefined_and_adds_nothing():
    full = np.random.default_rng(0).integers(0, 9000, (50, 3))
    both = moments_of(full, np.empty((0, 3), np.int16))
    assert np.isnan(both.mean[1]).all()
    assert np.isnan(both.covariance[1]).all()
    np.testing.assert_allclose(both.union([0, 1]).covariance, np.cov(full, rowvar=False))


def test_a_band_that_does_not_vary_has_no_correlation():
    flat = np.column_stack([np.full(9, 500), np.arange(9)])
    correlation = moments_of(flat).union([0]).correlation
    assert np.isnan(correlation[0]).all()
    assert correlation[1, 1] == 1


def test_little_variance_on_bright_counts_keeps_its_digits():
    rng = np.random.default_rng(1)
    counts = 8_000 + rng.integers(-1, 2, (100_000, 2))
    made = moments_of(counts).union([0])
    np.testing.assert_allclose(made.covariance, np.cov(counts, rowvar=False), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("standardised", [False, True])
def test_components_are_those_of_scikit_learn(standardised):
    rng = np.random.default_rng(2)
    counts = (rng.normal(0, [900, 400, 100], (4000, 3)) @ rng.normal(size=(3, 3)) + 3000).astype(np.int16)
    ours = components(moments_of(counts[:1500], counts[1500:]).union([0, 1]), 1e-4, standardised)
    values = counts * 1e-4
    if standardised:
        values = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    theirs = PCA().fit(values)
    np.testing.assert_allclose(ours.variances, theirs.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(ours.shares, theirs.explained_variance_ratio_, rtol=1e-9)
    np.testing.assert_allclose(ours.axes, theirs.components_, atol=1e-9)
    np.testing.assert_allclose(ours.scores(counts * 1e-4), theirs.transform(values), atol=1e-5)


def test_one_pixel_has_no_components():
    with pytest.raises(ConfigError, match="1 px of this choice, expected two"):
        components(moments_of(np.array([[1, 2]])).union([0]))
