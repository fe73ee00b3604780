"""Charts of the answers: published hollow, ours solid, and every number where it belongs."""

from __future__ import annotations

import pytest

from lakeseg.errors import ConfigError
from lakeseg.figures.study import CHARTS, draw


def level(label, value, **more):
    return {"label": label, "metric": "f1", "value": value, "low": value - 0.1, "high": value + 0.1} | more


def point(source, patch, value, **more):
    return {"series": "all bands", "source": source, "patch": patch, "value": value} | more


def panel(source, panel, value, patch=8, **more):
    return {"patch": patch, "source": source, "panel": panel, "value": value, "naive": 0.5} | more


def epoch(part, number, value):
    return {"model": "FCN", "part": part, "epoch": number, "value": value, "low": value, "high": value, "seeds": 5}


def trial(number, f1, state="complete"):
    return {"trial": number, "f1": f1, "state": state, "settings": "layers 6"}


ROWS = {
    "levels": [
        level("FCN", 0.8, values=[0.79, 0.81], seeds=2, least=0.79, most=0.81),
        {"label": "naive", "value": 0.0},
    ],
    "differences": [level("A and B: more", 0.05), level("B and C", 0.2)],
    "beside": [panel(source, name, 0.9) for source in ("published", "ours") for name in ("Accuracy", "F1 of water")],
    "by_size": [point("published", 8, 0.7), point("ours", 8, 0.8, low=0.7, high=0.9), point("ours", 16, 0.6)],
    "subsets": [{"model": "net", "bands": bands, "f1": 0.5, "first": True} for bands in ([1], [2], [1, 2])],
    "scree": [
        {"k": 1, "share": 1.0, "together": 1.0, "source": "ours"},
        {"k": 1, "together": 0.99, "source": "published"},
    ],
    "components": [
        {"model": model, "basis": basis, "k": k, "bands": [1], "variance": 0.9, "f1": 0.5, "low": 0.4, "high": 0.6}
        for model in ("logistic", "boosting")
        for basis in ("components", "bands")
        for k in (1, 2)
    ],
    "budget": [level("FCN", 0.8, seconds=10.0, parameters=5, family="FCN")],
    "losses": [epoch(part, number, 0.5 / number) for part in ("training", "validation") for number in (1, 2)],
    "called": [{"domain": "arid (5 px)", "who": who, "share": 0.5} for who in ("called water", "truly water")],
    "right": [{"domain": "arid (5 px)", "who": "FCN", "share": 0.5, "low": 0.4, "high": 0.6}],
    "trials": [trial(0, 0.7), trial(1, 0.6, "pruned"), trial(2, 0.8)],
}


def layers(name):
    return draw(name, ROWS[name]).to_dict()["layer"]


def data(name, mark, **wanted):
    """Return the rows behind the layers of one mark, before filters."""
    spec = draw(name, ROWS[name]).to_dict()
    found = [
        layer for layer in spec["layer"] if layer["mark"]["type"] == mark and wanted.items() <= layer["mark"].items()
    ]
    return [spec["datasets"][layer.get("data", spec.get("data", {}))["name"]] for layer in found]


def test_every_chart_has_rows_here():
    assert set(ROWS) == set(CHARTS)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_the_same_each_time(name):
    assert draw(name, ROWS[name]).to_dict() == draw(name, ROWS[name]).to_dict()


@pytest.mark.parametrize("name", ["beside", "by_size", "trials"])
def test_ours_is_solid_and_theirs_hollow(name):
    filled = {layer["mark"].get("filled") for layer in layers(name) if layer["mark"]["type"] == "point"}
    assert filled == {True, False}


def test_a_level_shows_each_seed_and_names_its_value():
    (ticks,) = data("levels", "tick")
    assert [row["values"] for row in ticks] == [0.79, 0.81]
    (texts,) = data("levels", "text")
    assert [row["text"] for row in texts] == [".800", "0"]


def test_a_difference_is_sure_where_its_interval_excludes_zero():
    (texts,) = data("differences", "text")
    assert [(row["text"], row["sure"]) for row in texts] == [("+.050", False), ("+.200", True)]


def test_the_best_trial_so_far_never_falls():
    (best,) = data("trials", "line")
    assert [row["best"] for row in best] == [0.7, 0.8]


def test_an_unknown_chart_lists_the_known_ones():
    with pytest.raises(ConfigError, match="levels"):
        draw("pie", [])
