"""Every part of Data through `app.py`, on the lab of `tests/conftest.py`."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lakeseg.data.dataset import Header, Lake, open_dataset
from lakeseg.data.write import write_dataset, write_pixels
from lakeseg.ui import cache, demo

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data_folder(in_lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, with the lab's datasets; files to import lie in `incoming`."""
    folder = tmp_path / "data"
    shutil.copytree(in_lab / "data", folder, ignore=shutil.ignore_patterns(".cache"))
    monkeypatch.setenv("LAKESEG_DATA", str(folder))
    monkeypatch.delenv("LAKESEG_IMPORT", raising=False)
    return folder


@pytest.fixture
def data(data_folder: Path, open_data: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """`data(part_of_data="Health", …)` opens Data at a link with these query parameters and runs it."""
    return open_data


def text(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.warning, app.error)
    return "\n".join(str(part.value) for kind in kinds for part in kind).replace("\u00a0", " ").replace("\\", "")


def until(run: AppTest, word: str) -> None:
    """Run until a word is on the page."""
    deadline = time.monotonic() + 60
    while word not in text(run):
        assert time.monotonic() < deadline, text(run)
        time.sleep(0.2)
        run.run()


def write_chips(path: Path, labels: tuple[int, int] = (1, 3)) -> None:
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 9000, (5, 12, 14, 7)).astype(np.int16)
    path.parent.mkdir(exist_ok=True)
    np.savez(path, X=pixels, y=rng.integers(*labels, (5, 12, 14)).astype(np.uint8))


def test_datasets_are_listed_beside_the_study(data):
    run = data(dataset="dataset1")
    assert not run.exception
    table = run.dataframe[0].value
    assert table["Dataset"].tolist() == [f"dataset{n}.h5: Small demo (simulated)" for n in (1, 2)]
    assert table["Lakes"].tolist() == [6, 9]
    assert table["shown"].tolist() == ["●", ""]
    words = text(run)
    assert "16,887,717 †" in words
    assert "leave 1,687,717, one digit fewer" in words
    assert "6 lakes · places drawn at random" in words


def test_a_dataset_without_places_has_no_map_and_pixels_alone_are_listed(data, data_folder):
    rng = np.random.default_rng(0)
    lake = Lake("one", rng.integers(0, 9000, (9, 9, 3)).astype(np.int16), np.ones((9, 9), np.uint8), "g")
    write_dataset(data_folder / "bare.h5", Header("Bare", (1, 3, 4), "test", simulated=False), [lake])
    run = data(dataset="bare")
    assert not run.exception
    assert "No lake of this dataset has coordinates, so there is no map." in text(run)
    assert "Bare" in run.dataframe[0].value["Dataset"].tolist()


def test_pixels_alone_are_listed_and_no_page_complains(data, data_folder):
    rng = np.random.default_rng(0)
    header = Header("Single pixels", (1, 3, 4), "test", simulated=False)
    write_pixels(data_folder / "pixels.h5", header, [(rng.integers(0, 9, (50, 3)).astype(np.int16), np.ones(50, "u1"))])
    run = data(dataset="dataset1")
    assert not run.exception
    assert not any("pixels.h5" in warning.value for warning in run.warning)
    row = run.dataframe[0].value.set_index("File").loc["pixels.h5"]
    assert (row["Pixels"], row["Height × width, px"]) == (50, "single pixels")
    assert run.selectbox("dataset").options == ["dataset1", "dataset2", "pixels"]


def test_beside_a_dataset_of_somebody_no_demo_data_is_made(data_folder):
    datasets, broken = cache.datasets()
    assert broken
    assert not demo.is_missing({}, broken)
    assert not demo.is_missing({"pixels": datasets["dataset1"]}, [])
    assert demo.is_missing({"dataset1": datasets["dataset1"]}, [])
    assert demo.is_missing({}, [])


