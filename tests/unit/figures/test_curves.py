import numpy as np
import pandas as pd
import pytest

from lakeseg.analysis.calibration import reliability
from lakeseg.analysis.thresholds import curves
from lakeseg.figures import curves as charts
from tests.unit.analysis.helpers import pixels_of


@pytest.fixture
def found():
    rng = np.random.default_rng(0)
    water = rng.random(300)
    return pixels_of(np.where(rng.random(300) < water, 1, 2), water)


def test_points_carry_the_f1_of_their_precision_and_recall(found):
    table = charts.threshold_table({"One": curves(found), "Two": curves(found)})
    assert list(dict.fromkeys(table["model"])) == ["One", "Two"]
    row = table.iloc[100]
    assert row["F1"] == pytest.approx(2 * row["precision"] * row["recall"] / (row["precision"] + row["recall"]))
    assert charts.f1(np.array([0.0]), np.array([0.0])).tolist() == [0]


def test_what_is_called_unclassified_is_water_at_no_threshold():
    said = pixels_of([1, 1, 2], [0.9, -1, 0.2])  # of the second, the model says unclassified
    table = charts.threshold_table({"One": curves(said)})
    assert table["threshold"].isna().tolist() == [False, False, True]
    assert table["recall"].tolist() == [0.5, 0.5, 1]


@pytest.mark.parametrize("chart", [charts.precision_recall_chart, charts.roc_chart, charts.f1_chart])
def test_curves_name_their_axes_and_mark_the_threshold(found, chart):
    table = charts.threshold_table({"One": curves(found)})
    drawn = chart(table, table.iloc[[5]]).to_dict()
    layers = [inner for layer in drawn["layer"] for inner in layer.get("layer", [layer])]
    assert layers[-1]["mark"]["type"] == "point"
    assert all(layers[-1]["encoding"][axis]["title"] for axis in "xy")


def test_empty_bins_are_not_drawn(found):
    table = charts.reliability_table({"One": reliability(pixels_of([1, 2], [0.9, 0.1]), ["g"], bins=10)})
    assert list(table["mean probability"]) == pytest.approx([0.1, 0.9])
    assert charts.reliability_chart(table).to_dict()["layer"][0]["mark"]["strokeDash"]  # the diagonal
    assert charts.bin_chart(table).to_dict()["layer"][0]["encoding"]["y"]["scale"]["type"] == "log"


def test_models_keep_their_colours_whatever_the_rows(found):
    scale = charts.model_colour(pd.Series(["b", "a", "b"])).to_dict()["scale"]
    assert scale["domain"] == ["b", "a"]
    assert scale["range"] == list(charts.MODEL_COLOURS[:2])
