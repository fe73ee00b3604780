"""Every control of Patches through `app.py`, on the lab of `tests/conftest.py`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lakeseg.data.dataset import open_dataset
from lakeseg.inference import OWN_WAY
from lakeseg.patches import account, grid
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.serving import Failed, Pending, Ready
from lakeseg.store import ModelStore
from lakeseg.study import results
from lakeseg.study.results import Result, origin
from lakeseg.ui import cache

ROOT = Path(__file__).parents[2]


@pytest.fixture
def patches(in_lab: Path) -> Callable[..., AppTest]:
    """`patches(size="16", …)` opens Patches at a link with these query parameters and runs it."""

    def start(**link: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, value in link.items():
            test.query_params[name] = value
        return test.run().switch_page("pages/patches.py").run()  # the first run tells Streamlit of the pages

    return start


def text(app: AppTest) -> str:
    return "\n".join(str(part.value) for kind in (app.markdown, app.caption, app.warning, app.error) for part in kind)


def expected(labels: np.ndarray, size: int, gap: int = 0, prune: bool = True) -> tuple[int, int, int]:
    found = account(labels, grid(*labels.shape, size, gap), prune)
    return found.kept, found.pruned, found.discarded


def shown(app: AppTest) -> tuple[int, ...]:
    return tuple(app.dataframe[0].value["pixels"])


def test_the_account_follows_size_gap_and_pruning(patches, in_lab):
    dataset = open_dataset(in_lab / "data" / "dataset1.h5")
    labels = dataset.lake(dataset.lake_ids[0]).labels
    run = patches()
    assert not run.exception
    assert "simulated" in text(run)
    assert shown(run) == expected(labels, 16)
    run.slider("size").set_value(9).run()
    assert shown(run) == expected(labels, 9)
    run.toggle("gap").set_value(True).run()
    assert shown(run) == expected(labels, 9, 1)
    run.toggle("prune").set_value(False).run()
    assert shown(run) == expected(labels, 9, 1, False)
    table = run.dataframe[0].value
    assert table[["water", "land", "unclassified", "no label"]].to_numpy().sum() == labels.size
    assert not run.exception


def test_a_link_restores_the_view(patches, in_lab):
    lake = open_dataset(in_lab / "data" / "dataset2.h5").lake_ids[3]
    run = patches(dataset="dataset2", lake=lake, size="12", gap="true", prune="false", answer="Lake")
    assert not run.exception
    assert (run.slider("size").value, run.toggle("gap").value, run.toggle("prune").value) == (12, True, False)
    labels = open_dataset(in_lab / "data" / "dataset2.h5").lake(lake).labels
    assert shown(run) == expected(labels, 12, 1, False)


def test_another_composite(patches):
    run = patches()
    run.selectbox("patch_composite").select("False colour 7-2-1").run()
    assert not run.exception
    assert run.selectbox("patch_composite").value == "False colour 7-2-1"


def test_a_lake_that_holds_no_patch_says_so(patches, in_lab):
    dataset = open_dataset(in_lab / "data" / "dataset2.h5")
    smallest = dataset.lake_ids[int(np.argmin(np.minimum(dataset.lakes.height, dataset.lakes.width)))]
    height, width = dataset.lake(smallest).labels.shape
    run = patches(dataset="dataset2", lake=smallest, size="64")
    assert not run.exception
    assert f"This lake of {height}×{width} px holds no patch of 64 px" in text(run)
    assert shown(run) == (0, 0, height * width)


def test_a_marked_pixel_leads_to_explore(patches):
    run = patches()
    run.session_state["patches_viewer"] = {"pixel": [5, 7, 1]}
    run.run()
    (leave,) = [button for button in run.button if "Explore" in button.label]
    leave.click().run()
    assert not run.exception
    assert "Pixel row 5, column 7" in text(run)


@pytest.mark.parametrize(("dataset", "words"), [("dataset1", "all 6 lakes"), ("dataset2", "test 2 lakes")])
def test_curves_of_the_dataset_name_their_parts(patches, in_lab, dataset, words):
    run = patches(dataset=dataset, answer="Dataset")
    assert not run.exception
    assert words in text(run)
    run.slider("size").set_value(40).run()
    assert "numbers at 40 px" in text(run)
    assert [download.label for download in run.get("download_button")] == ["All sizes as CSV"]


def test_without_a_model_of_any_size_the_page_says_so(patches):
    run = patches(answer="Model")
    assert not run.exception
    assert "No model here takes patches of any size" in text(run)


class Service:
    """Answers as a test wants: one pass says land, patches of 8 and 16 px say water, other sizes land."""

    def __init__(self, missing: tuple[int, ...] = (), failed: bool = False) -> None:
        self.missing, self.failed, self.asked = missing, failed, []

    def request(self, dataset, lake_id, _model_id, _fingerprint, options=OWN_WAY):
        self.asked.append(options.patch)
        if self.failed:
            return Failed("no weights: restore them")
        if options.patch in self.missing:
            return Pending()
        probabilities = np.zeros((*dataset.lake(lake_id).labels.shape, 3), np.float32)
        probabilities[..., 0 if options.patch in (8, 16) else 1] = 1
        return Ready(probabilities)


@pytest.fixture
def any_size(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Service]:
    """`any_size(…)` puts a model that takes any size among the others and lets a `Service` answer for it."""
    real = cache.models

    def models():
        cards, broken = real()
        card = next(iter(cards.values()))
        config = SegmenterConfig("fcn", "lakeseg", bands=(1, 2), patch=32).to_json()
        return {**cards, "any": replace(card, id="any", title="Any size", config=config, bands=(1, 2))}, broken

    def install(*missing: int, failed: bool = False) -> Service:
        made = Service(missing, failed)
        monkeypatch.setattr(cache, "models", models)
        monkeypatch.setattr(cache, "service", lambda: made)
        return made

    return install


def test_the_model_is_shown_through_patches_and_in_one_pass(patches, in_lab, any_size):
    any_size()
    dataset = open_dataset(in_lab / "data" / "dataset1.h5")
    pixels = dataset.lake(dataset.lake_ids[0]).labels.size
    run = patches(answer="Model", size="16")
    assert not run.exception
    assert run.selectbox("patch_model").value == "any"
    assert f"**{pixels:,}** of {pixels:,} px (100.0 %) change class" in text(run)
    run.slider("size").set_value(32).run()
    assert f"**0** of {pixels:,} px (0.0 %) change class" in text(run)


def test_flips_come_after_what_was_asked_and_say_how_far_they_are(patches, any_size):
    service = any_size(24, 48)
    run = patches(answer="Model", size="20")
    assert not run.exception
    assert "Flips: 5 of 7 sizes." in text(run)
    assert set(service.asked) == {0, 8, 12, 16, 20, 24, 32, 48, 64}
    waiting = any_size(20)
    patches(answer="Model", size="20")
    assert set(waiting.asked) == {0, 20}


def test_a_model_that_fails_says_why(patches, any_size):
    any_size(failed=True)
    run = patches(answer="Model")
    assert not run.exception
    assert "No prediction." in text(run)
    assert "Flips:" not in text(run)  # nothing is on its way


def test_flips_of_the_dataset_are_put_into_words(patches, in_lab, any_size):
    any_size()
    run = patches(answer="Model")
    assert "Not measured on" in text(run)
    assert run.button("measure_flips")
    dataset = open_dataset(in_lab / "data" / "dataset1.h5")
    row = {"model": "any", "title": "Any size", "split": "all", "lakes": 6, "pixels": 1000}
    row |= {"of_lakes": 9, "flips": [900, 60, 0, 0, 0, 0, 0, 40], "changed": [100, 40, 40, 40, 40, 40, 40]}
    made = {"sizes": [8, 12, 16, 24, 32, 48, 64]}
    models = {"any": cache.models()[0]["any"].fingerprint}
    path = results.save(Result("flips", origin(dataset), "all", [row], models, made), results.local_dir())
    try:
        run = patches(answer="Model")
        assert not run.exception
        assert "Not measured on" not in text(run)
        assert "10.0 % of the pixels change their class at one size or more, 4.00 % at every size" in text(run)
    finally:
        path.unlink()


def test_published_scores_stand_beside_ours(patches, in_lab):
    run = patches(answer="F1")
    assert not run.exception
    assert "Not measured on" in text(run)
    assert run.button("measure_sizes")
    alone = run.dataframe[0].value
    assert {"FCN, 2018, printed", "FCN, 2018, recomputed", "U-Net, 2018, printed"} <= set(alone["Model"])
    dataset = open_dataset(in_lab / "data" / "dataset1.h5")
    card = ModelStore(in_lab / "models").card("logistic")
    row = {"model": card.id, "title": "FCN paper 8×8", "series": "FCN paper", "terms": "fair", "size": 8, "lakes": 6}
    row |= {"f1": 0.8125, "low": 0.79, "high": 0.83, "pixels": 1234, "land_share": 0.5}
    of_another = row | {"model": "gone", "title": "A model that was removed"}
    made = Result("sizes", origin(dataset), "test", [row, of_another], {card.id: card.fingerprint, "gone": "x"})
    path = results.save(made, results.local_dir())
    try:
        run = patches(answer="F1")
        assert not run.exception
        first = run.dataframe[0].value.iloc[0]
        assert re.match(r"\.81[23] \[\.79, \.83\]", first["F1"])
        assert (first["Pixels"], first["Land"], first["Patch"]) == ("1,234", "50.0 %", "8 px")
        assert "A model that was removed" not in set(run.dataframe[0].value["Model"])
        assert run.button("measure_sizes")  # for the models of the lab that were not measured
    finally:
        path.unlink()


def test_every_answer_is_one_click_away(patches):
    run = patches()
    for answer in ("Dataset", "Model", "F1", "Lake"):
        run.segmented_control("answer").set_value(answer).run()
        assert not run.exception
        assert run.segmented_control("answer").value == answer
        assert run.toggle("gap").disabled == (answer in ("Model", "F1"))
        assert run.slider("size").disabled == (answer == "F1")


@pytest.mark.parametrize(
    "link",
    [
        {"size": "999"},
        {"size": "abc"},
        {"gap": "maybe"},
        {"answer": "bogus"},
        {"answer": "Model", "patch_model": "nobody"},
        {"patch_composite": "none such"},
        {"dataset": "none such"},
        {"lake": "none such"},
    ],
)
def test_a_link_that_makes_no_sense_is_put_right(patches, link):
    run = patches(**link)
    for _ in range(2):  # the second run finds what the first has made of the link
        assert not run.exception
        assert (run.slider("size").value, run.toggle("gap").value) == (16, False)
        run.run()
    assert run.toggle("gap").disabled == (link.get("answer") == "Model")