def test_a_long_name_is_cut_in_table_2_and_still_says_simulated(data, data_folder):
    lake = Lake("one", np.ones((9, 9, 3), np.int16), np.ones((9, 9), np.uint8), "g")
    header = Header("MOD09A1.A2017193.h18v04.006", (1, 3, 4), "test", simulated=True)
    write_dataset(data_folder / "long.h5", header, [lake])
    words = text(data(dataset="long"))
    assert "**MOD09A1.A2017193.h1… (simulated)**" in words
    assert "Data :small[:gray[MOD09A1.A2017193.h18v04.006 (simulated)" in words


def test_health_is_examined_and_kept(data, data_folder):
    run = data(dataset="dataset1", part_of_data="Health")
    until(run, "in order")
    assert not run.exception
    assert "**Class codes**" in text(run)
    assert "No group stands on both sides of a split (the default)." in text(run)
    assert len(list((data_folder / ".cache" / "health").glob("*.json"))) == 1


def test_health_looks_at_the_splits_of_models_of_this_dataset(data):
    run = data(dataset="dataset2", part_of_data="Health")
    until(run, "(the default, logistic, mndwi)")


def test_a_file_of_the_folder_is_imported_and_switched_to(data, data_folder):
    write_chips(data_folder / "incoming" / "my chips.npz")
    run = data(dataset="dataset1", part_of_data="Import", import_from="Folder on the server")
    run.selectbox("import_path").set_value("my chips.npz").run()
    assert not run.exception
    assert "NumPy arrays" in text(run)
    assert text(run).count("12×14 px · water") == 3
    assert run.text_input("import_name").value == "my-chips"
    button = next(each for each in run.button if each.label == "Convert")
    button.click().run()
    until(run, "is here")
    assert len(open_dataset(data_folder / "my-chips.h5").lakes) == 5
    run.button("switch_import_0").click().run()
    assert not run.exception
    assert run.selectbox("dataset").value == "my-chips"
    assert "Data :small[:gray[my-chips" in text(run)
    run.button("drop_import_0").click().run()
    assert "is here" not in text(run)


def test_options_that_lack_are_asked_for_and_wrong_ones_are_said_in_place(data, data_folder):
    write_chips(data_folder / "incoming" / "own.npz", labels=(6, 8))
    run = data(part_of_data="Import", import_from="Folder on the server", import_path="own.npz")
    assert "Say more to see its first lakes: water." in text(run)
    assert next(each for each in run.button if each.label == "Convert").disabled
    run.text_input("import_option_water").set_value("bit:77").run()
    assert "is no rule for water" in run.error[0].value
    assert not run.exception
    run.text_input("import_option_water").set_value("7").run()
    assert not run.error
    assert text(run).count("12×14 px · water") == 3
    run.text_input("import_name").set_value("dataset1").run()
    assert "is there already: choose another name" in text(run)
    run.text_input("import_name").set_value("../up").run()
    assert "is no name for a file" in text(run)
    assert next(each for each in run.button if each.label == "Convert").disabled


def test_a_dataset_of_lakeseg_is_taken_as_it_is(data, data_folder):
    (data_folder / "incoming").mkdir()
    (data_folder / "dataset2.h5").rename(data_folder / "incoming" / "theirs.h5")
    run = data(part_of_data="Import", import_from="Folder on the server", import_path="theirs.h5")
    assert "there is nothing to convert" in text(run)
    next(each for each in run.button if each.label == "Add it").click().run()
    assert not run.exception
    assert run.selectbox("dataset").value == "theirs"
    assert (
        open_dataset(data_folder / "theirs.h5").lake_ids
        == open_dataset(data_folder / "incoming" / "theirs.h5").lake_ids
    )


