"""A dataset as a MATLAB file: a struct array `lakes` with fields X and Y, as the study kept its lakes.

Beside X (H×W×B int16 counts) and Y (H×W uint8 class codes) each element has id, group, domain, date, lon, lat and,
where it is known, truth (percent of water). The variables bands, scale, fill, pixel_size, name and simulated say what
the counts are. Version 7.3 is HDF5 as MATLAB lays it out (see `data/readers/mat73.py`) and is written lake by lake;
version 5, which older MATLAB and Octave read, is made in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from lakeseg.data.dataset import Dataset, Lake
from lakeseg.data.sink import Sink
from lakeseg.data.write import replacing
from lakeseg.errors import ConfigError

VERSIONS: Final = ("7.3", "5")
MOST_BYTES: Final = 1 << 28
_BLOCK: Final = 512
_VARIABLE: Final = "lakes"
_TEXTS: Final = ("id", "group", "domain", "date")
_CLASSES: Final = {"f8": "double", "i2": "int16", "u1": "uint8"}
_FIELD: Final = h5py.vlen_dtype(np.dtype("S1"))  # the name of a field, letter by letter

Progress = Callable[[float, str], None]


def write_matlab(
    dataset: Dataset,
    path: Path,
    version: str = "7.3",
    ids: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> None:
    """Write lakes of a dataset (default: all) into a new file at `path`; it appears whole or not at all.

    Raises:
        ConfigError: `path` ends otherwise, there is no such version, or the dataset is too large for version 5.
        DatasetError: It cannot be read or written.
    """
    if path.suffix.lower() != ".mat":
        raise ConfigError(f"{path}: expected a file name ending in .mat")
    if version not in VERSIONS:
        raise ConfigError(f"version {version!r}: expected {' or '.join(VERSIONS)}")
    if dataset.of_pixels:
        raise ConfigError(f"{dataset.path}: has pixels but no lakes, which a struct array needs")
    chosen = list(dataset.lake_ids if ids is None else ids)
    write = _write_v73 if version == "7.3" else _write_v5
    with replacing(path) as temporary:
        write(temporary, dataset, _told(dataset, chosen, progress), len(chosen))


def _told(dataset: Dataset, ids: list[str], progress: Progress | None) -> Iterator[Lake]:
    for done, lake in enumerate(dataset.iter_lakes(ids), start=1):
        yield lake
        if progress is not None:
            progress(done / len(ids), f"lake {done} of {len(ids)}")


def _variables(dataset: Dataset) -> dict[str, Any]:
    """Return what is said once for all lakes."""
    said = {"scale": dataset.scale, "fill": float(dataset.fill), "pixel_size": dataset.pixel_size_m}
    said["simulated"] = float(dataset.simulated)
    return {"bands": np.array([dataset.bands], np.float64), **said, "name": dataset.name}


def _fields(lake: Lake) -> dict[str, Any]:
    texts = {name: getattr(lake, name) for name in _TEXTS}
    truth = {} if lake.truth is None else {"truth": lake.truth}
    return {"X": lake.image, "Y": lake.labels, **truth, **texts, "lon": lake.lon, "lat": lake.lat}


# ---------------------------------------------------------------------------------------------------------- version 5


def _write_v5(path: Path, dataset: Dataset, lakes: Iterator[Lake], count: int) -> None:
    from scipy.io import savemat

    if dataset.pixel_count * (2 * len(dataset.bands) + 2) > MOST_BYTES:
        size = f"more than {MOST_BYTES >> 20} MiB"
        raise ConfigError(f"{dataset.path}: {size} of pixels are too many for version 5: write version 7.3")
    records: np.ndarray | None = None
    for number, lake in enumerate(lakes):
        fields = _fields(lake)
        if records is None:
            records = np.empty((1, count), [(name, object) for name in fields])
        records[0, number] = tuple(fields.values())
    with path.open("wb") as file:
        savemat(file, {_VARIABLE: records, **_variables(dataset)}, do_compression=True, oned_as="row")


# -------------------------------------------------------------------------------------------------------- version 7.3


def _write_v73(path: Path, dataset: Dataset, lakes: Iterator[Lake], count: int) -> None:
    with Sink(str(path)) as sink:
        with h5py.File(sink, "w", userblock_size=_BLOCK, libver=("earliest", "v108")) as file:
            struct = _Struct(file, count)
            for lake in lakes:
                struct.add(_fields(lake))
                sink.check()
            struct.finish()
            for name, value in _variables(dataset).items():
                _put(file, name, value)
        sink.seek(0)
        sink.write(_user_block())
        sink.check()


def _user_block() -> bytes:
    """Return the first bytes by which MATLAB knows its files: a text, a version and the order of bytes."""
    made = datetime.now(UTC).strftime("%a %b %d %H:%M:%S %Y")
    text = f"MATLAB 7.3 MAT-file, Platform: lakeseg, Created on: {made} HDF5 schema 1.00 ."
    return (text.encode("ascii").ljust(116) + bytes(8) + b"\x00\x02IM").ljust(_BLOCK, b"\0")


class _Struct:
    """A struct array on its way into a file: its elements in `/#refs#`, its fields datasets of references to them."""

    def __init__(self, file: h5py.File, count: int) -> None:
        self.group, self.count = file.create_group(_VARIABLE), count
        self.group.attrs["MATLAB_class"] = np.bytes_("struct")
        self.refs = _references(file) if count > 1 else self.group  # a 1×1 struct holds its fields itself
        self.references: dict[str, np.ndarray] = {}
        self.done = 0

    def add(self, fields: dict[str, Any]) -> None:
        """Write one element."""
        if not self.done:
            names = np.empty(len(fields), object)
            names[:] = [np.frombuffer(name.encode("ascii"), "S1") for name in fields]
            self.group.attrs.create("MATLAB_fields", names, dtype=_FIELD)
        for name, value in fields.items():
            if self.count == 1:
                _put(self.group, name, value)
            else:
                column = self.references.setdefault(name, np.empty((self.count, 1), h5py.ref_dtype))
                column[self.done, 0] = _put(self.refs, f"{name}_{self.done}", value).ref
        self.done += 1

    def finish(self) -> None:
        """Write the fields of all elements."""
        for name, column in self.references.items():
            self.group.create_dataset(name, data=column, dtype=h5py.ref_dtype)


def _references(file: h5py.File) -> h5py.Group:
    """Make the group that references lead into; its first member is what MATLAB calls the canonical empty."""
    group = file.create_group("#refs#")
    _dataset(group, "a", None, (0, 0)).attrs["MATLAB_class"] = np.bytes_("canonical empty")
    return group


def _put(group: h5py.Group, name: str, value: Any) -> h5py.Dataset:
    """Write an array, a number or a text as MATLAB does: axes in reverse, class and place beside it."""
    item = _stored(group, name, value)
    if group.name != "/":
        item.attrs["H5PATH"] = np.bytes_(item.name if group.name == "/#refs#" else group.name)
    return item


def _stored(group: h5py.Group, name: str, value: Any) -> h5py.Dataset:
    if isinstance(value, str):
        codes = np.frombuffer(value.encode("utf-16-le"), "<u2").reshape(-1, 1)
        item = _dataset(group, name, codes if value else None, (0, 0))
        if value:
            item.attrs["MATLAB_int_decode"] = np.int32(2)
        item.attrs["MATLAB_class"] = np.bytes_("char")
        return item
    array = np.atleast_2d(value)
    item = _dataset(group, name, np.ascontiguousarray(array.T), array.shape)
    item.attrs["MATLAB_class"] = np.bytes_(_CLASSES[array.dtype.str[1:]])
    return item


def _dataset(group: h5py.Group, name: str, stored: np.ndarray | None, shape: tuple[int, ...]) -> h5py.Dataset:
    if stored is None:  # an empty array is its dimensions, and a mark
        item = group.create_dataset(name, data=np.array(shape, np.uint64))
        item.attrs["MATLAB_empty"] = np.uint8(1)
        return item
    packed = {"chunks": True, "compression": "gzip", "compression_opts": 3} if stored.size > 1024 else {}
    return group.create_dataset(name, data=stored, **packed)
