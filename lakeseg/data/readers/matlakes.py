"""The lakes of a MATLAB file, walked one by one, however they are kept: structs, cells, stacks, single matrices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

import numpy as np

from lakeseg.data.readers.matvalues import MatFile, Value, Variable, count_of
from lakeseg.data.readers.sources import text_of
from lakeseg.errors import DatasetError

_SHOWN: Final = 8

Record = dict[str, Value]  # by role: pixels, labels, second, ids, groups, truth, domain, date, lon, lat


@dataclass(frozen=True)
class Single:
    """Single pixels: a matrix (N, columns), and maybe labels (N, 1)."""

    pixels: str
    labels: str | None
    count: int
    columns: int
    what: str = "matrix of single pixels"


@dataclass(frozen=True)
class Structs:
    """Struct arrays, or 1×1 structs, whose fields are those of a lake."""

    variables: tuple[Variable, ...]
    pixels: str
    labels: str | None
    roles: Mapping[str, str]

    @property
    def what(self) -> str:
        """What they are, for a person."""
        fields = self.pixels + (f" and {self.labels}" if self.labels else "")
        return f"struct array with {fields}" if self.count > 1 else f"struct with {fields}"

    @property
    def count(self) -> int:
        """How many lakes."""
        return sum(count_of(variable.shape) for variable in self.variables)

    def records(self, file: MatFile) -> Iterator[Record]:
        """Yield the elements in MATLAB's column-major order."""
        wanted = frozenset(self.roles.values())
        for variable in self.variables:
            for element in file.elements(variable.name, wanted):
                record = {role: element[name] for role, name in self.roles.items() if name in element}
                if len(self.variables) > 1 and "ids" not in record and count_of(variable.shape) == 1:
                    record["ids"] = variable.name
                yield record


@dataclass(frozen=True)
class CellStructs:
    """A cell array of 1×1 structs."""

    variable: Variable
    pixels: str
    labels: str | None
    roles: Mapping[str, str]

    @property
    def what(self) -> str:
        """What they are, for a person."""
        return f"cell array of structs with {self.pixels}" + (f" and {self.labels}" if self.labels else "")

    @property
    def count(self) -> int:
        """How many lakes."""
        return count_of(self.variable.shape)

    def records(self, file: MatFile) -> Iterator[Record]:
        """Yield the cells in MATLAB's column-major order."""
        wanted = frozenset(self.roles.values())
        for number, cell in enumerate(file.cells(self.variable.name, "", wanted), start=1):
            if not isinstance(cell, dict):
                raise DatasetError(f"{file.path}: cell {number} of {self.variable.name!r} is no 1×1 struct like others")
            yield {role: cell[name] for role, name in self.roles.items() if name in cell}


@dataclass(frozen=True)
class Walks:
    """Variables side by side, an entry a lake: cell arrays, stacks along the last axis, or matrices of one lake.

    `places` are variable and field by role; `kind` is "cell", "stack" or "matrix".
    """

    kind: str
    places: Mapping[str, tuple[str, str]]
    count: int
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def pixels(self) -> str:
        """What the messages call the pixels."""
        return ".".join(filter(None, self.places["pixels"]))

    @property
    def labels(self) -> str | None:
        """What the messages call the labels."""
        return ".".join(filter(None, self.places["labels"])) if "labels" in self.places else None

    @property
    def roles(self) -> Mapping[str, str]:
        """Which variables hold names of lakes."""
        return self.names

    @property
    def what(self) -> str:
        """What they are, for a person."""
        plain = {"cell": "cell arrays", "stack": "stack of lakes (H, W, B, N)", "matrix": "one lake (H, W, B)"}
        return f"{plain[self.kind]}: {self.pixels}" + (f" and {self.labels}" if self.labels else "")

    def records(self, file: MatFile) -> Iterator[Record]:
        """Yield entry by entry, every variable in a walk of its own."""
        walks = [self._walk(file, *place) for place in self.places.values()]
        walks += [_texts(file, name, self.count) for name in self.names.values()]
        roles = (*self.places, *self.names)
        for values in zip_longest(*walks):
            if any(value is None for value in values):
                named = ", ".join(".".join(filter(None, place)) for place in self.places.values())
                raise DatasetError(f"{file.path}: {named}: one has fewer entries than another: each is a lake's")
            yield dict(zip(roles, values, strict=True))

    def _walk(self, file: MatFile, name: str, inside: str) -> Iterator[Value]:
        if self.kind == "cell":
            return file.cells(name, inside, frozenset())
        return file.slabs(name) if self.kind == "stack" else iter([file.array(name, inside)])


Lakes = Structs | CellStructs | Walks
Plan = Lakes | Single


def _texts(file: MatFile, name: str, count: int) -> Iterator[Value]:
    """Yield names of lakes from a cell array of texts, or a vector of numbers."""
    kind = next((each.kind for each in file.variables() if each.name == name), None)
    if kind is None:
        raise DatasetError(f"{file.path}: there is no variable {name!r}: it holds {listed(file)}")
    if kind == "cell":
        yield from file.cells(name, "", frozenset())
        return
    value = file.array(name)
    values = value.ravel(order="F") if isinstance(value, np.ndarray) else np.empty(0)
    if len(values) != count:
        raise DatasetError(f"{file.path}: {name!r}: expected one value for each of {count} lakes, got {len(values)}")
    yield from map(text_of, values)


def listed(file: MatFile) -> str:
    """Return the first variables of a file, as text."""
    variables = file.variables()
    more = f" and {len(variables) - _SHOWN} more" if len(variables) > _SHOWN else ""
    return "; ".join(map(str, variables[:_SHOWN])) + more or "no variables"
