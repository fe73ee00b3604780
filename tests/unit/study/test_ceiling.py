from __future__ import annotations

import numpy as np
import pytest

from lakeseg.analysis.selection import split_of
from lakeseg.cache import PredictionCache
from lakeseg.errors import ModelError
from lakeseg.store import ModelStore
from lakeseg.study import parts
from lakeseg.study.ceiling import RULE, TRUTH
from tests.lakes import make_dataset


@pytest.fixture
def measured(tmp_path):
    def measure(dataset):
        return parts.measure("ceiling", dataset, ModelStore(tmp_path / "none"), PredictionCache(tmp_path / "cache"))

    return measure


def test_the_truth_is_held_to_the_labels_of_each_part(measured, small_dataset):
    rows = {(row["reader"], row["split"]): row for row in measured(small_dataset).rows}
    split = split_of(small_dataset, []).split
    for part in ("validation", "test"):
        lakes = [small_dataset.lake(lake_id) for lake_id in split.part(part)]
        water = np.concatenate([lake.truth.ravel() >= 50 for lake in lakes])
        labelled = np.concatenate([lake.labels.ravel() == 1 for lake in lakes])
        row = rows[TRUTH, part]
        assert row["f1"] == pytest.approx(2 * (water & labelled).sum() / (water.sum() + labelled.sum()))
        assert row["pixels"] == water.size
        assert row["lakes"] == len(lakes)
        assert row["low"] <= row["f1"] <= row["high"]
        assert (RULE, part) in rows


def test_without_truth_only_the_rule_is_left(measured, tmp_path):
    result = measured(make_dataset(tmp_path / "plain.h5", [(12, 12)] * 6))
    assert {row["reader"] for row in result.rows} == {RULE}


def test_where_nothing_can_be_held_to_the_labels_one_line_says_so(measured, small_dataset, monkeypatch):
    monkeypatch.setattr("lakeseg.study.ceiling.readers", lambda _dataset: {})
    with pytest.raises(ModelError, match="knows no truth"):
        measured(small_dataset)
