"""Arrays of NumPy: an NPZ archive, an NPY file, or a folder of both; decompressed as a stream, never unpickled."""

from __future__ import annotations

import tokenize
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from lakeseg.data.readers.folders import files_below
from lakeseg.data.readers.sources import (
    DAMAGED,
    MAX_LAKE_BYTES,
    Shape,
    Shapes,
    check_whole,
    no_array,
    row_bytes,
)
from lakeseg.errors import DatasetError, first_line

_BLOCK_BYTES: Final = 1 << 24


class _Npy:
    """Arrays in NPY format, each a stream of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.streams = ExitStack()
        self._headers: dict[str, tuple[Shape, np.dtype, bool]] = {}

    def names(self) -> list[str]:
        """Return the keys."""
        raise NotImplementedError

    def open(self, key: str) -> AbstractContextManager[Any]:
        """Return a new stream at the start of an array."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the file, and of streams that nobody read to their end."""
        self.streams.close()

    def shapes(self) -> Shapes:
        """Return shape and type of every array."""
        return {name: self._header(name)[:2] for name in self.names()}

    def describe(self, key: str) -> tuple[Shape, np.dtype]:
        """Return shape and type of one array; an unknown key lists the valid ones."""
        shape, dtype, _ = self._header(key)
        if dtype.hasobject:
            raise DatasetError(
                f"{self.path}: {key!r} holds pickled Python objects, which are never loaded: {self._remedy()}"
            )
        return shape, dtype

    def parts(self, key: str, size: int) -> Iterator[np.ndarray]:
        """Yield an array in parts of at most `size` rows."""
        shape, dtype = self.describe(key)
        fortran = self._header(key)[2]
        if fortran and len(shape) > 1:
            yield from self._slices(key, shape, dtype, size)
            return
        try:
            stream = self.streams.enter_context(self.open(key))
            read_header(stream)
            for start in range(0, shape[0], size):
                count = min(size, shape[0] - start)
                yield _take(stream, (count, *shape[1:]), dtype)
            stream.read(1)  # at its end an archive compares the checksum
        except DAMAGED as error:
            raise self._damaged(key, error) from error

    def _slices(self, key: str, shape: Shape, dtype: np.dtype, size: int) -> Iterator[np.ndarray]:
        """Yield parts of an array whose first axis runs fastest: one pass over the whole for as much as fits memory."""
        count = max(1, MAX_LAKE_BYTES // row_bytes(shape, dtype))
        if count >= shape[0]:
            blocks = iter([self.whole(key)])
        else:
            if shape[0] * dtype.itemsize > MAX_LAKE_BYTES:
                big = f"and has {shape[0]} rows, more than {MAX_LAKE_BYTES >> 20} MiB of one column"
                raise DatasetError(f"{self.path}: {key!r} is in Fortran order {big}: save np.ascontiguousarray(x)")
            starts = range(0, shape[0], count)
            blocks = (self._block(key, shape, dtype, slice(start, start + count)) for start in starts)
        for block in blocks:
            for start in range(0, len(block), size):
                yield np.ascontiguousarray(block[start : start + size])
            del block  # before the next one is made

    def _block(self, key: str, shape: Shape, dtype: np.dtype, wanted: slice) -> np.ndarray:
        """Return the `wanted` rows of an array whose first axis runs fastest, reading it some columns at a time."""
        columns = int(np.prod(shape[1:]))
        step = max(1, _BLOCK_BYTES // max(1, shape[0] * dtype.itemsize))
        block = np.empty((len(range(*wanted.indices(shape[0]))), columns), dtype, order="F")
        try:
            with self.open(key) as stream:
                read_header(stream)
                for first in range(0, columns, step):
                    part = _take(stream, (min(step, columns - first), shape[0]), dtype)
                    block[:, first : first + step] = part[:, wanted].T
                stream.read(1)  # at its end an archive compares the checksum
        except DAMAGED as error:
            raise self._damaged(key, error) from error
        return block.reshape((len(block), *shape[1:]), order="F")

    def whole(self, key: str) -> np.ndarray:
        """Return an array as a whole."""
        shape, dtype = self.describe(key)
        check_whole(f"{self.path}: {key}", shape, dtype)
        try:
            with self.open(key) as stream:
                fortran = read_header(stream)[1]
                array = _take(stream, shape[::-1], dtype).T if fortran else _take(stream, shape, dtype)
                stream.read(1)  # at its end an archive compares the checksum
                return array
        except DAMAGED as error:
            raise self._damaged(key, error) from error

    def _damaged(self, key: str, error: BaseException) -> DatasetError:
        return DatasetError(f"{self.path}: {key!r} is damaged: copy the file again ({first_line(error)})")

    def _remedy(self) -> str:
        """Return what turns pickled arrays into plain ones where they can be trusted, as a command to paste."""
        name, stem = self.path.name, self.path.stem
        load = f"import numpy as np; f = np.load({name!r}, allow_pickle=True)"
        load += "; d = dict(f) if hasattr(f, 'files') else {" + repr(stem) + ": f}"
        parts = "{f'{n}_{i}': v for k, x in d.items() if x.dtype == object for i, a in enumerate(x.ravel())"
        parts += " for n, v in (a.items() if isinstance(a, dict) else [(k, a)])}"
        rest = "{k: x for k, x in d.items() if x.dtype != object}"
        save = f"np.savez({stem + '-plain.npz'!r}, **{parts}, **{rest})"
        return f'where you trust the file, run python -c "{load}; {save}" beside it and import {stem}-plain.npz'

    def _header(self, key: str) -> tuple[Shape, np.dtype, bool]:
        if key not in self._headers:
            self._headers[key] = self._read_header(key)
        return self._headers[key]

    def _read_header(self, key: str) -> tuple[Shape, np.dtype, bool]:
        if key not in self.names():
            raise no_array(self.path, key, self.shapes())
        try:
            with self.open(key) as stream:
                shape, fortran, dtype = read_header(stream)
        except DAMAGED as error:
            raise DatasetError(
                f"{self.path}: {key!r} is no NumPy array ({first_line(error)}): save it again"
            ) from error
        return shape, dtype, fortran


def _take(stream: Any, shape: Shape, dtype: np.dtype) -> np.ndarray:
    """Read an array of `shape` from a stream; a short one raises an `EOFError`."""
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("it ends early")
    return np.frombuffer(data, dtype).reshape(shape) if dtype.itemsize else np.zeros(shape, dtype)


def read_header(stream: Any) -> tuple[Shape, bool, np.dtype]:
    """Return shape, whether the first axis runs fastest, and type; a header that makes no sense is a `ValueError`."""
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of headers that Python 2 wrote
            shape, fortran, dtype = read(stream)
    except (tokenize.TokenError, SyntaxError) as error:
        raise ValueError("its header is damaged") from error
    if any(size < 0 for size in shape):
        raise ValueError(f"its header claims the shape {shape}")
    return shape, fortran, dtype


class NpzSource(_Npy):
    """Arrays of an NPZ archive."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.archive = zipfile.ZipFile(path)
        strange = [name for name in self.archive.namelist() if not name.endswith((".npy", "/"))]
        if strange:
            self.archive.close()
            raise DatasetError(f"{path}: holds {strange[0]!r}, which is no array: save it again with np.savez")
        self.keys = [name.removesuffix(".npy") for name in self.archive.namelist() if name.endswith(".npy")]

    def names(self) -> list[str]:
        """Return the keys."""
        return self.keys

    def open(self, key: str) -> AbstractContextManager[Any]:
        """Return a new stream at the start of an array."""
        return self.archive.open(f"{key}.npy")

    def close(self) -> None:
        """Let go of the archive."""
        super().close()
        self.archive.close()


class NpySource(_Npy):
    """The one array of an NPY file; its key is the name of the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with path.open("rb") as stream:
            read_header(stream)

    def names(self) -> list[str]:
        """Return the keys."""
        return [self.path.stem]

    def open(self, key: str) -> AbstractContextManager[Any]:  # noqa: ARG002 - there is one
        """Return a new stream at the start of an array."""
        return self.path.open("rb")


class FolderSource:
    """Arrays of a folder: `lake1_X.npy` has the key `lake1_X`, `X` in `lake1.npz` the key `lake1/X`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = {inside.relative_to(path).with_suffix("").as_posix(): inside for inside in _numpy_files(path)}

    def close(self) -> None:
        """Nothing stays open."""

    def shapes(self) -> Shapes:
        """Return shape and type of every array."""
        found: Shapes = {}
        for name, file in self.files.items():
            with _opened(file) as source:
                for key, described in source.shapes().items():
                    found[name if file.suffix.lower() == ".npy" else f"{name}/{key}"] = described
        return found

    def describe(self, key: str) -> tuple[Shape, np.dtype]:
        """Return shape and type of one array; an unknown key lists the valid ones."""
        with self._holder(key) as (source, inner):
            return source.describe(inner)

    def parts(self, key: str, size: int) -> Iterator[np.ndarray]:
        """Yield an array in parts of at most `size` rows."""
        with self._holder(key) as (source, inner):
            yield from source.parts(inner, size)

    def whole(self, key: str) -> np.ndarray:
        """Return an array as a whole."""
        with self._holder(key) as (source, inner):
            return source.whole(inner)

    @contextmanager
    def _holder(self, key: str) -> Iterator[tuple[_Npy, str]]:
        """Open the file that holds `key`; yield it, and the key within it."""
        for name, inner in _splits(key):
            file = self.files.get(name)
            if file is not None and (inner == "") == (file.suffix.lower() == ".npy"):
                with _opened(file) as source:
                    yield source, inner or file.stem
                return
        raise no_array(self.path, key, self.shapes())


def _splits(key: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to take a key apart into the name of a file and a key within it."""
    parts = key.split("/")
    for count in range(len(parts), 0, -1):
        yield "/".join(parts[:count]), "/".join(parts[count:])


def _numpy_files(folder: Path) -> list[Path]:
    found = files_below(folder, (".npy", ".npz"))
    if not found:
        raise DatasetError(f"{folder}: no .npy or .npz file in this folder: expected pairs such as a_X.npy and a_Y.npy")
    return found


@contextmanager
def _opened(file: Path) -> Iterator[_Npy]:
    try:
        source: _Npy = NpySource(file) if file.suffix.lower() == ".npy" else NpzSource(file)
    except DAMAGED as error:
        raise DatasetError(f"{file}: not a NumPy file, or truncated: copy it again ({first_line(error)})") from error
    try:
        yield source
    finally:
        source.close()
