"""MATLAB files of version 7.3: HDF5 with MATLAB's classes in attributes and its axes in reverse.

A numeric array of m×n×p is a dataset of (p, n, m), so the transpose of what HDF5 reads is what MATLAB shows. A struct
array is a group of datasets of references, one a field, into `/#refs#`; a 1×1 struct holds its fields themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from lakeseg.data.readers.hdf5 import check_stored
from lakeseg.data.readers.matvalues import CLASSES, UNREAD, Opaque, Shape, Value, Variable, as_column, as_text
from lakeseg.data.readers.sources import check_whole
from lakeseg.errors import DatasetError

_CLASS, _OBJECT, _FIELDS = "MATLAB_class", "MATLAB_object_decode", "MATLAB_fields"
_INNER: Final = ("#refs#", "#subsystem#")
_CACHE: Final = 1 << 24
_MOST_TEXT: Final = 1 << 16


class Mat73:
    """An opened file of version 7.3."""

    version = "v7.3"

    def __init__(self, path: Path) -> None:
        self.path, self.file = path, h5py.File(path, "r", locking=False, rdcc_nbytes=_CACHE)
        names = [name for name in self.file if name not in _INNER]
        if names and not any(self._hard(name) and _CLASS in self.file[name].attrs for name in names):
            self.file.close()
            remedy = "rename it to .h5 if it holds plain arrays; in MATLAB, save it with -v7.3"
            raise DatasetError(f"{path}: HDF5, but not as MATLAB writes it (no {_CLASS}): {remedy}")
        self.names = names

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()

    def _hard(self, path: str) -> bool:
        """Say whether what stands at `path` is in this file; a link to another one is refused."""
        link = self.file.get(path, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            raise DatasetError(f"{self.path}: {path!r} is a link to another file: copy it into this one first")
        return isinstance(link, h5py.HardLink)

    def variables(self) -> list[Variable]:
        """Return the variables in file order."""
        return [self._variable(name) for name in self.names if self._hard(name)]

    def _variable(self, name: str) -> Variable:
        item = self.file[name]
        kind = _kind(item)
        if isinstance(item, h5py.Group):
            fields = _fields(item) if kind == "struct" else ()
            return Variable(name, kind, self._struct_shape(item, fields), fields)
        return Variable(name, kind, _shape(item))

    def _struct_shape(self, group: h5py.Group, fields: tuple[str, ...]) -> Shape:
        first = self._field(group, fields[0]) if fields else None
        return first.shape[::-1] if first is not None and _in_array(first) else (1, 1)

    def _field(self, group: h5py.Group, field: str) -> Any:
        if not self._hard(f"{group.name}/{field}"):
            raise DatasetError(f"{self.path}: {group.name}/{field} is a soft link: save the file again")
        return group[field]

    def _value(self, item: Any, wanted: frozenset[str] = frozenset(), inside: bool = False) -> Value:
        """Return one array: numbers, text, or a 1×1 struct as a dict of its `wanted` fields."""
        kind = _kind(item)
        if isinstance(item, h5py.Group):
            if kind != "struct" or inside or self._struct_shape(item, tuple(item)) != (1, 1):
                return Opaque(kind, (1, 1))
            return {
                field: self._value(self._field(item, field), inside=True) if field in wanted else UNREAD
                for field in item
            }
        if not isinstance(item, h5py.Dataset) or item.shape is None:
            raise ValueError("a reference leads to no array")
        check_stored(self.path, str(item.name), item)
        if "MATLAB_empty" in item.attrs:
            return self._empty(kind, _shape(item))
        if kind == "char":
            return as_text(self._small(item).T)
        if kind not in (*CLASSES, "logical") or item.dtype.kind not in "iufb":
            return Opaque("complex" if item.dtype.fields else kind, _shape(item))
        check_whole(f"{self.path}: {item.name}", item.shape, item.dtype)
        return np.asarray(item[()]).T

    def _empty(self, kind: str, shape: Shape) -> Value:
        """Return an array of no values, of which only the shape is stored."""
        if kind in ("cell", "struct"):
            return Opaque(kind, shape)
        return "" if kind == "char" else np.empty(shape, CLASSES.get(kind, "f8"))

    def _small(self, item: h5py.Dataset) -> np.ndarray:
        if item.size > _MOST_TEXT or item.dtype.kind not in "iu":
            raise ValueError(f"a text of {item.shape} {item.dtype}")
        return np.asarray(item[()])

    def _follow(self, references: h5py.Dataset) -> Iterator[Any]:
        """Yield what the references of a dataset lead to, in MATLAB's column-major order."""
        check_stored(self.path, str(references.name), references)
        if "MATLAB_empty" in references.attrs:
            return
        if not _are_references(references):
            raise ValueError(f"{references.name} holds no references")
        for first in range(0, references.shape[0], 1 << 12):
            for reference in references[first : first + (1 << 12)].ravel():
                if not reference:
                    raise ValueError(f"a reference of {references.name} leads nowhere")
                yield self.file[reference]

    def elements(self, name: str, wanted: frozenset[str]) -> Iterator[dict[str, Value]]:
        """Yield the elements of a struct array in column-major order, each as a dict of its `wanted` fields."""
        group = self.file[name]
        named = [field for field in group if field in wanted]
        items = {field: self._field(group, field) for field in named}
        if not all(_in_array(item) for item in items.values()):
            yield {field: self._value(item, inside=True) for field, item in items.items()}
            return
        for values in zip(*(self._follow(item) for item in items.values()), strict=True):
            yield {field: self._value(value, inside=True) for field, value in zip(named, values, strict=True)}

    def cells(self, name: str, field: str, wanted: frozenset[str]) -> Iterator[Value]:
        """Yield the cells of a cell array, or of one in a field of a 1×1 struct."""
        item = self._field(self.file[name], field) if field else self.file[name]
        for value in self._follow(item):
            yield self._value(value, wanted)

    def array(self, name: str, field: str = "") -> Value:
        """Return a variable as a whole."""
        return self._value(self._field(self.file[name], field) if field else self.file[name])

    def slabs(self, name: str) -> Iterator[np.ndarray]:
        """Yield a numeric variable along its last axis."""
        item = self._numeric(name)
        check_whole(f"{self.path}: {name}", item.shape[1:], item.dtype)
        for number in range(item.shape[0]):
            yield np.asarray(item[number]).T

    def blocks(self, name: str, rows: int) -> Iterator[np.ndarray]:
        """Yield a numeric matrix (N, B), or a row as a column, in blocks of rows."""
        item = self._numeric(name)
        count, columns = as_column(item.shape[::-1])
        for first in range(0, count, rows):
            yield (
                np.asarray(item[:, first : first + rows]).T if item.shape[0] == columns else item[first : first + rows]
            )

    def _numeric(self, name: str) -> h5py.Dataset:
        item = self.file[name]
        check_stored(self.path, name, item)
        if item.dtype.kind not in "iufb":
            raise ValueError(f"{name} holds {item.dtype}")
        return item


