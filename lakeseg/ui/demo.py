"""The first start: no dataset is there, so the demo data is made inside the app, with a progress bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from lakeseg.data.dataset import Dataset
from lakeseg.places import data_dir
from lakeseg.ui import cache
from lakeseg.ui.text import plain


def is_missing(datasets: Mapping[str, Dataset], broken: Sequence[cache.Broken]) -> bool:
    """Say whether the folder is empty, or holds only the first half of demo data whose making was stopped.

    A file that cannot be read is somebody's: nothing is made beside or over it.
    """
    if broken:
        return False
    return not datasets or (set(datasets) == {"dataset1"} and datasets["dataset1"].simulated)


def make_here() -> None:
    """Make the demo data and show how far it is; the page starts over when it is there."""
    st.markdown("#### Welcome to lakeseg")
    st.write(
        f"The demo data is not (all) in `{data_dir()}` yet. A simulator makes two datasets: 135 large lakes with "
        "unclassified pixels and 956 small ones. This takes about a minute, once. "
        "Your own data: the Data page, or `python -m lakeseg import --help`."
    )
    st.fragment(_watch, run_every=0.5)()


def _watch() -> None:
    job = cache.demo_job()
    if job.error is not None:
        st.error(plain(job.error), icon=":material/error:")
        st.button("Try again", on_click=cache.forget_demo_job)
    elif not is_missing(*cache.datasets()):
        st.rerun()
    elif job.done:  # it was made, and somebody removed it
        cache.forget_demo_job()
        st.rerun()
    else:
        st.progress(min(job.share, 1.0), text=f"{job.text} · simulated data")
