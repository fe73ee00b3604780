"""The answer on the lake: the grid over composite and labels, and the account of its pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from lakeseg.bands import CLASS_NAMES, LAND, NO_LABEL, UNCLASSIFIED, WATER
from lakeseg.ui import state
from lakeseg.ui.cache import patches as kept
from lakeseg.ui.explore.panels import caption
from lakeseg.ui.frame import View
from lakeseg.ui.patches.controls import Grid
from lakeseg.ui.viewer import PatchOverlay, Scene, viewer

SHARE = "% of the lake"
_COLUMNS = (WATER, LAND, UNCLASSIFIED, NO_LABEL)


def show(view: View, grid: Grid, picture: str) -> None:
    """Show the grid on the lake; a click marks a pixel, which Explore then shows."""
    fingerprint, lake_id, dataset = view.dataset.fingerprint, view.lake_id, view.dataset
    overlay = kept.overlay(fingerprint, lake_id, grid.size, grid.gap, grid.prune, dataset)
    labels = kept.labels_panel(fingerprint, lake_id, dataset)
    height, width = labels.shape or (0, 0)
    table = account_table(overlay, kept.label_totals(fingerprint, lake_id, dataset))
    st.caption(_in_a_line(table, grid, height, width))
    selected = state.pixel(height, width)
    scene = Scene(
        f"{fingerprint[:12]}/{lake_id}",
        height,
        width,
        (kept.picture_panel(fingerprint, lake_id, picture, dataset), labels),
        dataset.pixel_size_m,
        selected,
        f"{caption(dataset, view.lake)} · patches of {grid.size} px",
        patches=overlay,
    )
    clicked = viewer(scene, key="patches_viewer", share=0.6)
    if clicked != selected:
        state.select_pixel(clicked)
    _show_table(table)
    st.button(
        "Open the marked pixel in Explore",
        icon=":material/travel_explore:",
        disabled=clicked is None,
        on_click=state.leave_for,
        args=(lake_id, clicked),
    )


def account_table(overlay: PatchOverlay, totals: np.ndarray) -> pd.DataFrame:
    """Return one row for kept, pruned and discarded: patches, pixels, share of the lake, pixels of each label."""
    kept_counts = overlay.counts[overlay.states == 0].sum(axis=0)
    pruned_counts = overlay.counts[overlay.states == 1].sum(axis=0)
    rows = {
        "kept": (int((overlay.states == 0).sum()), kept_counts),
        "pruned": (int((overlay.states == 1).sum()), pruned_counts),
        "discarded": (None, totals - kept_counts - pruned_counts),
    }
    return pd.DataFrame(
        [
            {
                "": name,
                "patches": patches,
                "pixels": int(counts.sum()),
                "% of the lake": 100 * counts.sum() / totals.sum(),
            }
            | {CLASS_NAMES[code]: int(counts[code]) for code in _COLUMNS}
            for name, (patches, counts) in rows.items()
        ]
    ).astype({"patches": "Int64"})


def _in_a_line(table: pd.DataFrame, grid: Grid, height: int, width: int) -> str:
    if min(height, width) < grid.size:
        return f"This lake of {height}×{width} px holds no patch of {grid.size} px: every pixel is discarded."
    kept_row, pruned, discarded = table.to_dict("records")
    classified = kept_row["water"] + kept_row["land"]
    water = f", {kept_row['water'] / classified:.1%} water".replace("%", " %") if classified else ""
    return (
        f"**Kept** {_patches(kept_row)} ({kept_row[SHARE]:.1f} %{water}) · "
        f"**pruned** {_patches(pruned)} ({pruned[SHARE]:.1f} %) · "
        f"**discarded** {discarded['pixels']:,} px ({discarded[SHARE]:.1f} %)"
    )


def _patches(row: dict[str, Any]) -> str:
    return f"{row['patches']:,} patch{'es' * (row['patches'] != 1)}, {row['pixels']:,} px"


def _show_table(table: pd.DataFrame) -> None:
    numbers = {name: st.column_config.NumberColumn(format="localized") for name in table.columns[1:]}
    numbers[SHARE] = st.column_config.NumberColumn(format="%.1f")
    st.dataframe(table, hide_index=True, column_config=numbers, width="stretch", key="patch_account", placeholder="–")
