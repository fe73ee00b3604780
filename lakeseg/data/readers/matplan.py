"""Which variables of a MATLAB file are lakes or pixels: by what the user said, else by their classes and names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lakeseg.bands import ALL_BANDS
from lakeseg.data.readers.layout import LABEL_NAMES, PIXEL_NAMES
from lakeseg.data.readers.matlakes import CellStructs, Plan, Single, Structs, Walks, listed
from lakeseg.data.readers.matvalues import CLASSES, MatFile, Opaque, Shape, Variable, count_of
from lakeseg.data.readers.options import NO_KEY, ReadOptions, key_of
from lakeseg.errors import DatasetError

_MOST: Final = len(ALL_BANDS)
_EXTRA: Final = ("truth", "domain", "date", "lon", "lat")  # fields of these names are taken as they are


def make_plan(file: MatFile, options: ReadOptions) -> Plan:
    """Return how the variables of a file make lakes or pixels.

    Raises:
        DatasetError: They make neither, or could be read in two ways; the message says what is there.
    """
    variables = file.variables()
    plan = _structs(file, variables, options) or _cells(file, variables, options) or _arrays(file, variables, options)
    if plan is None:
        there = next((str(each) for each in variables if each.name == options.pixels), None)
        if there is not None:
            raise DatasetError(f"{file.path}: {there} makes no lakes: save full matrices of real numbers")
        named = options.pixels or "X"
        remedy = f"expected structs with fields such as X and Y, or matrices {named} and Y; name them with --pixels"
        raise DatasetError(
            f"{file.path}: nothing here looks like lakes: it holds {listed(file)}: {remedy} and --labels"
        )
    if plan.count == 0:
        raise DatasetError(f"{file.path}: {plan.pixels!r} is empty: expected at least one lake or pixel")
    roles = {"labels": plan.labels} | dict.fromkeys(("ids", "groups", "second"))
    roles |= dict(plan.roles) if not isinstance(plan, Single) else {}
    roles |= {role: place[0] for role, place in plan.places.items()} if isinstance(plan, Walks) else {}
    said = {"labels": options.labels, "second": options.second_labels, "ids": options.ids, "groups": options.groups}
    for role, name in said.items():
        if key_of(name) is not None and roles[role] is None:
            raise DatasetError(f"{file.path}: there is no {name!r} beside {plan.pixels!r}: it holds {listed(file)}")
    return plan


def _chosen(names: list[str], said: str | None, usual: tuple[str, ...]) -> str | None:
    """Return the name that the user said, else the first of the usual ones that is there."""
    if said is not None:
        return next((name for name in names if name == said), None)
    return next((name for word in usual for name in names if name.lower() == word), None)


def _roles(fields: list[str], options: ReadOptions) -> dict[str, str] | None:
    """Return the fields of a lake by role, None where none holds pixels."""
    usual = {"pixels": PIXEL_NAMES, "labels": LABEL_NAMES, "ids": ("id", "name"), "groups": ("group",)}
    said = {"second": options.second_labels, **{role: getattr(options, role) for role in usual}}
    roles = {role: _chosen(fields, said[role], usual.get(role, ())) for role in ("pixels", "labels", "second")}
    roles |= {role: _chosen(fields, said[role], usual[role]) for role in ("ids", "groups") if said[role] != NO_KEY}
    roles |= {name: name for name in _EXTRA if name in fields}
    found = {role: name for role, name in roles.items() if name is not None}
    return found if "pixels" in found else None


def _structs(file: MatFile, variables: list[Variable], options: ReadOptions) -> Plan | None:
    """Plan for structs with a field of pixels; of a 1×1 struct the field may be a cell array of lakes."""
    if any(each.name == options.pixels and each.kind != "struct" for each in variables):
        return None  # a variable of the name that the user said comes before a field of that name
    fitting = [each for each in variables if each.kind == "struct" and _roles(list(each.fields), options)]
    if not fitting:
        return None
    roles = _roles(list(fitting[0].fields), options) or {}
    fitting = [each for each in fitting if roles["pixels"] in each.fields]
    if len(fitting) == 1 and count_of(fitting[0].shape) == 1:
        name = fitting[0].name
        first = next(file.elements(name, frozenset([roles["pixels"]])))[roles["pixels"]]
        if isinstance(first, Opaque) and first.kind == "cell":
            places: dict[str, tuple[str, str]] = {
                role: (name, roles[role]) for role in ("pixels", "labels", "second") if role in roles
            }
            return Walks("cell", places, count_of(first.shape), _names(options))
    return Structs(tuple(fitting), roles["pixels"], roles.get("labels"), roles)


def _names(options: ReadOptions) -> dict[str, str]:
    """Return the variables that the user named for names of lakes."""
    said = {"ids": key_of(options.ids), "groups": key_of(options.groups)}
    return {role: name for role, name in said.items() if name is not None}


def _cells(file: MatFile, variables: list[Variable], options: ReadOptions) -> Plan | None:
    """Plan for a cell array of structs, or for cell arrays of pixels and of labels side by side."""
    cells = {each.name: each for each in variables if each.kind == "cell" and count_of(each.shape)}
    for each in cells.values():
        first = next(file.cells(each.name, "", frozenset()))
        roles = _roles(list(first), options) if isinstance(first, dict) else None
        if roles:
            return CellStructs(each, roles["pixels"], roles.get("labels"), roles)
    names = list(cells)
    said = {"pixels": (options.pixels, PIXEL_NAMES), "labels": (options.labels, LABEL_NAMES)}
    places = {role: _chosen(names, *how) for role, how in said.items()} | {"second": options.second_labels}
    if places["pixels"] is None:
        return None
    found = {role: (name, "") for role, name in places.items() if name is not None and name in cells}
    return Walks("cell", found, count_of(cells[places["pixels"]].shape), _names(options))


def _arrays(file: MatFile, variables: list[Variable], options: ReadOptions) -> Plan | None:
    """Plan for numeric variables: one lake, a stack of lakes, or single pixels."""
    numeric = {each.name: each.shape for each in variables if each.kind in CLASSES}
    pixels = _chosen(list(numeric), options.pixels, PIXEL_NAMES)
    flat = [name for name, shape in numeric.items() if len(shape) == 2 and shape[1] == _MOST + 1]
    if pixels is None and options.pixels is None and len(flat) == 1:
        pixels = flat[0]
    if pixels is None:
        return None
    shape = numeric[pixels]
    others = {name: other for name, other in numeric.items() if name != pixels}
    labels = _chosen(list(others), options.labels, LABEL_NAMES)
    if len(shape) == 2:
        _check_flat(
            file, (pixels, shape), {name: others[name] for name in (labels, options.second_labels) if name in others}
        )
        return Single(pixels, labels, shape[0], shape[1])
    places = {"pixels": pixels, "labels": labels, "second": options.second_labels}
    found = {role: (name, "") for role, name in places.items() if name in numeric}
    if len(shape) == 3:
        return Walks("matrix", found, 1, _names(options))
    other = numeric[labels] if labels else (*shape[:2], *shape[3:])
    last, first = other == (*shape[:2], *shape[3:]), labels is not None and other == shape[:3]
    if len(shape) != 4 or shape[2] > _MOST or not last or first:
        sizes = f"{'×'.join(map(str, shape))} and {'×'.join(map(str, other))}"
        remedy = "save lakes as (H, W, B, N), for example permute(X, [2 3 4 1]), and their labels as (H, W, N)"
        raise DatasetError(f"{file.path}: {pixels!r} and {labels!r} are {sizes}: {remedy}")
    return Walks("stack", found, shape[3], _names(options))


def _check_flat(file: MatFile, pixels: tuple[str, Shape], labels: Mapping[str | None, Shape]) -> None:
    """Raise a `DatasetError` unless a matrix has a row a pixel, and labels are a column or a row of as many."""
    name, (count, columns) = pixels
    if columns > _MOST + 1:
        remedy = f"save {name}.' instead" if count <= _MOST + 1 else "save a lake as (H, W, B), pixels as (N, B)"
        raise DatasetError(f"{file.path}: {name!r} is {count}×{columns}: expected a row a pixel: {remedy}")
    for other, shape in labels.items():
        if shape not in ((count, 1), (1, count)):
            size = "×".join(map(str, shape))
            one_hot = "; of one-hot labels save [~, Y] = max(Y, [], 2)" if shape[0] == count else ""
            raise DatasetError(f"{file.path}: {other!r} is {size}: expected {count}×1, a label for each row{one_hot}")


def last_is_label(plan: Single, options: ReadOptions) -> bool:
    """Say whether the last column of a matrix of pixels is their label: 8 columns, or one more than there are bands."""
    if plan.labels is not None or options.labels is not None:
        return False
    return plan.columns == (_MOST if options.bands is None else len(options.bands)) + 1
