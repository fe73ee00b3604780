import numpy as np

from lakeseg.analysis.shore import FAR, band_confusions, border_distance, read_distances
from lakeseg.analysis.thresholds import read_scores
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.metrics import classes, confusion
from tests.lakes import make_dataset


def slow_distance(labels):
    """Chessboard distance to the nearest other class by looking at every pair of pixels."""
    found = np.full(labels.shape, FAR)
    for row, column in np.argwhere(labels > 0):
        others = np.argwhere((labels > 0) & (labels != labels[row, column]))
        if len(others):
            found[row, column] = min(FAR, np.abs(others - (row, column)).max(axis=1).min())
    return found


def test_distance_by_hand():
    labels = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 2]], np.uint8)
    assert border_distance(labels).tolist() == [[4, 4, 3, 2, 1, 1], [4, 4, 3, 2, 1, 1]]


def test_neither_the_edge_nor_a_pixel_without_label_is_a_border():
    assert (border_distance(np.array([[1, 1, 0, 2]], np.uint8)) == [[3, 2, 4, 2]]).all()
    assert (border_distance(np.full((5, 5), 2, np.uint8)) == FAR).all()
    assert (border_distance(np.zeros((2, 2), np.uint8)) == FAR).all()


def test_distance_is_that_of_a_slow_loop():
    rng = np.random.default_rng(2)
    for share in (0.02, 0.2):
        labels = np.where(rng.random((14, 11)) < share, rng.integers(0, 4, (14, 11)), 2).astype(np.uint8)
        assert (border_distance(labels) == slow_distance(labels)).all()


def test_bands_and_the_rest_add_up_to_the_whole(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(9, 9), (1, 1), (12, 5)], codes=(0, 1, 2, 2, 2, 2, 3))
    cache, rng = PredictionCache(tmp_path / "cache"), np.random.default_rng(0)
    for lake in dataset.iter_lakes():
        said = rng.dirichlet([1, 1, 1], lake.shape).astype(np.float32)
        cache.put(CacheKey(dataset.fingerprint, lake.id, "model"), said)
    ids = list(dataset.lake_ids)
    pixels = read_scores(dataset, "model", ids, cache)
    bands = band_confusions(pixels, read_distances(dataset, ids))
    assert bands.shape == (FAR, 3, 3, 3)
    assert (bands.sum(axis=0) == pixels.lake_confusions()).all()
    lake = dataset.lake("a2")
    codes = classes(cache.get(CacheKey(dataset.fingerprint, "a2", "model")))
    near = np.where(slow_distance(lake.labels) == 1, lake.labels, 0)
    assert (bands[0, 2] == confusion(near.astype(np.uint8), codes)).all()
