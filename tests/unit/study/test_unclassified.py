"""Unclassified pixels on lakes made by hand, with a stub that says land; see `stubs`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lakeseg.cache import PredictionCache
from lakeseg.data.dataset import Lake
from lakeseg.data.simulate import make_small
from lakeseg.data.simulate.labellers import agreed, spectral_rule
from lakeseg.data.write import write_dataset
from lakeseg.study import results, unclassified
from tests.lakes import HEADER, make_lake
from tests.unit.study.stubs import StubStore, make_card


def quiet(share, text):
    assert 0 <= share <= 1


@pytest.fixture(autouse=True)
def no_results(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path))
    monkeypatch.setattr(results, "SHIPPED", tmp_path / "none")


WET = [500, 200, 500, 900, 200, 100, 100]  # green above infrared: both indices are positive, the rule says water
DRY = [900, 3000, 500, 700, 3000, 2500, 2000]


def lake(name: str, map_water: list[int], rule_water: list[int], truth: list[int], domain: str = "arid") -> Lake:
    """A lake one pixel high: what the map and the rule say of each pixel, and its water in percent."""
    image = np.array([[WET if wet else DRY for wet in rule_water]], np.int16)
    assert spectral_rule(image)[0].tolist() == [bool(wet) for wet in rule_water]
    labels = agreed(np.array([map_water], bool), np.array([rule_water], bool))
    return Lake(name, image, labels, f"ground of {name}", np.array([truth], np.uint8), domain)


@pytest.fixture
def dataset(tmp_path):
    """Labels: a is water, land, open, open, open; b is open, land."""
    lakes = [
        lake("a", [1, 0, 1, 0, 1], [1, 0, 0, 1, 0], [90, 10, 80, 20, 50]),  # the map is right on all three
        lake("b", [1, 0], [0, 0], [49, 60], "boreal winter"),  # the rule is right; land on both maps, yet water
    ]
    return write_dataset(tmp_path / "d.h5", HEADER, lakes)


@pytest.fixture
def card(tmp_path, dataset):
    """A pixel model that says land and was trained elsewhere."""
    home = write_dataset(tmp_path / "home.h5", HEADER, [make_lake("x", 9, 9)])
    return replace(make_card(home, "land", "logistic"), title="Says land")


def measured(dataset, cards, tmp_path):
    store = StubStore(cards)
    return store, unclassified.measure(dataset, store, PredictionCache(tmp_path / "cache"), quiet)


def test_counts_by_hand(dataset, card, tmp_path):
    _, result = measured(dataset, [card], tmp_path)
    rows = {row["domain"]: row for row in result.rows}
    assert list(rows) == ["", "arid", "boreal winter"]
    whole = rows[""]
    assert (whole["lakes"], whole["of_lakes"], whole["groups"], whole["pixels"]) == (2, 2, 2, 7)
    assert whole["confusion"] == [[0, 1, 0], [0, 2, 0], [0, 4, 0]]
    assert whole["says"] == {"water": 0, "land": 4, "unclassified": 0}
    assert (whole["agreement"]["count"], whole["agreement"]["pixels"]) == (2, 3)
    # Of the four open pixels those with 80 and 50 % are water, 20 and 49 % land.
    truth = whole["truth"]
    assert truth["counts"] == {"land": [0, 2, 0], "water": [0, 2, 0]}
    assert (truth["right"]["count"], truth["right"]["pixels"], truth["water"]["count"]) == (2, 4, 2)
    # Sure labels: 90 % called water, 10 % land, both right; 60 % called land by both labellers, wrong.
    assert (truth["labels_right_on_sure"]["count"], truth["right_on_sure"]["count"]) == (2, 1)


def test_labellers_by_hand(dataset, card, tmp_path):
    _, result = measured(dataset, [card], tmp_path)
    found = {row["domain"]: row["truth"]["labellers"] for row in result.rows}
    assert found[""]["static map"]["right"]["count"] == 3
    assert found[""]["spectral rule"]["right"]["count"] == 1
    assert found[""]["static map"]["model_less_labeller"]["value"] == pytest.approx(-1 / 4)
    assert found[""]["spectral rule"]["model_less_labeller"]["value"] == pytest.approx(1 / 4)
    assert found["boreal winter"]["spectral rule"]["right"]["share"] == 1


def test_a_model_that_calls_a_pixel_unclassified_is_not_right():
    # One lake; truly land: one open pixel said land, one unclassified; truly water: one said unclassified.
    tables = np.zeros((1, 2, 3, 3), np.int64)
    tables[0, 0, 2], tables[0, 1, 2] = (0, 1, 1), (0, 0, 1)
    lakes = unclassified.Lakes(np.array([0]), ["a"], np.array([""]), None)
    row = unclassified._numbers(tables, lakes, "")
    assert (row["truth"]["right"]["count"], row["truth"]["right"]["pixels"]) == (1, 3)
    assert "labellers" not in row["truth"]


def test_other_labellers_and_data_without_truth_stay_unknown(tmp_path, card):
    odd = lake("a", [1, 0, 1], [1, 0, 0], [90, 10, 80])
    labels = np.array([[2, 2, 3]], np.uint8)  # the first is wet, yet called land for sure: another rule was at work
    other = write_dataset(tmp_path / "o.h5", HEADER, [replace(odd, labels=labels)])
    assert "labellers" not in measured(other, [card], tmp_path)[1].rows[0]["truth"]
    real = write_dataset(tmp_path / "r.h5", replace(HEADER, simulated=False), [replace(odd, truth=None)])
    (row, *_) = measured(real, [card], tmp_path)[1].rows
    assert "truth" not in row
    assert row["says"]["land"] == 1


def test_only_lakes_on_unseen_ground_count(dataset, card, tmp_path):
    seen = replace(card, dataset=dict(card.dataset) | {"groups_seen": ["ground of a"]})
    _, result = measured(dataset, [seen], tmp_path)
    assert (result.rows[0]["lakes"], result.rows[0]["of_lakes"]) == (1, 2)


def test_without_unclassified_pixels_there_is_nothing_to_measure(tmp_path, card):
    sure = write_dataset(tmp_path / "s.h5", HEADER, [make_lake("a", 5, 5)])
    assert list(measured(sure, [card], tmp_path)[1].rows) == []


def test_what_is_known_is_not_done_again(dataset, card, tmp_path):
    _, first = measured(dataset, [card], tmp_path)
    again, second = measured(dataset, [card], tmp_path)
    assert again.models["land"].runs == 0
    assert second.rows == first.rows
    results.save(replace(first, rows=[*first.rows[:1]]), results.local_dir())
    assert len(measured(dataset, [card], tmp_path)[1].rows) == 1  # rows of a model known before stay
    assert len(measured(dataset, [replace(card, fingerprint="trained anew")], tmp_path)[1].rows) == 3


def test_votes_of_the_simulators_own_lakes(tmp_path):
    from lakeseg.data.simulate.demo import _small_scenes
    from lakeseg.data.simulate.labellers import votes

    for _, (scene, _group) in zip(range(4), _small_scenes(np.random.default_rng(7), 40), strict=False):
        made = scene.lake("x", "g", three_classes=True)
        said = votes(made.image, made.labels)
        assert said is not None
        assert (said[0] == scene.map_water).all()
        assert (said[1] == scene.rule_water).all()
    two_classes = make_small(tmp_path / "two.h5", lakes=1, seed=1).lake("S-0001")
    assert votes(two_classes.image, two_classes.labels) is None  # settled by the map: the rule is forgotten
