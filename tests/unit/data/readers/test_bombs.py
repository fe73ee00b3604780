"""Small files that claim, or unpack to, more than any machine holds: refused in one line, at once, in little memory."""

from __future__ import annotations

import struct
import zlib

import h5py
import numpy as np
import pytest

from lakeseg.data.readers.importing import detect, import_file
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import LakesegError
from tests.matlab import write_v73

OPTIONS = ReadOptions(bands=(1, 2, 3, 4, 5, 6, 7), water="codes")
STRUCT, DOUBLE = 2, 6


def refused(path) -> str:
    with pytest.raises(LakesegError) as caught:
        import_file(path, path.parent / "out.h5", OPTIONS)
    assert "\n" not in str(caught.value)
    assert not (path.parent / "out.h5").exists()
    return str(caught.value)


def element(kind: int, data: bytes, claimed: int | None = None) -> bytes:
    """An element of a MATLAB file of version 5, which may claim another size than it has."""
    return struct.pack("<II", kind, len(data) if claimed is None else claimed) + data + bytes(-len(data) % 8)


def array(kind: int, sizes, body: bytes, name: bytes = b"", claimed: int | None = None) -> bytes:
    head = element(6, struct.pack("<II", kind, 0)) + element(5, struct.pack(f"<{len(sizes)}i", *sizes))
    return element(14, head + element(1, name) + body, claimed)


def matlab(path, variable: bytes):
    packed = zlib.compress(variable, 1)
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    path.write_bytes(head + struct.pack("<II", 15, len(packed)) + packed)
    return path


def fields(*names: bytes) -> bytes:
    return element(5, struct.pack("<i", 8)) + element(1, b"".join(name.ljust(8, b"\0") for name in names))


@pytest.mark.parametrize("sizes", [(1 << 20, 1 << 20), (1, 1 << 30), (2**31 - 1,) * 4])
def test_a_struct_array_of_more_elements_than_its_bytes_can_hold(tmp_path, sizes):
    path = matlab(tmp_path / "a.mat", array(STRUCT, sizes, fields(b"X", b"Y"), b"lakes"))
    assert "elements in" in refused(path)


@pytest.mark.parametrize("sizes", [(1 << 14, 1 << 14, 7), (1 << 30, 7)])
def test_a_matrix_that_claims_more_than_it_holds(tmp_path, sizes):
    body = array(DOUBLE, sizes, element(9, bytes(64), claimed=2**32 - 8), b"X", claimed=2**32 - 1)
    assert "damaged" in refused(matlab(tmp_path / "a.mat", body))


def test_a_lake_that_unpacks_to_half_a_gigabyte(tmp_path):
    side = 3000
    values = element(9, bytes(side * side * 7 * 8))
    path = matlab(tmp_path / "a.mat", array(DOUBLE, (side, side, 7), values, b"X"))
    assert path.stat().st_size < 1 << 22
    assert "more than 128 MiB: cut it into tiles" in refused(path)


def test_dimensions_and_names_beyond_reason(tmp_path):
    negative = matlab(tmp_path / "a.mat", array(DOUBLE, (-3, 4), element(9, b""), b"X"))
    assert "damaged" in refused(negative)
    many = matlab(tmp_path / "b.mat", array(DOUBLE, (1,) * 100, element(9, bytes(8)), b"X"))
    assert "damaged" in refused(many)
    wide = element(5, struct.pack("<i", 2**31 - 1)) + element(1, b"X")
    assert "damaged" in refused(matlab(tmp_path / "c.mat", array(STRUCT, (1, 1), wide, b"lakes")))


@pytest.mark.parametrize("fill", [0, -28672])
def test_hdf5_that_was_never_written(tmp_path, fill):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("X", (1 << 40, 8, 8, 7), "i2", chunks=(1, 8, 8, 7), fillvalue=fill)
        file.create_dataset("Y", (1 << 40, 8, 8), "u1", chunks=(1, 8, 8), fillvalue=1)
    assert "it was never written, or is made to fill disks" in refused(tmp_path / "a.h5")


def test_v73_that_was_never_written(tmp_path):
    path = write_v73(tmp_path / "a.mat", {"Y": np.ones((4, 4), np.uint8)})
    with h5py.File(path, "r+") as file:
        made = file.create_dataset("X", (7, 1 << 20, 1 << 20), "f8", chunks=(7, 64, 64))
        made.attrs["MATLAB_class"] = np.bytes_("double")
    assert "it was never written" in refused(path)
    with h5py.File(path, "r+") as file:
        del file["X"]
        made = file.create_dataset("X", (7, 4, 4), "f8", chunks=(7, 1 << 12, 1 << 12), maxshape=(7, None, None))
        made.attrs["MATLAB_class"] = np.bytes_("double")
    assert "save it in smaller ones" in refused(path)


def test_one_lake_that_is_referred_to_again_and_again(tmp_path, monkeypatch):
    monkeypatch.setattr("lakeseg.data.readers.importing.SUSPICIOUS_BYTES", 1 << 20)
    lake = {"X": np.zeros((200, 200, 7), np.int16), "Y": np.ones((200, 200), np.uint8)}
    path = write_v73(tmp_path / "a.mat", {"lakes": [lake, lake | {"Y": 1 + lake["Y"]}]})
    with h5py.File(path, "r+") as file:
        for name in "XY":
            first = file[f"lakes/{name}"][0, 0]
            del file[f"lakes/{name}"]
            file["lakes"].create_dataset(name, data=np.full((5000, 1), first, h5py.ref_dtype), dtype=h5py.ref_dtype)
    assert "from so small a source" in refused(path)


def test_links_that_go_round(tmp_path):
    path = write_v73(tmp_path / "a.mat", {"Y": np.ones((4, 4), np.uint8)})
    with h5py.File(path, "r+") as file:
        file["X"] = h5py.SoftLink("/X")
        cell = file.create_dataset("C", data=np.full((1, 1), file["Y"].ref, h5py.ref_dtype), dtype=h5py.ref_dtype)
        cell.attrs["MATLAB_class"] = np.bytes_("cell")
        cell[0, 0] = cell.ref  # a cell array that holds itself
    assert "nothing here looks like lakes" in refused(path)
    with pytest.raises(LakesegError):
        detect(path)
