"""Moments add up, components are orthonormal, correlations stay within [−1, 1], Shapley values share the score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lakeseg.analysis.histograms import Histograms, coarse
from lakeseg.analysis.lasso import inside
from lakeseg.analysis.moments import Moments, components
from lakeseg.analysis.subsets import all_subsets, drops, shapley

COUNTS = hnp.arrays(np.int16, st.tuples(st.integers(2, 30), st.integers(1, 4)), elements=st.integers(-32768, 32767))


def gathered(counts: np.ndarray, cuts: list[int]) -> Moments:
    """The moments of parts of the pixels, each part a group."""
    parts = np.split(counts, sorted(cuts))
    made = Moments.empty((len(parts),), counts.shape[1])
    for place, part in enumerate(parts):
        made.add((place,), part)
    return made


@given(COUNTS, st.lists(st.integers(0, 30), max_size=4))
def test_moments_of_parts_add_up_to_the_covariance_of_all(counts, cuts):
    made = gathered(counts, cuts)
    one = made.union(range(len(made.pixels)))
    assert one.pixels == len(counts)
    np.testing.assert_allclose(one.mean, counts.mean(axis=0), atol=1e-6)
    expected = np.cov(counts, rowvar=False).reshape(one.covariance.shape)
    np.testing.assert_allclose(one.covariance, expected, rtol=1e-6, atol=1e-4)


@given(COUNTS)
def test_correlations_lie_within_one(counts):
    correlation = gathered(counts, []).union([0]).correlation
    known = correlation[~np.isnan(correlation)]
    assert (np.abs(known) <= 1).all()
    np.testing.assert_array_equal(correlation, correlation.T)


@given(COUNTS, st.booleans())
def test_components_are_orthonormal_and_hold_all_of_the_variance(counts, standardised):
    moments = gathered(counts, []).union([0])
    made = components(moments, 1e-4, standardised)
    np.testing.assert_allclose(made.axes @ made.axes.T, np.eye(counts.shape[1]), atol=1e-9)
    assert (np.diff(made.variances) <= 1e-9).all()
    expected = np.diagonal(moments.covariance * 1e-8 / np.outer(made.size, made.size)).sum()
    assert made.variances.sum() == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(COUNTS, st.integers(1, 60), st.floats(0.5, 1))
def test_bars_lose_no_pixel(counts, bars, share):
    histograms = Histograms.empty((1,), counts.shape[1])
    histograms.add((0,), counts)
    edges, made = coarse(histograms.pixels[0], bars, share)
    assert made.sum(axis=-1).tolist() == [len(counts)] * counts.shape[1]
    assert (np.diff(edges) > 0).all()


@settings(max_examples=30)
@given(st.integers(1, 5), st.randoms(use_true_random=False))
def test_shapley_values_share_the_score_of_all_bands(count, random):
    bands = tuple(range(1, count + 1))
    scores = {subset: random.random() for subset in all_subsets(bands)}
    assert shapley(scores, bands).sum() == pytest.approx(scores[bands])
    lost = drops(scores, bands)
    np.testing.assert_array_equal(lost, lost.T)


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(0.1, 4), st.floats(0.1, 4))
def test_a_box_holds_exactly_what_lies_between_its_sides(x, y, width, height):
    outline = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    if min(abs(x), abs(y), abs(x - width), abs(y - height)) > 1e-9:
        assert inside(np.array([x, y]), outline) == (0 < x < width and 0 < y < height)
