"""What to say in the place of runs that are not there."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lakeseg.ui import cache, state
from lakeseg.ui.cache import study as kept
from lakeseg.ui.frame import View
from lakeseg.ui.text import full_name, plain

RUN = "python -m lakeseg study --preset fair --dataset {path}"
MEASURE = "python -m lakeseg study {part} --dataset {path}"
_PART = "part "


def offer_runs(view: View) -> None:
    """Say that the study was not run on this dataset, how to run it, and which dataset it was run on."""
    datasets, _ = cache.datasets()
    other = kept.first_with_runs(datasets)
    name, command = plain(full_name(view.dataset)), RUN.format(path=view.dataset.path.name)
    with st.container(border=True):
        st.markdown(f"The study was not run on {name} yet. `{command}` runs it.")
        if other:
            st.button(
                f"Show {full_name(datasets[other])}, where it was",
                icon=":material/swap_horiz:",
                key="with_runs",
                on_click=state.show_dataset,
                args=(other,),
            )


def show_missing(names: Sequence[str], view: View) -> None:
    """Say which runs an answer is waiting for, and the command that makes them."""
    parts = [name.removeprefix(_PART) for name in names if name.startswith(_PART)]
    path, command = view.dataset.path.name, MEASURE if parts else RUN
    if names and kept.has_runs(view.dataset):
        words = ", ".join(plain(name) for name in names)
        said = command.format(path=path, part=" ".join(parts))
        st.caption(f":material/timer: Not run yet: {words}. `{said}` runs what is missing.")


def show_damaged(view: View) -> None:
    """Say which files of runs cannot be read."""
    names = kept.damaged(view.dataset)
    if names:
        words = ", ".join(plain(name) for name in names)
        st.warning(
            f"{words}: not a run that can be read, so it counts as not run: run the study again",
            icon=":material/draft:",
        )
