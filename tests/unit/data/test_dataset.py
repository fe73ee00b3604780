import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from lakeseg.data.dataset import Header, Lake, open_dataset
from lakeseg.data.write import write_dataset
from lakeseg.errors import DatasetError
from tests.lakes import HEADER, make_dataset, make_lake


@pytest.fixture
def dataset(tmp_path):
    return make_dataset(tmp_path / "d.h5", [(3, 4), (1, 1), (5, 2)], codes=(0, 1, 2, 3))


def edited(dataset, change):
    """A copy of the dataset's file with `change(file)` applied."""
    path = dataset.path.with_name("edited.h5")
    shutil.copy(dataset.path, path)
    with h5py.File(path, "r+") as file:
        change(file)
    return path


def test_a_lake_comes_back_as_it_went_in(tmp_path):
    truth = np.arange(12, dtype=np.uint8).reshape(3, 4)
    lake = replace(
        make_lake("Lac de Joux", 3, 4, "Jura"), truth=truth, domain="temperate", date="2016-07-01", lon=6.3, lat=46.6
    )
    back = write_dataset(tmp_path / "d.h5", HEADER, [lake]).lake("Lac de Joux")
    assert (back.image == lake.image).all()
    assert (back.labels == lake.labels).all()
    assert (back.truth == truth).all()
    assert (back.image.dtype, back.labels.dtype, back.truth.dtype) == (np.int16, np.uint8, np.uint8)
    for name in ("id", "group", "domain", "date", "lon", "lat", "shape"):
        assert getattr(back, name) == getattr(lake, name)


def test_the_header_comes_back(tmp_path):
    header = Header("Ufer", (1, 2, 3, 4, 6, 7), "a source", False, 2e-4, -1, {"reader": "arrays", "options": [1, None]})
    dataset = write_dataset(tmp_path / "d.h5", header, [make_lake("a", 2, 2, bands=6)])
    assert dataset.header == header
    assert (dataset.name, dataset.bands, dataset.scale, dataset.fill) == ("Ufer", (1, 2, 3, 4, 6, 7), 2e-4, -1)
    assert not dataset.simulated
    assert not dataset.truth_available
    assert dataset.lake("a").truth is None


def test_a_lake_of_one_pixel(dataset):
    assert dataset.lake("a1").image.shape == (1, 1, 7)


def test_pixels_are_the_lakes_read_flat(dataset):
    lakes = list(dataset.iter_lakes())
    counts, labels = dataset.pixels()
    assert (counts == np.concatenate([lake.image.reshape(-1, 7) for lake in lakes])).all()
    assert (labels == np.concatenate([lake.labels.ravel() for lake in lakes])).all()
    counts, labels = dataset.pixels(["a2", "a0", "a1"])
    assert (counts[:10] == lakes[2].image.reshape(-1, 7)).all()
    assert (counts[10:] == np.concatenate([lakes[0].image.reshape(-1, 7), lakes[1].image.reshape(-1, 7)])).all()
    assert (dataset.labels(["a2", "a0", "a1"]) == labels).all()
    assert (dataset.labels() == dataset.pixels()[1]).all()


def test_pixels_of_no_lake(dataset):
    counts, labels = dataset.pixels([])
    assert (counts.shape, labels.shape) == ((0, 7), (0,))


def test_class_counts_by_lake(dataset):
    expected = [np.bincount(lake.labels.ravel(), minlength=4) for lake in dataset.iter_lakes()]
    assert (dataset.class_counts() == expected).all()
    assert dataset.total_counts().tolist() == np.sum(expected, axis=0).tolist()
    with pytest.raises(ValueError, match="read-only"):
        dataset.class_counts()[0, 0] = 1


def test_class_counts_when_labels_are_read_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("lakeseg.data.dataset._LABELS_AT_ONCE", 7)
    dataset = make_dataset(tmp_path / "d.h5", [(3, 4), (1, 1), (5, 2), (2, 2), (1, 3)], codes=(0, 1, 2, 3))
    expected = [np.bincount(lake.labels.ravel(), minlength=4) for lake in dataset.iter_lakes()]
    assert (dataset.class_counts() == expected).all()


def test_summary_is_table_2(tmp_path):
    water, land = make_lake("w", 2, 3, codes=(1,)), make_lake("l", 4, 1, codes=(2,))
    odd = Lake("o", make_lake("o", 1, 2).image, np.array([[0, 3]], np.uint8), water.group, domain="arid")
    summary = write_dataset(tmp_path / "d.h5", HEADER, [water, land, odd]).summary()
    assert {name: summary[name] for name in ("pixels", "water", "land", "unclassified", "no_label")} == {
        "pixels": 12,
        "water": 6,
        "land": 4,
        "unclassified": 1,
        "no_label": 1,
    }
    assert (summary["lakes"], summary["groups"]) == (3, 2)
    assert (summary["height"], summary["width"]) == ([1, 4], [1, 3])
    assert summary["domains"] == {"unknown": 2, "arid": 1}


def test_a_file_of_pixels_alone(dataset):
    path = edited(dataset, lambda file: file.__delitem__("lakes"))
    flat = open_dataset(path)
    assert (flat.of_pixels, dataset.of_pixels, flat.pixel_count) == (True, False, 23)
    assert flat.total_counts().tolist() == dataset.total_counts().tolist()
    assert (flat.summary()["height"], flat.summary()["lakes"], flat.summary()["domains"]) == (None, 0, {})
    assert flat.pixels()[0].shape == (23, 7)


