"""Principal components: their variance, what they are made of, and the pixels of a lake in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit as st

from lakeseg.analysis.lasso import inside, sampled
from lakeseg.analysis.moments import Components
from lakeseg.figures.pca import loadings_chart, scatter_chart, scree_chart
from lakeseg.ui import charts, state, status
from lakeseg.ui.bands import scene
from lakeseg.ui.bands.distributions import EVERY, counted, no_class, pick_scope
from lakeseg.ui.cache import bands as kept
from lakeseg.ui.frame import View
from lakeseg.ui.text import full_name, plain
from lakeseg.ui.viewer import classes_panel, viewer

SHOWN_PIXELS: Final = 5000
VIEWER_HEIGHT: Final = 430


@dataclass(frozen=True, eq=False)
class Shown:
    """A lake in components: `axes`, scores (H, W, k), the pixels that have every value (H, W), and the chart's name."""

    axes: Components
    scores: np.ndarray
    valid: np.ndarray
    chart: str


def show(view: View) -> None:
    """Show the components of a domain and classes; choosing others runs this part of the page alone."""
    st.fragment(_instrument)(view)


@status.errors_in_a_line()
def _instrument(view: View) -> None:
    made = kept.survey(view.dataset.fingerprint, view.dataset)
    scope_place, scale_place = st.columns([5, 2], gap="medium", vertical_alignment="bottom")
    with scope_place:
        domain, codes = pick_scope(made)
    with scale_place:
        standardised = st.toggle(
            "Unit variance",
            key=state.PCA_SCALED,
            bind="query-params",
            help="Off: components of the covariance, in which bands that vary more weigh more. On: of the correlation.",
        )
    if not codes:
        st.caption(no_class(made))
        return
    axes, _ = kept.principal(view.dataset, domain, codes, standardised)
    words = f"{full_name(view.dataset)}, {domain or EVERY}: {counted(made, domain, codes)}"
    st.caption(plain(f"Components of {words}."))
    if not view.dataset.of_pixels:
        scope = (view.dataset.fingerprint, view.lake_id, domain, codes, standardised)
        scores, valid = kept.lake_scores(*scope, view.dataset)
        _show_lake(view, Shown(axes, scores, valid, f"pca_{abs(hash(scope))}"))
    _show_axes(axes, view.dataset.bands)


def _show_axes(axes: Components, bands: Sequence[int]) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("###### Share of the variance: each component, and together")
        charts.show(st, scree_chart(axes.shares))
    with right:
        st.markdown("###### Loadings: what each component is made of")
        charts.show(st, loadings_chart(axes.axes, bands))


def _show_lake(view: View, shown: Shown) -> None:
    """Show the lake beside its pixels in two components; pixels within a lasso are marked on the lake."""
    left, right = st.columns([4, 3], gap="medium")
    with right:
        pair = _pick_axes(len(shown.axes.variances))
        chart = f"{shown.chart}_{pair[0]}_{pair[1]}"
        picked = sampled(shown.valid, SHOWN_PIXELS)
        figure = scatter_chart(shown.scores[picked], view.lake.labels[picked], pair, shown.axes.shares)
        st.plotly_chart(figure, key=chart, on_select="rerun", selection_mode=("lasso", "box"), width="stretch")
        marked = _marked(shown, pair, state.lassoed(chart))
        st.caption(_lasso_words(int(picked.sum()), marked))
    with left:
        panels = [
            scene.components_picture(shown.scores, shown.valid),
            classes_panel("labels", "Labels", view.lake.labels),
        ]
        viewer(
            scene.of_panels(view, panels, state.pixel(*view.lake.shape), marked), key="pca_viewer", height=VIEWER_HEIGHT
        )


def _pick_axes(count: int) -> tuple[int, int]:
    """Ask which components to draw against each other, counted from 0."""
    options = [f"{x + 1} and {y + 1}" for x in range(min(count, 3)) for y in range(x + 1, min(count, 3))] or ["1 and 1"]
    name = st.segmented_control(
        "Components", options, default=options[0], required=True, key=state.PCA_AXES, bind="query-params"
    )
    x, _, y = (name or options[0]).partition(" and ")
    return int(x) - 1, int(y) - 1


def _marked(
    shown: Shown, pair: tuple[int, int], drawn: Mapping[str, Sequence[Mapping[str, Sequence[float]]]]
) -> np.ndarray | None:
    """Return which of all the lake's pixels lie in what was drawn, (H, W) bool; None where nothing was."""
    points = shown.scores[..., list(pair)]
    outlines = [np.column_stack([shape["x"], shape["y"]]) for shape in drawn.get("lasso") or []]
    boxes = [np.array([shape["x"], shape["y"]]) for shape in drawn.get("box") or []]
    outlines += [np.array([[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]]]) for x, y in boxes]
    if not outlines:
        return None
    return np.any([inside(points, outline) for outline in outlines], axis=0) & shown.valid


def _lasso_words(shown: int, marked: np.ndarray | None) -> str:
    if marked is None:
        return f"{shown:,} of the lake's pixels. Draw around some: those of the whole lake within are marked on it."
    return f"{int(marked.sum()):,} of {marked.size:,} px of the lake lie within and are marked on it."
