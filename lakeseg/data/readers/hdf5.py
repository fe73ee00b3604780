"""Arrays of an HDF5 file: links inside it are followed, links out of it are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import h5py
import numpy as np

from lakeseg.data.readers.sources import (
    DAMAGED,
    MAX_LAKE_BYTES,
    SUSPICIOUS_BYTES,
    SUSPICIOUS_RATIO,
    Shape,
    Shapes,
    check_whole,
    no_array,
)
from lakeseg.errors import DatasetError, first_line

_LINK_DEPTH: Final = 16
_CACHE: Final = 1 << 24


class H5Source:
    """Arrays of an HDF5 file."""

    def __init__(self, path: Path) -> None:
        self.path, self.file = path, h5py.File(path, "r", locking=False, rdcc_nbytes=_CACHE)
        if self.file.attrs.get("format") == "lakeseg":
            self.file.close()
            remedy = "nothing is left to convert; copy it into the folder of the datasets (data/)"
            raise DatasetError(f"{path}: is a dataset of lakeseg already: {remedy}")

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()

    def shapes(self) -> Shapes:
        """Return shape and type of every array."""
        found: Shapes = {}

        def note(name: str, item: h5py.HLObject) -> None:
            if isinstance(item, h5py.Dataset) and item.shape is not None:
                found[name] = (item.shape, item.dtype)

        try:
            self.file.visititems(note)
        except DAMAGED as error:
            raise DatasetError(f"{self.path}: is damaged: copy the file again ({first_line(error)})") from error
        return found

    def describe(self, key: str) -> tuple[Shape, np.dtype]:
        """Return shape and type of one array; an unknown key lists the valid ones."""
        item = self._item(key)
        return item.shape, item.dtype

    def parts(self, key: str, size: int) -> Iterator[np.ndarray]:
        """Yield an array in parts of at most `size` rows."""
        item = self._item(key)
        step = max(1, min(size, max(item.chunks[0] if item.chunks else 1, 1 if item.ndim > 2 else size)))
        try:
            for start in range(0, item.shape[0], step):
                yield item[start : start + step]
        except DAMAGED as error:
            raise DatasetError(f"{self.path}: {key!r} is damaged: copy the file again ({first_line(error)})") from error

    def whole(self, key: str) -> np.ndarray:
        """Return an array as a whole."""
        item = self._item(key)
        check_whole(f"{self.path}: {key}", item.shape, item.dtype)
        try:
            return np.asarray(item[()])
        except DAMAGED as error:
            raise DatasetError(f"{self.path}: {key!r} is damaged: copy the file again ({first_line(error)})") from error

    def _item(self, key: str) -> h5py.Dataset:
        try:
            inside = self._inside(key, _LINK_DEPTH)
            item = self.file.get(inside) if inside else None
        except DAMAGED as error:
            raise DatasetError(f"{self.path}: {key!r} is damaged: copy the file again ({first_line(error)})") from error
        if not isinstance(item, h5py.Dataset) or item.shape is None:
            raise no_array(self.path, key, self.shapes())
        check_stored(self.path, key, item)
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


def check_stored(path: Path, key: str, item: h5py.Dataset) -> None:
    """Raise a `DatasetError` unless an array keeps its values in this file, in chunks that fit memory."""
    if item.is_virtual or item.external:
        raise DatasetError(f"{path}: {key!r} keeps its values in other files: copy them into this one first")
    if item.chunks and int(np.prod(item.chunks, dtype=object)) * item.dtype.itemsize > MAX_LAKE_BYTES:
        size = f"more than {MAX_LAKE_BYTES >> 20} MiB"
        raise DatasetError(f"{path}: {key!r} is stored in chunks of {item.chunks}, {size}: save it in smaller ones")
    claimed, stored = int(np.prod(item.shape, dtype=object)) * item.dtype.itemsize, item.id.get_storage_size()
    if claimed > SUSPICIOUS_BYTES and claimed > SUSPICIOUS_RATIO * stored:
        sizes = f"claims {claimed >> 30} GiB and keeps {stored:,} bytes"
        raise DatasetError(f"{path}: {key!r} {sizes}: it was never written, or is made to fill disks: save it again")
