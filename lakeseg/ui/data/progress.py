"""How far tasks of a page are, and what came of them: they go on while nobody looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import streamlit as st

from lakeseg.ui import cache, state
from lakeseg.ui.cache import data as kept
from lakeseg.ui.data.options_form import in_words
from lakeseg.ui.data.sources import without_folders
from lakeseg.ui.tasks import Task
from lakeseg.ui.text import plain

WATCH_SECONDS: Final = 0.5


def show(kind: str, done: Callable[[Task, str], None]) -> None:
    """Show the tasks of a kind: a bar, a failure in a line, or, by `done(task, key)`, what to do with the result."""
    tasks = kept.tasks().of(kind)
    running = [task for task in tasks if not task.done]
    if running:
        st.fragment(_watch, run_every=WATCH_SECONDS)(kind, running)
    for place, task in enumerate(tasks):
        if task not in running:  # outside the fragment: a click changes the dataset of the whole page
            with _line():
                _ended(task, f"{kind}_{place}", done)


def _line() -> Any:
    return st.container(border=True, horizontal=True, vertical_alignment="center", gap="small")


def _watch(kind: str, tasks: Sequence[Task]) -> None:
    if [task for task in kept.tasks().of(kind) if not task.done] != tasks:
        st.rerun()  # a new dataset is there for the whole page, or somebody began something elsewhere
    for place, task in enumerate(tasks):
        with _line():
            text = "stopping" if task.stopped else plain(task.text) or "starting"
            st.progress(min(task.share, 1.0), text=f"**{plain(task.name)}** :small[:gray[{text}]]")
            st.button("Stop", key=f"stop_{place}_{task.name}", disabled=task.stopped, on_click=task.stop)


def _ended(task: Task, key: str, done: Callable[[Task, str], None]) -> None:
    name = f":small[**{plain(task.name)}**]"
    if task.problem:
        problem = in_words(without_folders(task.problem, [word.rpartition("=")[2] for word in task.words]))
        st.markdown(f":red[:material/error:] {name} :small[{plain(problem)}]", width="stretch")
    elif task.stopped:
        st.markdown(f":gray[:material/cancel:] {name} :small[:gray[stopped; nothing was kept]]", width="stretch")
    else:
        notes = "".join(f"  \n:small[:orange[:material/info:] {plain(in_words(note))}]" for note in task.notes)
        st.markdown(f":green[:material/check_circle:] {name} :small[:gray[is here]]{notes}", width="stretch")
        done(task, key)
    st.button(
        "",
        icon=":material/close:",
        key=f"drop_{key}",
        type="tertiary",
        help="Put this line away",
        on_click=kept.tasks().drop,
        args=(task,),
    )


def offer_switch(task: Task, key: str) -> None:
    """Offer to look at the dataset that a task has made."""
    datasets, _ = cache.datasets()
    if task.out.stem not in datasets:
        st.badge("not here any more", icon=":material/draft:", color="gray")
        return
    if state.value(state.DATASET, "") == task.out.stem:
        st.badge("shown on every page", icon=":material/check:", color="gray")
    else:
        st.button(
            "Switch to it", key=f"switch_{key}", type="primary", on_click=state.show_dataset, args=(task.out.stem,)
        )
