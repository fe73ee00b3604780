import json
from dataclasses import replace

import numpy as np
import pytest

from lakeseg import evaluation
from lakeseg.bands import to_reflectance
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.data.write import write_dataset
from lakeseg.errors import DatasetError, ModelError
from lakeseg.evaluation import evaluate, lake_confusions, predict_dataset, scored_labels, summarise
from lakeseg.metrics import confusion
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.rules import Naive
from tests.lakes import HEADER, make_lake

FP = "f" * 64


class Dark:
    """Calls dark red pixels water, bright ones unclassified, the others land; counts how often it was asked."""

    reach = "pixel"
    bands = (1,)
    config = SegmenterConfig("naive")

    def __init__(self):
        self.asked = 0

    def predict_pixels(self, reflectance):
        self.asked += 1
        red = reflectance[:, 0]
        return np.stack([red < 0.3, (red >= 0.3) & (red < 0.8), red >= 0.8], axis=-1).astype(np.float32)


def says(lake):
    red = to_reflectance(lake.image)[..., 0]
    return np.where(red < 0.3, 1, np.where(red < 0.8, 2, 3)).astype(np.uint8)


@pytest.fixture
def dataset(tmp_path):
    lakes = [make_lake(f"a{n}", 5, 6 + n, group=f"g{n // 2}", seed=n, codes=(0, 1, 2, 3)) for n in range(5)]
    lakes[2].image[0, :3, 4] = HEADER.fill
    return write_dataset(tmp_path / "d.h5", HEADER, lakes)


@pytest.fixture
def cache(tmp_path):
    return PredictionCache(tmp_path / "cache")


def test_predictions_are_made_once_and_kept(dataset, cache):
    dark, steps = Dark(), []
    first = list(predict_dataset(dark, FP, dataset, cache=cache, progress=lambda *step: steps.append(step)))
    assert [each.lake.id for each in first] == list(dataset.lake_ids)
    assert all(each.probabilities.shape == (*each.lake.shape, 3) for each in first)
    assert steps == [(0.2, "a0"), (0.4, "a1"), (0.6, "a2"), (0.8, "a3"), (1.0, "a4")]
    assert cache.missing(dataset.fingerprint, FP, dataset.lake_ids) == []
    again = list(predict_dataset(dark, FP, dataset, ["a3", "a1"], cache))
    assert dark.asked == 5
    assert (again[1].probabilities == first[1].probabilities).all()
    list(predict_dataset(dark, "other model", dataset, ["a3"], cache))
    assert dark.asked == 6


def test_without_a_cache_each_run_predicts(dataset):
    dark = Dark()
    for _ in range(2):
        list(predict_dataset(dark, FP, dataset, ["a0"]))
    assert dark.asked == 2


def test_a_cached_prediction_of_another_shape_is_made_anew(dataset, cache):
    cache.put(CacheKey(dataset.fingerprint, "a0", FP), np.zeros((1, 1, 3)))
    (made,) = predict_dataset(Dark(), FP, dataset, ["a0"], cache)
    assert made.probabilities.shape == (5, 6, 3)


def test_a_cache_that_cannot_write_does_no_harm(dataset, tmp_path, caplog):
    (tmp_path / "file").touch()
    cache = PredictionCache(tmp_path / "file")
    without = lake_confusions(Dark(), FP, dataset)
    assert (lake_confusions(Dark(), FP, dataset, cache=cache) == without).all()
    assert len(caplog.records) == 1


def test_confusions_leave_out_fill_and_pixels_without_label(dataset):
    table = lake_confusions(Dark(), FP, dataset)
    for lake, matrix in zip(dataset.iter_lakes(), table, strict=True):
        labels = lake.labels.copy()
        labels[(lake.image == HEADER.fill).any(axis=-1)] = 0
        assert (matrix == confusion(labels, says(lake))).all()
        assert matrix.sum() == (labels > 0).sum()
    lake = dataset.lake("a2")
    assert (scored_labels(lake, HEADER.fill)[0, :3] == 0).all()
    assert (scored_labels(lake, HEADER.fill)[1:] == lake.labels[1:]).all()


def test_pixels_that_miss_a_band_have_no_answer_whether_kept_before_or_not(dataset, cache):
    image = dataset.lake("a2").image
    for _ in range(2):
        (made,) = predict_dataset(Dark(), FP, dataset, ["a2"], cache)
        missing = np.isnan(made.probabilities).all(axis=-1)
        np.testing.assert_array_equal(missing, (image == HEADER.fill).any(axis=-1))
        assert np.isfinite(made.probabilities[~missing]).all()
        assert missing.sum() == 3
    assert np.isfinite(cache.get(CacheKey(dataset.fingerprint, "a2", FP))).all()


