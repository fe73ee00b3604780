"""Look at an HDF4 file before the library does: is it whole, is it undamaged, does it stay within itself?

The layout is that of the HDF Specification and Developer's Guide: a magic number, then blocks of data descriptors of
tag, reference, offset and length, each block pointing to the next. An element may be kept in another file, which is
never followed here. One that is compressed with deflate carries a checksum, which the library does not look at: a
changed byte would come out as other reflectance.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from lakeseg.errors import DatasetError, first_line

MAGIC: Final = b"\x0e\x03\x13\x01"
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_SPECIAL: Final = 0x4000
_EXTENDED: Final = 0x8000
_EXTERNAL: Final = 2
_COMPRESSED: Final = 3
_DEFLATE: Final = 4
_DATA: Final = 40  # tag of compressed data
_AT_ONCE: Final = 1 << 20
_NULL_TAGS: Final = (0, 1)
_NOWHERE: Final = (-1, 0)
_MOST_BLOCKS: Final = 100_000

Held = Mapping[tuple[int, int], tuple[int, int]]


def check_hdf4(path: Path) -> None:
    """Raise a `DatasetError` unless a file is HDF4, is as long as it says, and keeps all its data in itself."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            _check_magic(path, file.read(8))
            held = {(tag, ref): (offset, length) for tag, ref, offset, length in _descriptors(path, file)}
            for offset, length in held.values():
                _check_element(path, size, offset, length)
            for (tag, _), (offset, length) in held.items():
                if tag & _SPECIAL and not tag & _EXTENDED and length >= 2:
                    _check_special(path, file, offset, held)
    except OSError as error:
        remedy = "ask its owner, or copy it to a folder of yours"
        raise DatasetError(f"{path}: cannot be read ({first_line(error)}): {remedy}") from error


def _check_magic(path: Path, head: bytes) -> None:
    if head == _HDF5:
        raise DatasetError(f"{path}: is HDF5, not HDF4: convert it with `import FILE.h5`, naming its arrays")
    if head[:4] != MAGIC:
        raise DatasetError(f"{path}: not an HDF4 file by its first bytes: download it again (log in first)")


def _descriptors(path: Path, file: BinaryIO) -> Iterator[tuple[int, int, int, int]]:
    """Yield tag, reference, offset and length of every element."""
    block = len(MAGIC)
    seen: set[int] = set()
    while block:
        if block in seen or len(seen) > _MOST_BLOCKS:
            raise DatasetError(f"{path}: damaged: its directory runs in a circle; download it again")
        seen.add(block)
        count, following = struct.unpack(">hi", _exactly(path, file, block, 6))
        data = _exactly(path, file, block + 6, 12 * max(count, 0))
        for tag, ref, offset, length in struct.iter_unpack(">HHii", data):
            if tag not in _NULL_TAGS:
                yield tag, ref, offset, length
        block = following


def _exactly(path: Path, file: BinaryIO, offset: int, count: int) -> bytes:
    if offset >= 0:
        file.seek(offset)
        data = file.read(count)
        if len(data) == count:
            return data
    raise DatasetError(f"{path}: truncated or damaged: its directory ends early; download it again")


def _check_element(path: Path, size: int, offset: int, length: int) -> None:
    if offset in _NOWHERE and length in _NOWHERE:
        return
    if offset < 0 or length < 0 or offset + length > size:
        raise DatasetError(f"{path}: truncated: it is {size} bytes and should be longer; download it again")


def _check_special(path: Path, file: BinaryIO, offset: int, held: Held) -> None:
    (kind,) = struct.unpack(">h", _exactly(path, file, offset, 2))
    if kind == _EXTERNAL:
        raise DatasetError(f"{path}: keeps data in other files, which are never followed: copy them into this one")
    if kind == _COMPRESSED:
        _, length, ref, _, coder = struct.unpack(">HiHHH", _exactly(path, file, offset + 2, 12))
        if coder == _DEFLATE and (_DATA, ref) in held:
            _check_deflated(path, file, held[_DATA, ref], length)


def _check_deflated(path: Path, file: BinaryIO, place: tuple[int, int], length: int) -> None:
    """Raise a `DatasetError` unless an element unpacks to what its checksum says, and to no more than it states."""
    offset, rest = place
    if offset in _NOWHERE or rest in _NOWHERE:
        return
    unpacker, got = zlib.decompressobj(), 0
    file.seek(offset)
    try:
        while rest > 0 and not unpacker.eof and got <= length:
            packed = file.read(min(rest, _AT_ONCE))
            rest -= max(1, len(packed))
            while packed and not unpacker.eof and got <= length:
                got += len(unpacker.decompress(packed, _AT_ONCE))
                packed = unpacker.unconsumed_tail
    except zlib.error as error:
        raise DatasetError(f"{path}: damaged ({error}): download it again") from error
    if got != length or not unpacker.eof:
        raise DatasetError(f"{path}: damaged: {got} bytes unpacked where {length} are stated; download it again")
