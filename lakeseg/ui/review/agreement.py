"""Agreement: how far reviewers say the same, who is reliable, and where somebody has to adjudicate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from lakeseg.figures.review import kappa_matrix
from lakeseg.review.agreement import CLASSES, LEAST_GROUNDS, SCALES, Agreement, Kappa
from lakeseg.review.disagreements import Disagreement
from lakeseg.review.ledger import Snapshot
from lakeseg.review.opinions import Opinion
from lakeseg.review.report import fitting
from lakeseg.review.reviewers import Reviewer, Tries
from lakeseg.review.verdicts import Verdict
from lakeseg.ui import charts, state, status
from lakeseg.ui.cache import outcome as kept
from lakeseg.ui.evaluate import tables
from lakeseg.ui.frame import View
from lakeseg.ui.review.reading import opened
from lakeseg.ui.text import short, with_interval

MOST: Final = 500
"""Disagreements that the table shows at most."""

_KAPPA: Final = (
    "Agreement beyond chance: 1 is full, 0 what chance alone gives. Fleiss' for all together, Cohen's for each pair. "
    "In brackets 95 % intervals over ground groups; pixels of a region are one decision, so their number says little."
)
_HELP: Final = {
    "Verdicts": "Standing verdicts, those given in bulk included.",
    "Pixels": "Pixels on which one of them is the latest.",
    "Can't tell": "Share of the verdicts.",
    "Seconds": "Median from the region's appearance to the verdict, bulk left out.",
    "Honeypots": "Areas on which both labellers agree, called what they say. Wilson's 95 % interval.",
    "Repeats": "Regions shown again that got the class that they got before. Wilson's 95 % interval.",
}
_OTHERS: Final = {
    "Who": "A model, or one of the two labellers whose conflict left the pixel unclassified: one of these two always "
    "says the same as the reviewer.",
}


@status.errors_in_a_line()
def show(view: View) -> None:
    """Show who agrees with whom."""
    ledger = opened(view)
    if ledger is None:
        return
    record = ledger.snapshot()
    people = kept.people(record)
    scale = _pick_scale()
    found = kept.agree(record, scale)
    _headline(record, found)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _pairs(found, kept.votes(record).reviewers)
    with right:
        _others(view, record)
    _people(people)
    _disagreements(record)


def _pick_scale() -> str:
    chosen = st.segmented_control(
        "Agreement on",
        SCALES,
        default=CLASSES,
        required=True,
        key=state.SAME_MEANS,
        bind="query-params",
        help="Water or land: mixed counts by its half, can't tell is left out. All four verdicts: water, land, mixed "
        "and can't tell are categories of their own.",
    )
    return chosen if chosen in SCALES else CLASSES


def _headline(record: Snapshot, found: Agreement) -> None:
    votes, together = kept.votes(record), found.together
    with st.container(horizontal=True, gap="medium"):
        st.metric("Fleiss' kappa", with_interval(together.value, *_ends(together)), help=_KAPPA, width="content")
        st.metric("Pairs that say the same", _percent(together.same), width="content")
        st.metric("Pixels settled by several", f"{together.pixels:,}", width="content")
        st.metric("Pixels settled", f"{len(votes.pixels):,}", width="content")
        st.metric("Grounds", f"{together.grounds:,}", width="content", help="Ground groups with such pixels.")
    if 0 < together.grounds < LEAST_GROUNDS:
        st.caption(f"No intervals yet: they need pixels settled by several on {LEAST_GROUNDS} grounds.")


def _ends(kappa: Kappa) -> tuple[float, float]:
    return kappa.interval.low, kappa.interval.high


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.1f} %"


def _pairs(found: Agreement, names: Sequence[str]) -> None:
    """Show Cohen's kappa of each pair."""
    st.markdown("##### Pairs :small[:gray[Cohen's kappa]]", help=_KAPPA)
    if not found.pairs:
        st.caption("Nobody shares a pixel with another yet: agreement needs two reviewers on the same regions.")
        return
    rows = [{"first": one.first, "second": one.second, **one.kappa.to_json()} for one in found.pairs]
    chart = kappa_matrix(rows, names)
    charts.show(st, chart, key="kappa_matrix", alt="Cohen's kappa of each pair of reviewers")


