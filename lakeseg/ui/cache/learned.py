"""Who learns from the verdicts on a dataset: one for a server, shared by all sessions."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lakeseg.data.dataset import Dataset
from lakeseg.review.ledger import Ledger
from lakeseg.review.regions import Regions
from lakeseg.ui.review.teacher import Teacher

KEPT: Final = 4


def teacher(dataset: Dataset, regions: Regions, ledger: Ledger) -> Teacher:
    """Return who learns from the verdicts of a ledger on these regions."""
    return _teacher(id(regions), id(ledger), dataset, regions, ledger)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _teacher(of: int, by: int, _dataset: Dataset, _regions: Regions, _ledger: Ledger) -> Teacher:  # noqa: ARG001  keys
    return Teacher(_dataset, _regions, _ledger)
