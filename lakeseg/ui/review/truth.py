"""How often verdicts are right, where a simulator knows the water fraction of every pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from lakeseg.analysis.undecided import Share
from lakeseg.figures.review import shares
from lakeseg.review import truth as measured
from lakeseg.review.consensus import Rule
from lakeseg.review.ledger import Snapshot
from lakeseg.review.truth import NEAR, Match
from lakeseg.ui import charts
from lakeseg.ui.cache import outcome as kept
from lakeseg.ui.evaluate import tables
from lakeseg.ui.frame import View

_WORDS: Final = {"unsure": "can't tell"}
_LEVELS: Final = {"1": "a guess (1)", "2": "likely (2)", "3": "sure (3)"}


def show(view: View, record: Snapshot, rule: Rule) -> None:
    """Show it for demo data; say nothing where nobody knows the truth."""
    known = kept.truth(record)
    if known is None:
        return
    votes, lakes = kept.votes(record), view.dataset.lakes
    settled = measured.of_consensus(kept.settled(record, rule), known, lakes)
    st.markdown(
        "##### Right about the truth :small[:gray[simulated lakes: the water fraction of every pixel is known]]",
        help=f"A pixel is water if half of it is. A mixed region is right if its fraction is within {NEAR} points of "
        "its mean true water. Intervals are over ground groups; hollow where there are too few.",
    )
    verdicts = measured.by_verdict(votes, known, lakes)
    others = [
        *_named(measured.by_reviewer(votes, known, lakes), {}),
        *_named(measured.by_confidence(votes, known, lakes), _LEVELS),
    ]
    left, right = st.columns([2, 3], gap="medium")
    known_ones = [("consensus", settled), *((name, one.right) for name, one in others)]
    rows = [_point(name, one) for name, one in known_ones if one is not None and one.pixels]
    charts.show(left, shares(rows, "Share of pixels whose class is right"), key="truth", alt="Share that is right")
    with right:
        table = pd.DataFrame([_cells(one) for one in verdicts])
        tables.show(table, "truth", _HELP, pd.json_normalize([one.to_json() for one in verdicts], sep="_"))


_HELP: Final = {
    "Right": f"Pixels whose class is right; of mixed, regions whose fraction is within {NEAR} points.",
    "True water": "Mean true water of the pixels.",
    "Off by": "Mean distance between fraction and truth, in points of percent.",
}


def _named(found: Sequence[Match], names: dict[str, str]) -> list[tuple[str, Match]]:
    return [(names.get(one.kind, one.kind), one) for one in found]


def _point(label: str, found: Share) -> dict[str, Any]:
    ends = {"low": found.interval.low, "high": found.interval.high}
    return {"label": label, "share": found.share, **ends, "text": _percent(found.share), "of": found.pixels}


def _cells(one: Match) -> dict[str, str]:
    right = "–" if one.right is None else f"{_percent(one.right.share)}{_ends(one.right)}"
    return {
        "Verdict": _WORDS.get(one.kind, one.kind),
        "Verdicts": f"{one.verdicts:,}",
        "Pixels": f"{one.pixels:,}",
        "Right": right,
        "True water": _percent(one.true_water),
        "Off by": "–" if math.isnan(one.off) else f"{one.off:.1f}",
    }


def _ends(found: Share) -> str:
    low, high = found.interval.low, found.interval.high
    return "" if math.isnan(low) else f" [{100 * low:.0f}, {100 * high:.0f}]"


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.1f} %"
