"""Arrays in a foreign file (HDF5 or NPZ), read row by row so that a file larger than memory can be imported.

Nothing outside the file is ever opened, and nothing in it is ever executed: HDF5 external links, external storage and
virtual datasets are refused, and so are pickled object arrays.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import h5py
import numpy as np

from lakeseg.errors import DatasetError, first_line

MAX_ROW_BYTES: Final = 1 << 30
_BLOCK_BYTES: Final = 1 << 28
_LINK_DEPTH: Final = 16
_DAMAGED: Final = (
    OSError,
    RuntimeError,
    EOFError,
    ValueError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)

Shape = tuple[int, ...]


class Source(Protocol):
    """Named arrays of a file. Errors are a `DatasetError` that names the file."""

    def close(self) -> None:
        """Let go of the file."""

    def shapes(self) -> dict[str, tuple[Shape, np.dtype]]:
        """Return shape and type of every array in the file."""

    def describe(self, key: str) -> tuple[Shape, np.dtype]:
        """Return shape and type of one array; an unknown key lists the valid ones."""

    def rows(self, key: str) -> Iterator[np.ndarray]:
        """Yield `array[0]`, `array[1]`, … holding one block in memory at a time."""


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open an `.h5`, `.hdf5` or `.npz` file of arrays."""
    kinds: dict[str, Callable[[Path], Source]] = {".h5": _H5Source, ".hdf5": _H5Source, ".npz": _NpzSource}
    if path.suffix.lower() not in kinds:
        raise DatasetError(f"{path}: expected a file of arrays ending in .h5, .hdf5 or .npz")
    if not path.is_file():
        raise DatasetError(f"{path}: no such file: expected a file of arrays (.h5 or .npz)")
    try:
        source = kinds[path.suffix.lower()](path)
    except PermissionError as error:
        raise DatasetError(
            f"{path}: no permission to read it: ask its owner, or copy it to a folder of yours"
        ) from error
    except _DAMAGED as error:
        expected = "a NumPy archive (np.savez)" if path.suffix.lower() == ".npz" else "HDF5"
        raise DatasetError(f"{path}: not {expected}, or truncated: copy it again ({first_line(error)})") from error
    try:
        yield source
    finally:
        source.close()


def column(source: Source, key: str) -> list[str]:
    """Return a 1-D array as texts; bytes are read as UTF-8, whole numbers lose their decimals."""
    return [_text(value) for value in source.rows(key)]


def _text(value: Any) -> str:
    value = value.item() if isinstance(value, np.generic | np.ndarray) else value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _missing(path: Path, key: str, held: dict[str, tuple[Shape, np.dtype]]) -> DatasetError:
    names = [f"{name} {shape} {dtype}" for name, (shape, dtype) in held.items()]
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return DatasetError(f"{path}: there is no array {key!r}: the file holds {', '.join(names[:12]) or 'none'}{more}")


def _check_row(path: Path, key: str, shape: Shape, dtype: np.dtype) -> None:
    size = int(np.prod([1, *shape[1:]], dtype=object)) * dtype.itemsize
    if size > MAX_ROW_BYTES:
        raise DatasetError(f"{path}: one lake of {key!r} has shape {shape[1:]}, more than 1 GiB: cut it into tiles")


# ------------------------------------------------------------------------------------------------------------- HDF5


