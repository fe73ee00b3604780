from __future__ import annotations

import h5py
import numpy as np
import pytest

from lakeseg.data.readers.sources import column, open_source, rows
from lakeseg.errors import DatasetError


def refused(path, key="X") -> str:
    with pytest.raises(DatasetError) as caught, open_source(path) as source:
        list(rows(source, key))
    assert "\n" not in str(caught.value)
    return str(caught.value)


class Trap:
    """Pickles to a call that would leave a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (type(self.path).touch, (self.path,))


def test_pickled_objects_are_never_loaded(tmp_path):
    np.savez(tmp_path / "a.npz", X=np.array([Trap(tmp_path / "ran")], dtype=object))
    message = refused(tmp_path / "a.npz")
    assert "pickled Python objects" in message
    assert "np.savez" in message
    assert not (tmp_path / "ran").exists()


def test_external_links_are_not_followed(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["X"] = np.arange(3)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["X"] = h5py.ExternalLink("other.h5", "/X")
        file["soft"] = h5py.SoftLink("/X")
        file["group/inner"] = h5py.SoftLink("../X")
    assert "a link to another file" in refused(tmp_path / "a.h5")
    assert "a link to another file" in refused(tmp_path / "a.h5", "soft")


def test_virtual_and_external_storage_are_not_followed(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["X"] = np.arange(3)
    layout = h5py.VirtualLayout((3,), "i8")
    layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "X", (3,))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_virtual_dataset("X", layout)
        file.create_dataset("raw", (3,), "u1", external=[(str(tmp_path / "secret.bin"), 0, 3)])
    assert "in other files" in refused(tmp_path / "a.h5")
    assert "in other files" in refused(tmp_path / "a.h5", "raw")


def test_links_inside_the_file_work_and_circles_end(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["deep/X"] = np.arange(3)
        file["soft"] = h5py.SoftLink("/deep")
        file["deep/near"] = h5py.SoftLink("X")
        file["round"] = h5py.SoftLink("/round")
    with open_source(tmp_path / "a.h5") as source:
        assert [int(row) for row in rows(source, "soft/X")] == [0, 1, 2]
        assert [int(row) for row in rows(source, "deep/near")] == [0, 1, 2]
    assert "there is no array 'round'" in refused(tmp_path / "a.h5", "round")


@pytest.mark.parametrize("key", ["deep", "", "/", "deep/Y", "X/deeper"])
def test_keys_that_are_no_array(tmp_path, key):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["deep/X"] = np.arange(3)
        file["X"] = np.arange(3)
    assert "the file holds X (3,) int64, deep/X (3,) int64" in refused(tmp_path / "a.h5", key)


def test_chunks_over_many_rows_are_read_once_each(tmp_path):
    values = np.arange(60).reshape(10, 6)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("X", data=values, chunks=(4, 6))
    with open_source(tmp_path / "a.h5") as source:
        np.testing.assert_array_equal(np.stack(list(rows(source, "X"))), values)


@pytest.mark.parametrize("name", ["a.h5", "a.npz"])
def test_files_that_are_not_what_they_are_called(tmp_path, name):
    (tmp_path / name).write_bytes(b"not an archive")
    assert "truncated: copy it again" in refused(tmp_path / name)


@pytest.mark.parametrize("name", ["a.tif", "a.mat", "a"])
def test_other_endings(tmp_path, name):
    (tmp_path / name).touch()
    assert "ending in .h5, .hdf5, .npz or .npy" in refused(tmp_path / name)


def test_no_such_file(tmp_path):
    assert "no such file" in refused(tmp_path / "a.npz")


def test_damage_inside_is_seen(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, X=np.random.default_rng(0).integers(0, 9, (50, 50)))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert "damaged" in refused(path)


def test_a_header_that_promises_too_much(tmp_path):
    np.savez(tmp_path / "a.npz", X=np.zeros(0))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("X", (1, 1 << 14, 1 << 14), "i2", chunks=(1, 64, 64))
    assert "more than 128 MiB" in refused(tmp_path / "a.h5")
    with open_source(tmp_path / "a.npz") as source:
        assert list(rows(source, "X")) == []


def test_fortran_order_is_read_right(tmp_path):
    values = np.arange(24).reshape(2, 3, 4)
    np.savez(tmp_path / "a.npz", X=np.asfortranarray(values))
    with open_source(tmp_path / "a.npz") as source:
        np.testing.assert_array_equal(source.whole("X"), values)
        np.testing.assert_array_equal(np.stack(list(rows(source, "X"))), values)


@pytest.mark.parametrize("save", [np.save, lambda path, x: np.savez_compressed(path, a=x)])
def test_an_array_in_fortran_order_that_fills_memory_is_read_in_passes(tmp_path, monkeypatch, save):
    monkeypatch.setattr("lakeseg.data.readers.npz.MAX_LAKE_BYTES", 1 << 10)  # 42 of 100 rows of 12 numbers
    monkeypatch.setattr("lakeseg.data.readers.npz._BLOCK_BYTES", 1 << 9)  # 2 of 12 columns
    values = np.arange(1200, dtype=np.int16).reshape(100, 3, 4)
    path = tmp_path / ("a.npy" if save is np.save else "a.npz")
    save(path, np.asfortranarray(values))
    with open_source(path) as source:
        np.testing.assert_array_equal(np.concatenate(list(source.parts("a", 30))), values)
        np.testing.assert_array_equal(np.stack(list(rows(source, "a"))), values)
    path.write_bytes(path.read_bytes()[:-200])
    assert "copy" in refused(path, "a")
    save(path, np.asfortranarray(np.zeros((600, 2), np.int16)))
    assert "is in Fortran order and has 600 rows" in refused(path, "a")


def test_columns_become_texts(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["whole"] = np.array([1.0, 2.5])
        file["bytes"] = np.array([b"a", b"b"])
        file["texts"] = ["ä", "b"]
    with open_source(tmp_path / "a.h5") as source:
        assert column(source, "whole") == ["1", "2.5"]
        assert column(source, "bytes") == ["a", "b"]
        assert column(source, "texts") == ["ä", "b"]
