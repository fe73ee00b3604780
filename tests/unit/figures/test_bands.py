import json

import numpy as np
import pandas as pd
import pytest

from lakeseg.analysis.subsets import all_subsets, drops
from lakeseg.bands import CLASS_NAMES
from lakeseg.figures import bands, distributions, pca
from lakeseg.figures.bands import ALL, OURS, PUBLISHED, RGB, PatchScore

SEVEN = (1, 2, 3, 4, 5, 6, 7)
SCORES = {subset: len(subset) / 10 + 0.01 * (6 in subset) for subset in all_subsets(SEVEN)}


def rows_of(chart) -> list[pd.DataFrame]:
    """The data of a chart, as it goes to the browser."""
    return [pd.DataFrame(rows) for rows in json.loads(chart.to_json())["datasets"].values()]


def test_every_subset_is_a_dot_and_the_best_of_each_size_is_named():
    tables = rows_of(bands.subset_chart(SCORES, {}, (1, 3, 4), ("network", "")))
    dots = next(table for table in tables if len(table) == 127)
    assert dots["best"].sum() == 7
    assert set(dots.loc[dots["best"], "bands"].str.contains("6")) == {True}
    assert (dots["x"].sub(dots["size"]).abs() < 0.5).all()
    ring = next(table for table in tables if "text" in table)
    assert ring["text"].tolist() == ["now .300"]


def test_a_subset_without_a_score_is_not_ringed():
    tables = rows_of(bands.subset_chart(SCORES, SCORES, (9,), ("one", "other")))
    assert not [table for table in tables if "text" in table]


def test_losses_are_a_triangle():
    table = rows_of(bands.loss_chart(drops(SCORES, SEVEN), SEVEN))[0]
    assert len(table) == 28
    assert table["lost"].max() == pytest.approx(0.21)  # band 6 and any other


def test_the_worth_of_bands_adds_up():
    table = rows_of(bands.worth_chart(SCORES, SEVEN))[0]
    assert table["worth"].sum() == pytest.approx(SCORES[SEVEN])


def test_scores_that_are_not_there_are_not_drawn():
    scores = [PatchScore(8, ALL, PUBLISHED, 0.7), PatchScore(64, RGB, PUBLISHED, float("nan"))]
    scores.append(PatchScore(8, ALL, OURS, 0.75, 0.7, 0.8))
    chart = bands.cost_chart(scores)
    assert len(rows_of(chart)[0]) == 2
    assert '"domain": [8, 64]' in json.dumps(json.loads(chart.to_json()))


def test_correlations_that_are_undefined_leave_a_gap():
    matrix = np.eye(3)
    matrix[0] = matrix[:, 0] = np.nan
    assert len(rows_of(bands.correlation_chart(matrix, (1, 2, 3)))[0]) == 4


def test_histograms_are_shares_of_their_class():
    edges = np.array([0, 0.1, 0.2])
    chart = distributions.histogram_chart(edges, {1: np.array([1, 3]), 2: np.array([0, 0])}, 5)
    table = rows_of(chart)[0]
    assert table["share"].tolist() == [0.25, 0.75]
    assert set(table["class"]) == {CLASS_NAMES[1]}
    assert "1230–1250 nm" in chart.to_json(ensure_ascii=False)


def test_spectra_run_in_order_of_wavelength():
    mean, spread = np.array([[0.1, 0.2, 0.3], [0.2, 0.3, 0.4]]), np.full((2, 3), 0.05)
    tables = rows_of(distributions.class_spectra_chart(mean, spread, (1, 2), (1, 2, 3)))
    water = next(table for table in tables if "place" not in table)
    water = water[water["class"] == "water"]
    assert water["mean"].tolist() == [0.3, 0.1, 0.2]  # bands 3, 1, 2 by wavelength
    assert water["low"].tolist() == pytest.approx([0.25, 0.05, 0.15])


def test_scree_holds_what_components_hold_together():
    table = rows_of(pca.scree_chart(np.array([0.7, 0.2, 0.1])))[0]
    assert table["together"].tolist() == pytest.approx([0.7, 0.9, 1.0])


def test_pixels_are_coloured_by_class_and_those_without_a_label_are_grey():
    scores = np.arange(12.0).reshape(4, 3)
    figure = pca.scatter_chart(scores, np.array([1, 2, 0, 2]), (0, 2), np.array([0.9, 0.08, 0.02]))
    assert {trace.name: len(trace.x) for trace in figure.data} == {"no label": 1, "water": 1, "land": 2}
    land = next(trace for trace in figure.data if trace.name == "land")
    assert list(land.x) == [3, 9]
    assert list(land.y) == [5, 11]
    assert "2.0%" in figure.layout.yaxis.title.text


def test_the_puzzle_shows_variance_and_f1_on_one_axis():
    rows = [
        {
            "model": "logistic",
            "basis": basis,
            "k": k,
            "bands": [k],
            "variance": v,
            "f1": 0.1 * k,
            "low": 0.0,
            "high": 0.5,
        }
        for basis, variance in (("components", [0.9, 1.0]), ("bands", [None, None]))
        for k, v in zip((1, 2), variance, strict=True)
    ]
    tables = rows_of(pca.puzzle_chart(rows))
    lines = next(table for table in tables if "place" not in table)
    assert lines.groupby("series").size().to_dict() == {
        "variance held by k components": 2,
        "regression on k components": 2,
        "regression on the k best bands": 2,
    }
    ends = next(table for table in tables if "place" in table).sort_values("place")
    assert ends["place"].diff().min() >= 0.044
