"""What to show in the place of something that has not been measured or trained yet."""

from __future__ import annotations

import streamlit as st

from lakeseg.data.dataset import Dataset

TRAIN = "python -m lakeseg train --model fcn-bands --dataset {path}"
MEASURE = "python -m lakeseg study {part} --dataset {path}"


def measurement(part: str, dataset: Dataset, what: str) -> None:
    """Say that a part of the study was not measured on this dataset, and how it is."""
    st.info(f"{what} Measure it once; a run that is stopped goes on where it stood:", icon=":material/timer:")
    st.code(MEASURE.format(part=part, path=dataset.path), language="bash")
