"""Shares over lakes by hand: two ground groups, so that every draw is one of three."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lakeseg.analysis.undecided import share, share_difference
from lakeseg.errors import ConfigError

COUNTS, PIXELS = np.array([1, 2, 30]), np.array([10, 10, 40])
GROUPS = ["a", "a", "b"]


def test_a_share_sums_pixels_and_draws_ground_groups():
    # Group a has 3 of 20, group b 30 of 40: draws give 3/20, 33/60 or 30/40, a quarter of them either extreme.
    found = share(COUNTS, PIXELS, GROUPS)
    assert (found.count, found.pixels) == (33, 60)
    assert found.share == pytest.approx(33 / 60)
    assert (found.interval.low, found.interval.high) == pytest.approx((3 / 20, 30 / 40))
    assert found.to_json()["low"] == pytest.approx(0.15)


def test_a_difference_is_paired():
    # The first counts one pixel in ten more in every lake: whatever is drawn, the difference is the same.
    found = share_difference(COUNTS + PIXELS // 10, COUNTS, PIXELS, GROUPS)
    assert found.value == pytest.approx(0.1)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.1, 0.1))


def test_of_no_pixels_there_is_no_share():
    none = np.zeros(3, np.int64)
    assert math.isnan(share(none, none, GROUPS).share)
    assert math.isnan(share_difference(none, none, none, GROUPS).interval.low)
    assert math.isnan(share(none[:0], none[:0], []).share)


def test_a_group_for_each_lake():
    with pytest.raises(ConfigError, match="each of 3 lakes, got 2"):
        share(COUNTS, PIXELS, ["a", "b"])