def _people(people: Sequence[Reviewer]) -> None:
    """Show each reviewer's own numbers."""
    st.markdown("##### Reviewers")
    rows = [
        {
            "Reviewer": one.name,
            "Verdicts": f"{one.verdicts:,}",
            "Pixels": f"{one.pixels:,}",
            "Can't tell": _percent(one.unsure / one.verdicts if one.verdicts else math.nan),
            "Seconds": "–" if math.isnan(one.seconds) else f"{one.seconds:.1f}",
            "Honeypots": _tries(one.honeypots),
            "Repeats": _tries(one.repeats),
        }
        for one in people
    ]
    full = pd.json_normalize([one.to_json() for one in people], sep="_")
    tables.show(pd.DataFrame(rows), "reviewers", _HELP, full)


def _tries(tries: Tries) -> str:
    if not tries.tries:
        return "–"
    return f"{tries.hits} of {tries.tries} · {with_interval(tries.share, *tries.interval)}"


def _disagreements(record: Snapshot) -> None:
    """Show where classes differ, for somebody to adjudicate."""
    found = kept.differing(record)
    pixels, tied = sum(one.pixels for one in found), sum(one.tied for one in found)
    about = f"{len(found):,} areas · {pixels:,} px · {tied:,} areas tied"
    st.markdown(f"##### Where they differ :small[:gray[{about}]]")
    if not found:
        st.caption("Nowhere does one say water and another land.")
        return
    shown = list(found[:MOST])
    table = pd.DataFrame([_difference(one) for one in shown])
    st.dataframe(
        table,
        hide_index=True,
        height=tables.ROW * (min(len(table), 6) + 1) + 3,
        key=state.DISAGREEMENTS,
        on_select="rerun",
        selection_mode="multi-row",
        column_config={
            "Points apart": st.column_config.NumberColumn(help="Percent of water between the two farthest apart."),
            "Consensus": st.column_config.Column(help="Tied: the majority, weighed by confidence, is open there."),
        },
    )
    chosen = [shown[row] for row in state.chosen_rows(state.DISAGREEMENTS) if row < len(shown)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Adjudicate {len(chosen):,}" if chosen else "Adjudicate all",
            icon=":material/gavel:",
            on_click=state.adjudicate,
            args=(record.dataset.fingerprint, [(one.lake, one.runs) for one in chosen or found]),
            help="Opens these areas in Decide, one after the other. What you say there is a verdict like any other: it "
            "replaces your own earlier one and nobody else's.",
        )
        st.caption(f"Ties first; the first {MOST:,} are listed." if len(found) > MOST else "Ties first.")


def _difference(one: Disagreement) -> dict[str, object]:
    return {
        "Lake": one.lake,
        "Pixels": one.pixels,
        "Points apart": one.apart,
        "Consensus": "tied" if one.tied else "settled",
        "Who says what": " · ".join(f"{verdict.reviewer}: {_word(verdict)}" for verdict in one.verdicts),
    }


def _word(verdict: Verdict) -> str:
    words = {"unsure": "can't tell", "mixed": f"{verdict.fraction} % water"}
    return f"{words.get(verdict.verdict, verdict.verdict)} ({verdict.confidence})"


def _others(view: View, record: Snapshot) -> None:
    """Show how far each reviewer agrees with models and labellers."""
    found = list(kept.labellers(record))
    for card in fitting(view.dataset, list(view.cards.values())):
        found += kept.with_model(record, card)
    found = [one for one in found if one.kappa.pixels]
    st.markdown("##### Beside models and labellers :small[:gray[kappa · share that is the same]]", help=_KAPPA)
    if not found:
        st.caption("No model has predicted these lakes yet: run `python -m lakeseg predict --warm`.")
        return
    names = list(dict.fromkeys(one.other for one in found))
    rows = [{"Who": name} | {one.reviewer: _opinion(one) for one in found if one.other == name} for name in names]
    full = pd.DataFrame([one.to_json() for one in found])
    words = "Models count on the pixels that they have predicted, seen lakes among them."
    tables.show(pd.DataFrame(rows).fillna("–"), "opinions", _OTHERS, full, words)


def _opinion(one: Opinion) -> str:
    return f"{with_interval(one.kappa.value, *_ends(one.kappa))} · {short(one.kappa.same)}"
