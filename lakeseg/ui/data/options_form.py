"""The options of `import` as fields: what a file still needs first, then what was found out, then the rest."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, Final

import streamlit as st

from lakeseg.bands import WATER_INDICES
from lakeseg.data.readers.formats import FORMATS, Found
from lakeseg.data.readers.options import CLOUDS, CUTS, ReadOptions
from lakeseg.errors import ConfigError
from lakeseg.ui import state
from lakeseg.ui.text import plain, quoted

KEY: Final = "import_option"
_AUTOMATIC: Final = "found out"
_OWN: Final = ("name",)  # asked for beside the button
CHOICES: Final[Mapping[str, Sequence[str]]] = {"clouds": CLOUDS, "cut": (*CUTS, *WATER_INDICES)}
_NUMBER: Final = re.compile(r"-?\d+")
_OPTION: Final = r"--[a-z]+(?:-[a-z]+)*"
_CELL: Final = 200  # px
_EXAMPLES: Final[Mapping[str, str]] = {
    "bands": "such as 1,2,3,4,6,7",
    "water": "such as 1",
    "labels": "a name, or none",
}
_LABELS: Final[Mapping[str, str]] = {
    "format": "Format",
    "pixel_size": "Pixel size, m",
    "fill": "Missing value",
    "clip": "Cut off what exceeds int16",
    "counts": "Real numbers are counts",
    "scale": "Scale",
}


@cache
def helps() -> Mapping[str, str]:
    """Return what each option means, as `ReadOptions` says it."""
    text = inspect.cleandoc(ReadOptions.__doc__ or "")
    entries = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", text, flags=re.MULTILINE)
    return {name: " ".join(words.split()) for name, words in entries}


def label(name: str) -> str:
    """Return what a field of `ReadOptions` is called on the page."""
    return _LABELS.get(name, name.replace("_", " ").capitalize())


def key_of(name: str) -> str:
    """Return the key of the widget of a field."""
    return f"{KEY}_{name}"


def said() -> ReadOptions:
    """Return what the fields hold; what is as it was suggested counts as well."""
    values = {field.name: _value(field.name, str(field.type)) for field in fields(ReadOptions)}
    return ReadOptions(**{name: value for name, value in values.items() if value is not None})


def _value(name: str, kind: str) -> Any:
    """Return what a widget holds as the option takes it, None where it is empty."""
    held = state.value(key_of(name), None)
    if _is_empty(held):
        return None
    if kind.startswith("tuple[int"):
        return numbers(str(held), name)
    if kind.startswith("tuple["):
        return tuple(part.strip() for part in str(held).split(",") if part.strip())
    return held


def numbers(text: str, name: str) -> tuple[int, ...]:
    """Read whole numbers with commas; a `ConfigError` says which field holds something else."""
    parts = [part.strip() for part in text.replace(" ", ",").split(",") if part.strip()]
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise ConfigError(f"{label(name)}: {text!r}: expected whole numbers with commas, such as 1,2,3")
    return tuple(int(part) for part in parts)


def forget() -> None:
    """Empty every field: another file has other options. Call it before the fields are drawn."""
    for field in fields(ReadOptions):
        kind = str(field.type)
        without = kind.startswith(("float", "int")) or field.name in CHOICES
        empty = False if kind.startswith("bool") else None if without else ""
        state.put(key_of(field.name), _AUTOMATIC if field.name == "format" else empty)


def is_empty() -> bool:
    """Say whether no field holds anything."""
    held = [state.value(key_of(field.name), None) for field in fields(ReadOptions)]
    return all(_is_empty(value) for value in held)


def _is_empty(held: Any) -> bool:
    """Say whether a field holds nothing; the number 0 is something."""
    return held is None or held is False or held in ("", _AUTOMATIC)


def in_words(text: str) -> str:
    """Return a message of the readers with the names of fields in the place of options of the command line.

    What stands between backticks for a terminal stands between quotes.
    """
    short = re.sub(rf"(such as ){_OPTION} (?=\S)", r"\1", quoted(text))
    return re.sub(_OPTION, lambda option: f"“{label(option[0][2:].replace('-', '_'))}”", short)


def show(found: Found, outlines: Sequence[str] = ()) -> None:
    """Show the fields that are still needed, and those that were found out; lakes may be cut by files of outlines."""
    names = _first(found)
    if names:
        _grid(names, found, outlines)


def show_rest(found: Found, outlines: Sequence[str] = ()) -> None:
    """Show all other fields, folded away: drawn nevertheless, or they would forget what they hold."""
    shown = (*_first(found), *_OWN)
    with st.expander("More options"):
        _grid([field.name for field in fields(ReadOptions) if field.name not in shown], found, outlines)


def _first(found: Found) -> list[str]:
    """Return the fields that a file needs, those that were found out and those that hold something, in steady order."""
    names = [field.name for field in fields(ReadOptions)]
    held = [name for name in names if not _is_empty(state.value(key_of(name), None))]
    return [name for name in names if name in (*found.missing, *found.suggested, *held) and name not in _OWN]


def _grid(names: Sequence[str], found: Found, outlines: Sequence[str]) -> None:
    choices = {**CHOICES, "cut": (*CHOICES["cut"], *outlines)}
    kinds = {field.name: str(field.type) for field in fields(ReadOptions)}
    with st.grid("auto", min_column_width=_CELL, gap="small", vertical_alignment="bottom") as grid:
        for name in names:
            with grid.cell():
                _field(name, kinds[name], found, choices)


def _field(name: str, kind: str, found: Found, choices: Mapping[str, Sequence[str]]) -> None:
    """Show the field of one option; what was found out stands in it as a placeholder, or is chosen."""
    suggested = found.suggested.get(name)
    suggested = f"{suggested:g}" if isinstance(suggested, float) else suggested
    needed = name in found.missing
    title = f"{label(name)} (needed)" if needed and not state.value(key_of(name), None) else label(name)
    options: dict[str, Any] = {"key": key_of(name), "help": plain(helps().get(name, "")) or None}
    if name == "format":
        st.selectbox(title, [_AUTOMATIC, *(each.key for each in FORMATS)], **options)
    elif name in choices:
        st.selectbox(title, choices[name], index=None, placeholder=_text(suggested) or "as found", **options)
    elif kind.startswith("bool") and suggested is True:  # nobody can say otherwise: the file is what it is
        st.checkbox(title, value=True, disabled=True, key=f"{options['key']}_found", help=options["help"])
    elif kind.startswith("bool"):
        st.checkbox(title, **options)
    elif kind.startswith("int"):
        st.number_input(title, min_value=0, value=None, step=1, placeholder=_text(suggested), **options)
    elif kind.startswith("float"):
        st.number_input(title, value=None, format="%g", placeholder=_text(suggested), **options)
    else:
        st.text_input(title, placeholder=_text(suggested) or _EXAMPLES.get(name, ""), **options)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def words(options: ReadOptions) -> tuple[str, ...]:
    """Return options as the command line takes them."""
    found: list[str] = []
    for name, value in options.given().items():
        word = f"--{name.replace('_', '-')}"
        found.append(word if value is True else f"{word}={_text(value)}")
    return tuple(found)
