"""What can be taken away: tables as CSV, and the report of everything as one file."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from lakeseg.study import report
from lakeseg.study.account import Account
from lakeseg.study.answers import Evidence
from lakeseg.study.pictures import svgs
from lakeseg.ui.cache import study as kept
from lakeseg.ui.frame import View


def offer_csv(table: pd.DataFrame, name: str) -> None:
    """Offer a table as a file."""
    st.download_button(
        "CSV",
        lambda: table.to_csv(index=False),
        f"{name}.csv",
        "text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key=f"csv_{name}",
        help="This table as a file.",
    )


def offer_report(view: View) -> None:
    """Offer everything on this page as one file for a meeting or a mail."""
    known = kept.evidence(view.dataset)
    st.download_button(
        "Report",
        lambda: _report(known),
        f"{view.dataset.path.stem}-study.html",
        "text/html",
        icon=":material/description:",
        on_click="ignore",
        key="report",
        help="All questions, tables, methods and the audit as one file that opens offline and prints on A4.",
    )


def _report(known: Evidence) -> str:
    account = Account(known)
    return report.html(account, svgs(account.figures, lambda _share, _text: None), date.today().isoformat())
