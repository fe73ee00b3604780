"""Every control of Bands through `app.py`, on the lab of `tests/conftest.py`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lakeseg.analysis.regression import fit_bands, prepare
from lakeseg.analysis.selection import split_of
from lakeseg.analysis.subsets import all_subsets
from lakeseg.bands import BANDS
from lakeseg.data.dataset import Dataset, Header, Lake, open_dataset
from lakeseg.data.write import write_dataset
from lakeseg.store import ModelStore
from lakeseg.study import results
from lakeseg.study.results import Result, origin
from lakeseg.ui import cache
from lakeseg.ui.text import with_interval

ROOT = Path(__file__).parents[2]
PARTS = ["Switch", "Subsets", "Distributions", "Components", "Puzzle"]


@pytest.fixture
def bands(in_lab: Path) -> Callable[..., AppTest]:
    """`bands(part="Subsets", …)` opens Bands at a link with these query parameters and runs it."""

    def start(**link: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, value in ({"dataset": "dataset2"} | link).items():
            test.query_params[name] = value
        return test.run().switch_page("pages/bands.py").run()  # the first run tells Streamlit of the pages

    return start


@pytest.fixture
def dataset(in_lab: Path) -> Dataset:
    return open_dataset(in_lab / "data" / "dataset2.h5")


@pytest.fixture
def measured(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Scores of every subset, made up: a tenth for each band, and a little more for band 6."""
    rows = [
        {"model": "logistic", "bands": list(s), "f1": len(s) / 10 + 0.01 * (6 in s), "low": 0.1, "high": 0.9}
        | {"pixels": 77, "lakes": 2}
        for s in all_subsets(dataset.bands)
    ]
    made = Result("subsets", origin(dataset), "test", rows, made={"training_pixels": 5})
    return ship(made, tmp_path, monkeypatch)


