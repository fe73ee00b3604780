"""What scipy does not write: the other order of bytes, small elements, objects without dimensions."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from scipy.io import loadmat

from lakeseg.data.readers.importing import preview
from lakeseg.data.readers.mat5 import Mat5

PIXELS = np.arange(2 * 3 * 7, dtype=np.int16).reshape(2, 3, 7)
LABELS = np.array([[1, 2, 2], [1, 1, 3]], np.uint8)
INT16, UINT8, OPAQUE = 10, 9, 17


def element(order: str, kind: int, data: bytes) -> bytes:
    if 0 < len(data) <= 4:  # a small element: size and type share a word
        return struct.pack(f"{order}I", len(data) << 16 | kind) + data.ljust(4, b"\0")
    return struct.pack(f"{order}II", kind, len(data)) + data + bytes(-len(data) % 8)


def array(order: str, name: bytes, kind: int, values: np.ndarray) -> bytes:
    stored = {"i": 3, "u": 2}[values.dtype.kind]
    head = element(order, 6, struct.pack(f"{order}II", kind, 0))
    sizes = element(order, 5, struct.pack(f"{order}{values.ndim}i", *values.shape))
    data = values.astype(values.dtype.newbyteorder(order)).tobytes("F")
    return element(order, 14, head + sizes + element(order, 1, name) + element(order, stored, data))


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_orders_of_bytes(tmp_path, order):
    path = tmp_path / "a.mat"
    mark = struct.pack(f"{order}H", 0x0100) + {"<": b"IM", ">": b"MI"}[order]
    parts = array(order, b"X", INT16, PIXELS) + array(order, b"Y", UINT8, LABELS)
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + mark + parts)
    np.testing.assert_array_equal(loadmat(path)["X"], PIXELS)  # scipy agrees that this is such a file
    lake = preview(path)[0]
    np.testing.assert_array_equal(lake.image, PIXELS)
    np.testing.assert_array_equal(lake.labels, LABELS)


def test_objects_of_classes_are_passed_over(tmp_path):
    path = tmp_path / "a.mat"
    head = element("<", 6, struct.pack("<II", OPAQUE, 0)) + element("<", 1, b"tbl") + element("<", 1, b"MCOS")
    opaque = element("<", 14, head + element("<", 1, b"table") + array("<", b"", UINT8, LABELS))
    parts = opaque + array("<", b"X", INT16, PIXELS) + array("<", b"Y", UINT8, LABELS)
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + parts)
    file = Mat5(path)
    assert [str(each) for each in file.variables()] == ["tbl object", "X 2×3×7 int16", "Y 2×3 uint8"]
    file.close()
    np.testing.assert_array_equal(preview(path)[0].image, PIXELS)
