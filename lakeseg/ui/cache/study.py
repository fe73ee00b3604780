"""What the page Study keeps between runs. Keys are a fingerprint and the stamps of the files behind the answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from lakeseg.data.dataset import Dataset
from lakeseg.figures import study as charts
from lakeseg.study import answers as study
from lakeseg.study import audit, results, runs
from lakeseg.study.answers import Answer, Evidence, Figure
from lakeseg.study.audit import Point

ENTRIES = 16
ANSWERS = 64
Stamp = tuple[tuple[str, int], ...]


def first_with_runs(datasets: Mapping[str, Dataset]) -> str:
    """Return the name of the first dataset that the study was run on, or "" where there is none."""
    return next((name for name, dataset in datasets.items() if has_runs(dataset)), "")


def has_runs(dataset: Dataset) -> bool:
    """Say whether the study was run on a dataset."""
    return bool(len(evidence(dataset).runs))


def evidence(dataset: Dataset) -> Evidence:
    """Return what the answers on a dataset rest on; do not change it."""
    return _evidence(dataset.fingerprint, stamp(dataset.fingerprint))


def answer(number: int, dataset: Dataset) -> Answer:
    """Return the answer to one question; do not change it."""
    return _answer(number, dataset.fingerprint, stamp(dataset.fingerprint), evidence(dataset))


def chart(figure: Figure, dataset: Dataset) -> Any:
    """Return the chart of a figure; do not change it."""
    return _chart(figure.name, dataset.fingerprint, stamp(dataset.fingerprint), figure)


def points(dataset: Dataset) -> tuple[Point, ...]:
    """Return the audit, with what our runs on a dataset add to it; do not change it."""
    return _points(dataset.fingerprint, stamp(dataset.fingerprint), evidence(dataset))


def damaged(dataset: Dataset) -> tuple[str, ...]:
    """Return the names of files of runs that cannot be read."""
    return _damaged(dataset.fingerprint, stamp(dataset.fingerprint))


def stamp(fingerprint: str) -> Stamp:
    """Return what changes whenever a file behind the answers does: measurements, of whatever dataset, and runs."""
    measured = [path for root in _roots() for path in sorted(root.glob("*.json"))]
    return _stamps([*measured, *_run_files(fingerprint)])


def _roots() -> tuple[Path, Path]:
    return results.SHIPPED, results.local_dir()


def _run_files(fingerprint: str) -> list[Path]:
    folders = (runs.folder_of(fingerprint, root) for root in _roots())
    return [path for folder in folders for path in sorted(folder.glob("*.json"))]


def _stamps(paths: list[Path]) -> Stamp:
    found = []
    for path in paths:
        try:
            found.append((str(path), path.stat().st_mtime_ns))
        except OSError:  # it was replaced by a run with other settings just now
            continue
    return tuple(found)


@st.cache_resource(max_entries=ENTRIES, show_spinner=False)
def _evidence(fingerprint: str, stamps: Stamp) -> Evidence:  # noqa: ARG001  part of the key
    return study.evidence(fingerprint)


@st.cache_resource(max_entries=ANSWERS, show_spinner="Working out the answer…")
def _answer(number: int, fingerprint: str, stamps: Stamp, _known: Evidence) -> Answer:  # noqa: ARG001  as above
    return study.answer(number, _known)


@st.cache_resource(max_entries=ANSWERS, show_spinner=False)
def _chart(name: str, fingerprint: str, stamps: Stamp, _figure: Figure) -> Any:  # noqa: ARG001  as above
    return charts.draw(_figure.chart, _figure.rows)


@st.cache_resource(max_entries=ENTRIES, show_spinner=False)
def _points(fingerprint: str, stamps: Stamp, _known: Evidence) -> tuple[Point, ...]:  # noqa: ARG001  as above
    return audit.points(_known.runs, _known.part("unclassified"))


@st.cache_resource(max_entries=ENTRIES, show_spinner=False)
def _damaged(fingerprint: str, stamps: Stamp) -> tuple[str, ...]:  # noqa: ARG001  as above
    return tuple(path.name for path in _run_files(fingerprint) if runs.read(path) is None)
