import pandas as pd

from lakeseg.figures.comparisons import pair_chart, shore_chart, size_chart, training_chart


def titles(layer):
    return {axis: layer["encoding"][axis].get("title") for axis in ("x", "y")}


def test_the_shore_keeps_the_order_of_its_bands():
    rows = [("m", where, 0.7, 0.6, 0.8, 10) for where in ("within 1 px", "beyond 3 px", "everywhere")]
    table = pd.DataFrame(rows, columns=["model", "where", "F1", "low", "high", "pixels"])
    layer = shore_chart(table).to_dict()["layer"][1]
    assert layer["encoding"]["x"]["sort"] == ["within 1 px", "beyond 3 px", "everywhere"]


def test_sizes_are_on_a_log_scale_with_intervals():
    lakes = pd.DataFrame({"model": ["m"], "lake": ["a"], "pixels": [100], "F1": [0.5]})
    bins = pd.DataFrame({"model": ["m"], "pixels": [100.0], "lakes": ["1"], "F1": [0.5], "low": [0.4], "high": [0.6]})
    spec = size_chart(lakes, bins).to_dict()
    assert spec["layer"][0]["encoding"]["x"]["scale"]["type"] == "log"
    assert "y2" in spec["layer"][1]["encoding"]


def test_a_pair_has_a_on_the_vertical_axis_and_gives_the_lake():
    table = pd.DataFrame({"lake": ["a"], "F1 A": [0.9], "F1 B": [0.2], "pixels": [9], "domain": ["arid"]})
    spec = pair_chart(table, "One", "Two").to_dict()
    assert titles(spec["layer"][1]) == {"x": "B: F1 of Two", "y": "A: F1 of One"}
    assert spec["layer"][1]["encoding"]["y"]["field"] == "F1 A"
    assert [param["select"]["fields"] for param in spec["params"]] == [["lake"]]


def test_training_is_solid_and_validation_dashed():
    table = pd.DataFrame({"model": ["m"] * 2, "part": ["training", "validation"], "epoch": [1, 1], "value": [0.5, 0.6]})
    encoding = training_chart(table, "Loss").to_dict()["encoding"]
    assert encoding["strokeDash"]["scale"] == {"domain": ["training", "validation"], "range": [[1, 0], [5, 4]]}
    assert encoding["y"]["title"] == "Cross-entropy a pixel"
