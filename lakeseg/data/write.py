"""Write a dataset: lakes stream in, and the file appears under its name complete or not at all."""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from lakeseg.bands import CLASS_NAMES
from lakeseg.data.dataset import Dataset, Header, Lake, open_dataset
from lakeseg.data.opening import FORMAT, VERSION, check_bands
from lakeseg.data.scenes.scene import Grid
from lakeseg.data.sink import Sink
from lakeseg.data.table import GRID, GRID_CRS, NUMBERS, TEXTS, check_lake_id
from lakeseg.errors import DatasetError, first_line

_CHUNK: Final = 1 << 14
_ABANDONED_AFTER: Final = 24 * 3600.0
_MAX_CODE: Final = max(CLASS_NAMES)
_SMALL: Final = {"compression": "gzip", "compression_opts": 1}  # the same long text, lake after lake


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; on success flush it to disk and rename it over `path`.

    A failure removes the temporary file, leaves `path` as it was, and turns a full disk or a missing permission into a
    `DatasetError` of one line.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        temporary = _new_beside(path)
        yield temporary
        _flush(temporary)
        temporary.replace(path)
        with suppress(OSError):  # some file systems cannot flush a folder; the file is in place all the same
            _flush(path.parent)
    except OSError as error:
        raise DatasetError(write_reason(path, error)) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Remove what a writer of `path` that was killed left behind; a living one keeps touching its file."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_AFTER:
                left.unlink()


