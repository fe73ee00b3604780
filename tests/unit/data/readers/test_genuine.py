"""Files that MATLAB itself wrote: those that scipy tests itself on, v4 to v7.3, and a few of pymatreader's."""

from __future__ import annotations

import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io.matlab
from scipy.io import loadmat

from lakeseg.data.readers.importing import detect, import_file
from lakeseg.data.readers.matlab import open_mat
from lakeseg.data.readers.matvalues import CLASSES, Opaque, as_column
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import DatasetError
from tests.matlab import Cell, write_v73

OWN = Path(__file__).parent / "genuine"
SCIPY = Path(scipy.io.matlab.__file__).parent / "tests" / "data"
FILES = sorted(SCIPY.glob("*.mat"))
REFUSED = {
    "debigged_m4": "version 4",
    "test_mat4_le_floats": "version 4",
    "testvec_4_GLNX86": "version 4",
    "bad_miuint32": "is damaged",
    "corrupted_zlib_checksum": "is damaged",
    "corrupted_zlib_data": "is damaged",
    "malformed1": "is damaged",
}
NOT_SCIPYS = ("bad_miutf8_array_name", "testhdf5_7.4_GLNX86")  # scipy reads neither


def values(path: Path) -> dict:
    """Everything that a file holds, by our reader; elements and cells as lists."""
    found: dict = {}
    with open_mat(path) as file:
        for each in file.variables():
            if each.kind == "struct":
                found[each.name] = list(file.elements(each.name, frozenset(each.fields)))
            elif each.kind == "cell":
                found[each.name] = list(file.cells(each.name, "", frozenset()))
            else:
                found[each.name] = file.array(each.name)
            if each.kind in CLASSES and isinstance(found[each.name], np.ndarray):
                same_in_parts(file, each.name, found[each.name])
    return found


def same_in_parts(file, name: str, whole: np.ndarray) -> None:
    np.testing.assert_array_equal(np.stack(list(file.slabs(name)), axis=-1), whole)
    if whole.ndim == 2:
        flat = whole if as_column(whole.shape) == whole.shape else whole.T
        np.testing.assert_array_equal(np.concatenate(list(file.blocks(name, 2))), flat)


def same(ours, expected) -> None:
    """Compare with what scipy reads: structs and cells one level deep, which is as far as lakes go."""
    if isinstance(ours, list):
        assert len(ours) == expected.size
        for one, other in zip(ours, expected.ravel(order="F"), strict=True):
            same(one, other)
    elif isinstance(ours, dict):
        assert set(ours) <= set(expected.dtype.names if expected is not None else ())
        for name, value in ours.items():
            same(value, expected[name])
    elif isinstance(ours, str):
        assert ours.rstrip() == (str(expected.ravel()[0]).rstrip() if expected.size else "")
    elif isinstance(ours, Opaque):
        assert ours.kind in ("complex", "sparse", "object", "function", "cell", "struct")
        assert ours.shape in ((), expected.shape)
    else:
        np.testing.assert_array_equal(ours, expected, strict=False)
        assert ours.shape == expected.shape  # assert_array_equal spreads scalars


