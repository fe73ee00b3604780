"""A file that is a dataset of lakeseg already: it is copied into the data folder as it is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import h5py
import streamlit as st

from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.data.opening import check_format, opened
from lakeseg.data.write import replacing
from lakeseg.errors import DatasetError
from lakeseg.plain import counted
from lakeseg.ui import state
from lakeseg.ui.data import naming
from lakeseg.ui.text import full_name, plain

_PROBLEM: Final = "adopting_problem"
_ARRAYS: Final = ("pixels", "labels", "truth", "lakes")


def own(source: Path) -> Dataset | None:
    """Return the dataset that a file is already, None if it is anything else.

    Raises:
        DatasetError: It is one whose arrays lie in other files, which would let a reader see what is not his.
    """
    if not source.is_file() or source.suffix.lower() not in (".h5", ".hdf5"):
        return None
    try:
        with opened(source) as file:
            check_format(source, file)
            apart = next((name for name in (*_ARRAYS, *_columns(file)) if _lies_elsewhere(file, name)), "")
    except DatasetError:
        return None
    if apart:
        raise DatasetError(f"{source}: /{apart} lies in another file, which is not followed: write the dataset anew")
    try:
        return open_dataset(source)
    except DatasetError:
        return None


def _columns(file: h5py.File) -> list[str]:
    """Return the columns of the index; none where the index itself is a link."""
    if isinstance(file.get("lakes", getlink=True), h5py.ExternalLink) or "lakes" not in file:
        return []
    return [f"lakes/{name}" for name in file["lakes"]]


def _lies_elsewhere(file: h5py.File, name: str) -> bool:
    """Say whether an array, or the group of them, is a link to another file or keeps its values there."""
    link = file.get(name, getlink=True)
    if link is None or isinstance(link, h5py.ExternalLink | h5py.SoftLink):
        return link is not None
    item = file[name]
    return isinstance(item, h5py.Dataset) and bool(item.external or item.is_virtual)


def show(dataset: Dataset, rubbish: Path | None) -> None:
    """Say what the dataset holds, and offer to add it to those here."""
    lakes, source = 0 if dataset.of_pixels else len(dataset.lakes), plain(dataset.header.source)
    about = [dataset.path.name, counted(lakes, "lake") if lakes else "pixels alone", f"{dataset.pixel_count:,} px"]
    about += [counted(len(dataset.bands), "band")]
    title = f"##### {plain(full_name(dataset))} :small[:gray[{plain(' · '.join(about))}]]"
    st.markdown(title, anchors=False)
    st.markdown(f":small[A dataset of lakeseg already: there is nothing to convert. {source}]")
    if state.value(_PROBLEM, ""):
        st.error(plain(state.value(_PROBLEM, "")), icon=":material/error:")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        out = naming.ask()
        st.button(
            "Add it",
            icon=":material/add:",
            type="primary",
            disabled=out is None,
            on_click=_add,
            args=(dataset.path, out, rubbish),
            help="Copies the file into the data folder and shows it on every page.",
        )
    naming.explain()


def _add(source: Path, out: Path, rubbish: Path | None) -> None:
    """Callback: copy the file, whole or not at all, and look at it everywhere."""
    try:
        with replacing(out) as temporary:
            shutil.copyfile(source, temporary)
    except DatasetError as error:
        state.put(_PROBLEM, str(error))
        return
    state.put(_PROBLEM, "")
    naming.another()
    if rubbish is not None:
        shutil.rmtree(rubbish, ignore_errors=True)
    state.show_dataset(out.stem)
