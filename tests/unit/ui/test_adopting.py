"""A dataset of lakeseg that somebody brings: taken as it is, unless its arrays lie in other files."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from lakeseg.data.dataset import Dataset
from lakeseg.errors import DatasetError
from lakeseg.ui.data.adopting import own


@pytest.fixture
def brought(small_dataset: Dataset, tmp_path: Path) -> Path:
    return Path(shutil.copy(small_dataset.path, tmp_path / "brought.h5"))


def test_a_dataset_is_recognised(brought, small_dataset):
    found = own(brought)
    assert found is not None
    assert found.fingerprint == small_dataset.fingerprint


@pytest.mark.parametrize("name", ["chips.h5", "chips.npz", "torn.h5", "folder.h5"])
def test_anything_else_is_left_to_the_readers(tmp_path, name):
    path = tmp_path / name
    if name == "folder.h5":
        path.mkdir()
    elif name == "chips.h5":
        with h5py.File(path, "w") as file:
            file["X"] = np.zeros((2, 3, 3, 7), np.int16)
    else:
        path.write_bytes(b"no HDF5")
    assert own(path) is None


def external(file: h5py.File, other: Path) -> None:
    del file["labels"]
    file["labels"] = h5py.ExternalLink(str(other), "labels")


def index(file: h5py.File, other: Path) -> None:
    del file["lakes"]
    file["lakes"] = h5py.ExternalLink(str(other), "lakes")


def raw(file: h5py.File, other: Path) -> None:
    shape = file["labels"].shape
    del file["labels"]
    file.create_dataset("labels", shape, "u1", external=[(str(other), 0, shape[0])])


def virtual(file: h5py.File, other: Path) -> None:
    shape = file["pixels"].shape
    layout = h5py.VirtualLayout(shape, "i2")
    layout[:] = h5py.VirtualSource(str(other), "pixels", shape)
    del file["pixels"]
    file.create_virtual_dataset("pixels", layout)


def column(file: h5py.File, other: Path) -> None:
    del file["lakes/id"]
    file["lakes/id"] = h5py.ExternalLink(str(other), "lakes/id")


@pytest.mark.parametrize("change", [external, index, raw, virtual, column])
def test_arrays_in_other_files_are_refused(brought, small_dataset, change):
    with h5py.File(brought, "r+") as file:
        change(file, small_dataset.path)
    with pytest.raises(DatasetError, match="lies in another file, which is not followed"):
        own(brought)
