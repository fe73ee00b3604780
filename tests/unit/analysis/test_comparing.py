import time

import numpy as np
import pytest

from lakeseg.analysis.comparing import densest, f1_by_size, fullest, paired_difference
from lakeseg.errors import ConfigError


def lakes(count, seed):
    return np.random.default_rng(seed).integers(0, 50, (count, 3, 3))


def f1(matrix):
    tp, missed, false = matrix[0, 0], matrix[0, 1] + matrix[0, 2], matrix[1, 0]
    return 2 * tp / (2 * tp + missed + false)


def test_the_paired_interval_is_that_of_a_slow_loop():
    first, second, groups = lakes(6, 1), lakes(6, 2), ["a", "b", "a", "c", "d", "d"]
    found = paired_difference(first, second, groups, draws=40)
    rng, values = np.random.default_rng(0), []
    members = [[0, 2], [1], [3], [4, 5]]  # of a, b, c, d
    for picks in rng.integers(0, 4, (40, 4)):
        rows = [row for pick in picks for row in members[pick]]
        values.append(f1(first[rows].sum(axis=0)) - f1(second[rows].sum(axis=0)))
    assert found.value == pytest.approx(f1(first.sum(axis=0)) - f1(second.sum(axis=0)))
    assert (found.interval.low, found.interval.high) == pytest.approx(np.quantile(values, [0.025, 0.975]))


def test_a_model_does_not_differ_from_itself():
    same = paired_difference(lakes(9, 3), lakes(9, 3), list("abcdefghi"))
    assert (same.value, same.interval.low, same.interval.high) == (0, 0, 0)


def test_other_lakes_cannot_be_paired_and_no_lakes_have_no_difference():
    with pytest.raises(ConfigError, match="the same lakes"):
        paired_difference(lakes(3, 0), lakes(4, 0), list("abc"))
    empty = paired_difference(lakes(0, 0), lakes(0, 0), [])
    assert np.isnan(empty.value)
    assert np.isnan(empty.interval.low)


def test_two_thousand_resamples_of_956_lakes_take_less_than_a_second():
    first, second, groups = lakes(956, 1), lakes(956, 2), [f"g{n}" for n in range(956)]
    started = time.process_time()
    assert paired_difference(first, second, groups).interval.draws == 2000
    assert time.process_time() - started < 4  # far above what it takes: this machine may be busy


def test_f1_by_size_by_hand():
    # two classes of two lakes: small TP 2, FN 1, FP 1 → 4/6; large TP 3 + 1, FN 0, FP 4 → 8/12
    table = np.zeros((4, 3, 3), np.int64)
    table[:, 0, 0], table[:, 0, 1], table[:, 1, 0] = [3, 1, 1, 1], [0, 1, 0, 0], [4, 0, 1, 0]
    bins = f1_by_size(table, list("abcd"), np.array([90, 10, 20, 80]), bins=2)
    assert [(one.low, one.high, one.lakes) for one in bins] == [(10, 20, 2), (80, 90, 2)]
    assert [one.f1 for one in bins] == pytest.approx([4 / 6, 8 / 12])
    assert all(one.interval.low <= one.f1 <= one.interval.high for one in bins)


def test_lakes_of_one_size_stay_together():
    assert [one.lakes for one in f1_by_size(lakes(5, 0), list("abcde"), np.full(5, 7))] == [5]
    assert f1_by_size(lakes(0, 0), [], np.empty(0)) == []


def test_the_lakes_that_fill_a_cell_most_come_first():
    table = np.zeros((4, 3, 3), np.int64)
    table[:, 1, 0] = [3, 0, 9, 3]  # land called water
    assert fullest(table, truth=2, predicted=1).tolist() == [2, 0, 3]
    assert fullest(table, truth=2, predicted=1, most=1).tolist() == [2]
    assert fullest(table, truth=1, predicted=1).tolist() == []


def test_the_densest_place():
    mask = np.zeros((30, 40), bool)
    assert densest(mask) is None
    mask[2, 3] = True
    assert densest(mask) == (2, 3)
    mask[20:23, 30:33] = True
    assert densest(mask) == (20, 30)  # all nine lie within 7×7 of each of the nine; the first is taken
    assert densest(np.ones((1, 1), bool)) == (0, 0)
