"""The bytes of one variable of a MATLAB file of version 5 to 7, and the elements that they are made of."""

from __future__ import annotations

import os
import struct
import zlib
from typing import Final

STEP: Final = 1 << 18


class Stream:
    """The bytes of one variable, decompressed as they are asked for. Several may walk one file at once."""

    def __init__(self, handle: int, order: str, span: tuple[int, int], compressed: bool) -> None:
        self.handle, self.order, (self.offset, self.end) = handle, order, span
        self.inflate = zlib.decompressobj() if compressed else None
        self.position = 0

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes; fewer raise an `EOFError`."""
        parts = []
        left = size
        while left:
            part = self._some(min(left, STEP))
            if not part:
                raise EOFError("it ends early")
            parts.append(part)
            left -= len(part)
        self.position += size
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Pass over `size` bytes."""
        if size < 0:
            raise ValueError("an array is larger than what holds it")
        if self.inflate is None:
            if self.offset + size > self.end:
                raise EOFError("it ends early")
            self.offset += size
            self.position += size
            return
        while size > 0:
            size -= len(self.read(min(size, STEP)))

    def finish(self) -> None:
        """Pass over the rest: what was compressed ends in a checksum, and a wrong one raises a `zlib.error`."""
        while self.inflate is not None and self._some(STEP):
            pass
        if self.inflate is not None and not self.inflate.eof:
            raise EOFError("it ends early")

    def _some(self, most: int) -> bytes:
        """Return up to `most` bytes, none only at the end."""
        if self.inflate is None:
            return self._raw(most)
        while not self.inflate.eof:
            packed = self.inflate.unconsumed_tail or self._raw(STEP)
            part = self.inflate.decompress(packed, most)
            if part or not packed:
                return part
        return b""

    def _raw(self, most: int) -> bytes:
        part = os.pread(self.handle, min(most, self.end - self.offset), self.offset)
        self.offset += len(part)
        return part

    def tag(self) -> tuple[int, int, bytes | None]:
        """Return type and size of the next element, and its data where they stand within the tag."""
        data = self.read(8)
        kind, size = struct.unpack(f"{self.order}II", data)
        if kind >> 16:  # a small element: size and type in one word, up to four bytes of data in the other
            size, kind = kind >> 16, kind & 0xFFFF
            if size > 4:
                raise ValueError(f"a small element of {size} bytes")
            return kind, size, data[4 : 4 + size]
        return kind, size, None

    def element(self, most: int) -> tuple[int, bytes]:
        """Return type and data of the next element, of at most `most` bytes."""
        kind, size, data = self.tag()
        if data is not None:
            return kind, data
        if size > most:
            raise ValueError(f"an element claims {size} bytes where {most} are the most")
        data = self.read(size)
        self.skip(-size % 8)
        return kind, data
