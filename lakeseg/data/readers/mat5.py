"""MATLAB files of version 5 to 7, walked tag by tag so that neither their size nor what they claim fills memory.

Format: "MAT-File Format", The MathWorks: a header of 128 bytes, then one data element a variable, since version 7 each
compressed on its own (zlib). An element is a tag (type, bytes) and data padded to 8 bytes; an array is an element of
elements: flags, dimensions, name, then its values in column-major order.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from lakeseg.data.readers.mat5stream import Stream
from lakeseg.data.readers.matvalues import CLASSES, UNREAD, Opaque, Shape, Value, Variable, as_column, as_text, count_of
from lakeseg.data.readers.sources import MAX_LAKE_BYTES
from lakeseg.errors import DatasetError

_HEADER, _HEADER_4 = 128, 20
_MATRIX, _COMPRESSED = 14, 15
_NAMES: Final = {1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 16: "function"}
_NUMERIC: Final = dict(zip(range(6, 16), CLASSES, strict=True))
_STORED: Final = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_STORED_TEXT: Final = {1: "latin-1", 2: "utf-8", 16: "utf-8"}
_COMPLEX: Final = 0x08
_MOST_TEXT: Final = 1 << 16
_MOST_FIELDS: Final = 4096


@dataclass(frozen=True)
class _Array:
    """The head of an array: what it is, and where in its stream it ends."""

    kind: str
    shape: Shape
    name: str
    end: int
    complex: bool = False


@dataclass(frozen=True)
class _Place:
    """Where a variable lies in the file."""

    offset: int
    size: int
    compressed: bool


class Mat5:
    """An opened file of version 5 to 7."""

    version = "v5 to v7"

    def __init__(self, path: Path) -> None:
        self.path, self.handle = path, os.open(path, os.O_RDONLY)
        try:
            self.order = self._byte_order(os.pread(self.handle, _HEADER, 0))
            self.places: dict[str, _Place] = {}
            self._variables = list(self._scan())
        except BaseException:
            self.close()
            raise

    def _byte_order(self, head: bytes) -> str:
        order = {b"IM": "<", b"MI": ">"}.get(head[126:128])
        if order is None:
            raise DatasetError(f"{self.path}: {_not_mat(head)}")
        return order

    def close(self) -> None:
        """Let go of the file."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def variables(self) -> list[Variable]:
        """Return the variables in file order."""
        return self._variables

    def _scan(self) -> Iterator[Variable]:
        offset, size = _HEADER, os.fstat(self.handle).st_size
        while offset + 8 <= size:
            kind, count = struct.unpack(f"{self.order}II", os.pread(self.handle, 8, offset))
            offset += 8
            if kind not in (_MATRIX, _COMPRESSED) or offset + count > size:
                raise EOFError(f"the element at byte {offset - 8} goes beyond its end")
            place = (
                _Place(offset, count, kind == _COMPRESSED)
                if kind == _COMPRESSED
                else _Place(offset - 8, count + 8, False)
            )
            head, fields = self._open_head(place)
            if head.name:
                self.places[head.name] = place
                yield Variable(head.name, head.kind, head.shape, fields)
            offset += count if kind == _COMPRESSED else count + -count % 8

    def _open_head(self, place: _Place) -> tuple[_Array, tuple[str, ...]]:
        stream = self._stream(place)
        head = self._array(stream)
        return head, self._fields(stream) if head.kind == "struct" else ()

    def _stream(self, place: _Place) -> Stream:
        return Stream(self.handle, self.order, (place.offset, place.offset + place.size), place.compressed)

    def _start(self, name: str, field: str = "") -> tuple[Stream, _Array]:
        """Return a stream at the values of a variable, or of a field of a 1×1 struct, and its head."""
        stream = self._stream(self.places[name])
        head = self._array(stream)
        if field:
            for each in self._fields(stream):
                inner = self._array(stream)
                if each == field:
                    return stream, inner
                stream.skip(inner.end - stream.position)
        return stream, head

    def _array(self, stream: Stream) -> _Array:
        """Read the head of an array; its values, or its fields, come next."""
        kind, size, _ = stream.tag()
        end = stream.position + size
        if kind != _MATRIX:
            raise ValueError(f"an array was expected where an element of type {kind} stands")
        if size == 0:
            return _Array("double", (0, 0), "", end)
        flags = struct.unpack(f"{self.order}II", stream.element(8)[1])[0]
        code = flags & 0xFF
        named = _NAMES.get(code) or _NUMERIC.get(code)
        if named is None:  # objects of classes such as table and string have no dimensions here
            return _Array("object", (), self._text_of(stream.element(_MOST_TEXT)[1]), end)
        sizes = np.frombuffer(stream.element(8 * 32)[1], f"{self.order}i4")
        if len(sizes) < 2 or (sizes < 0).any():
            raise ValueError(f"an array of dimensions {sizes.tolist()}")
        name = self._text_of(stream.element(_MOST_TEXT)[1])
        shape = tuple(int(each) for each in sizes)
        return _Array(named, shape, name, end, bool(flags >> 8 & _COMPLEX))

    def _text_of(self, data: bytes) -> str:
        return data.split(b"\0")[0].decode("utf-8", "replace")

    def _fields(self, stream: Stream) -> tuple[str, ...]:
        width = int(np.frombuffer(stream.element(4)[1], f"{self.order}i4")[0])
        names = stream.element(_MOST_FIELDS * 64)[1]
        if not 0 < width <= 64 or len(names) % width:
            raise ValueError(f"names of fields in {width} bytes each")
        return tuple(self._text_of(names[at : at + width]) for at in range(0, len(names), width))

    def _value(self, stream: Stream, wanted: frozenset[str], inside: bool = False) -> Value:
        """Read the next array: numbers, text, or a 1×1 struct as a dict of its `wanted` fields."""
        head = self._array(stream)
        value = self._decoded(stream, head, wanted, inside) if stream.position < head.end else np.empty((0, 0))
        stream.skip(head.end - stream.position)
        return value

    def _decoded(self, stream: Stream, head: _Array, wanted: frozenset[str], inside: bool) -> Value:
        if head.kind == "struct" and not inside and count_of(head.shape) == 1:
            return self._record(stream, self._fields(stream), wanted)
        if head.kind == "char":
            return self._text(stream, head)
        if head.kind in CLASSES and not head.complex:
            return self._numbers(stream, head)
        return Opaque("complex" if head.complex else head.kind, head.shape)

    def _record(self, stream: Stream, fields: tuple[str, ...], wanted: frozenset[str]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for field in fields:
            if field in wanted:
                found[field] = self._value(stream, wanted, inside=True)
            else:
                kind, size, _ = stream.tag()
                if kind != _MATRIX:
                    raise ValueError(f"an array was expected where an element of type {kind} stands")
                stream.skip(size)
                found[field] = UNREAD
        return found

    def _text(self, stream: Stream, head: _Array) -> str:
        kind, data = stream.element(_MOST_TEXT)
        if kind in _STORED_TEXT:
            text, rows = data.decode(_STORED_TEXT[kind], "replace"), head.shape[0]
            return (text[::rows] if rows > 1 else text).strip("\0")  # several rows stand column by column
        wide = np.frombuffer(data, f"{self.order}u{2 if kind in (4, 17) else 4}")
        return as_text(wide.reshape(head.shape, order="F") if wide.size == count_of(head.shape) else wide)

    def _stored(self, stream: Stream, head: _Array, most: int) -> tuple[np.dtype, int, bytes | None]:
        """Return how the values of an array are stored, their bytes in all, and those that stand within the tag."""
        kind, size, data = stream.tag()
        if kind not in _STORED:
            raise ValueError(f"values of type {kind}")
        stored = np.dtype(f"{self.order}{_STORED[kind]}")
        if size != count_of(head.shape) * stored.itemsize:
            raise ValueError(f"{size} bytes for an array of {' × '.join(map(str, head.shape))}")
        if max(size, count_of(head.shape) * np.dtype(CLASSES[head.kind]).itemsize) > most:
            shape = "×".join(map(str, head.shape))
            raise DatasetError(f"{self.path}: an array of {shape} is more than {most >> 20} MiB: cut it into tiles")
        return stored, size, data

    def _numbers(self, stream: Stream, head: _Array) -> np.ndarray:
        stored, size, data = self._stored(stream, head, MAX_LAKE_BYTES)
        values = np.frombuffer(stream.read(size) if data is None else data, stored)
        return values.astype(CLASSES[head.kind], copy=False).reshape(head.shape, order="F")

    def elements(self, name: str, wanted: frozenset[str]) -> Iterator[dict[str, Value]]:
        """Yield the elements of a struct array in column-major order, each as a dict of its `wanted` fields."""
        stream, head = self._start(name)
        fields = self._fields(stream)
        for _ in range(self._checked(head, len(fields))):
            yield self._record(stream, fields, wanted)
        stream.finish()

    def cells(self, name: str, field: str, wanted: frozenset[str]) -> Iterator[Value]:
        """Yield the cells of a cell array, or of one in a field of a 1×1 struct."""
        stream, head = self._start(name, field)
        for _ in range(self._checked(head, 1)):
            yield self._value(stream, wanted)
        stream.finish()

    def _checked(self, head: _Array, arrays: int) -> int:
        """Return the number of elements, of so many arrays each; a claim that its bytes cannot hold is refused."""
        if count_of(head.shape) * arrays * 8 > head.end:
            raise ValueError(f"an array of {' × '.join(map(str, head.shape))} elements in {head.end} bytes")
        return count_of(head.shape)

    def array(self, name: str, field: str = "") -> Value:
        """Return a variable as a whole."""
        stream, head = self._start(name, field)
        value = self._decoded(stream, head, frozenset(), inside=True)
        stream.finish()
        return value

    def slabs(self, name: str) -> Iterator[np.ndarray]:
        """Yield a numeric variable along its last axis."""
        stream, head = self._start(name)
        stored, _, data = self._stored(stream, head, 1 << 62)
        *shape, count = head.shape
        size = count_of(tuple(shape)) * stored.itemsize
        if size > MAX_LAKE_BYTES:
            raise DatasetError(f"{self.path}: one lake of {name!r} is more than {MAX_LAKE_BYTES >> 20} MiB: cut it")
        for number in range(count):
            part = stream.read(size) if data is None else data[number * size : (number + 1) * size]
            yield np.frombuffer(part, stored).astype(CLASSES[head.kind], copy=False).reshape(shape, order="F")
        stream.finish()

    def blocks(self, name: str, rows: int) -> Iterator[np.ndarray]:
        """Yield a matrix (N, B), or a row as a column, in blocks of rows: each column by a walk through the file."""
        walks = []
        count, columns = as_column(self._shape(name))
        for column in range(columns):
            stream, head = self._start(name)
            stored, _, data = self._stored(stream, head, 1 << 62)
            if data is not None:  # no more than four bytes in all
                yield np.frombuffer(data, stored).astype(CLASSES[head.kind]).reshape((count, columns), order="F")
                return
            stream.skip(column * count * stored.itemsize)
            walks.append(stream)
        for first in range(0, count, rows):
            size = min(rows, count - first)
            parts = [np.frombuffer(walk.read(size * stored.itemsize), stored) for walk in walks]
            yield np.stack(parts, axis=1).astype(CLASSES[head.kind], copy=False)
        if walks:
            walks[-1].finish()

    def _shape(self, name: str) -> Shape:
        return next(each.shape for each in self._variables if each.name == name)


def _not_mat(head: bytes) -> str:
    """Return why these bytes start no MATLAB file of version 5 to 7, and what to do."""
    save = "in MATLAB, save it with -v7 or -v7.3"
    if len(head) >= _HEADER_4 and 0 in head[:4]:
        return f"looks like a MATLAB file of version 4, which is not read: {save}"
    if len(head) < _HEADER:
        return "is no MATLAB file, or truncated: copy it again"
    return f"is no MATLAB file: {save}"
