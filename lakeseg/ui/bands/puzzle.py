"""Why three components with almost all of the variance do not suffice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from lakeseg.figures.pca import puzzle_chart
from lakeseg.study.components import PART, resolution
from lakeseg.ui import charts, offer, status
from lakeseg.ui.cache import bands as kept
from lakeseg.ui.frame import View
from lakeseg.ui.text import full_name, plain, with_interval


@status.errors_in_a_line()
def show(view: View) -> None:
    """Show variance and F1 on one axis, and in a sentence what follows."""
    measured = kept.result(PART, view.dataset)
    if measured is None:
        offer.measurement(PART, view.dataset, "F1 on the first components was not measured on this dataset yet.")
        return
    st.markdown(f"**{plain(resolution(measured))}**")
    charts.show(st, puzzle_chart(measured.rows))
    row = measured.rows[0]
    st.caption(
        plain(
            f"{full_name(view.dataset)}: learned from {row['training_pixels']:,} px of the training lakes, scored on "
            f"{row['pixels']:,} px of {row['lakes']:,} test lakes, 95 % intervals over ground groups. Components are "
            "of the covariance of the training pixels. The best bands were chosen on the validation lakes: for "
            "regression among all subsets, for boosting one after the other."
        )
    )
    st.dataframe(_table(measured.rows), hide_index=True, width="stretch")


def _table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Model": row["model"],
                "On": f"components 1 to {row['k']}" if row["basis"] == "components" else "bands",
                "k": row["k"],
                "Bands": " ".join(map(str, row["bands"])),
                "Variance": "" if row["variance"] is None else f"{row['variance']:.2%}",
                "F1, test lakes": with_interval(*(_number(row[name]) for name in ("f1", "low", "high"))),
            }
            for row in rows
        ]
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
