from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lakeseg.analysis.seeds import METRICS, difference, summary
from lakeseg.errors import ConfigError

# tp, fn, fp, tn; two seeds on two lakes
COUNTS = np.array([[[3, 1, 0, 6], [1, 1, 2, 6]], [[4, 0, 1, 5], [2, 0, 1, 7]]])
GROUPS = ["a", "b"]


def test_metrics_by_hand():
    counts = np.array([6.0, 2.0, 4.0, 8.0])
    found = {name: float(metric(counts)) for name, metric in METRICS.items()}
    assert found == pytest.approx({"f1": 12 / 18, "iou": 6 / 12, "precision": 0.6, "recall": 0.75, "accuracy": 14 / 20})


def test_the_mean_is_over_seeds_each_on_all_lakes():
    found = summary(COUNTS, GROUPS)
    first, second = 8 / (8 + 2 + 2), 12 / (12 + 0 + 2)  # 4 tp, 2 fn, 2 fp; then 6 tp, 0 fn, 2 fp
    assert found.values == pytest.approx((first, second))
    assert found.mean == pytest.approx((first + second) / 2)
    assert (found.least, found.most) == pytest.approx((first, second))
    assert found.sd == pytest.approx(abs(first - second) / math.sqrt(2))
    assert (found.seeds, found.lakes, found.pixels) == (2, 2, 20)


def test_the_interval_reaches_from_the_worst_draw_to_the_best():
    found = summary(COUNTS, GROUPS)
    # lake a alone: 6/7 and 8/9; lake b alone: 2/5 and 4/5. A quarter of the draws takes one lake twice.
    assert found.low == pytest.approx(2 / 5)
    assert found.high == pytest.approx(8 / 9)


def test_lakes_of_one_group_are_drawn_together():
    found = summary(COUNTS[:1], ["same", "same"])
    assert found.low == found.high == pytest.approx(found.mean)


def test_what_makes_a_lake_hard_cancels():
    other = COUNTS[:1].copy()
    other[0, :, 0] -= 1
    other[0, :, 1] += 1
    found = difference(COUNTS[:1], other, GROUPS)
    assert found.value == pytest.approx(8 / 12 - 4 / 10)  # 2 tp, 4 fn, 2 fp
    # lake a alone 6/7 − 4/6, lake b alone 2/5 − 0
    assert found.interval.low == pytest.approx(6 / 7 - 4 / 6)
    assert found.interval.high == pytest.approx(2 / 5)
    assert found.sure


def test_a_model_is_not_surely_better_than_itself():
    found = difference(COUNTS, COUNTS, GROUPS)
    assert found.value == 0
    assert not found.sure, "its seeds are drawn apart"


def test_undefined_seeds_stay_out_of_the_mean():
    nothing = np.array([[[0, 0, 0, 5]], [[1, 1, 0, 3]]])
    found = summary(nothing, ["a"])
    assert found.mean == pytest.approx(2 / 3)
    assert math.isnan(found.values[0])
    empty = summary(nothing[:1], ["a"])
    assert math.isnan(empty.mean)
    assert math.isnan(empty.low)


def test_other_lakes_and_metrics_are_refused():
    with pytest.raises(ConfigError, match="expected the same lakes, got 2 and 1"):
        difference(COUNTS, COUNTS[:, :1], GROUPS)
    with pytest.raises(ConfigError, match=r"expected \(seeds, 3, 4\) counts"):
        summary(COUNTS, ["a", "b", "c"])
    with pytest.raises(ConfigError, match="recall"):
        summary(COUNTS, GROUPS, "acuracy")


@given(
    arrays(np.int64, (3, 4, 4), elements=st.integers(0, 50)), st.lists(st.sampled_from("abc"), min_size=4, max_size=4)
)
def test_intervals_hold_possible_values(counts, groups):
    found = summary(counts + 1, groups, draws=50)
    assert 0 <= found.low <= found.high <= 1
    assert found.least <= found.mean <= found.most
    assert found.low - 1e-9 <= found.high
    there, back = (
        difference(*pair, groups, draws=50) for pair in ((counts + 1, counts[:2] + 2), (counts[:2] + 2, counts + 1))
    )
    assert there.value == pytest.approx(-back.value)
