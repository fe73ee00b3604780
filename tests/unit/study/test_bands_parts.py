"""The parts `subsets` and `components` on small lakes; the network for any bands is a stub whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from lakeseg.analysis import components as trials
from lakeseg.analysis.regression import fit_bands, prepare
from lakeseg.analysis.subsets import all_subsets
from lakeseg.cache import PredictionCache
from lakeseg.data.splits import split_by_group
from lakeseg.evaluation import evaluate, summarise
from lakeseg.metrics import Scores
from lakeseg.study import components, notes, subsets
from lakeseg.study.results import Result
from tests.unit.study.stubs import StubStore, make_card


def quiet(share, text):
    assert 0 <= share <= 1


@pytest.fixture
def cache(tmp_path):
    return PredictionCache(tmp_path / "cache")


@pytest.fixture(scope="module")
def split(small_dataset):
    return split_by_group(small_dataset.lakes, 0, (0.5, 0.25, 0.25))


def stub_store(dataset, split, any_bands=True):
    card = make_card(dataset, "fcn-bands", "fcn", "lakeseg", patch=32, any_bands=any_bands)
    return StubStore([replace(card, split=split.to_json())])


@pytest.fixture(scope="module")
def measured(small_dataset, split, tmp_path_factory):
    store = stub_store(small_dataset, split)
    return subsets.measure(small_dataset, store, PredictionCache(tmp_path_factory.mktemp("cache")), quiet)


def test_every_subset_has_a_row_of_each_model(small_dataset, measured):
    for model in ("logistic", "fcn-bands"):
        assert list(subsets.scores_of(measured, model)) == all_subsets(small_dataset.bands)
    assert measured.models == {"fcn-bands": "print of fcn-bands"}
    assert measured.made["split_of"] == "fcn-bands"


def test_rows_of_the_regression_are_its_live_fits(small_dataset, split, measured):
    row = subsets.row_of(measured, "logistic", (2, 5))
    live = fit_bands(prepare(small_dataset, split), (2, 5)).scores
    assert row["f1"] == live["f1"]
    assert row["confusion"] == live["confusion"]["rows_truth"]
    assert row["pixels"] == sum(map(sum, row["confusion"]))


def test_pixels_of_a_row_are_those_that_its_f1_rests_on():
    # 5 + 1 px of water and 2 + 9 of land; the 4 unclassified ones enter no F1
    scores = summarise(np.array([[[5, 1, 0], [2, 9, 0], [3, 1, 0]]]), ["g"])
    assert subsets._row("m", (1,), scores)["pixels"] == 17


def test_rows_of_the_network_are_those_of_the_evaluation(small_dataset, split, measured):
    stub = stub_store(small_dataset, split).load("fcn-bands")
    expected = evaluate(stub, "", small_dataset, {"test": split.test})["test"]
    row = subsets.row_of(measured, "fcn-bands", small_dataset.bands)
    assert (row["pixels"], row["lakes"]) == (expected["pixels"], expected["lakes"])
    assert row["confusion"] == expected["confusion"]["rows_truth"]
    assert row["f1"] == Scores.from_confusion(np.array(row["confusion"])).f1


def test_a_run_that_was_stopped_goes_on(small_dataset, split, cache, monkeypatch):
    store = stub_store(small_dataset, split)

    def stop(share, text):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        subsets.measure(small_dataset, store, cache, stop)
    done = store.load("fcn-bands").runs
    assert done > 0
    monkeypatch.setattr(subsets, "fit_bands", lambda *_: pytest.fail("the regressions are noted"))
    subsets.measure(small_dataset, store, cache, quiet)
    assert store.load("fcn-bands").runs == 127 * len(split.test)
    assert not list(cache.root.rglob("*.notes.json"))


def test_without_a_network_regression_alone_is_measured(small_dataset, split, cache):
    made = subsets.measure(small_dataset, stub_store(small_dataset, split, any_bands=False), cache, quiet)
    assert {row["model"] for row in made.rows} == {"logistic"}
    assert made.models == {}


def test_components_and_bands_of_every_number(small_dataset, split, cache, monkeypatch):
    monkeypatch.setattr(trials, "_fit", lambda _model, learned, labels: fast(learned, labels))
    made = components.measure(small_dataset, stub_store(small_dataset, split), cache, quiet)
    assert [(row["model"], row["basis"], row["k"]) for row in made.rows] == [
        (model, basis, k)
        for basis in ("components", "bands")
        for model in ("logistic", "boosting")
        for k in range(1, 8)
    ]
    reached = [row["variance"] for row in made.rows[:7]]
    assert reached == sorted(reached)
    assert reached[-1] == pytest.approx(1)
    assert all(len(row["bands"]) == row["k"] for row in made.rows[14:])
    greedy = [set(row["bands"]) for row in made.rows if (row["model"], row["basis"]) == ("boosting", "bands")]
    assert all(one < more for one, more in pairwise(greedy))
    assert "components hold" in components.resolution(made)
    assert made.dataset["fingerprint"] == small_dataset.fingerprint


def fast(learned, labels):
    """A classifier that needs no fit: the sign of the first column."""

    class First:
        def predict_pixels(self, values):
            water = (values[:, 0] < np.median(learned[labels == 1, 0])).astype(np.float32)
            return np.stack([water, 1 - water, 0 * water], axis=1)

    return First()


def test_all_components_hold_what_all_bands_hold(small_dataset, split):
    material = prepare(small_dataset, split)
    axes = trials.principal(material)
    turned, plain = trials.in_components(material, axes), trials.in_bands(material)
    np.testing.assert_allclose(np.cov(turned.training.astype(float), rowvar=False), np.eye(7), atol=1e-2)
    every = tuple(range(7))
    one, other = (trials.score(basis, trials.Trial("logistic", every)) for basis in (turned, plain))
    assert one["f1"] == pytest.approx(other["f1"], abs=0.02)  # a rotation; only the penalty sees it
    assert trials.score(plain, trials.Trial("boosting", (1, 4), every=5))["training_pixels"] == -(
        -len(material.labels) // 5
    )


def result_of(components_f1: float, bands_f1: float, whole: float) -> Result:
    rows = [
        {"model": "logistic", "basis": "components", "k": k, "bands": [], "variance": v, "f1": f1}
        for k, v, f1 in ((3, 0.99, components_f1), (7, 1.0, whole))
    ]
    rows += [
        {"model": "logistic", "basis": "bands", "k": k, "bands": list(range(1, k + 1)), "variance": None, "f1": f1}
        for k, f1 in ((3, bands_f1), (7, whole))
    ]
    return Result("components", {}, "test", rows)


def test_the_resolution_says_what_the_numbers_say():
    words = components.resolution(result_of(0.5, 0.7, 0.75))
    assert "99.0 % of the variance" in words
    assert ".500 against .750" in words
    assert "the .250 between them lies in the 1.0 % left over" in words
    assert "(1, 2, 3) reach .700" in words
    assert "as well as all 7" in components.resolution(result_of(0.749, 0.7, 0.75))


def test_notes_survive_a_torn_file(tmp_path):
    path = tmp_path / "part.notes.json"
    path.write_text("{torn")
    kept = notes.Notes(path)
    assert kept.ask("a", lambda: {"f1": np.float64(0.5)}) == {"f1": 0.5}
    assert notes.Notes(path).ask("a", lambda: pytest.fail("noted")) == {"f1": 0.5}
    path.write_text("[]")
    assert notes.Notes(path).ask("a", lambda: 1) == 1
    kept.forget()
    assert not path.exists()
