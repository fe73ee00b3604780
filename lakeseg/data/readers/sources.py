"""Arrays in a foreign file (HDF5, NPZ, NPY, a folder), read in parts so that a file larger than memory can be imported.

Nothing outside the file or folder is ever opened, and nothing in it is ever executed: HDF5 external links, external
storage, virtual datasets and symbolic links out of a folder are refused, and so are pickled object arrays.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from lakeseg.errors import NOT_ALLOWED, DatasetError, first_line

MAX_LAKE_BYTES: Final = 1 << 27
DAMAGED: Final = (
    OSError,
    RuntimeError,
    EOFError,
    ValueError,
    OverflowError,
    LookupError,
    AttributeError,
    MemoryError,
    TypeError,
    SyntaxError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
)
SUSPICIOUS_BYTES: Final = 1 << 30
SUSPICIOUS_RATIO: Final = 300  # pixels of lakes are never packed so well; deflate reaches 1000 on zeros
_BLOCK_BYTES: Final = 1 << 25
_LISTED: Final = 12

Shape = tuple[int, ...]
Shapes = dict[str, tuple[Shape, np.dtype]]


class Source(Protocol):
    """Named arrays of a file. Errors are a `DatasetError` that names the file."""

    def close(self) -> None:
        """Let go of the file."""

    def shapes(self) -> Shapes:
        """Return shape and type of every array in the file."""

    def describe(self, key: str) -> tuple[Shape, np.dtype]:
        """Return shape and type of one array; an unknown key lists the valid ones."""

    def parts(self, key: str, size: int) -> Iterator[np.ndarray]:
        """Yield an array in parts of at most `size` rows, holding one in memory at a time."""

    def whole(self, key: str) -> np.ndarray:
        """Return an array as a whole, of at most `MAX_LAKE_BYTES`."""


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open an `.h5`, `.hdf5`, `.npz` or `.npy` file of arrays, or a folder of `.npz` and `.npy` files."""
    suffix = "" if path.is_dir() else path.suffix.lower()
    if suffix not in ("", ".h5", ".hdf5", ".npz", ".npy") or (not suffix and not path.is_dir()):
        raise DatasetError(f"{path}: expected a file of arrays ending in .h5, .hdf5, .npz or .npy")
    if not path.exists():
        raise DatasetError(f"{path}: no such file: expected a file of arrays (.h5 or .npz)")
    try:
        source = _open(path, suffix)
    except PermissionError as error:
        raise DatasetError(f"{path}: {NOT_ALLOWED}") from error
    except DAMAGED as error:
        expected = "HDF5" if suffix in (".h5", ".hdf5") else "a NumPy file"
        raise DatasetError(f"{path}: not {expected}, or truncated: copy it again ({first_line(error)})") from error
    try:
        yield source
    finally:
        source.close()


def _open(path: Path, suffix: str) -> Source:
    from lakeseg.data.readers import hdf5, npz

    if not suffix:
        return npz.FolderSource(path)
    return {".npz": npz.NpzSource, ".npy": npz.NpySource}.get(suffix, hdf5.H5Source)(path)


def rows(source: Source, key: str) -> Iterator[np.ndarray]:
    """Yield `array[0]`, `array[1]`, …: of few bytes many at a time, of many one after the other."""
    shape, dtype = source.describe(key)
    check_row(key, shape, dtype)
    for part in source.parts(key, max(1, _BLOCK_BYTES // row_bytes(shape, dtype))):
        yield from part


def row_bytes(shape: Shape, dtype: np.dtype) -> int:
    """Return the bytes of one row of an array, at least 1."""
    return max(1, int(np.prod([1, *shape[1:]], dtype=object)) * dtype.itemsize)


def check_row(key: str, shape: Shape, dtype: np.dtype) -> None:
    """Raise a `DatasetError` when one row is more than fits memory."""
    if row_bytes(shape, dtype) > MAX_LAKE_BYTES:
        size = f"more than {MAX_LAKE_BYTES >> 20} MiB"
        raise DatasetError(f"one lake of {key!r} has shape {shape[1:]}, {size}: cut it into tiles")


def check_whole(key: str, shape: Shape, dtype: np.dtype) -> None:
    """Raise a `DatasetError` when an array that has to be read as a whole is more than fits memory."""
    check_row(key, (1, *shape), dtype)


def column(source: Source, key: str) -> list[str]:
    """Return a 1-D array as texts; bytes are read as UTF-8, whole numbers lose their decimals."""
    return [text_of(value) for value in rows(source, key)]


def text_of(value: Any) -> str:
    """Return one value of a column of names as text."""
    value = value.item() if isinstance(value, np.generic | np.ndarray) else value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def no_array(path: Path, key: str, held: Shapes) -> DatasetError:
    """Return the error for an unknown key, with the valid ones."""
    return DatasetError(f"{path}: there is no array {key!r}: the file holds {listing(held)}")


def listing(held: Shapes) -> str:
    """Return the first arrays of a file with shape and type, as text."""
    names = [f"{name} {shape} {dtype}" for name, (shape, dtype) in list(held.items())[:_LISTED]]
    more = f" and {len(held) - _LISTED} more" if len(held) > _LISTED else ""
    return f"{', '.join(names) or 'none'}{more}"
