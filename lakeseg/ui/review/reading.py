"""Open what was said about a dataset for a part that only reads it."""

from __future__ import annotations

import streamlit as st

from lakeseg.review.ledger import Ledger
from lakeseg.ui.cache import review as shared
from lakeseg.ui.frame import View
from lakeseg.ui.text import plain


def opened(view: View) -> Ledger | None:
    """Return the ledger of the dataset; None, with a line that says so, where there is no verdict yet."""
    ledger = shared.ledger(view.dataset)
    for text in (ledger.offline, ledger.problem):
        if text:
            st.warning(plain(text), icon=":material/info:")
    if not ledger.all():
        st.info("No verdicts on this dataset yet. Settle regions under Decide.", icon=":material/how_to_vote:")
        return None
    return ledger
