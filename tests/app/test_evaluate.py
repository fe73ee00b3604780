import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lakeseg.analysis.selection import Selection
from lakeseg.cli import main
from lakeseg.data.dataset import open_dataset
from lakeseg.store import ModelStore
from lakeseg.ui.evaluate import headline
from lakeseg.ui.evaluate.subjects import Question, subject
from tests.app.conftest import ROOT

TABS = ("Confusion", "Threshold", "Calibration", "Shore and size", "Compare", "Training")


@pytest.fixture
def page(in_lab):
    """`page(split="all", …)` opens Evaluate at a link."""

    def start(**link):
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, value in link.items():
            test.query_params[name] = value
        return test.run().switch_page("pages/evaluate.py").run()  # the first run tells Streamlit of the pages

    return start


def text(app) -> str:
    return "\n".join(str(part.value) for kind in (app.markdown, app.caption, app.warning, app.error) for part in kind)


def scores(app):
    return app.dataframe[0].value


def test_opens_with_numbers_of_the_models_and_what_they_are_of(page):
    run = page(dataset="dataset2")
    assert not run.exception
    table = scores(run)
    assert list(table["Model"]) == ["Logistic regression", "MNDWI threshold"]
    assert all(value.startswith(".") and "[" in value for value in table["F1"])
    assert set(table["Lakes are"]) == {"test part of its split"}
    assert "simulated" in text(run)
    assert "all domains" in text(run)


@pytest.mark.parametrize("part", ["train", "validation", "test", "all"])
@pytest.mark.parametrize("name", ["dataset1", "dataset2"])
def test_numbers_are_those_of_the_command_line_to_the_last_digit(in_lab, capsys, part, name):
    path = in_lab / "data" / f"{name}.h5"
    card, dataset = ModelStore(in_lab / "models").card("logistic"), open_dataset(path)
    words = ["--model", "logistic", "--models", str(in_lab / "models"), "--dataset", str(path), "--split", part]
    capsys.readouterr()
    code = main(["evaluate", *words, "--cache", str(in_lab / "data" / ".cache" / "predictions"), "--json"])
    printed = capsys.readouterr()
    one = subject(card, dataset, Selection(part))
    if code:
        assert one.problem in printed.err
        return
    expected = json.loads(printed.out)
    assert len(one.rows) == expected["lakes"]
    assert one.total.tolist() == expected["confusion"]["rows_truth"]
    for rule, kind in (("excluded", "excluded"), ("third class", "class")):
        row = headline._full(one, Question(Selection(part), rule))
        found = {key: value for key, value in row.items() if key in expected[kind]}
        assert found == expected[kind]
        for metric in headline.METRICS:
            assert row[f"{metric}_worst"] == expected["bounds"]["worst"][metric]
            assert row[f"{metric}_best"] == expected["bounds"]["best"][metric]
    row = headline._full(one, Question(Selection(part), "excluded"))
    assert (row["f1_low"], row["f1_high"]) == (expected["f1_interval"]["low"], expected["f1_interval"]["high"])


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("name", ["dataset1", "dataset2"])
def test_every_tab_opens_by_its_link(page, tab, name):
    run = page(dataset=name, tab=tab, split="all")
    assert not run.exception
    assert not run.error


def test_another_dataset_is_unseen_ground_and_has_no_training_part(page):
    run = page(dataset="dataset1")
    assert set(scores(run)["Lakes are"]) == {"unseen ground"}
    run.selectbox("split").set_value("train").run()
    assert not run.exception
    assert all("was not trained on" in words for words in scores(run)["Lakes are"])
    assert set(scores(run)["F1"]) == {"–"}


def test_lakes_are_chosen_by_split_domain_and_size(page, in_lab):
    dataset = open_dataset(in_lab / "data" / "dataset2.h5")
    run = page(dataset="dataset2", split="all")
    assert set(scores(run)["Lakes"]) == {"9"}
    assert all("seen before" in words for words in scores(run)["Lakes are"])
    domain = str(dataset.lakes.domain[0])
    run.multiselect("domain").set_value([domain]).run()
    assert set(scores(run)["Lakes"]) == {str((dataset.lakes.domain == domain).sum())}
    run.multiselect("domain").set_value([]).run()
    counts = []
    for size in ("small", "medium", "large"):
        run.button_group("lake_size").set_value([size]).run()
        assert not run.exception
        counts.append(int(scores(run)["Lakes"][0]))
    assert sum(counts) == 9
    assert "small below" in run.button_group("lake_size").help


def test_a_selection_without_lakes_says_so(page, in_lab):
    dataset = open_dataset(in_lab / "data" / "dataset2.h5")
    for tab in TABS:
        run = page(dataset="dataset2", tab=tab, domain=str(dataset.lakes.domain[0]), size="small", split="validation")
        assert not run.exception


def test_one_lake_without_water_is_no_fault(page, in_lab):
    card = ModelStore(in_lab / "models").card("logistic")
    for tab in TABS:
        run = page(dataset="dataset2", tab=tab, split="validation", lake_size=["small", "medium"], models=[card.id])
        assert not run.exception


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("excluded", "unclassified pixels excluded"),
        ("third class", "unclassified as a third class"),
        ("bounds", "whatever unclassified pixels may be"),
    ],
)
def test_unclassified_pixels_three_ways(page, rule, words):
    run = page(dataset="dataset1", split="all", unclassified=rule)
    assert not run.exception
    assert words in text(run)
    assert all((" – " in value) == (rule == "bounds") for value in scores(run)["F1"])


@pytest.mark.parametrize("tab", ["Threshold", "Shore and size", "Compare"])
def test_tabs_without_bounds_say_so(page, tab):
    said = "leave unclassified pixels out"
    assert said in text(page(dataset="dataset1", split="all", tab=tab, unclassified="bounds"))
    assert said not in text(page(dataset="dataset1", split="all", tab=tab, unclassified="third class"))


