from __future__ import annotations

import json

import altair as alt
import numpy as np
import pytest

from lakeseg.analysis.patch_curves import patch_curve
from lakeseg.figures.patches import lines_chart, lines_table, shares_chart, shares_table
from tests.lakes import make_dataset


@pytest.fixture
def curve(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(40, 40), (70, 66)], codes=(1, 2, 2))
    return patch_curve(dataset, dataset.lake_ids)


def test_shares_are_stacked_to_one_and_marked_once(curve):
    table = shares_table(curve, 6, 24)
    areas = table[table["kind"] == "area"].sort_values(["size", "low"])
    assert areas.groupby("size")["high"].max().tolist() == pytest.approx([1] * 57)
    assert (areas.groupby("size")["low"].min() == 0).all()
    assert set(table.loc[table["here"], "size"]) == {24}
    names = table[table["kind"] == "name"]
    # 24 px: one patch of 40×40, 4 of 70×66: 5·576 of 6220 px; (24 − 12)² / 24² of a patch has its context
    assert {"kept 46.3 %", "pruned 0.0 %", "discarded 53.7 %", "context 25.0 %"} == set(names["text"])


def test_lines_write_the_number_at_the_size_beside_the_name():
    sizes = np.arange(8, 65)
    values = {"train": np.linspace(57_000, 1000, 57), "test": np.full(57, np.nan)}
    table = lines_table(values, sizes, 8, "{:,.0f}", log=True)
    assert {"train 57,000", "test –"} == set(table.loc[table["kind"] == "name", "text"])
    assert (
        lines_table({"a": np.array([0.123])}, np.array([8]), 8, "{:.1%}", log=False)["text"].tolist()[-1] == "a 12.3 %"
    )


@pytest.mark.parametrize(
    "chart", [shares_chart, lambda: lines_chart("Patches", log=True), lambda: lines_chart("Water")]
)
def test_specifications_are_whole_and_never_change(chart, curve):
    specification = chart()
    assert chart() is specification
    table = shares_table(curve, 6, 8)
    rows = json.loads(table.to_json(orient="records"))
    alt.Chart.from_dict({**specification, "data": {"values": rows}})
    assert {"size", "high", "low", "name", "text", "kind", "here"} == set(table.columns)
