"""Open a dataset file and check that it keeps the format, with one clear line for everything that can be wrong."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import h5py
import numpy as np
from h5py._objects import phil

from lakeseg.bands import are_bands
from lakeseg.data.table import (
    GRID,
    GRID_CRS,
    LAYOUT,
    NUMBERS,
    OPTIONAL,
    TEXTS,
    LakeTable,
    check_table,
    runs_of_pixels,
)
from lakeseg.errors import NOT_ALLOWED, DatasetError, first_line

FORMAT: Final = "lakeseg"
VERSION: Final = 1
_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"

# A daemon thread that reads as Python exits is stopped for good where it stands, h5py's lock in hand, and the main
# thread, which frees HDF5's objects last, would wait for that lock for ever. So the main thread takes it first.
atexit.register(phil.acquire)


@contextmanager
def opened(path: Path, fingerprint: str = "") -> Iterator[h5py.File]:
    """Open `path` for reading; whatever HDF5 finds wrong then or later in the block becomes a `DatasetError`.

    With a `fingerprint`, so does another dataset that has taken its place meanwhile.
    """
    try:
        if not path.is_file():
            raise DatasetError(f"{path}: no such file: expected a dataset; make one with `python -m lakeseg demo`")
        with h5py.File(path, "r", locking=False) as file:
            if fingerprint and file.attrs.get("fingerprint") != fingerprint:
                raise DatasetError(f"{path}: the file was replaced while it was in use: open it again")
            yield file
    except (OSError, RuntimeError) as error:
        raise DatasetError(f"{path}: {_reason(path, error)}") from error
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise DatasetError(f"{path}: incomplete lakeseg file ({first_line(error)}): import the data again") from error


def check_format(path: Path, file: h5py.File) -> None:
    """Raise a `DatasetError` unless the file says it is a dataset of the version that is read here."""
    if file.attrs.get("format") != FORMAT:
        remedy = "convert it with `python -m lakeseg import`"
        raise DatasetError(f"{path}: HDF5, but not a lakeseg dataset (no attribute format={FORMAT!r}): {remedy}")
    version = file.attrs.get("version")
    if version != VERSION:
        raise DatasetError(
            f"{path}: format version {version}: this lakeseg reads version {VERSION}; import the data again"
        )


def check_arrays(path: Path, file: h5py.File, bands: tuple[int, ...]) -> int:
    """Return the number of pixels; a `DatasetError` unless pixels, labels and truth fit each other."""
    check_bands(bands, str(path))
    pixels, labels = file["pixels"], file["labels"]
    if pixels.ndim != 2 or pixels.shape[1] != len(bands) or labels.shape != pixels.shape[:1]:
        expected, got = f"(N, {len(bands)}) and (N,)", f"{pixels.shape} and {labels.shape}"
        raise DatasetError(f"{path}: expected /pixels and /labels of shape {expected}, got {got}")
    if pixels.dtype != np.int16 or labels.dtype != np.uint8:
        raise DatasetError(f"{path}: expected int16 pixels and uint8 labels: import the data again")
    if "truth" in file and (file["truth"].shape != labels.shape or file["truth"].dtype != np.uint8):
        raise DatasetError(f"{path}: /truth does not fit /labels: expected (N,) uint8; import the data again")
    if not len(labels):
        raise DatasetError(f"{path}: zero pixels: expected at least one; import the data again")
    return len(labels)


def read_table(path: Path, file: h5py.File, pixels: int) -> LakeTable:
    """Return the index of the lakes, for a file of pixels alone that of runs of them.

    Only where the lakes lie is read now; ids, groups and the rest are read when somebody asks for them.
    """
    if "lakes" not in file:
        return runs_of_pixels(pixels)
    stored = {name: file["lakes"][name] for name in (*NUMBERS, *TEXTS)}
    lengths = {name: column.shape[0] if column.ndim == 1 else -1 for name, column in stored.items()}
    if any(length < 0 or (stored[name].dtype.kind == "S") != (name in TEXTS) for name, length in lengths.items()):
        raise DatasetError(f"{path}: a column of /lakes has another shape or type: import the data again")
    if len(set(lengths.values())) > 1:
        raise DatasetError(f"{path}: columns of /lakes differ in length ({lengths}): import the data again")
    names = (*NUMBERS, *TEXTS, *_check_grids(path, file, lengths["offset"]))
    columns = _Columns(path, str(file.attrs["fingerprint"]), names, {name: _column(file, name) for name in LAYOUT})
    table = LakeTable(columns)
    check_table(table, pixels, str(path))
    return table


def _check_grids(path: Path, file: h5py.File, count: int) -> tuple[str, ...]:
    """Return the names of the columns that say where pixels lie, none where the file has no such columns."""
    group = file["lakes"]
    held = [name for name in OPTIONAL if name in group]
    if not held:
        return ()
    fits = len(held) == len(OPTIONAL) and group[GRID].shape == (count, 6) and group[GRID_CRS].shape == (count,)
    if not fits or group[GRID].dtype.kind != "f" or group[GRID_CRS].dtype.kind != "S":
        raise DatasetError(f"{path}: /lakes/{GRID} and /lakes/{GRID_CRS} do not fit its lakes: import the data again")
    return OPTIONAL


def _column(file: h5py.File, name: str) -> np.ndarray:
    column = file["lakes"][name][:]
    return column.astype(NUMBERS.get(name, column.dtype), copy=False)


class _Columns(Mapping[str, np.ndarray]):
    """Columns of `/lakes` by name, each read once, at the latest when it is asked for."""

    def __init__(self, path: Path, fingerprint: str, names: tuple[str, ...], known: dict[str, np.ndarray]) -> None:
        self._path, self._fingerprint, self._names, self._known = path, fingerprint, names, known

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._known and name in self._names:
            with opened(self._path, self._fingerprint) as file:
                self._known[name] = _column(file, name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def check_bands(bands: tuple[int, ...], where: str) -> None:
    """Raise a `DatasetError` unless `bands` are MODIS land bands 1–7 in ascending order."""
    if not are_bands(bands):
        raise DatasetError(f"{where}: bands {list(bands)}: expected some of 1–7, each once, in ascending order")


def _reason(path: Path, error: BaseException) -> str:
    """Return why HDF5 could not read a file, in words and with a remedy."""
    text = str(error)
    if isinstance(error, PermissionError) or "Permission denied" in text:
        return NOT_ALLOWED
    if "truncated" in text:
        return "the file is truncated: copy or download it again"
    if not _starts_as_hdf5(path):
        return "not an HDF5 file: expected a lakeseg dataset; convert arrays with `python -m lakeseg import`"
    return f"cannot be read ({first_line(error)}): the file is damaged or truncated; copy it again"


def _starts_as_hdf5(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False