def _kind(item: Any) -> str:
    """Return MATLAB's class of an object of the file."""
    if "MATLAB_sparse" in item.attrs:
        return "sparse"
    named = item.attrs.get(_CLASS, b"")
    kind = named.decode("ascii", "replace") if isinstance(named, bytes) else str(named)
    return "uint8" if kind == "logical" else kind or ("struct" if isinstance(item, h5py.Group) else "unknown")


def _shape(item: h5py.Dataset) -> Shape:
    if item.shape is None:
        raise ValueError(f"{item.name} has no values")
    if _OBJECT in item.attrs:  # of strings, tables and the like: numbers that lead into `/#subsystem#`
        return ()
    if "MATLAB_empty" in item.attrs and item.size <= 32 and item.dtype.kind in "iu":
        return tuple(int(size) for size in np.ravel(item[()]))
    return tuple(item.shape[::-1])


def _fields(group: h5py.Group) -> tuple[str, ...]:
    """Return the fields of a struct in MATLAB's order, which it writes where it is not that of the alphabet."""
    stored = group.attrs.get(_FIELDS, ())
    said = [np.asarray(name).tobytes().decode("utf-8", "replace") for name in stored]
    return tuple(said) if sorted(said) == sorted(group) else tuple(group)


def _in_array(item: Any) -> bool:
    """Say whether a field is that of a struct array: references, and not those of a cell array."""
    return _are_references(item) and _CLASS not in item.attrs


def _are_references(item: Any) -> bool:
    return isinstance(item, h5py.Dataset) and h5py.check_ref_dtype(item.dtype) is h5py.Reference
