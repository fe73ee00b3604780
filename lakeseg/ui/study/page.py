"""The body of the page: one fragment, so that turning to another question runs nothing else."""

from __future__ import annotations

import streamlit as st

from lakeseg.study.runs import Runs
from lakeseg.ui import frame, status
from lakeseg.ui.cache import study as kept
from lakeseg.ui.frame import View
from lakeseg.ui.study import absent, audit, choices, downloads, question


@st.fragment
@status.errors_in_a_line()
def show(view: View) -> None:
    """Show the title with what the answers rest on, the choice of a question, and its answer."""
    known = kept.evidence(view.dataset)
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
        frame.title_of_dataset("Study", view, _about(view, known.runs))
        downloads.offer_report(view)
        choices.show_steps()
    chosen = choices.pick()
    if not len(known.runs):
        absent.offer_runs(view)
    absent.show_damaged(view)
    if chosen == choices.AUDIT:
        audit.show(view)
    else:
        question.show(kept.answer(choices.number_of(chosen), view.dataset), view)


def _about(view: View, runs: Runs) -> list[str]:
    made = f"{_counted(len(runs), 'run')} of {_counted(len(runs.names), 'model')}" if len(runs) else "not run yet"
    return [_counted(len(view.dataset.lakes), "lake"), made]


def _counted(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
