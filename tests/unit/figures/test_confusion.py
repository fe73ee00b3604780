import numpy as np
import pytest

from lakeseg.figures.confusion import BY_PREDICTION, BY_TRUTH, COUNTS, cells, matrix_chart
from lakeseg.metrics import Scores, bounds

# rows: truth water, land, unclassified; columns: the same, predicted
MATRIX = np.array([[6, 2, 0], [1, 90, 1], [5, 3, 2]])


def table(rule, matrix=MATRIX):
    return cells(matrix, rule).set_index(["truth", "predicted"])


def data(chart):
    (rows,) = chart.to_dict()["datasets"].values()
    return {(row["truth"], row["predicted"]): row for row in rows}


def test_excluded_has_no_row_of_unclassified_truth_but_its_column_where_somebody_says_so():
    found = table("excluded")
    assert list(found.index) == [(t, p) for t in ("water", "land") for p in ("water", "land", "unclassified")]
    assert found.loc[("land", "unclassified"), "pixels low"] == 1
    assert len(table("excluded", np.diag([3, 4, 0]))) == 4


def test_shares_are_producers_and_users_accuracy():
    found, scores = table("excluded"), Scores.from_confusion(MATRIX)
    assert found.loc[("water", "water"), "of truth low"] == scores.recall == 6 / 8
    assert found.loc[("water", "water"), "of prediction low"] == scores.precision == 6 / 7
    third = Scores.from_confusion(MATRIX, "class")
    assert table("third class").loc[("water", "water"), "of prediction low"] == third.precision == 6 / 12


def test_bounds_are_those_of_the_metrics():
    found, ends = table("bounds"), bounds(MATRIX)
    hit = found.loc[("water", "water")]
    assert (hit["pixels low"], hit["pixels high"]) == (6, 11)
    assert (hit["of truth low"], hit["of truth high"]) == pytest.approx((ends.worst.recall, ends.best.recall))
    assert (hit["of prediction low"], hit["of prediction high"]) == pytest.approx(
        (ends.worst.precision, ends.best.precision)
    )


def test_a_class_that_does_not_occur_has_no_share():
    found = table("excluded", np.array([[0, 0, 0], [0, 7, 0], [0, 0, 0]]))
    assert np.isnan(found.loc[("water", "water"), "of truth low"])
    assert data(matrix_chart(np.zeros((3, 3), int), BY_TRUTH, "excluded"))["water", "water"]["main"] == "–"


@pytest.mark.parametrize(
    ("view", "main", "below"),
    [(COUNTS, "6", "75.0 %"), (BY_TRUTH, "75.0 %", "6 px"), (BY_PREDICTION, "85.7 %", "6 px")],
)
def test_what_the_cells_say(view, main, below):
    cell = data(matrix_chart(MATRIX, view, "excluded"))["water", "water"]
    assert (cell["main"], cell["below"]) == (main, below)


def test_a_wide_range_is_short_in_its_cell_and_whole_in_its_tooltip():
    matrix = np.array([[278_912, 85_062, 0], [2293, 802_361, 0], [26_856, 1_406_934, 0]])
    cell = data(matrix_chart(matrix, COUNTS, "bounds"))["water", "land"]
    assert cell["main"] == "85.1 k – 1.49 M"
    assert cell["count"] == "85,062 – 1,491,996"


def test_the_chosen_cell_is_marked_and_a_click_gives_truth_and_prediction():
    chart = matrix_chart(MATRIX, COUNTS, "excluded", ("land", "water"))
    assert [key for key, row in data(chart).items() if row["chosen"]] == [("land", "water")]
    (picked,) = [param for param in chart.to_dict()["params"] if param["name"] == "cell"]
    assert picked["select"]["fields"] == ["truth", "predicted"]