def test_unknown_lake_lists_the_valid_ones(dataset):
    with pytest.raises(DatasetError, match=r"unknown lake 'b': expected one of a0, a1, a2$"):
        dataset.lake("b")


def test_threads_may_share_a_dataset(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(8, 8)] * 12)
    expected = {lake.id: lake.image for lake in dataset.iter_lakes()}
    wrong = []

    def read():
        wrong.extend(name for name in list(expected) * 3 if (dataset.lake(name).image != expected[name]).any())

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_file_replaced_while_in_use_is_noticed(dataset):
    make_dataset(dataset.path, [(9, 9)])
    with pytest.raises(DatasetError, match="was replaced while it was in use: open it again"):
        dataset.lake("a0")


def test_a_file_removed_while_in_use(dataset):
    dataset.path.unlink()
    with pytest.raises(DatasetError, match="no such file"):
        dataset.lake("a0")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", b"lake,water\n1,2\n"])
def test_a_file_that_is_not_hdf5(tmp_path, content):
    path = tmp_path / "d.h5"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="not an HDF5 file: expected a lakeseg dataset"):
        open_dataset(path)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.3, 0.5, 0.9, 0.999])
def test_a_truncated_file(dataset, share):
    content = dataset.path.read_bytes()
    dataset.path.write_bytes(content[: max(9, int(share * len(content)))])
    with pytest.raises(DatasetError, match="truncated") as caught:
        open_dataset(dataset.path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.h5", tmp_path):
        with pytest.raises(DatasetError, match="no such file"):
            open_dataset(path)


def replace_array(name, values):
    def change(file):
        del file[name]
        file[name] = values

    return change


def set_attribute(name, value):
    return lambda file: file.attrs.__setitem__(name, value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (set_attribute("format", "other"), "HDF5, but not a lakeseg dataset"),
        (set_attribute("version", 2), "format version 2: this lakeseg reads version 1"),
        (set_attribute("bands", [1, 2, 3]), r"expected /pixels and /labels of shape \(N, 3\)"),
        (set_attribute("bands", [1, 2, 3, 4, 5, 7, 6]), "in ascending order"),
        (set_attribute("bands", "seven"), "incomplete lakeseg file"),
        (set_attribute("provenance", "{"), "incomplete lakeseg file"),
        (lambda file: file.attrs.__delitem__("scale"), "incomplete lakeseg file .*scale"),
        (lambda file: file.__delitem__("labels"), "incomplete lakeseg file .*labels"),
        (replace_array("labels", np.zeros(22, np.uint8)), "expected /pixels and /labels"),
        (replace_array("labels", np.zeros(23, np.int32)), "uint8 labels"),
        (replace_array("pixels", np.zeros((23, 7), np.float32)), "int16 pixels"),
        (replace_array("pixels", np.zeros(23, np.int16)), "expected /pixels"),
        (replace_array("lakes/height", np.array([3, 1, 6])), "lakes cover 25 px, /pixels holds 23"),
        (replace_array("lakes/height", np.array([3, 0, 5])), "no rows or no columns"),
        (replace_array("lakes/height", np.array([3, 1])), "differ in length"),
        (replace_array("lakes/id", np.array([1, 2, 3])), "another shape or type"),
        (replace_array("lakes/lon", np.zeros((3, 1))), "another shape or type"),
        (lambda file: file["lakes"].__delitem__("group"), "incomplete lakeseg file"),
        (lambda file: file.__setitem__("truth", np.zeros(5, np.uint8)), "/truth does not fit"),
    ],
)
def test_a_file_that_breaks_the_contract(dataset, change, says):
    with pytest.raises(DatasetError, match=says) as caught:
        open_dataset(edited(dataset, change))
    assert "\n" not in str(caught.value)


def test_a_file_without_a_pixel_or_a_lake(dataset):
    def empty(file):
        for name, shape, dtype in (("pixels", (0, 7), "i2"), ("labels", (0,), "u1")):
            del file[name]
            file.create_dataset(name, shape, dtype)

    with pytest.raises(DatasetError, match="zero pixels"):
        open_dataset(edited(dataset, empty))

    def no_lakes(file):
        for name in list(file["lakes"]):
            column = file["lakes"][name][:0]
            del file["lakes"][name]
            file["lakes"][name] = column

    with pytest.raises(DatasetError, match="zero lakes"):
        open_dataset(edited(dataset, no_lakes))


@pytest.mark.parametrize("with_lakes", [True, False])
def test_labels_outside_the_codes_in_a_foreign_file(dataset, with_lakes):
    def change(file):
        file["labels"][4] = 7
        if not with_lakes:
            del file["lakes"]

    broken = open_dataset(edited(dataset, change))
    with pytest.raises(DatasetError, match="labels outside the codes 0 to 3"):
        broken.total_counts()


def test_lake_ids_that_are_no_text(dataset):
    broken = open_dataset(edited(dataset, replace_array("lakes/id", np.array([b"a", b"\xff", b"c"]))))
    with pytest.raises(DatasetError, match="/lakes/id is not UTF-8"):
        broken.lake("a")


def test_no_permission_to_read():
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)
        path = make_dataset(folder / "d.h5", [(2, 2)]).path
        path.chmod(0o000)
        script = (
            "import os, sys\n"
            "from lakeseg.data.dataset import open_dataset\n"
            "from lakeseg.errors import DatasetError\n"
            "os.getuid() or os.setuid(65534)\n"
            "try: open_dataset(sys.argv[1])\n"
            "except DatasetError as error: print(error)\n"
        )
        said = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
        assert "no permission to read it" in said.stdout
    finally:
        shutil.rmtree(folder)
