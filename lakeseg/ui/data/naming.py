"""The name of a dataset to be, and the fields that are emptied once it is on its way."""

from __future__ import annotations

from itertools import chain, count
from pathlib import Path

import streamlit as st

from lakeseg.errors import ConfigError
from lakeseg.places import data_dir
from lakeseg.ui import state
from lakeseg.ui.cache import data as kept
from lakeseg.ui.data import sources
from lakeseg.ui.text import plain

PATH, NAME = "import_path", "import_name"
SHOWN, TIMES = "import_shown", "import_times"


def suggest(source: Path) -> None:
    """Put a name for the dataset of a file into the field: its own, made fit for a file, and not taken."""
    stem = sources.safe_name(source.stem).replace(" ", "-") or "lakes"
    names = chain([stem], (f"{stem}-{number}" for number in count(2)))
    state.put(NAME, next(name for name in names if not _is_taken(data_dir() / f"{name}.h5")))


def _is_taken(out: Path) -> bool:
    return out.exists() or kept.tasks().makes(out)


def given() -> str:
    """Return what stands in the field."""
    return str(state.value(NAME, "")).strip()


def ask() -> Path | None:
    """Ask for a name; return the file of the dataset to be, None where the name will not do, which `explain` says."""
    st.text_input("Name of the dataset", key=NAME, width=320)
    try:
        return out_of(given())
    except ConfigError:
        return None


def explain() -> None:
    """Say what is wrong with the name, if anything is."""
    try:
        out_of(given())
    except ConfigError as error:
        st.caption(f":material/warning: {plain(str(error))}")


def out_of(name: str) -> Path:
    """Return the file of a dataset to be; a `ConfigError` where the name will not do."""
    if not name or sources.safe_name(name) != name:
        raise ConfigError(f"{name!r} is no name for a file: use letters, digits, - and _")
    out = data_dir() / f"{name}.h5"
    if kept.tasks().makes(out):
        raise ConfigError(f"{out.name} is being made: choose another name")
    if out.exists():
        raise ConfigError(f"{out.name} is there already: choose another name")
    return out


def another() -> None:
    """Callback: empty the fields for the next file."""
    state.put(SHOWN, None)
    state.put(PATH, None)
    state.put(TIMES, state.value(TIMES, 0) + 1)  # a new field of uploads
