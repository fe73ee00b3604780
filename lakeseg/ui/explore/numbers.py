"""The numbers of one lake, per model, with the pixels they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from lakeseg.bands import CLASS_NAMES, LAND, NO_LABEL, UNCLASSIFIED, WATER
from lakeseg.metrics import Scores, bounds, classes, confusion
from lakeseg.serving import Ready
from lakeseg.ui.explore.panels import Opinion
from lakeseg.ui.text import plain, short

HELP: Final = {
    "Lake": "What the model had to do with this lake: train, validation, test or unused in its own dataset; elsewhere "
    "seen ground (it knows an overlapping lake) or unseen; not known of a model that learned from single pixels.",
    "F1": "Harmonic mean of precision and recall of water. Unclassified pixels are excluded.",
    "F1 bounds": "What F1 would be if every unclassified pixel were predicted wrong, and right.",
    "IoU": "Intersection over union of water.",
    "Commission": "Share of the pixels called water that are labelled land: 1 − user's accuracy.",
    "Omission": "Share of the water pixels that the model does not call water: 1 − producer's accuracy.",
    "Accuracy": "Share of the classified pixels that are right; land dominates it.",
    "Pixels": "Labelled water and land pixels that these numbers rest on.",
}


def show_numbers(labels: np.ndarray, opinions: Sequence[Opinion]) -> None:
    """Show one row a model, and the account of the lake's pixels.

    The help of the heading says how each model goes over the lake and its border.
    """
    rows = [_row(labels, opinion) for opinion in opinions if isinstance(opinion.answer, Ready)]
    ways = "  \n".join(f"**{plain(opinion.title)}**: {opinion.way}" for opinion in opinions if opinion.way)
    st.markdown("##### Numbers of this lake", help=ways or None)
    if rows:
        columns = {name: st.column_config.Column(help=text) for name, text in HELP.items()}
        st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=columns, width="stretch")
    else:
        st.caption("No prediction yet. Choose a model in the sidebar, or wait for the ones on their way.")
    st.caption(account(labels))


def _row(labels: np.ndarray, opinion: Opinion) -> dict[str, str]:
    matrix = confusion(labels, classes(opinion.answer.probabilities)) if isinstance(opinion.answer, Ready) else None
    scores = Scores.from_confusion(np.zeros((3, 3), np.int64) if matrix is None else matrix)
    row = {"Model": opinion.title, "Lake": opinion.standing, "F1": short(scores.f1)}
    if matrix is not None and (labels == UNCLASSIFIED).any():
        ends = bounds(matrix)
        row["F1 bounds"] = f"{short(ends.worst.f1)} – {short(ends.best.f1)}"
    return row | {
        "IoU": short(scores.iou),
        "Commission": short(scores.commission),
        "Omission": short(scores.omission),
        "Accuracy": short(scores.accuracy),
        "Pixels": f"{scores.pixels:,}",
    }


def account(labels: np.ndarray) -> str:
    """Return the account of all pixels of a lake by label."""
    counts = np.bincount(labels.ravel(), minlength=4)
    parts = [f"{counts[code]:,} {CLASS_NAMES[code]}" for code in (WATER, LAND, UNCLASSIFIED, NO_LABEL)]
    return f"{labels.size:,} px: {' · '.join(parts)}. Unclassified and unlabelled pixels enter no score."
