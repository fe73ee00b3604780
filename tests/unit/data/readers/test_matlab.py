"""Files as scipy (v5 to v7) and as MATLAB itself (v7.3, by `tests/matlab.py`) lay them out."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.io import savemat
from scipy.sparse import csc_array

from lakeseg.data.readers.importing import detect, import_file, preview
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import ConfigError, DatasetError, LakesegError
from tests.matlab import Cell, write_v73

KINDS = ("v6", "v7", "v73")
SHAPES = ((5, 5), (4, 9), (12, 3))  # the first is square: transposed, it would fit all the same


def lakes() -> list[dict[str, np.ndarray]]:
    """Lakes in which every value tells its place: X = 1000 row + 10 column + band; Y = 1 in the first row, 2 below."""
    made = []
    for height, width in SHAPES:
        row, column, band = np.mgrid[:height, :width, 1:8]
        labels = np.where(row[..., 0] == 0, 1, 2).astype(np.uint8)
        made.append({"X": (1000 * row + 10 * column + band).astype(np.int16), "Y": labels})
    return made


def row(values) -> np.ndarray:
    """A 1×n cell array for scipy."""
    cells = np.empty((1, len(values)), object)
    for position, value in enumerate(values):
        cells[0, position] = value
    return cells


def records(values) -> np.ndarray:
    """A 1×n struct array for scipy."""
    return np.array([tuple(each.values()) for each in values], [(name, object) for name in values[0]])[None]


def save(path: Path, kind: str, variables) -> Path:
    """Save dicts as structs, lists of dicts as struct arrays, `Cell`s as cell arrays."""
    if kind == "v73":
        return write_v73(path, variables)

    def turned(value):
        if isinstance(value, Cell):
            return row(value)
        if isinstance(value, dict):
            return {name: turned(each) for name, each in value.items()}
        return records(value) if isinstance(value, list) else value

    savemat(path, turned(variables), do_compression=kind == "v7")
    return path


def read(tmp_path: Path, kind: str, variables, **options):
    path = save(tmp_path / "lakes.mat", kind, variables)
    return import_file(path, tmp_path / "out.h5", ReadOptions(**options))


def refused(tmp_path: Path, kind: str, variables, **options) -> str:
    with pytest.raises(LakesegError) as caught:
        read(tmp_path, kind, variables, **options)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.h5").exists()
    return str(caught.value)


def same(dataset, expected=None) -> None:
    for lake, each in zip(dataset.iter_lakes(), expected or lakes(), strict=True):
        np.testing.assert_array_equal(lake.image, each["X"])
        np.testing.assert_array_equal(lake.labels, each["Y"])


def layouts():
    """The ways in which a lab keeps the same three lakes."""
    each = lakes()
    images, labels = Cell(lake["X"] for lake in each), Cell(lake["Y"] for lake in each)
    return {
        "struct array": ({"lakes": each}, "struct array with X and Y"),
        "cell of structs": ({"all": Cell(each)}, "cell array of structs with X and Y"),
        "two cells": ({"X": images, "Y": labels}, "cell arrays: X and Y"),
        "struct of cells": ({"data": {"X": images, "Y": labels}}, "cell arrays: data.X and data.Y"),
        "a struct each": ({f"lake{n}": lake for n, lake in enumerate(each)}, "struct array with X and Y"),
        "other names": ({"L": [{"image": lake["X"], "mask": lake["Y"]} for lake in each]}, "with image and mask"),
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", layouts())
def test_lakes_arrive_as_matlab_shows_them(tmp_path, kind, layout):
    variables, title = layouts()[layout]
    done = read(tmp_path, kind, variables)
    same(done.dataset)
    assert title in done.found.title
    assert done.found.title.startswith("MATLAB v7.3" if kind == "v73" else "MATLAB v5 to v7")
    assert done.found.lakes == 3
    assert done.dataset.bands == (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize("kind", KINDS)
def test_every_layout_and_version_gives_the_same_fingerprint(tmp_path, kind):
    struct = read(tmp_path, kind, {"lakes": lakes()}).dataset.fingerprint
    assert read(tmp_path, "v7", {"lakes": lakes()}).dataset.fingerprint == struct


@pytest.mark.parametrize("kind", KINDS)
def test_one_lake_as_matrices_and_a_stack(tmp_path, kind):
    lake = lakes()[0]
    same(read(tmp_path, kind, lake).dataset, [lake])
    stack = {"X": np.stack([lake["X"], lake["X"] + 1], axis=-1), "Y": np.stack([lake["Y"]] * 2, axis=-1)}
    same(read(tmp_path, kind, stack).dataset, [lake, {"X": lake["X"] + 1, "Y": lake["Y"]}])
    (tmp_path / "out.h5").unlink()
    numpy_order = {"X": np.zeros((20, 5, 5, 7)), "Y": np.ones((20, 5, 5))}
    assert "permute(X, [2 3 4 1])" in refused(tmp_path, kind, numpy_order)
    both = {"X": np.zeros((5, 5, 7, 7)), "Y": np.ones((5, 5, 7))}  # (N, H, W, B) or (H, W, B, N)?
    assert "permute(X, [2 3 4 1])" in refused(tmp_path, kind, both)


@pytest.mark.parametrize("kind", KINDS)
def test_entries_and_names_that_are_not_there(tmp_path, kind):
    each = lakes()
    cells = {"X": Cell(lake["X"] for lake in each), "Y": Cell(lake["Y"] for lake in each[:2])}
    assert "one has fewer entries than another" in refused(tmp_path, kind, cells)
    for option in ("labels", "second_labels", "ids", "groups"):
        said = {option: "nope"}
        assert "there is no 'nope' beside 'X'" in refused(tmp_path, kind, {"lakes": each}, water="1", **said)
        assert "'nope'" in refused(tmp_path, kind, each[0], water="1", **said)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("last", [False, True])
def test_matrices_are_single_pixels(tmp_path, kind, last):
    pixels = np.arange(70, dtype=np.int16).reshape(10, 7)
    labels = np.array([[1, 2] * 5], np.int16).T
    variables = {"P": np.hstack([pixels, labels])} if last else {"X": pixels, "Y": labels}
    done = read(tmp_path, kind, variables)
    assert (done.found.lakes, done.found.pixels) == (0, 10)
    assert done.dataset.of_pixels
    image, codes = done.dataset.pixels()
    np.testing.assert_array_equal(image, pixels)
    np.testing.assert_array_equal(codes, labels.ravel())
    assert preview(tmp_path / "lakes.mat") == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint16, np.int32])
def test_counts_of_any_class(tmp_path, kind, dtype):
    each = lakes()
    given = [{"X": lake["X"].astype(dtype), "Y": lake["Y"].astype(np.float64)} for lake in each]
    same(read(tmp_path, kind, {"lakes": given}).dataset, each)


@pytest.mark.parametrize("kind", KINDS)
def test_doubles_between_whole_numbers_are_reflectance(tmp_path, kind):
    lake = lakes()[1]
    given = {"X": lake["X"] * 1e-4, "Y": lake["Y"]}  # scipy stores a double that is whole in fewer bytes
    dataset = read(tmp_path, kind, {"a": given, "b": given | {"X": np.zeros((4, 9, 7))}}).dataset
    np.testing.assert_array_equal(dataset.lake("a").image, lake["X"])
    assert not dataset.lake("b").image.any()


@pytest.mark.parametrize("kind", KINDS)
def test_names_groups_and_places_are_taken_along(tmp_path, kind):
    given = [
        lake | {"id": name, "group": "north", "domain": "alpine", "date": "2018-07-04", "lon": 8.5, "lat": 46.0}
        for name, lake in zip("abc", lakes(), strict=True)
    ]
    dataset = read(tmp_path, kind, {"lakes": given, "bands": np.arange(1.0, 8), "scale": 2e-4}).dataset
    assert dataset.lake_ids == ("a", "b", "c")
    assert set(dataset.lakes.group.tolist()) == {"north"}
    lake = dataset.lake("b")
    assert (lake.domain, lake.date, lake.lon, lake.lat, dataset.scale) == ("alpine", "2018-07-04", 8.5, 46.0, 2e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_fields_by_option_and_a_second_labeller(tmp_path, kind):
    row_of = np.array([[1, 0, 0], [1, 1, 0]], np.uint8)
    other = np.array([[32, 0, 33], [2, 255, 64]], np.uint8)
    given = {"lake": {"R": np.zeros((2, 3, 2), np.int16), "hand": row_of, "auto": other, "no": 7.0}}
    options = {"pixels": "R", "labels": "hand", "water": "1", "bands": (4, 2), "ids": "no"}
    second = {"second_labels": "auto", "second_water": "bit:5", "second_ignore": (255,)}
    dataset = read(tmp_path, kind, given, **options, **second).dataset
    assert dataset.lake("7").labels.tolist() == [[1, 2, 3], [3, 0, 2]]  # by hand, as in the test of arrays
    assert dataset.bands == (2, 4)


def test_a_folder_holds_a_lake_a_file_of_either_version(tmp_path):
    (tmp_path / "in").mkdir()
    for number, (kind, lake) in enumerate(zip(KINDS, lakes(), strict=True)):
        save(tmp_path / "in" / f"lake{number + 9}.mat", kind, lake if number else {"only": lake})
    done = import_file(tmp_path / "in", tmp_path / "out.h5")
    assert done.dataset.lake_ids == ("lake9", "lake10", "lake11")
    same(done.dataset)
    assert done.found.title.startswith("folder of 3 files")


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    save(tmp_path / "secret.mat", "v7", lakes()[0])
    save(tmp_path / "in" / "a.mat", "v7", lakes()[0])
    (tmp_path / "in" / "b.mat").symlink_to(tmp_path / "secret.mat")
    with pytest.raises(DatasetError, match=r"'b\.mat' is a link out of the folder"):
        import_file(tmp_path / "in", tmp_path / "out.h5")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_is_asked_for(tmp_path, kind):
    path = save(tmp_path / "a.mat", kind, {"X": np.ones((3, 4, 5), np.int16), "Y": np.eye(3, 4, dtype=np.uint8)})
    assert detect(path).missing == ("bands", "water")
    with pytest.raises(ConfigError, match=r"say more with --bands, --water"):
        import_file(path, tmp_path / "out.h5")
    options = ReadOptions(bands=(1, 2, 3, 4, 6), water="1")
    assert detect(path, options).missing == ()
    assert preview(path, options)[0].labels.tolist() == [[1, 2, 2, 2], [2, 1, 2, 2], [2, 2, 1, 2]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"X": np.zeros((0, 0))}, "'X' is empty: leave this lake out"),
        ({"X": np.zeros((5, 5, 6))}, "6 values a pixel, but --bands names 7"),
        ({"Y": np.zeros((5, 4), np.uint8)}, "labels and pixels must fit each other"),
        ({"Y": np.full((5, 5), 9, np.uint8)}, "label 9 is no class code"),
        ({"Y": np.full((5, 5), 1.5)}, "between whole numbers"),
        ({"Y": "water"}, "'Y' is char: expected a full matrix"),
    ],
)
def test_a_lake_that_does_not_fit_is_named(tmp_path, kind, changes, expected):
    broken = [lakes()[0], lakes()[0] | changes]
    assert expected in refused(tmp_path, kind, {"lakes": broken}, water="codes")


def test_sparse_complex_and_nested_values_are_refused(tmp_path):
    lake = lakes()[0]
    for value, expected in (
        (csc_array(np.eye(5)), "sparse: expected a full matrix of numbers: save full"),
        (lake["Y"] + 1j, "complex: expected a full matrix of numbers: save real"),
        ({"deep": lake["Y"]}, "is struct"),
    ):
        assert expected in refused(tmp_path, "v7", {"lakes": [lake, lake | {"Y": value}]}, water="codes")


def test_links_and_foreign_storage_in_v73_are_refused(tmp_path):
    lake = lakes()[0]
    save(tmp_path / "other.mat", "v73", lake)
    for made, expected in (("link", "a link to another file"), ("virtual", "in other files")):
        path = save(tmp_path / f"{made}.mat", "v73", lake)
        with h5py.File(path, "r+") as file:
            del file["Y"]
            if made == "link":
                file["Y"] = h5py.ExternalLink("other.mat", "/Y")
            else:
                layout = h5py.VirtualLayout((5, 5), "u1")
                layout[:] = h5py.VirtualSource(tmp_path / "other.mat", "Y", (5, 5))
                file.create_virtual_dataset("Y", layout).attrs["MATLAB_class"] = np.bytes_("uint8")
        with pytest.raises(DatasetError, match=expected):
            import_file(path, tmp_path / "out.h5")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is no MATLAB file, or truncated"),
        (b"no MATLAB file at all" * 20, "is no MATLAB file: in MATLAB, save it with -v7"),
        (bytes(200), "version 4"),
    ],
)
def test_files_that_are_something_else(tmp_path, content, expected):
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(DatasetError, match=expected):
        detect(tmp_path / "a.mat")


def test_hdf5_that_matlab_did_not_write(tmp_path):
    with h5py.File(tmp_path / "a.mat", "w") as file:
        file["X"] = np.zeros((3, 3, 7))
    with pytest.raises(DatasetError, match=r"no MATLAB_class.*rename it to .h5"):
        detect(tmp_path / "a.mat")


def test_nothing_like_lakes_lists_what_is_there(tmp_path):
    assert "it holds A 1×3 double" in refused(tmp_path, "v7", {"A": np.arange(3.0)})
    assert "'lakes'" not in refused(tmp_path, "v73", {"t": "text"})
