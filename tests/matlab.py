"""MATLAB files for tests, laid out as MATLAB R2018b and later lay them out; made without this project's own code.

Seen in files of MATLAB: 512 bytes of user block that start with a text and end in `\\0\\2IM`, the attributes
`MATLAB_class`, `MATLAB_int_decode`, `MATLAB_empty`, `MATLAB_fields` (of structs of several fields) and `H5PATH` (of all
below the top, but not of the references of a struct array), `/#refs#` that starts with an empty array, and all axes in
reverse. `unit/data/readers/test_genuine.py` holds this to files of MATLAB itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

_CLASSES = {"f8": "double", "f4": "single", "u1": "uint8", "i1": "int8", "i2": "int16", "u2": "uint16", "i4": "int32"}


class Cell(list):
    """A cell array, 1×n."""


def write_v73(path: Path, variables: Mapping[str, Any]) -> Path:
    """Write arrays, texts, dicts (1×1 structs), lists of dicts (1×n structs) and `Cell`s as MATLAB v7.3 does."""
    with h5py.File(path, "w", userblock_size=512, libver="earliest") as file:
        refs = file.create_group("#refs#") if any(_refers(value) for value in variables.values()) else None
        if refs is not None:
            first = refs.create_dataset("a", data=np.zeros(2, "u8"))
            first.attrs["MATLAB_class"], first.attrs["MATLAB_empty"] = np.bytes_("canonical empty"), np.uint8(1)
        for name, value in variables.items():
            _put(file, name, value, refs)
    head = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan  1 00:00:00 2018 HDF5 schema 1.00 ."
    with path.open("r+b") as raw:
        raw.write(head.ljust(116) + bytes(8) + b"\x00\x02IM")
    return path


def _refers(value: Any) -> bool:
    return isinstance(value, list) or (isinstance(value, dict) and any(map(_refers, value.values())))


def _put(group: h5py.Group, name: str, value: Any, refs: h5py.Group | None) -> h5py.HLObject:
    made = _made(group, name, value, refs)
    if group.name != "/":
        made.attrs["H5PATH"] = np.bytes_(made.name if group == refs else "/" + group.name.replace("/", ""))
    return made


def _made(group: h5py.Group, name: str, value: Any, refs: h5py.Group | None) -> h5py.HLObject:
    if isinstance(value, Cell):
        return _references(group, name, value, refs, "cell")
    if isinstance(value, list | dict):
        made = group.create_group(name)
        made.attrs["MATLAB_class"] = np.bytes_("struct")
        fields = list(value[0] if isinstance(value, list) else value)
        if len(fields) > 1:
            names = np.empty(len(fields), object)
            names[:] = [np.array(list(field), "S1") for field in fields]
            made.attrs.create("MATLAB_fields", names, dtype=h5py.vlen_dtype(np.dtype("S1")))
        for field in fields:
            if isinstance(value, list):
                _references(made, field, [each[field] for each in value], refs, None)
            else:
                _put(made, field, value[field], refs)
        return made
    return _array(group, name, value)


def _references(group: h5py.Group, name: str, values: list, refs: h5py.Group | None, kind: str | None) -> h5py.Dataset:
    assert refs is not None
    found = np.empty((len(values), 1), h5py.ref_dtype)  # 1×n in MATLAB
    for number, value in enumerate(values):
        found[number, 0] = _put(refs, f"r{len(refs)}", value, refs).ref
    made = group.create_dataset(name, data=found, dtype=h5py.ref_dtype)
    if kind:
        made.attrs["MATLAB_class"] = np.bytes_(kind)
    return made


def _array(group: h5py.Group, name: str, value: Any) -> h5py.Dataset:
    if isinstance(value, str):
        made = group.create_dataset(
            name, data=np.array([[ord(each)] for each in value] or [0, 0], "u2" if value else "u8")
        )
        made.attrs["MATLAB_class"] = np.bytes_("char")
        made.attrs.update({"MATLAB_int_decode": np.int32(2)} if value else {"MATLAB_empty": np.uint8(1)})
        return made
    value = np.atleast_2d(value)
    kind = "logical" if value.dtype == bool else _CLASSES[value.dtype.str[1:]]
    if value.size == 0:
        made = group.create_dataset(name, data=np.array(value.shape, "u8"))
        made.attrs["MATLAB_empty"] = np.uint8(1)
    else:
        stored = value.astype("u1") if kind == "logical" else value
        more = {"chunks": True, "compression": 3} if value.size > 1024 else {}
        made = group.create_dataset(name, data=np.ascontiguousarray(stored.T), **more)
    if kind == "logical":
        made.attrs["MATLAB_int_decode"] = np.int32(1)
    made.attrs["MATLAB_class"] = np.bytes_(kind)
    return made
