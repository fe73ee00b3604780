"""What stands in a MATLAB file, whatever its version: variables, and the values of struct fields and cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

Shape = tuple[int, ...]

# Numeric classes in the order of their codes in version 5, with the NumPy type of each.
CLASSES: Final = {
    "double": "f8",
    "single": "f4",
    "int8": "i1",
    "uint8": "u1",
    "int16": "i2",
    "uint16": "u2",
    "int32": "i4",
    "uint32": "u4",
    "int64": "i8",
    "uint64": "u8",
}
_MOST_COLUMNS: Final = 8  # seven bands and a label


@dataclass(frozen=True)
class Variable:
    """A variable: its class, its dimensions as MATLAB shows them, and the fields of a struct."""

    name: str
    kind: str
    shape: Shape
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        fields = f" with {', '.join(self.fields[:8])}" if self.fields else ""
        return " ".join(filter(None, (self.name, "×".join(map(str, self.shape)), self.kind + fields)))


@dataclass(frozen=True)
class Opaque:
    """A value that makes no pixels and no labels: sparse, complex, an object, a cell within a cell."""

    kind: str
    shape: Shape


UNREAD: Final = Opaque("unread", ())  # a field that nobody wanted

Value = np.ndarray | str | Opaque | dict[str, Any]


class MatFile(Protocol):
    """An opened MATLAB file. Faults in it surface as what `sources.DAMAGED` lists."""

    path: Path
    version: str

    def close(self) -> None:
        """Let go of the file."""

    def variables(self) -> list[Variable]:
        """Return the variables in file order."""

    def elements(self, name: str, wanted: frozenset[str]) -> Iterator[dict[str, Value]]:
        """Yield the elements of a struct array in column-major order, each as a dict of its `wanted` fields."""

    def cells(self, name: str, field: str, wanted: frozenset[str]) -> Iterator[Value]:
        """Yield the cells of a cell array, or of one in a field of a 1×1 struct."""

    def array(self, name: str, field: str = "") -> Value:
        """Return a variable as a whole."""

    def slabs(self, name: str) -> Iterator[np.ndarray]:
        """Yield a numeric variable along its last axis."""

    def blocks(self, name: str, rows: int) -> Iterator[np.ndarray]:
        """Yield a numeric matrix (N, B) in blocks of rows; a row of many values counts as a column of them."""


def count_of(shape: Shape) -> int:
    """Return the number of elements of an array, in whole numbers of any size."""
    return prod(shape)


def as_column(shape: Shape) -> Shape:
    """Return rows and columns of a matrix; those of a column for a row of more values than a pixel has."""
    rows, columns = shape
    return (columns, 1) if rows == 1 and columns > _MOST_COLUMNS else (rows, columns)


def as_text(codes: np.ndarray) -> str:
    """Return the first row of a char array, given as UTF-16 codes."""
    row = codes if codes.ndim < 2 else codes[0] if len(codes) else codes.ravel()
    return row.astype("<u2").tobytes().decode("utf-16-le", "replace").strip("\0")
