"""Look at the directory of an HDF4 file before the library does: is it whole, and does it stay within itself?

The layout is that of the HDF4 specification: a magic number, then blocks of data descriptors of tag, reference, offset
and length, each block pointing to the next. An element may be kept in another file, which is never followed here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from lakeseg.errors import DatasetError, first_line

MAGIC: Final = b"\x0e\x03\x13\x01"
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_SPECIAL: Final = 0x4000
_EXTERNAL: Final = 2
_NULL_TAGS: Final = (0, 1)
_NOWHERE: Final = (-1, 0)
_MOST_BLOCKS: Final = 100_000


def check_hdf4(path: Path) -> None:
    """Raise a `DatasetError` unless a file is HDF4, is as long as it says, and keeps all its data in itself."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            _check_magic(path, file.read(8))
            for tag, offset, length in _descriptors(path, file):
                _check_element(path, file, size, tag, offset, length)
    except OSError as error:
        remedy = "ask its owner, or copy it to a folder of yours"
        raise DatasetError(f"{path}: cannot be read ({first_line(error)}): {remedy}") from error


def _check_magic(path: Path, head: bytes) -> None:
    if head == _HDF5:
        raise DatasetError(f"{path}: is HDF5, not HDF4: convert it with `import FILE.h5`, naming its arrays")
    if head[:4] != MAGIC:
        raise DatasetError(f"{path}: not an HDF4 file by its first bytes: download it again (log in first)")


def _descriptors(path: Path, file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Yield tag, offset and length of every element."""
    block = len(MAGIC)
    seen: set[int] = set()
    while block:
        if block in seen or len(seen) > _MOST_BLOCKS:
            raise DatasetError(f"{path}: damaged: its directory runs in a circle; download it again")
        seen.add(block)
        count, following = struct.unpack(">hi", _exactly(path, file, block, 6))
        data = _exactly(path, file, block + 6, 12 * max(count, 0))
        for tag, _, offset, length in struct.iter_unpack(">HHii", data):
            if tag not in _NULL_TAGS:
                yield tag, offset, length
        block = following


def _exactly(path: Path, file: BinaryIO, offset: int, count: int) -> bytes:
    if offset >= 0:
        file.seek(offset)
        data = file.read(count)
        if len(data) == count:
            return data
    raise DatasetError(f"{path}: truncated or damaged: its directory ends early; download it again")


def _check_element(path: Path, file: BinaryIO, size: int, tag: int, offset: int, length: int) -> None:
    if offset in _NOWHERE and length in _NOWHERE:
        return
    if offset < 0 or length < 0 or offset + length > size:
        raise DatasetError(f"{path}: truncated: it is {size} bytes and should be longer; download it again")
    special = bool(tag & _SPECIAL) and not tag & 0x8000
    if special and length >= 2 and struct.unpack(">h", _exactly(path, file, offset, 2))[0] == _EXTERNAL:
        raise DatasetError(f"{path}: keeps data in other files, which are never followed: copy them into this one")