def test_views_of_the_matrices_and_their_cells(page):
    run = page(dataset="dataset2", split="all")
    for view in ("By true class", "By predicted class", "Counts"):
        run.button_group("matrix").set_value(view).run()
        assert not run.exception
        assert run.button_group("matrix").value == view
    assert "Click a cell" in text(run)
    run.selectbox("cell").set_value("logistic: land as water").run()
    assert not run.exception
    assert "of land called water" in text(run)


def test_the_threshold_moves_the_numbers(page):
    run = page(dataset="dataset2", split="all", tab="Threshold")
    half = run.dataframe[1].value
    assert list(half["F1"]) == list(scores(run)["F1"])  # at .5 they are the numbers above
    assert all("[" in value for name in ("AP", "ROC area") for value in half[name])
    run.slider("threshold").set_value(0.2).run()
    assert not run.exception
    assert list(run.dataframe[1].value["Recall"]) != list(half["Recall"])


def test_reliability_in_two_kinds_of_bins(page):
    run = page(dataset="dataset2", split="all", tab="Calibration")
    wide = list(run.dataframe[1].value["Largest gap"])
    run.button_group("bins").set_value("equal mass").run()
    assert not run.exception
    assert list(run.dataframe[1].value["Largest gap"]) != wide


def test_the_page_says_what_a_temperature_did(page, in_lab, tmp_path, monkeypatch):
    shutil.copytree(in_lab / "models", tmp_path / "models")
    store = ModelStore(tmp_path / "models")
    known = {"temperature": 1.384, "test": {"before": 0.03124, "after": 0.00871, "pixels": 9}}
    store.update(replace(store.card("logistic"), calibration=known))
    monkeypatch.setenv("LAKESEG_MODELS", str(store.root))
    said = text(page(dataset="dataset2", split="all", tab="Calibration"))
    assert "Logistic regression: Calibration error 3.12 % before and 0.87 % after temperature T = 1.38" in said
    assert said.count("after temperature") == 1  # the other model was not calibrated


def test_bands_of_the_shore_add_up(page):
    run = page(dataset="dataset1", split="all", tab="Shore and size", models=["logistic"])
    table = run.dataframe[1].value
    pixels = dict(zip(table["Where"], (int(value.replace(",", "")) for value in table["Pixels"]), strict=True))
    assert pixels["within 3 px"] + pixels["beyond 3 px"] == pixels["everywhere"]
    assert pixels["within 1 px"] < pixels["within 2 px"] < pixels["within 3 px"]
    assert table["F1"].iloc[-1] == scores(run)["F1"][0]


def test_a_model_does_not_differ_from_itself(page):
    run = page(dataset="dataset2", split="all", tab="Compare", a="logistic", b="mndwi")
    assert "A − B on 9 lakes" in text(run)
    run.selectbox("b").set_value("logistic").run()
    assert set(run.dataframe[1].value["A − B"]) == {"+.000 [+.000, +.000]"}
    run.selectbox("a").set_value("mndwi").run()
    assert not run.exception
    assert set(run.dataframe[1].value["A − B"]) != {"+.000 [+.000, +.000]"}


def test_without_models_there_is_nothing_but_advice(page):
    run = page(dataset="dataset2")
    run.button_group("models").set_value([]).run()
    assert not run.exception
    assert "Choose models" in text(run)


def test_lakes_that_are_not_predicted_leave_the_cards_numbers(page, monkeypatch, tmp_path, in_lab):
    monkeypatch.setattr("lakeseg.ui.cache.predictions_dir", lambda: tmp_path / "none")
    card = ModelStore(in_lab / "models").card("logistic")
    for tab in TABS:
        run = page(dataset="dataset2", models=["logistic"], tab=tab)
        assert not run.exception
        row = scores(run).iloc[0]
        assert row["F1"].startswith(f"{card.scores['test']['f1']:.3f}".removeprefix("0"))
        assert "numbers from its card" in row["Lakes are"]
        assert "lakes predicted" in text(run)


@pytest.mark.parametrize("tab", ["Confusion", "Threshold", "Calibration", "Shore and size"])
def test_predictions_that_were_removed_are_said_in_a_line(page, monkeypatch, tmp_path, in_lab, tab):
    kept = tmp_path / "predictions"
    shutil.copytree(in_lab / "data" / ".cache" / "predictions", kept, ignore=shutil.ignore_patterns("*.npy"))
    monkeypatch.setattr("lakeseg.ui.cache.predictions_dir", lambda: kept)
    # lakes and a cell which no other test asks for: what was read once is kept
    run = page(dataset="dataset2", models=["logistic"], split="all", lake_size="large", tab=tab)
    if tab == "Confusion":
        run.selectbox("cell").set_value("logistic: land as land").run()
    assert not run.exception
    assert "were removed" in text(run)


def test_rows_are_truth_and_columns_prediction():
    from lakeseg.figures.confusion import matrix_chart

    matrix = np.array([[10, 3, 0], [1, 90, 0], [0, 0, 0]])
    spec = matrix_chart(matrix, "Counts", "excluded").to_dict()
    encoding = spec["layer"][0]["encoding"]
    assert (encoding["y"]["field"], encoding["y"]["title"]) == ("truth", "Truth")
    assert (encoding["x"]["field"], encoding["x"]["title"]) == ("predicted", "Prediction")
    (rows,) = spec["datasets"].values()
    found = {(row["truth"], row["predicted"]): row["main"] for row in rows}
    assert found == {
        ("water", "water"): "10",
        ("water", "land"): "3",
        ("land", "water"): "1",
        ("land", "land"): "90",
    }
