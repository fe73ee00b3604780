"""Flips of a dataset with a stub that says water in small windows; see `stubs`."""

from __future__ import annotations

import numpy as np
import pytest

from lakeseg.cache import PredictionCache
from lakeseg.data.write import write_dataset
from lakeseg.study import flips, results
from tests.lakes import HEADER, make_lake
from tests.unit.study.stubs import StubStore, make_card


def quiet(share, text):
    assert 0 <= share <= 1


@pytest.fixture
def dataset(tmp_path):
    """Lakes of 70×66 and 30×40 px; ten pixels of the second are fill."""
    large, small = make_lake("a", 70, 66), make_lake("b", 30, 40)
    small.image[0, :10] = HEADER.fill
    return write_dataset(tmp_path / "d.h5", HEADER, [large, small])


@pytest.fixture(autouse=True)
def no_results(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path))
    monkeypatch.setattr(results, "SHIPPED", tmp_path / "none")


def test_flips_by_hand(dataset, tmp_path):
    card = make_card(dataset, "fcn", "fcn", "lakeseg", test=("a", "b"), patch=32)
    other = make_card(dataset, "paper", "fcn", "paper", test=("a", "b"), patch=32)
    result = flips.measure(dataset, StubStore([card, other]), PredictionCache(tmp_path / "cache"), quiet)
    (row,) = result.rows  # the paper's network takes one size only
    # one pass says land; 8, 12 and 16 px say water: three flips everywhere
    pixels = 70 * 66 + 30 * 40 - 10
    assert row["flips"] == [0, 0, 0, pixels, 0, 0, 0, 0]
    assert row["changed"] == [pixels] * 3 + [0] * 4
    assert (row["pixels"], row["lakes"], row["split"]) == (pixels, 2, "test")


def test_a_run_goes_on_where_it_stood(dataset, tmp_path):
    cache = PredictionCache(tmp_path / "cache")
    card = make_card(dataset, "fcn", "fcn", "lakeseg", test=("a", "b"), patch=32)
    store = StubStore([card])

    class KilledError(Exception):
        pass

    def kill(share, text):
        raise KilledError

    with pytest.raises(KilledError):
        flips.measure(dataset, store, cache, kill)
    first = store.models["fcn"].runs
    flips.measure(dataset, store, cache, quiet)
    assert 0 < store.models["fcn"].runs - first < 2 * first
    again = StubStore([card])
    result = flips.measure(dataset, again, cache, quiet)
    assert again.models["fcn"].runs == 0
    assert sum(result.rows[0]["flips"]) == result.rows[0]["pixels"]


def test_elsewhere_all_lakes_count(dataset, tmp_path):
    foreign = write_dataset(tmp_path / "f.h5", HEADER, [make_lake("x", 9, 9), make_lake("y", 12, 9)])
    card = make_card(dataset, "fcn", "fcn", "lakeseg", test=("a",), patch=32)
    (row,) = flips.measure(foreign, StubStore([card]), PredictionCache(tmp_path / "cache"), quiet).rows
    assert (row["lakes"], row["split"], row["pixels"]) == (2, "all", 81 + 108)


def test_predictions_in_the_cache_are_used(dataset, tmp_path):
    from lakeseg.cache import CacheKey

    cache = PredictionCache(tmp_path / "cache")
    card = make_card(dataset, "fcn", "fcn", "lakeseg", test=("b",), patch=32)
    water = np.zeros((30, 40, 3), np.float32)
    water[..., 0] = 1
    cache.put(CacheKey(dataset.fingerprint, "b", card.fingerprint), water)  # one pass now says water
    (row,) = flips.measure(dataset, StubStore([card]), cache, quiet).rows
    assert row["changed"] == [0] * 3 + [1190] * 4


@pytest.mark.parametrize(("most", "expected"), [(400, "abcd"), (300, "bd"), (100, "c"), (1, "a")])
def test_of_many_pixels_lakes_from_all_over_are_taken(tmp_path, most, expected):
    # Four lakes of 100 px: all of them, every second, every fourth, each from the middle of its stretch; at least one.
    lakes = write_dataset(tmp_path / "l.h5", HEADER, [make_lake(name, 10, 10) for name in "abcd"])
    assert flips.spread(lakes, list("abcd"), most) == list(expected)
