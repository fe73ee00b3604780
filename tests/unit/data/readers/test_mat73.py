"""Files as MATLAB lays out version 7.3: names before fields, strings, empty cell arrays."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from lakeseg.data.readers.importing import import_file
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import DatasetError
from tests.matlab import write_v73

LAKES = [
    {"X": np.full((height, width, 7), 1000, np.int16), "Y": np.full((height, width), 1 + height % 2, np.uint8)}
    for height, width in ((3, 4), (4, 9))
]


def test_a_variable_of_the_name_that_was_said_comes_before_a_field(tmp_path):
    image = LAKES[1]["X"]
    variables = {"S": {"X": image[:2]}, "X": image}
    found = import_file(
        write_v73(tmp_path / "a.mat", variables), tmp_path / "out.h5", ReadOptions(pixels="X", labels="none")
    ).dataset
    assert next(found.iter_lakes()).shape == (4, 9)


def test_names_of_classes_that_are_not_read_are_refused_not_dropped(tmp_path):
    """A lost group would let lakes of one ground onto both sides of a split."""
    named = [{**each, "group": np.zeros((1, 6), np.uint16)} for each in LAKES]
    path = write_v73(tmp_path / "a.mat", {"lakes": named})
    with h5py.File(path, "r+") as file:
        for reference in file["lakes/group"][:, 0]:  # as MATLAB writes a string
            file[reference].attrs["MATLAB_class"] = np.bytes_("string")
            file[reference].attrs["MATLAB_object_decode"] = np.int32(3)
    with pytest.raises(DatasetError, match=r"lake 1: its group is string: expected text or a number: save char\(…\)"):
        import_file(path, tmp_path / "out.h5")


def test_an_empty_cell_array_within_a_struct_is_an_empty_one(tmp_path):
    path = write_v73(tmp_path / "a.mat", {"S": {"X": np.empty((0, 0)), "Y": np.empty((0, 0))}})
    with h5py.File(path, "r+") as file:
        for name in "XY":
            file[f"S/{name}"].attrs["MATLAB_class"] = np.bytes_("cell")
    with pytest.raises(DatasetError, match=r"'S.X' is empty: expected at least one lake or pixel"):
        import_file(path, tmp_path / "out.h5")
