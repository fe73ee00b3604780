"""F1 against patch size with stub models whose answers are known; see `stubs`."""

from __future__ import annotations

import numpy as np
import pytest

from lakeseg.cache import PredictionCache
from lakeseg.data.write import write_dataset
from lakeseg.study import results, sizes
from tests.lakes import HEADER, make_dataset, make_lake
from tests.unit.study.stubs import StubStore, make_card


def quiet(share, text):
    assert 0 <= share <= 1


@pytest.fixture
def dataset(tmp_path):
    """Three lakes; those of the test: 20×17 px of two classes, and 9×9 px of land alone."""
    lakes = [make_lake("a", 20, 17, seed=1), make_lake("b", 9, 9, codes=(2,)), make_lake("c", 12, 12)]
    return write_dataset(tmp_path / "d.h5", HEADER, lakes)


@pytest.fixture
def cache(tmp_path):
    return PredictionCache(tmp_path / "cache")


@pytest.fixture(autouse=True)
def no_results(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path))
    monkeypatch.setattr(results, "SHIPPED", tmp_path / "none")


def test_kept_labels_by_hand():
    labels = np.array([[1, 1, 2, 2, 1], [1, 2, 2, 2, 1], [2, 2, 2, 2, 1]], np.uint8)
    # patches of 2: the first is mixed, the second land alone; the rest lies in none
    assert sizes.kept_labels(labels, 2).tolist() == [[1, 1, 0, 0, 0], [1, 2, 0, 0, 0], [0, 0, 0, 0, 0]]
    assert not sizes.kept_labels(labels, 4).any()


def test_models_run_at_the_sizes_they_can(dataset):
    def runs(*arguments, **more):
        card = make_card(dataset, "m", *arguments, **more)
        return {size: sizes.Run(card, size, []).options.key for size in sizes.sizes_of(card)}

    assert runs("fcn", "paper", patch=16) == {16: ""}
    assert runs("unet", "paper", patch=32) == {32: "patch32"}
    assert runs("logistic") == dict.fromkeys((8, 16, 32, 64, 0), "")
    assert runs("fcn", "lakeseg", patch=32) == {8: "patch8", 16: "patch16", 32: "patch32", 64: "patch64", 0: ""}


@pytest.mark.parametrize(
    ("title", "series"),
    [
        ("FCN paper 16×16", "FCN paper"),
        ("FCN paper 8×8 RGB", "FCN paper RGB"),
        ("FCN lakeseg", "FCN lakeseg"),
        ("U-Net paper 32×32", "U-Net paper"),
    ],
)
def test_series_forget_the_size(title, series):
    assert sizes.series_of(title) == series


def test_both_terms_by_hand(dataset, cache):
    card = make_card(dataset, "fcn", "fcn", "lakeseg", test=("a", "b"), patch=32)
    result = sizes.measure(dataset, StubStore([card]), cache, quiet)
    rows = {(row["terms"], row["size"]): row for row in result.rows}
    labels = dataset.lake("a").labels
    water, land = int((labels == 1).sum()), int((labels == 2).sum()) + 81
    # at 8 and 16 px the stub says water everywhere: F1 = 2 water / (2 water + land); beyond, land everywhere: 0
    for size, f1 in [(8, 2 * water / (2 * water + land)), (16, 2 * water / (2 * water + land)), (32, 0.0), (64, 0.0)]:
        assert rows["fair", size]["f1"] == pytest.approx(f1)
        assert (rows["fair", size]["pixels"], rows["fair", size]["lakes"]) == (340 + 81, 2)
    inside = labels[:16, :16]
    kept = int((inside == 1).sum())
    assert rows["study", 8]["pixels"] == rows["study", 16]["pixels"] == 256  # all patches are mixed; b gives none
    assert rows["study", 16]["f1"] == pytest.approx(2 * kept / (kept + 256))
    assert rows["study", 16]["land_share"] == pytest.approx(1 - kept / 256)
    assert rows["study", 64]["pixels"] == 0
    assert rows["study", 64]["f1"] is rows["study", 64]["land_share"] is None
    assert ("study", 0) not in rows
    assert result.models == {"fcn": "print of fcn"}
    assert {row["rule"] for row in result.rows} == {"test part of the model's own split"}


def test_a_second_run_predicts_nothing(dataset, cache):
    cards = [
        make_card(dataset, "fcn", "fcn", "lakeseg", test=("a",), patch=32),
        make_card(dataset, "logistic", "logistic", test=("a",)),
    ]
    first = sizes.measure(dataset, StubStore(cards), cache, quiet)
    again = StubStore(cards)
    assert sizes.measure(dataset, again, cache, quiet).rows == first.rows
    assert all(model.runs == 0 for model in again.models.values())


def test_known_models_keep_their_rows_and_new_ones_are_measured(dataset, cache, tmp_path):
    old = make_card(dataset, "logistic", "logistic", test=("a",))
    results.save(sizes.measure(dataset, StubStore([old]), cache, quiet), results.local_dir())
    new = make_card(dataset, "fcn", "fcn", "paper", test=("a",), patch=8)
    store = StubStore([old, new])
    result = sizes.measure(dataset, store, PredictionCache(tmp_path / "empty"), quiet)
    assert store.models["logistic"].runs == 0
    assert store.models["fcn"].runs > 0
    assert {row["model"] for row in result.rows} == {"logistic", "fcn"}
    assert len(result.of_model("logistic")) == 9  # study's terms at four sizes, fair ones also on whole lakes


def test_models_that_do_not_fit_are_left_out(dataset, cache, tmp_path):
    elsewhere = make_dataset(tmp_path / "other.h5", [(9, 9)])
    seen = make_card(dataset, "seen", "logistic")
    seen.dataset["groups_seen"] = elsewhere.lakes.group.tolist()
    assert sizes.measure(elsewhere, StubStore([seen]), cache, quiet).rows == []
