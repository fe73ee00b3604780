import numpy as np
import pandas as pd
import pytest

from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.catalogue import ORDERS, Selection, add_disagreement, arrange, lake_table, neighbours
from lakeseg.data.write import write_dataset
from tests.lakes import HEADER, make_lake

FRAME = pd.DataFrame(
    {
        "lake": ["a", "b", "c", "d"],
        "pixels": [10, 40, 20, 30],
        "water %": [1.0, 2.0, 3.0, 4.0],
        "unclassified %": [0.0, 50.0, 20.0, 0.0],
        "domain": ["arid", "arid", "tropical", ""],
        "mean F1": [0.9, np.nan, 0.2, 0.5],
    }
)


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("File order", "abcd"),
        ("Worst F1 first", "cdab"),
        ("Most unclassified first", "bcad"),
        ("Largest first", "bdca"),
        ("Smallest first", "acdb"),
        ("Most water first", "dcba"),
    ],
)
def test_orders(order, ids):
    assert "".join(arrange(FRAME, Selection(order))["lake"]) == ids


def test_every_order_works_without_scores():
    frame = FRAME.drop(columns="mean F1")
    assert all(len(arrange(frame, Selection(order))) == 4 for order in ORDERS)


def test_disagreement_order_uses_the_extra_column_and_puts_unknown_last():
    extra = {"disagreement %": np.array([1.0, np.nan, 9.0, 3.0])}
    assert "".join(arrange(FRAME, Selection("Most disagreement first", extra=extra))["lake"]) == "cdab"


def test_filters():
    assert arrange(FRAME, Selection(domains=("arid",)))["lake"].tolist() == ["a", "b"]
    assert arrange(FRAME, Selection(min_pixels=25))["lake"].tolist() == ["b", "d"]
    assert arrange(FRAME, Selection(min_unclassified=20))["lake"].tolist() == ["b", "c"]


def test_lake_table_counts_and_scores(small_dataset):
    lakes = len(small_dataset.lakes)
    confusions = np.full((lakes, 3, 3), -1)
    confusions[0] = [[6, 2, 0], [1, 9, 0], [0, 0, 0]]  # F1 = 12 / (12 + 2 + 1) = .8
    frame = lake_table(small_dataset, {"FCN": confusions})
    assert frame["F1 FCN"].iloc[0] == pytest.approx(0.8)
    assert frame["F1 FCN"].iloc[1:].isna().all()
    assert frame["pixels"].sum() == small_dataset.pixel_count
    labels = small_dataset.lake(small_dataset.lake_ids[3]).labels
    assert frame["water %"].iloc[3] == pytest.approx(100 * (labels == 1).mean())


def test_disagreement_counts_pixels_where_not_all_agree(small_dataset, tmp_path):
    cache = PredictionCache(tmp_path)
    lake = small_dataset.lake(small_dataset.lake_ids[0])
    one = np.zeros((*lake.shape, 3), np.float32)
    one[..., 0] = 1
    other = one.copy()
    other[0, 0] = [0, 1, 0]
    for model, p in (("m1", one), ("m2", other), ("m3", one)):
        cache.put(CacheKey(small_dataset.fingerprint, lake.id, model), p)
    shares = np.full(len(small_dataset.lakes), np.nan)
    add_disagreement(shares, small_dataset, cache, ["m1", "m2", "m3"])
    assert shares[0] == pytest.approx(100 / lake.labels.size)
    assert np.isnan(shares[1:]).all()


def test_disagreement_leaves_out_pixels_that_miss_a_band(tmp_path):
    lakes = [make_lake("a", 2, 4), make_lake("gone", 1, 2)]
    lakes[0].image[0, :3, 1] = lakes[1].image[..., 2] = HEADER.fill
    dataset = write_dataset(tmp_path / "d.h5", HEADER, lakes)
    cache, shares = PredictionCache(tmp_path / "cache"), np.full(2, np.nan)
    for lake in lakes:
        for model, water in (("m1", 1), ("m2", 0)):
            said = np.zeros((*lake.shape, 3), np.float32)
            said[..., 1 - water] = 1
            if lake.id == "a" and model == "m2":
                said[1] = [1, 0, 0]  # the second row alike; of the first, one pixel was seen
            cache.put(CacheKey(dataset.fingerprint, lake.id, model), said)
    add_disagreement(shares, dataset, cache, ["m1", "m2"])
    assert shares.tolist() == [pytest.approx(100 / 5), 0]


def test_neighbours_stay_inside_the_list():
    ids = list("abcdefgh")
    assert neighbours(ids, "a", 3) == ["a", "b", "c"]
    assert neighbours(ids, "e", 3) == ["d", "e", "f"]
    assert neighbours(ids, "h", 3) == ["f", "g", "h"]
    assert neighbours(ids, "unknown", 2) == ["a", "b"]
    assert neighbours([], "a", 3) == []
