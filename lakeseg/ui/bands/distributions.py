"""How the bands are distributed in each class, how they vary together, and the spectra of the classes."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from lakeseg.analysis.histograms import coarse
from lakeseg.analysis.survey import Survey
from lakeseg.bands import CLASS_NAMES, LAND, UNCLASSIFIED, WATER
from lakeseg.figures.bands import correlation_chart
from lakeseg.figures.distributions import class_spectra_chart, histogram_chart
from lakeseg.plain import counted as number_of
from lakeseg.ui import charts, state, status
from lakeseg.ui.cache import bands as kept
from lakeseg.ui.frame import View
from lakeseg.ui.text import full_name, plain

EVERY: Final = "all domains"
LABELLED: Final = (WATER, LAND, UNCLASSIFIED)


def show(view: View) -> None:
    """Show the pixels of a domain; choosing another runs this part of the page alone."""
    st.fragment(_instrument)(view)


@status.errors_in_a_line()
def _instrument(view: View) -> None:
    made = kept.survey(view.dataset.fingerprint, view.dataset)
    domain, codes = pick_scope(made)
    rows = made.rows(domain)
    st.caption(f"{plain(full_name(view.dataset))}, {plain(domain or EVERY)}: {plain(counted(made, domain, codes))}.")
    if not codes:
        st.caption(no_class(made))
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown("###### Spectra of the classes")
        _show_spectra(made, rows, codes)
    with right:
        st.markdown("###### Correlation between bands", help="Of the pixels of all chosen classes together.")
        correlation = made.moments.union(rows, codes).correlation
        charts.show(st, correlation_chart(correlation, made.bands))
    st.markdown("###### Share of each class's pixels, band by band")
    _show_histograms(made, rows, codes)


def pick_scope(made: Survey) -> tuple[str | None, tuple[int, ...]]:
    """Ask for a domain, None being all, and for classes of which there are pixels."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        options = [EVERY, *made.domains] if len(made.domains) > 1 else [EVERY]
        domain = st.selectbox("Domain", options, key=state.OF_DOMAIN, bind="query-params")
    rows = made.rows(domain)
    present = [code for code in LABELLED if made.moments.pixels[rows, code].sum() > 0]
    with right:
        names = [CLASS_NAMES[code] for code in present]
        chosen = st.pills(
            "Classes", names, selection_mode="multi", default=names, key=state.OF_CLASSES, bind="query-params"
        )
    return (domain if domain in made.domains else None), tuple(code for code in present if CLASS_NAMES[code] in chosen)


def no_class(made: Survey) -> str:
    """Return what to do where no class is chosen."""
    labelled = made.moments.pixels[made.rows(None)][:, [WATER, LAND, UNCLASSIFIED]].any()
    return "Choose a class." if labelled else "No pixel of this dataset has a label: there is no class to compare."


def counted(made: Survey, domain: str | None, codes: tuple[int, ...]) -> str:
    """Return how many lakes and pixels the choice has, in words."""
    rows = made.rows(domain)
    pixels = [f"{int(made.moments.pixels[rows, code].sum()):,} px {CLASS_NAMES[code]}" for code in codes]
    lakes = int(made.lakes[rows].sum())
    return ", ".join([number_of(lakes, "lake")] * bool(lakes) + (pixels or ["no pixels"]))


def _show_spectra(made: Survey, rows: list[int], codes: tuple[int, ...]) -> None:
    groups = [made.moments.union(rows, [code]) for code in codes]
    mean = np.array([group.mean for group in groups]) * made.scale
    spread = np.nan_to_num(np.array([group.deviation for group in groups])) * made.scale
    charts.show(st, class_spectra_chart(mean, spread, codes, made.bands))


def _show_histograms(made: Survey, rows: list[int], codes: tuple[int, ...]) -> None:
    with st.grid("auto", min_column_width=250, gap="small") as grid:
        for place, band in enumerate(made.bands):
            edges, bars = coarse(made.histograms.of(rows, place)[list(codes)])
            with grid.cell():
                pixels = dict(zip(codes, bars, strict=True))
                charts.show(st, histogram_chart(edges * made.scale, pixels, band))
