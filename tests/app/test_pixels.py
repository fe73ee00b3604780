"""A dataset of single pixels in the data folder, through `app.py`: every page shows it or says in a line why not."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lakeseg.cli import main
from lakeseg.data.dataset import Header, open_dataset
from lakeseg.data.write import write_pixels
from tests.app.conftest import ROOT

NO_IMAGES = "Pixelwise holds single pixels, which make no images"


@pytest.fixture(scope="module")
def folder(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with lakes, and their pixels read flat in a file that comes first by its name; all predicted."""
    root = tmp_path_factory.mktemp("pixels")
    shutil.copy(lab / "data" / "dataset2.h5", root)
    lakes = open_dataset(root / "dataset2.h5")
    header = Header("Pixelwise", lakes.bands, "made by a test", simulated=False)
    write_pixels(root / "a_pixels.h5", header, [lakes.pixels()])
    words = ["predict", "--warm", "--dataset", str(root / "a_pixels.h5"), "--models", str(lab / "models")]
    assert main([*words, "--cache", str(root / ".cache" / "predictions")]) == 0
    return root


@pytest.fixture
def page(in_lab: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """`page("bands", dataset="…", …)` opens a page at a link with these query parameters."""
    monkeypatch.setenv("LAKESEG_DATA", str(folder))

    def start(name: str, **link: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for key, value in link.items():
            test.query_params[key] = value
        run = test.run()
        return run if name == "explore" else run.switch_page(f"pages/{name}.py").run()

    return start


def text(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(str(part.value) for kind in kinds for part in kind).replace("\\", "")


def sound(run: AppTest) -> AppTest:
    assert not run.exception
    assert not run.error
    return run


@pytest.mark.parametrize("name", ["explore", "review", "patches", "study"])
def test_pages_of_images_say_so_in_a_line_and_offer_the_others(page, name):
    run = sound(page(name, dataset="a_pixels"))
    assert NO_IMAGES in text(run)
    assert run.selectbox("dataset").options == ["dataset2", "a_pixels"]
    run = sound(next(each for each in run.button if each.label == "Show dataset2").click().run())
    assert run.selectbox("dataset").value == "dataset2"
    assert NO_IMAGES not in text(run)


def test_no_page_starts_with_pixels(page):
    assert sound(page("explore")).selectbox("dataset").value == "dataset2"


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("Subsets", "This part shows experiments of the study, which need lakes"),
        ("Puzzle", "This part shows experiments of the study, which need lakes"),
        ("Distributions", "Pixelwise, all domains: "),
        ("Components", "Components of Pixelwise, all domains: "),
    ],
)
def test_bands_show_what_needs_no_image(page, part, expected):
    words = text(sound(page("bands", dataset="a_pixels", part=part)))
    assert expected in words
    assert "runs of neighbours in the file take the place of lakes" in words


def test_a_regression_is_fitted_on_any_bands_of_pixels(page):
    run = sound(page("bands", dataset="a_pixels"))
    deadline = time.monotonic() + 60
    while run.dataframe[0].value["F1, test runs"][0] == "…":
        assert time.monotonic() < deadline
        time.sleep(0.2)
        run = sound(run.run())
    row = run.dataframe[0].value.iloc[0]
    assert list(row.index) == ["Model", "How", "Bands", "F1, test runs", "Pixels", "Runs"]
    assert row["Model"] == "Logistic regression"
    assert row["F1, test runs"].startswith(".")
    assert "by runs of single pixels" in text(run)
    assert "95 % intervals over runs. The regression learned from" in text(run)


@pytest.mark.parametrize("tab", ["Confusion", "Threshold", "Calibration", "Shore and size", "Compare", "Training"])
def test_evaluate_scores_models_of_pixels(page, folder, tab):
    run = sound(page("evaluate", dataset="a_pixels", split="all", tab=tab))
    scores = run.dataframe[0].value
    assert list(scores["Model"]) == ["Logistic regression", "MNDWI threshold"]
    assert all("[" in value for value in scores["F1"])
    assert set(scores["Runs"]) == {"256"}
    assert set(scores["Runs are"]) == {"not known"}
    assert "Pixelwise · all · 256 runs · unclassified pixels excluded" in text(run)
    assert set(scores["Pixels"]) == {f"{open_dataset(folder / 'a_pixels.h5').total_counts()[1:3].sum():,}"}
    assert ("neither a shore nor lakes" in text(run)) == (tab == "Shore and size")


def test_nothing_on_evaluate_leads_to_a_lake(page):
    run = sound(page("evaluate", dataset="a_pixels", split="all", tab="Compare", lake_size="small", lake="D2-0001"))
    assert "unknown lake" not in text(run)
    assert run.selectbox("split").label == "Runs of"
    assert run.button_group("lake_size").disabled
    assert set(run.dataframe[0].value["Runs"]) == {"256"}  # a size in the link chooses none
    assert re.search(r"is better on \d+ of \d+ runs", text(run))
    assert "Explore" not in text(run)


def test_a_cell_of_a_matrix_shows_no_lakes(page):
    run = sound(page("evaluate", dataset="a_pixels", split="all", cell="logistic: water as land"))
    assert "lakes with most of them" not in text(run)


@pytest.mark.parametrize("part", ["Datasets", "Health", "Import", "Take away"])
def test_data_shows_pixels_in_every_part(page, part):
    run = sound(page("data", dataset="a_pixels", part_of_data=part))
    if part == "Datasets":
        row = run.dataframe[0].value.set_index("File").loc["a_pixels.h5"]
        assert (row["shown"], row["Height × width, px"]) == ("●", "single pixels")
        assert "so there is no map" in text(run)
    if part == "Take away":
        assert "single pixels" in text(run)
