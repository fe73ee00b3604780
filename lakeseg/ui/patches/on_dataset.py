"""The answer on the dataset: what each size keeps, as curves with the current size marked."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from lakeseg.analysis.patch_curves import EVERY_LAKE, SIZES, PatchCurve
from lakeseg.figures.patches import lines_chart, lines_table, shares_chart, shares_table
from lakeseg.plain import counted
from lakeseg.segmenters.fcn import MARGIN
from lakeseg.ui.cache import patches as kept
from lakeseg.ui.frame import View
from lakeseg.ui.patches.controls import Grid
from lakeseg.ui.text import full_name, plain

_FIELD = 2 * MARGIN + 1


def show(view: View, grid: Grid) -> None:
    """Show the curves of all lakes and of each part of the split."""
    parts = kept.parts(view.dataset, view.cards.values())
    curves = kept.curves(view.dataset, {EVERY_LAKE: view.dataset.lake_ids, **parts}, grid.gap, grid.prune)
    everything, by_part = curves[EVERY_LAKE], {name: curves[name] for name in parts if name in curves}
    st.caption(_about(view, by_part, grid.size))
    (shares, number), (wet, small) = st.columns(2, gap="medium"), st.columns(2, gap="medium")
    with shares:
        st.markdown("##### Data against context", help=_HELP)
        _chart("shares", shares_table(everything, MARGIN, grid.size), shares_chart())
    with number:
        st.markdown("##### Patches", help=f"Kept patches{_SPLIT}.")
        patches = {name: curve.patches.astype(float) for name, curve in by_part.items()}
        table = lines_table(patches, everything.sizes, grid.size, "{:,.0f}", log=True)
        _chart("patches", table, lines_chart("Patches kept (logarithmic)", log=True))
    with wet:
        st.markdown("##### Water", help="Water among the kept pixels labelled water or land.")
        water = {name: curve.water_share for name, curve in by_part.items()}
        table = lines_table(water, everything.sizes, grid.size, "{:.1%}", log=False)
        _chart("water", table, lines_chart("Water share of kept pixels", percent=True))
    with small:
        st.markdown("##### Lakes too small", help="Lakes whose shorter side holds no patch: they give nothing.")
        none = {name: curve.too_small / curve.lakes for name, curve in by_part.items()}
        table = lines_table(none, everything.sizes, grid.size, "{:.1%}", log=False, high=1.0)
        _chart("small", table, lines_chart("Share of lakes without a patch", percent=True, high=1.0))
    st.download_button(
        "All sizes as CSV",
        lambda: curves_csv(curves),
        f"{view.dataset.path.stem}-patches.csv",
        icon=":material/download:",
        on_click="ignore",
        key="curves_csv",
    )


_SPLIT = " in each part of the split that the models trained on this dataset have"
_HELP = (
    "Small patches keep data, large ones keep context. "
    "Of all lakes: pixels in kept patches, in patches pruned for their single class, and in no patch. "
    f"Context: the share of a patch's pixels whose {_FIELD}×{_FIELD} neighbours, which the FCN looks at, all lie "
    "in the patch."
)


def _chart(key: str, table: pd.DataFrame, specification: dict) -> None:
    st.vega_lite_chart(table, specification, width="stretch", key=f"curve_{key}")


def _about(view: View, curves: Mapping[str, PatchCurve], size: int) -> str:
    parts = " · ".join(f"{_lakes(name, curve.lakes)}, {curve.pixels:,} px" for name, curve in curves.items())
    return f"{plain(full_name(view.dataset))}: {parts}; numbers at {size} px."


def _lakes(part: str, count: int) -> str:
    return f"all {counted(count, 'lake')}" if part == EVERY_LAKE else f"{part} {counted(count, 'lake')}"


def curves_csv(curves: Mapping[str, PatchCurve]) -> bytes:
    """Return all curves as a table: one row a part and size."""
    names = ("patches", "pruned_patches", "kept", "pruned", "discarded", "water", "classified", "too_small")
    parts = [
        pd.DataFrame({"part": part, "size": SIZES, "lakes": curve.lakes, "pixels": curve.pixels}).assign(
            **{name: getattr(curve, name) for name in names}
        )
        for part, curve in curves.items()
    ]
    return pd.concat(parts).to_csv(index=False).encode()
