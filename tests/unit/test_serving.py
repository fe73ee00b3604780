"""Predictions on demand: from the cache, from the thread, and when something is wrong."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from lakeseg import serving
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.data.write import write_dataset
from lakeseg.inference import Options, predict_lake
from lakeseg.serving import Answer, Failed, Pending, PredictionService, Ready
from lakeseg.store import ModelStore
from tests.lakes import HEADER, make_lake


@pytest.fixture
def store(lab: Path, tmp_path: Path) -> ModelStore:
    shutil.copytree(lab / "models", tmp_path / "models")
    return ModelStore(tmp_path / "models")


@pytest.fixture
def dataset(lab: Path) -> Dataset:
    return open_dataset(lab / "data" / "dataset2.h5")


def wait(service: PredictionService, dataset: Dataset, lake: str, model: str, fingerprint: str) -> Answer:
    for _ in range(500):
        answer = service.request(dataset, lake, model, fingerprint)
        if not isinstance(answer, Pending):
            return answer
        time.sleep(0.02)
    raise AssertionError("no answer within ten seconds")


def test_an_answer_is_that_of_the_model_and_stays_on_disk(store: ModelStore, dataset: Dataset, tmp_path: Path):
    card, lake = store.card("logistic"), dataset.lake(dataset.lake_ids[1])
    service = PredictionService(store, PredictionCache(tmp_path / "cache"))
    assert isinstance(service.request(dataset, lake.id, card.id, card.fingerprint), Pending)
    answer = wait(service, dataset, lake.id, card.id, card.fingerprint)
    expected = predict_lake(store.load(card.id), lake.image, dataset.bands, dataset.scale, dataset.fill)
    assert isinstance(answer, Ready)
    np.testing.assert_array_equal(answer.probabilities, expected)
    again = PredictionService(store, PredictionCache(tmp_path / "cache"))
    assert isinstance(again.request(dataset, lake.id, card.id, card.fingerprint), Ready)


def test_pixels_that_miss_a_band_have_no_answer(store: ModelStore, tmp_path: Path):
    lake = make_lake("a", 4, 5)
    lake.image[1, 2, 3] = HEADER.fill
    holed = write_dataset(tmp_path / "holed.h5", HEADER, [lake])
    card = store.card("logistic")
    service = PredictionService(store, PredictionCache(tmp_path / "cache"))
    for asked in (service, service, PredictionService(store, PredictionCache(tmp_path / "cache"))):
        answer = wait(asked, holed, "a", card.id, card.fingerprint)
        assert isinstance(answer, Ready)
        assert np.argwhere(np.isnan(answer.probabilities).all(axis=-1)).tolist() == [[1, 2]]
        assert np.isnan(answer.probabilities).sum() == 3
    (tmp_path / "holed.h5").unlink()
    again = PredictionService(store, PredictionCache(tmp_path / "cache"))
    assert isinstance(again.request(holed, "a", card.id, card.fingerprint), Failed)


def test_the_last_request_is_served_first(store: ModelStore, dataset: Dataset, tmp_path: Path, monkeypatch):
    begun, go_on, all_served = threading.Event(), threading.Event(), threading.Event()
    served: list[bytes] = []
    ids = dataset.lake_ids[:5]

    def held(_segmenter, image, *_rest):
        served.append(image.tobytes())
        begun.set()
        go_on.wait(30)
        if len(served) == len(ids):
            all_served.set()
        return np.full((*image.shape[:2], 3), 1 / 3, np.float32)

    monkeypatch.setattr(serving, "predict_lake", held)
    card = store.card("logistic")
    service = PredictionService(store, PredictionCache(tmp_path / "cache"))
    service.request(dataset, ids[0], card.id, card.fingerprint)
    assert begun.wait(30)  # the thread is busy with the first while the others are asked for
    for lake in (*ids, ids[0], ids[4]):
        service.request(dataset, lake, card.id, card.fingerprint)
    go_on.set()
    assert all_served.wait(30)
    assert served == [dataset.lake(ids[place]).image.tobytes() for place in (0, 4, 3, 2, 1)]  # and nothing twice


def test_a_damaged_model_fails_in_one_line_and_recovers_when_restored(
    store: ModelStore, dataset: Dataset, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(serving, "FAILURE_SECONDS", 0.2)
    card, lake = store.card("logistic"), dataset.lake_ids[0]
    weights = store.root / card.id / card.weights["file"]
    content = weights.read_bytes()
    weights.write_bytes(content[:-1])
    service = PredictionService(store, PredictionCache(tmp_path / "cache"))
    answer = wait(service, dataset, lake, card.id, card.fingerprint)
    assert isinstance(answer, Failed)
    assert "SHA-256" in answer.reason
    assert "\n" not in answer.reason
    weights.write_bytes(content)
    time.sleep(0.3)
    assert isinstance(wait(service, dataset, lake, card.id, card.fingerprint), Ready)


def test_a_replaced_model_never_answers_under_the_old_fingerprint(store: ModelStore, dataset: Dataset, tmp_path: Path):
    old, lake = store.card("logistic"), dataset.lake_ids[0]
    shutil.rmtree(store.root / "logistic")
    shutil.copytree(store.root / "mndwi", store.root / "logistic")
    cache = PredictionCache(tmp_path / "cache")
    service = PredictionService(store, cache)
    answer = wait(service, dataset, lake, "logistic", old.fingerprint)
    assert isinstance(answer, Failed)
    assert "replaced" in answer.reason
    assert cache.get(CacheKey(dataset.fingerprint, lake, old.fingerprint)) is None


def test_missing_bands_are_named(store: ModelStore, dataset: Dataset, tmp_path: Path):
    from lakeseg.data.dataset import Header, Lake
    from lakeseg.data.write import write_dataset

    image = np.full((5, 6, 2), 500, np.int16)
    lake = Lake("a", image, np.ones((5, 6), np.uint8), group="a")
    narrow = write_dataset(tmp_path / "narrow.h5", Header("narrow", (1, 2), "test", False), [lake])
    card = store.card("logistic")
    service = PredictionService(store, PredictionCache(tmp_path / "cache"))
    answer = wait(service, narrow, "a", card.id, card.fingerprint)
    assert isinstance(answer, Failed)
    assert "needs bands 3, 4, 5, 6, 7" in answer.reason
    del dataset


def test_a_cache_that_cannot_be_written_costs_no_answer(store: ModelStore, dataset: Dataset, tmp_path: Path):
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file")
    card, cache = store.card("logistic"), PredictionCache(in_the_way)
    service = PredictionService(store, cache)
    for lake in dataset.lake_ids:
        assert isinstance(wait(service, dataset, lake, card.id, card.fingerprint), Ready)
    first = service.request(dataset, dataset.lake_ids[0], card.id, card.fingerprint)
    assert isinstance(first, Ready)
    assert cache.problem
    assert os.path.isfile(in_the_way)  # noqa: PTH113  the file is as it was


def test_what_nobody_asks_for_any_more_is_dropped(store: ModelStore, dataset: Dataset, tmp_path: Path, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    served: list[tuple[int, ...]] = []

    def held(_segmenter, image, *_rest):
        served.append(image.shape)
        begun.set()
        go_on.wait(30)
        return np.full((*image.shape[:2], 3), 1 / 3, np.float32)

    monkeypatch.setattr(serving, "predict_lake", held)
    monkeypatch.setattr(serving, "PATIENCE_SECONDS", 0.2)
    card, (first, second, third) = store.card("logistic"), dataset.lake_ids[:3]
    service = PredictionService(store, PredictionCache(tmp_path / "cache"))
    service.request(dataset, first, card.id, card.fingerprint)
    assert begun.wait(30)
    service.request(dataset, second, card.id, card.fingerprint)  # asked once, then the page moved on
    time.sleep(0.4)
    service.request(dataset, third, card.id, card.fingerprint)
    go_on.set()
    assert isinstance(wait(service, dataset, third, card.id, card.fingerprint), Ready)
    assert [shape[:2] for shape in served] == [dataset.lake(lake).shape for lake in (first, third)]


def test_ways_of_predicting_are_kept_apart(store: ModelStore, dataset: Dataset, tmp_path: Path):
    card, lake = store.card("logistic"), dataset.lake_ids[0]
    cache = PredictionCache(tmp_path / "cache")
    service = PredictionService(store, cache)
    for _ in range(500):
        answer = service.request(dataset, lake, card.id, card.fingerprint, Options(patch=8))
        if not isinstance(answer, Pending):
            break
        time.sleep(0.02)
    assert isinstance(answer, Ready)
    assert cache.get(CacheKey(dataset.fingerprint, lake, card.fingerprint, "patch8")) is not None
    assert cache.get(CacheKey(dataset.fingerprint, lake, card.fingerprint)) is None
    refused = service.request(dataset, lake, card.id, card.fingerprint, Options(bands=(1, 3)))
    while isinstance(refused, Pending):
        refused = service.request(dataset, lake, card.id, card.fingerprint, Options(bands=(1, 3)))
    assert isinstance(refused, Failed)
    assert "takes bands 1, 2, 3, 4, 5, 6, 7 and no others" in refused.reason


def test_what_was_made_while_it_waited_is_not_made_again(store: ModelStore, dataset: Dataset, tmp_path, monkeypatch):
    begun, go_on, runs = threading.Event(), threading.Event(), []

    def held(_segmenter, image, *_rest):
        runs.append(image.shape)
        begun.set()
        assert go_on.wait(30)
        return np.zeros((*image.shape[:2], 3), np.float32)

    monkeypatch.setattr(serving, "predict_lake", held)
    card, cache, ids = store.card("mndwi"), PredictionCache(tmp_path / "cache"), dataset.lake_ids
    service = PredictionService(store, cache)
    service.request(dataset, ids[0], card.id, card.fingerprint)
    assert begun.wait(30)
    service.request(dataset, ids[2], card.id, card.fingerprint)
    service.request(dataset, ids[1], card.id, card.fingerprint)  # goes before the one above
    elsewhere = np.ones((*dataset.lake(ids[1]).labels.shape, 3), np.float32)
    cache.put(CacheKey(dataset.fingerprint, ids[1], card.fingerprint), elsewhere)
    go_on.set()
    assert isinstance(wait(service, dataset, ids[2], card.id, card.fingerprint), Ready)
    assert len(runs) == 2
    made = wait(service, dataset, ids[1], card.id, card.fingerprint)
    np.testing.assert_array_equal(made.probabilities, elsewhere)