def _new_beside(path: Path) -> Path:
    """Make an empty file of a new name; the system takes the umask off its mode, as for any file a user makes."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    os.close(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666))
    return temporary


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_reason(path: Path, error: OSError) -> str:
    """Return one line that says why `path` could not be written and what to do."""
    text = str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in text or "quota exceeded" in text:
        return f"{path}: the disk is full: free some space and try again; nothing was changed"
    if error.errno == errno.EFBIG or "File too large" in text:
        return f"{path}: the file is larger than this disk or account allows; nothing was changed"
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"{path}: no permission to write there: choose another folder; nothing was changed"
    if isinstance(error, NotADirectoryError | FileExistsError):
        return f"{path}: its folder cannot be made: a file is in the way; nothing was changed"
    return f"{path}: could not be written ({first_line(error)}); nothing was changed"


def write_dataset(path: Path | str, header: Header, lakes: Iterable[Lake]) -> Dataset:
    """Stream `lakes` into a new file at `path` and open it.

    The fingerprint is the SHA-256 of the bands, scale, fill and of every lake's id, shape, group, pixels, labels and
    truth, so that two files with the same content share it wherever and whenever they were written.

    Raises:
        DatasetError: A lake breaks the contract, there is none, or the file cannot be written. Nothing is left behind.
    """
    return _written(Path(path), header, lakes, _Writer.add)


def write_pixels(path: Path | str, header: Header, blocks: Iterable[tuple[np.ndarray, np.ndarray]]) -> Dataset:
    """Stream pixels that belong to no lake into a new file at `path` and open it.

    `blocks` are (n, B) int16 counts and (n,) uint8 codes. The fingerprint is the SHA-256 of the bands, scale, fill, of
    all pixels, and of the SHA-256 of all labels: how they were cut into blocks does not change it.

    Raises:
        DatasetError: As for `write_dataset`.
    """
    return _written(Path(path), header, blocks, _Writer.add_pixels)


def _written(path: Path, header: Header, parts: Iterable[Any], add: Callable[[_Writer, Any], None]) -> Dataset:
    """Add all parts to a new file at `path`."""
    check_bands(header.bands, str(path))
    with replacing(path) as temporary, Sink(str(temporary)) as sink:
        with h5py.File(sink, "w") as file:
            writer = _Writer(file, header)
            for part in parts:
                add(writer, part)
                sink.check()
            writer.finish()
        sink.check()
    dataset = open_dataset(path)
    if dataset.fingerprint != writer.digest.hexdigest():
        raise DatasetError(f"{path}: another process wrote a dataset there at the same time: open it again")
    return dataset


class _Writer:
    """Appends lakes to an open file and keeps its index and digest."""

    def __init__(self, file: h5py.File, header: Header) -> None:
        self.file, self.header = file, header
        self.rows: dict[str, list] = {name: [] for name in (*NUMBERS, *TEXTS)}
        self.grids: list[Grid | None] = []
        self.seen: set[str] = set()
        self.end = 0
        self.truth: bool | None = None
        self.label_digest: Any = None  # of a file without lakes
        self.digest = hashlib.sha256(json.dumps([header.bands, header.scale, header.fill]).encode())
        bands = len(header.bands)
        self.pixels = file.create_dataset("pixels", (0, bands), "i2", maxshape=(None, bands), chunks=(_CHUNK, bands))
        self.labels = file.create_dataset("labels", (0,), "u1", maxshape=(None,), chunks=(_CHUNK * 4,))

    def add(self, lake: Lake) -> None:
        check_lake(lake, self.header)
        self._check_new(lake)
        height, width = lake.shape
        self._append(self.pixels, lake.image.reshape(height * width, -1))
        self._append(self.labels, lake.labels.ravel())
        if lake.truth is not None:
            self._append(self.file["truth"], lake.truth.ravel())
        row = {"offset": self.end, "height": height, "width": width, "lon": lake.lon, "lat": lake.lat}
        for name, value in row.items():
            self.rows[name].append(value)
        for name in TEXTS:
            self.rows[name].append(str(getattr(lake, name)).encode())
        self.grids.append(lake.grid)
        self.digest.update(json.dumps([lake.id, height, width, lake.group]).encode())
        self.end += height * width

    def add_pixels(self, block: tuple[np.ndarray, np.ndarray]) -> None:
        pixels, labels = block
        where = f"pixels from {self.end}"
        if pixels.ndim != 2 or pixels.shape != (len(labels), len(self.header.bands)) or labels.ndim != 1:
            raise DatasetError(f"{where}: pixels {pixels.shape} and labels {labels.shape} do not fit each other")
        if pixels.dtype != np.int16 or labels.dtype != np.uint8 or (labels > _MAX_CODE).any():
            raise DatasetError(f"{where}: expected int16 pixels and class codes 0 to 3, got {pixels.dtype}")
        self.label_digest = self.label_digest or hashlib.sha256()
        self._append(self.pixels, pixels)
        self._append(self.labels, labels, self.label_digest)
        self.end += len(labels)

    def _check_new(self, lake: Lake) -> None:
        if lake.id in self.seen:
            raise DatasetError(f"lake {lake.id!r} occurs twice: every id must be unique")
        self.seen.add(lake.id)
        has_truth = lake.truth is not None
        if self.truth is None and has_truth:
            self.file.create_dataset("truth", (0,), "u1", maxshape=(None,), chunks=(_CHUNK * 4,))
        if self.truth not in (None, has_truth):
            raise DatasetError(f"lake {lake.id!r}: either every lake of a dataset has a truth, or none")
        self.truth = has_truth

    def _append(self, target: h5py.Dataset, values: np.ndarray, digest: Any = None) -> None:
        values = np.ascontiguousarray(values)
        target.resize(self.end + len(values), axis=0)
        target[self.end :] = values
        (digest or self.digest).update(values.data)

    def finish(self) -> None:
        if self.label_digest is not None and self.end:
            self.digest.update(self.label_digest.digest())
        else:
            self._finish_lakes()
        plain = asdict(self.header)
        provenance = json.dumps(plain.pop("provenance"), sort_keys=True)
        plain["bands"] = np.array(self.header.bands, np.int8)
        extra = {"provenance": provenance, "fingerprint": self.digest.hexdigest()}
        for name, value in ({"format": FORMAT, "version": VERSION} | plain | extra).items():
            self.file.attrs[name] = value

    def _finish_lakes(self) -> None:
        if not self.rows["id"]:
            raise DatasetError("zero lakes: expected at least one to write a dataset")
        group = self.file.create_group("lakes")
        for name, dtype in NUMBERS.items():
            group[name] = np.array(self.rows[name], dtype)
        for name in TEXTS:
            group[name] = _texts(self.rows[name])
        self._finish_grids(group)

    def _finish_grids(self, group: h5py.Group) -> None:
        """Say where pixels lie, unless no lake knows; a file without grids stays as it ever was."""
        if not any(self.grids):
            return
        group[GRID] = np.array([grid.transform if grid else [np.nan] * 6 for grid in self.grids], np.float64)
        group.create_dataset(
            GRID_CRS, data=_texts([grid.crs.encode() if grid else b"" for grid in self.grids]), **_SMALL
        )


def _texts(values: list[bytes]) -> np.ndarray:
    column = np.array(values, dtype=np.bytes_)
    return column if column.dtype.itemsize else column.astype("S1")


def check_lake(lake: Lake, header: Header) -> None:
    """Raise a `DatasetError` that names the lake unless it keeps the array contract."""
    where, bands = f"lake {lake.id!r}", len(header.bands)
    if not lake.id or not lake.group:
        raise DatasetError(f"{where} in group {lake.group!r}: expected an id and a group, neither empty")
    check_lake_id(lake.id)
    if any(not text.isprintable() for text in (lake.id, lake.group, lake.domain, lake.date)):
        raise DatasetError(f"{where}: id, group, domain and date must be printable text")
    _check_place(lake, where)
    if lake.image.ndim != 3 or lake.image.shape[2] != bands:
        raise DatasetError(f"{where}: expected an image of shape (H, W, {bands}), got {lake.image.shape}")
    if lake.image.dtype != np.int16 or lake.labels.dtype != np.uint8:
        got = f"{lake.image.dtype}, {lake.labels.dtype}"
        raise DatasetError(f"{where}: expected int16 image and uint8 labels, got {got}")
    if lake.labels.shape != lake.shape or (lake.truth is not None and lake.truth.shape != lake.shape):
        raise DatasetError(f"{where}: image {lake.shape} and labels {lake.labels.shape} differ in height or width")
    if lake.labels.size == 0:
        raise DatasetError(f"{where}: has no pixels: expected at least 1×1")
    if lake.labels.max() > _MAX_CODE:
        raise DatasetError(f"{where}: label {lake.labels.max()} is no class code: expected 0, 1, 2 or 3")
    if lake.truth is not None and lake.truth.max() > 100:
        raise DatasetError(f"{where}: truth {lake.truth.max()} is no percentage: expected 0 to 100")
    if (lake.image == header.fill).all():
        raise DatasetError(f"{where}: every value is fill ({header.fill}): leave this lake out")


def _check_place(lake: Lake, where: str) -> None:
    if lake.grid is not None and not (lake.grid.crs and np.isfinite(lake.grid.transform).all()):
        raise DatasetError(f"{where}: its grid needs a name of its coordinate reference system and six finite numbers")