def test_scipy_brings_its_files():
    assert len(FILES) > 100, f"{SCIPY}: the wheel of scipy that is pinned holds MATLAB files; install it again"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_scipy_gives_what_scipy_reads_or_one_line(path):
    refused = REFUSED.get(path.stem) or ("version 4" if "_4.2c_" in path.stem else None)
    if refused is not None:
        with pytest.raises(DatasetError, match=refused) as caught:
            values(path)
        assert "\n" not in str(caught.value)
        return
    found = values(path)
    with pytest.raises(DatasetError, match="nothing here looks like lakes") as caught:
        detect(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()
    if path.stem in NOT_SCIPYS:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of twice the same name, and of functions
        expected = {name: value for name, value in loadmat(path).items() if not name.startswith("__")}
    assert set(found) == set(expected)
    for name, value in found.items():
        same(value, expected[name])


@pytest.mark.parametrize("made", ["6.1_SOL2", "6.5.1_GLNX86", "7.1_GLNX86", "7.4_GLNX86"])
def test_three_axes_and_two(tmp_path, made):
    """Saved by MATLAB for SPARC (big-endian) and for PCs: reshape(1:24, [2 3 4]), and [1 2 3 4 5; 2 … 0; 3 … 0]."""
    options = {"labels": "none", "bands": (1, 2, 3, 4)}
    lake = import_file(
        SCIPY / f"test3dmatrix_{made}.mat", tmp_path / "a.h5", ReadOptions(pixels="test3dmatrix", **options)
    )
    image = next(lake.dataset.iter_lakes()).image
    np.testing.assert_array_equal(image, np.arange(1, 25).reshape(4, 3, 2).T)  # MATLAB counts the first axis first
    options["bands"] = (1, 2, 3, 4, 5)
    made_of = import_file(
        SCIPY / f"testmatrix_{made}.mat", tmp_path / "b.h5", ReadOptions(pixels="testmatrix", **options)
    )
    rows = [[1, 2, 3, 4, 5], [2, 0, 0, 0, 0], [3, 0, 0, 0, 0]]
    np.testing.assert_array_equal(made_of.dataset.pixels()[0], rows)


def test_the_first_files_of_version_7_3():
    found = values(SCIPY / "testhdf5_7.4_GLNX86.mat")  # of 2008: its text says 7.0
    np.testing.assert_allclose(found["testdouble"], np.arange(9)[None] * np.pi / 4)


@pytest.mark.parametrize("version", ["v6", "v7", "v73"])
def test_texts_and_strings(version):
    found = values(OWN / f"string_{version}.mat")
    assert found["my_char"] == "hello char"
    assert found["my_string"] == Opaque("string" if version == "v73" else "object", ())


@pytest.mark.parametrize("version", ["v6", "v7", "v73"])
def test_a_cell_within_a_struct(version):
    with open_mat(OWN / f"struct_in_cell_{version}.mat") as file:
        assert [str(each) for each in file.variables()] == ["x 1×1 struct with test"]
        assert next(file.elements("x", frozenset(["test"])))["test"] == Opaque("cell", (1, 1))
        (cell,) = file.cells("x", "test", frozenset(["int", "float"]))
    assert list(cell) == (["float", "int"] if version == "v73" else ["int", "float"])
    plain = loadmat(OWN / "struct_in_cell_v7.mat")["x"]["test"][0, 0][0, 0]
    for name in ("int", "float"):
        np.testing.assert_array_equal(cell[name], plain[name][0, 0])


def test_sparse_matrices_say_what_to_save(tmp_path):
    path = OWN / "sparse_v73.mat"
    assert values(path)["A_square"] == Opaque("sparse", (1, 1))
    with pytest.raises(DatasetError, match=r"A_square .* sparse makes no lakes: save full matrices"):
        import_file(path, tmp_path / "a.h5", ReadOptions(pixels="A_square", labels="none", bands=(1,)))


def layout(path: Path) -> dict[str, tuple]:
    """What stands in a file of v7.3 beside values: types, shapes and attributes; references by their order."""
    found: dict[str, tuple] = {}
    with h5py.File(path) as file:
        names = {name: f"{place}" for place, name in enumerate(file["#refs#"])}

        def add(name: str, item) -> None:
            parts = [names.get(part, part) if name.startswith("#refs#") else part for part in name.split("/")]
            attributes = {key: str(value) for key, value in item.attrs.items() if key != "H5PATH"}
            shape = (item.shape, item.dtype) if isinstance(item, h5py.Dataset) else ()
            found["/".join(parts)] = (shape, attributes, "H5PATH" in item.attrs)

        file.visititems(add)
        assert file.userblock_size == 512
    head = path.read_bytes()[:512]
    return found | {"head": (head[:19], head[116:])}  # between them platform, date and schema


def test_the_files_made_for_tests_are_laid_out_as_matlab_does(tmp_path):
    plain = loadmat(OWN / "struct_in_cell_v7.mat")["x"]["test"][0, 0][0, 0]
    cell = Cell([{name: plain[name][0, 0].astype(float) for name in ("int", "float")}])  # scipy reads small types
    assert layout(write_v73(tmp_path / "a.mat", {"x": {"test": cell}})) == layout(OWN / "struct_in_cell_v73.mat")