def test_single_pixels_that_were_imported_can_be_switched_to(data, data_folder):
    rng = np.random.default_rng(3)
    (data_folder / "incoming").mkdir()
    arrays = {"X": rng.integers(0, 9000, (50, 7)).astype(np.int16), "y": rng.integers(1, 3, 50).astype(np.uint8)}
    np.savez(data_folder / "incoming" / "flat.npz", **arrays)
    run = data(part_of_data="Import", import_from="Folder on the server", import_path="flat.npz")
    assert "Single pixels, which belong to no lake" in text(run)
    next(each for each in run.button if each.label == "Convert").click().run()
    deadline = time.monotonic() + 60
    while not (found := [each for each in run.button if each.label == "Switch to it"]):
        assert time.monotonic() < deadline, text(run)
        time.sleep(0.2)
        run.run()
    found[0].click().run()
    run.segmented_control("part_of_data").set_value("Datasets").run()
    assert not run.exception
    assert run.selectbox("dataset").value == "flat"
    assert 50 in run.dataframe[0].value["Pixels"].tolist()


def test_a_damaged_file_is_one_line_without_where_it_lies(data, data_folder):
    (data_folder / "incoming").mkdir()
    (data_folder / "incoming" / "torn.mat").write_bytes(b"no MATLAB file")
    run = data(part_of_data="Import", import_from="Folder on the server", import_path="torn.mat")
    assert not run.exception
    assert len(run.error) == 1
    assert run.error[0].value.startswith("torn.mat")
    assert str(data_folder) not in run.error[0].value


def test_a_link_out_of_the_folder_is_not_followed(data, data_folder, tmp_path):
    write_chips(tmp_path / "secret.npz")
    (data_folder / "incoming").mkdir()
    (data_folder / "incoming" / "way.npz").symlink_to(tmp_path / "secret.npz")
    run = data(part_of_data="Import", import_from="Folder on the server", import_path="way.npz")
    assert not run.exception
    assert "NumPy arrays" not in text(run)


def test_an_empty_folder_says_what_to_do(data, data_folder):
    run = data(part_of_data="Import", import_from="Folder on the server")
    assert f"Put files of any size into `{data_folder / 'incoming'}`" in text(run)
    assert "What can be read" in text(run)


def test_labels_are_taken_away(data, data_folder):
    run = data(dataset="dataset1", part_of_data="Take away")
    assert not run.exception
    run.segmented_control("take").set_value("table").run()
    run.button("take_it").click().run()
    until(run, "is here")
    assert not run.exception
    assert (data_folder / "exports" / "dataset1-table.csv").read_text().count("\n") >= 7
    assert any(button.label.startswith("Download") for button in run.get("download_button"))


def test_every_export_can_be_asked_for(data):
    run = data(dataset="dataset2", part_of_data="Take away")
    for key in run.segmented_control("take").options:
        assert key
    for key in ("classes", "probabilities", "labels", "verdicts", "outlines", "table", "dataset", "model"):
        run.segmented_control("take").set_value(key).run()
        assert not run.exception, key


def test_without_a_dataset_one_can_be_brought(data, data_folder):
    for path in data_folder.glob("dataset*.h5"):
        path.unlink()
    run = data()
    assert not run.exception
    assert "Your own data" in text(run)
    assert "Your own: give a file below." in text(run)
    assert "torn.h5" in text(run)


def test_what_was_begun_goes_on_when_the_demo_data_is_there(data, data_folder):
    write_chips(data_folder / "incoming" / "own.npz", labels=(6, 8))
    (data_folder / "dataset1.h5").unlink()
    (data_folder / "dataset2.h5").rename(data_folder / "later")
    run = data(import_from="Folder on the server")
    run.selectbox("import_path").set_value("own.npz").run()
    run.text_input("import_option_water").set_value("7").run()
    (data_folder / "later").rename(data_folder / "dataset2.h5")
    run.run()
    assert not run.exception
    assert run.segmented_control("part_of_data").value == "Import"
    assert run.selectbox("import_path").value == "own.npz"
    assert run.text_input("import_option_water").value == "7"


def test_data_loads_no_learning_library(data):
    before = {"tensorflow", "keras"} & set(sys.modules)
    data()
    data(part_of_data="Take away")
    assert {"tensorflow", "keras"} & set(sys.modules) == before
