"""A file that is a dataset of lakeseg already: it is copied into the data folder as it is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import streamlit as st

from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.data.write import replacing
from lakeseg.errors import DatasetError
from lakeseg.ui import state
from lakeseg.ui.data import naming
from lakeseg.ui.text import full_name, plain

_PROBLEM: Final = "adopting_problem"


def own(source: Path) -> Dataset | None:
    """Return the dataset that a file is already, None if it is anything else."""
    if not source.is_file() or source.suffix.lower() not in (".h5", ".hdf5"):
        return None
    try:
        return open_dataset(source)
    except DatasetError:
        return None


def show(dataset: Dataset, rubbish: Path | None) -> None:
    """Say what the dataset holds, and offer to add it to those here."""
    lakes, source = len(dataset.lakes), plain(dataset.header.source)
    about = [dataset.path.name, f"{lakes:,} lakes" if lakes else "pixels alone", f"{dataset.pixel_count:,} px"]
    about += [f"{len(dataset.bands)} bands"]
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