def test_confusions_come_in_the_order_asked_from_what_is_known(dataset, cache):
    dark = Dark()
    every = lake_confusions(dark, FP, dataset, cache=cache)
    some = lake_confusions(dark, FP, dataset, ["a4", "a1"], cache)
    assert (some == every[[4, 1]]).all()
    assert dark.asked == 5
    assert (cache.scores(dataset.fingerprint, FP, 5) == every).all()


def test_scores_are_saved_while_the_run_goes_on(dataset, cache, monkeypatch):
    monkeypatch.setattr(evaluation, "_SAVE_EVERY", 0.0)
    known = []

    def progress(done, lake_id):
        known.append(int((cache.scores(dataset.fingerprint, FP, 5)[:, 0, 0] >= 0).sum()))

    lake_confusions(Dark(), FP, dataset, cache=cache, progress=progress)
    assert known[-1] >= 4


def test_an_interrupted_run_goes_on_where_it_stood(dataset, cache):
    def stop(done, lake_id):
        if lake_id == "a2":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lake_confusions(Dark(), FP, dataset, cache=cache, progress=stop)
    dark = Dark()
    finished = lake_confusions(dark, FP, dataset, cache=cache)
    assert dark.asked == 2
    assert (finished == lake_confusions(Dark(), FP, dataset)).all()


def test_values_that_are_not_finite_are_an_error_and_not_cached(dataset, cache):
    broken = Dark()
    broken.predict_pixels = lambda reflectance: np.full((len(reflectance), 3), np.nan, np.float32)
    with pytest.raises(ModelError, match="lake 'a0': the model gives values that are not finite"):
        list(predict_dataset(broken, FP, dataset, cache=cache))
    assert len(cache.missing(dataset.fingerprint, FP, dataset.lake_ids)) == 5


def test_bands_and_lakes_that_are_not_there(dataset, tmp_path):
    rgb = write_dataset(tmp_path / "rgb.h5", replace(HEADER, bands=(2, 3, 4)), [make_lake("a", 3, 3, bands=3)])
    with pytest.raises(ModelError, match="needs band 1, the data has 2, 3, 4"):
        lake_confusions(Dark(), FP, rgb)
    with pytest.raises(DatasetError, match="unknown lake 'b'"):
        lake_confusions(Dark(), FP, dataset, ["b"])


def test_evaluate_by_parts_is_ready_for_json(dataset, cache):
    parts = {"validation": ["a0", "a1"], "test": ["a1", "a2", "a3"], "none": []}
    result = json.loads(json.dumps(evaluate(Dark(), FP, dataset, parts, cache), allow_nan=False))
    table = lake_confusions(Dark(), FP, dataset)
    assert result["test"] == json.loads(json.dumps(summarise(table[[1, 2, 3]], ["g0", "g1", "g1"])))
    assert (result["validation"]["lakes"], result["test"]["lakes"], result["none"]["lakes"]) == (2, 3, 0)
    assert result["test"]["pixels"] == table[[1, 2, 3]].sum()
    assert result["none"]["f1"] is None
    assert result["none"]["pixels"] == 0


def test_summary_by_hand():
    # TP 5, FP 1, FN 3 with unclassified excluded; TP 7, FP 1, FN 3 if all of it were right, 5, 3, 10 if all were wrong
    summary = summarise(np.array([[[5, 1, 2], [1, 6, 1], [2, 3, 4]]]), ["g"])
    assert summary["f1"] == summary["excluded"]["f1"] == pytest.approx(10 / 14)
    assert summary["class"]["f1"] == pytest.approx(10 / 16)
    assert summary["bounds"]["best"]["f1"] == pytest.approx(14 / 18)
    assert summary["bounds"]["worst"]["f1"] == pytest.approx(10 / 23)
    assert (summary["pixels"], summary["excluded"]["pixels"], summary["class"]["pixels"]) == (25, 16, 25)
    assert summary["confusion"]["rows_truth"][2] == [2, 3, 4]
    assert summary["f1_interval"]["low"] == summary["f1_interval"]["high"] == pytest.approx(10 / 14)


def test_the_naive_model_finds_no_water(dataset):
    scores = evaluate(Naive(SegmenterConfig("naive")), FP, dataset, {"all": dataset.lake_ids})["all"]
    assert scores["f1"] == 0
    assert scores["excluded"]["precision"] is None
    land, water = (int(dataset.total_counts()[code]) for code in (2, 1))
    filled = dataset.lake("a2").labels[0, :3]
    land, water = land - int((filled == 2).sum()), water - int((filled == 1).sum())
    assert scores["excluded"]["accuracy"] == pytest.approx(land / (land + water))