def ship(made: Result, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    results.save(made, folder)
    monkeypatch.setattr(results, "SHIPPED", folder)
    return made


def text(app: AppTest) -> str:
    return "\n".join(str(part.value) for kind in (app.markdown, app.caption, app.warning, app.error) for part in kind)


def on(app: AppTest) -> list[int]:
    return [
        band for band in BANDS if f"b{band}" in [toggle.key for toggle in app.toggle] if app.toggle(f"b{band}").value
    ]


def settled(run: AppTest) -> AppTest:
    """Run again until the regression is there."""
    deadline = time.monotonic() + 60
    while run.dataframe[0].value["F1, test lakes"].iloc[0] == "…" and time.monotonic() < deadline:
        time.sleep(0.1)
        run.run()
    return run


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", ["dataset1", "dataset2"])
def test_every_part_opens_by_a_link(bands, part, name):
    run = bands(part=part, dataset=name)
    assert not run.exception
    assert not run.error
    assert "simulated" in text(run)
    assert run.button_group("part").value == part


def test_a_switch_refits_the_regression_on_the_bands_that_are_left(bands, in_lab, dataset):
    run = settled(bands())
    run.toggle("b5").set_value(False).run()
    run.toggle("b2").set_value(False).run()
    assert on(run) == [1, 3, 4, 6, 7]
    row = settled(run).dataframe[0].value.iloc[0]
    cards, _ = ModelStore(in_lab / "models").cards()
    scores = fit_bands(prepare(dataset, split_of(dataset, cards).split), (1, 3, 4, 6, 7)).scores
    ends = scores["f1_interval"]
    assert row["Bands"] == "1 3 4 6 7"
    assert row["F1, test lakes"] == with_interval(scores["f1"], ends["low"], ends["high"])
    assert row["Pixels"] == f"{scores['pixels']:,}"


def test_unclassified_pixels_are_not_among_those_that_f1_rests_on(bands, in_lab):
    run = settled(bands(dataset="dataset1"))
    dataset, (cards, _) = open_dataset(in_lab / "data" / "dataset1.h5"), ModelStore(in_lab / "models").cards()
    rows = [dataset.lakes.position(lake) for lake in split_of(dataset, cards).split.test]
    counts = dataset.class_counts()[rows].sum(axis=0)
    assert counts[3] > 0
    assert run.dataframe[0].value["Pixels"].iloc[0] == f"{counts[1] + counts[2]:,}"


@pytest.mark.parametrize(
    ("preset", "expected"),
    [("RGB", [1, 3, 4]), ("RGB + NIR", [1, 2, 3, 4]), ("No SWIR", [1, 2, 3, 4, 5]), ("SWIR only", [6, 7])],
)
def test_presets(bands, preset, expected):
    run = bands()
    run.button_group("_preset").set_value(preset).run()
    assert on(run) == expected
    assert run.button_group("_preset").value == preset
    run.button_group("_preset").set_value("All").run()
    assert on(run) == [1, 2, 3, 4, 5, 6, 7]


def test_a_quick_switch_is_not_undone_by_the_preset_that_was_shown_before_the_last_one(bands):
    run = bands()
    run.toggle("b2").set_value(False).run()
    run.toggle("b5").set_value(False)
    run.button_group("_preset").set_value("All")  # what a browser sends that has not heard of the first switch yet
    run.run()
    assert on(run) == [1, 3, 4, 6, 7]


def test_the_last_band_stays_on(bands):
    run = bands(**{f"b{band}": "false" for band in range(2, 8)})
    assert on(run) == [1]
    run.toggle("b1").set_value(False).run()
    assert on(run) == [1]


def test_bands_stay_as_they_are_while_another_part_is_shown(bands):
    run = bands(b5="false")
    run.button_group("part").set_value("Distributions").run()
    assert on(run) == []
    run.button_group("part").set_value("Switch").run()
    assert on(run) == [1, 2, 3, 4, 6, 7]


def test_without_a_network_for_any_bands_the_page_says_how_to_train_one(bands):
    run = settled(bands())
    assert len(run.dataframe[0].value) == 1
    assert not run.exception


def test_six_bands_have_six_switches(bands, dataset, in_lab):
    path = in_lab / "data" / "six.h5"
    header = replace(dataset.header, name="Six", bands=(1, 2, 3, 4, 6, 7))
    lakes = [replace(lake, image=lake.image[..., [0, 1, 2, 3, 5, 6]].copy()) for lake in dataset.iter_lakes()]
    write_dataset(path, header, lakes)
    try:
        for part in PARTS:
            run = bands(dataset="six", part=part)
            assert not run.exception
            assert not run.error
        run = settled(bands(dataset="six"))
        assert on(run) == [1, 2, 3, 4, 6, 7]
        assert run.dataframe[0].value["Bands"].iloc[0] == "1 2 3 4 6 7"
        assert "made here" in text(run)
    finally:
        path.unlink()


def test_subsets_are_a_table_that_the_best_leads(bands, measured):
    run = bands(part="Subsets")
    table = next(frame.value for frame in run.dataframe if "n" in frame.value)
    assert len(table) == 127
    assert table["Bands"].iloc[0] == "1 2 3 4 5 6 7"
    assert table["F1 Regression"].iloc[0] == pytest.approx(0.71)
    assert "77 px of 2 test lakes" in text(run)
    run.toggle("b6").set_value(False).run()
    assert not run.exception


def test_what_was_not_measured_can_be_measured_from_the_page(bands, monkeypatch, tmp_path):
    monkeypatch.setattr(results, "SHIPPED", tmp_path)
    asked = []
    monkeypatch.setattr(type(cache.warmer()), "measure", lambda _self, _dataset, part: asked.append(part))
    for view, part in (("Subsets", "subsets"), ("Puzzle", "components")):
        run = bands(part=view)
        run.button(f"measure_{part}").click().run()
        assert not run.exception
    assert asked == ["subsets", "components"]


def test_published_and_our_networks_stand_side_by_side(bands):
    run = bands(part="Subsets")
    table = next(frame.value for frame in run.dataframe if "Patch" in frame.value)
    assert list(table["Patch"]) == ["8×8", "16×16", "32×32", "64×64"]
    assert list(table["RGB, published"]) == [".716", ".701", ".476", "–"]
    assert list(table["all bands, published"]) == [".773", ".782", ".718", "–"]


def test_domains_and_classes_choose_the_pixels(bands, dataset):
    run = bands(part="Distributions")
    counts = dataset.total_counts()
    assert f"{counts[1]:,} px water, {counts[2]:,} px land" in text(run)
    domain = run.selectbox("of_domain").options[-1]
    run.selectbox("of_domain").set_value(domain).run()
    run.button_group("of_class").set_value(["water"]).run()
    of_domain = dataset.lakes.domain == domain
    assert f"{dataset.class_counts()[of_domain, 1].sum():,} px water." in text(run)
    run.button_group("of_class").set_value([]).run()
    assert not run.exception
    assert "Choose a class" in text(run)


def test_components_follow_scaling_and_axes(bands):
    run = bands(part="Components")
    assert "of the lake's pixels" in text(run)
    run.toggle("scaled").set_value(True).run()
    run.button_group("axes").set_value("2 and 3").run()
    assert not run.exception
    assert run.button_group("axes").value == "2 and 3"


def test_the_puzzle_is_resolved_by_its_numbers(bands, dataset, tmp_path, monkeypatch):
    rows = [
        {"model": model, "basis": basis, "k": k, "bands": list(range(1, k + 1)) if basis == "bands" else []}
        | {"variance": None if basis == "bands" else 1 - 0.1**k, "f1": k / 10, "low": None, "high": None}
        | {"pixels": 77, "lakes": 2, "training_pixels": 5}
        for basis in ("components", "bands")
        for model in ("logistic", "boosting")
        for k in range(1, 8)
    ]
    ship(Result("components", origin(dataset), "test", rows), tmp_path, monkeypatch)
    run = bands(part="Puzzle")
    assert not run.exception
    assert "99.9 % of the variance, yet F1 on them is .300 against .700" in text(run).replace("\\", "")
    assert len(run.dataframe[0].value) == 28


@pytest.fixture
def odd_datasets(in_lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataset of one lake, and one in which no pixel has a label."""
    header = Header("Odd", (1, 3, 4), "test", simulated=False)
    image = np.arange(12 * 12 * 3, dtype=np.int16).reshape(12, 12, 3)
    bare = [Lake(name, image, np.zeros((12, 12), np.uint8), name) for name in "abc"]
    write_dataset(tmp_path / "bare.h5", header, bare)
    write_dataset(tmp_path / "single.h5", header, [Lake("a", image, np.ones((12, 12), np.uint8), "a")])
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path))


def test_a_dataset_that_cannot_be_split_says_what_else_there_is(odd_datasets, bands):
    run = bands(dataset="single")
    assert not run.exception
    assert not run.error
    assert "Distributions and Components show what its bands hold." in run.info[0].value


@pytest.mark.parametrize("part", ["Distributions", "Components"])
def test_a_dataset_without_labels_asks_for_no_class(odd_datasets, bands, part):
    run = bands(dataset="bare", part=part)
    assert not run.exception
    assert any("No pixel of this dataset has a label" in caption.value for caption in run.caption)