class _H5Source:
    """Arrays of an HDF5 file."""

    def __init__(self, path: Path) -> None:
        self.path, self.file = path, h5py.File(path, "r", locking=False)

    def close(self) -> None:
        self.file.close()

    def shapes(self) -> dict[str, tuple[Shape, np.dtype]]:
        found: dict[str, tuple[Shape, np.dtype]] = {}

        def note(name: str, item: h5py.HLObject) -> None:
            if isinstance(item, h5py.Dataset) and item.shape is not None:
                found[name] = (item.shape, item.dtype)

        self.file.visititems(note)
        return found

    def describe(self, key: str) -> tuple[Shape, np.dtype]:
        item = self._item(key)
        return item.shape, item.dtype

    def rows(self, key: str) -> Iterator[np.ndarray]:
        item = self._item(key)
        _check_row(self.path, key, item.shape, item.dtype)
        row_bytes = max(1, int(np.prod(item.shape[1:])) * item.dtype.itemsize)
        step = max(1, min(item.chunks[0] if item.chunks else 1, _BLOCK_BYTES // row_bytes))
        try:
            for start in range(0, item.shape[0], step):
                yield from item[start : start + step]
        except _DAMAGED as error:
            raise DatasetError(f"{self.path}: {key!r} is damaged: copy the file again ({first_line(error)})") from error

    def _item(self, key: str) -> h5py.Dataset:
        inside = self._inside(key, _LINK_DEPTH)
        item = self.file.get(inside) if inside else None
        if not isinstance(item, h5py.Dataset) or item.shape is None:
            raise _missing(self.path, key, self.shapes())
        if item.is_virtual or item.external:
            raise DatasetError(f"{self.path}: {key!r} keeps its values in other files: copy them into this one first")
        return item

    def _inside(self, key: str, depth: int) -> str | None:
        """Return the path of `key` with soft links resolved, or None where there is none; refuse to leave the file."""
        done = ""
        parts = [part for part in key.split("/") if part not in ("", ".")]
        for position, part in enumerate(parts):
            link = self.file.get(f"{done}/{part}", getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise DatasetError(
                    f"{self.path}: {key!r} is a link to another file: copy the array into this one first"
                )
            if isinstance(link, h5py.SoftLink):
                start = "" if link.path.startswith("/") else f"{done}/"
                rest = "/".join([start + link.path, *parts[position + 1 :]])
                return self._inside(rest, depth - 1) if depth else None
            if link is None:
                return None
            done = f"{done}/{part}"
        return done or None


# -------------------------------------------------------------------------------------------------------------- NPZ


class _NpzSource:
    """Arrays of an NPZ archive, decompressed as a stream: a row at a time, never a whole member."""

    def __init__(self, path: Path) -> None:
        self.path, self.archive = path, zipfile.ZipFile(path)
        self.streams = ExitStack()

    def close(self) -> None:
        self.streams.close()
        self.archive.close()

    def shapes(self) -> dict[str, tuple[Shape, np.dtype]]:
        names = [name.removesuffix(".npy") for name in self.archive.namelist() if name.endswith(".npy")]
        return {name: self._header(name)[:2] for name in names}

    def describe(self, key: str) -> tuple[Shape, np.dtype]:
        shape, dtype, fortran = self._header(key)
        if dtype.hasobject:
            remedy = "save it as plain numbers or texts, for example np.asarray(x, dtype=np.int16)"
            raise DatasetError(f"{self.path}: {key!r} holds pickled Python objects, which are never loaded: {remedy}")
        if fortran and len(shape) > 1:
            raise DatasetError(f"{self.path}: {key!r} is in Fortran order: save np.ascontiguousarray(x) instead")
        return shape, dtype

    def rows(self, key: str) -> Iterator[np.ndarray]:
        shape, dtype = self.describe(key)
        _check_row(self.path, key, shape, dtype)
        size = int(np.prod(shape[1:])) * dtype.itemsize
        try:
            stream = self.streams.enter_context(self.archive.open(f"{key}.npy"))
            _read_header(stream)
            for _ in range(shape[0]):
                data = stream.read(size)
                if len(data) < size:
                    raise EOFError(f"{key!r} ends early")
                yield np.frombuffer(data, dtype).reshape(shape[1:])
        except _DAMAGED as error:
            raise DatasetError(f"{self.path}: {key!r} is damaged: copy the file again ({first_line(error)})") from error

    def _header(self, key: str) -> tuple[Shape, np.dtype, bool]:
        if f"{key}.npy" not in self.archive.namelist():
            raise _missing(self.path, key, self.shapes())
        try:
            with self.archive.open(f"{key}.npy") as stream:
                return _read_header(stream)
        except _DAMAGED as error:
            raise DatasetError(
                f"{self.path}: {key!r} is no NumPy array ({first_line(error)}): save it again"
            ) from error


def _read_header(stream: Any) -> tuple[Shape, np.dtype, bool]:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    return shape, dtype, fortran
