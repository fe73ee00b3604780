"""What the Data page keeps: summaries, places on the map, examinations, tasks, previews."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from lakeseg.data.dataset import Dataset, Lake
from lakeseg.data.readers.formats import Found
from lakeseg.data.readers.importing import detect, preview
from lakeseg.data.readers.options import ReadOptions
from lakeseg.places import data_dir
from lakeseg.ui.data.examining import Examination
from lakeseg.ui.data.world import Deck, deck_of
from lakeseg.ui.tasks import Tasks

FEW = 16


@st.cache_data(max_entries=FEW, show_spinner=False)
def _summary(fingerprint: str, _dataset: Dataset) -> dict[str, Any]:  # noqa: ARG001  the fingerprint is the key
    return _dataset.summary()


def summary(dataset: Dataset) -> Mapping[str, Any]:
    """Return the Table 2 of a dataset."""
    return _summary(dataset.fingerprint, dataset)


def deck(dataset: Dataset) -> Deck | None:
    """Return the map of a dataset's lakes, None where no lake has coordinates."""
    return _deck(dataset.fingerprint, dataset)


@st.cache_resource(max_entries=FEW, show_spinner=False)
def _deck(fingerprint: str, _dataset: Dataset) -> Deck | None:  # noqa: ARG001  the fingerprint is the key
    return deck_of(_dataset)


def examination(dataset: Dataset) -> Examination:
    """Return the examination of a dataset, begun by the first call."""
    return _examination(dataset.fingerprint, dataset)


@st.cache_resource(max_entries=FEW, show_spinner=False)
def _examination(fingerprint: str, _dataset: Dataset) -> Examination:  # noqa: ARG001  the fingerprint is the key
    return Examination(_dataset)


def forget_examination(dataset: Dataset) -> None:
    """Let the next call of `examination` start anew."""
    _examination.clear(dataset.fingerprint)


@st.cache_resource(show_spinner=False)
def tasks() -> Tasks:
    """Return what was started from pages in this server."""
    return Tasks(data_dir())


def stamp(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what tells a file, or the files of a folder, from changed ones."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    stats = [(str(each), each.stat()) for each in files if each.is_file()]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


def found(path: Path, options: ReadOptions) -> Found:
    """Return what a file is; a `LakesegError` is not kept."""
    return _found(str(path), stamp(path), options)


@st.cache_data(max_entries=FEW, show_spinner=False)
def _found(path: str, stamps: tuple, options: ReadOptions) -> Found:  # noqa: ARG001  the stamps are in the key
    return detect(path, options)


def first_lakes(path: Path, options: ReadOptions, count: int) -> list[Lake]:
    """Return the first lakes of a file; a `LakesegError` is not kept."""
    return _first_lakes(str(path), stamp(path), options, count)


@st.cache_data(max_entries=FEW, show_spinner="Reading the first lakes…")
def _first_lakes(path: str, stamps: tuple, options: ReadOptions, count: int) -> list[Lake]:  # noqa: ARG001  as above
    return preview(path, options, count)
