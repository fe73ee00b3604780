"""Learning: what a regression makes of the verdicts so far, and what each hundred of them bought."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from lakeseg.figures.review import weights, worth
from lakeseg.review.learning import EVERY, FOLDS, LEARNER, MODELS, MOST_STEPS, TRUTH, VERDICTS_LATER, Worth
from lakeseg.review.ranking import LEARNING
from lakeseg.review.regions import Regions
from lakeseg.ui import charts, status
from lakeseg.ui.cache import learned as kept
from lakeseg.ui.cache import regions as shared_regions
from lakeseg.ui.evaluate import tables
from lakeseg.ui.frame import View
from lakeseg.ui.review.reading import opened
from lakeseg.ui.review.teacher import Bought, Taught, Teacher
from lakeseg.ui.text import plain

POLL_SECONDS: Final = 1.0
SURE: Final = 0.9
_GOALS: Final = {
    VERDICTS_LATER: "Against all verdicts so far :small[:gray[pixels that reviewers settled]]",
    TRUTH: "Against the true water :small[:gray[simulated lakes: every unclassified pixel]]",
}
_HELP: Final = (
    f"After each {EVERY} verdicts, beyond {EVERY * MOST_STEPS:,} of them after at most {MOST_STEPS} such steps, "
    f"close together at first, a regression on these alone; ground groups are in {FOLDS} parts, and each is judged "
    "by fits on verdicts from the other parts. At every step the same pixels are judged. The band is the 95 % interval "
    "over ground groups. Dashed: the models' mean and the best model alone, which learned nothing."
)


@status.errors_in_a_line()
def show(view: View) -> None:
    """Show what was learned; while something is being fitted it looks every second."""
    ledger, regions = opened(view), shared_regions.regions(view.dataset)
    if ledger is None:
        return
    if regions is None:
        st.info("Nothing to learn from yet: the regions of this dataset are not cut. Decide offers it.")
        return
    teacher = kept.teacher(view.dataset, regions, ledger)
    taught, bought = teacher.taught(), teacher.bought()
    st.fragment(_body, run_every=POLL_SECONDS if teacher.busy else None)(teacher, taught, bought)


@status.errors_in_a_line()
def _body(teacher: Teacher, before: Taught | None, measured: Bought | None) -> None:
    taught, bought = teacher.taught(), teacher.bought()
    if (taught, bought) != (before, measured) and not teacher.busy:
        st.rerun()
    if teacher.problem:
        st.error(plain(teacher.problem), icon=":material/error:")
        return
    _learned(teacher.regions, taught)
    _bought(bought, teacher.busy)


def _learned(regions: Regions, taught: Taught | None) -> None:
    """Show what the latest fit says."""
    if taught is None:
        st.skeleton(height=300)
        return
    st.markdown(
        f"##### Learned from {taught.verdicts:,} verdicts :small[:gray[logistic regression, {taught.seconds:.1f} s]]",
        help="On the mean spectrum of each region and the log odds of water that each model gives it. Fitted anew "
        f"after every verdict. Decide's order “{LEARNING}” ranks the queue by it.",
    )
    if taught.learned is None:
        st.caption("Learning begins once there is a verdict of water and one of land.")
        return
    water = taught.learned.water
    sure = (water >= SURE) | (water <= 1 - SURE)
    left, right = st.columns([2, 3], gap="medium")
    with left, st.container(horizontal=True, gap="medium"):
        st.metric("Regions learned from", f"{taught.learned.regions:,}", width="content")
        st.metric("Regions it is sure of", f"{int(sure.sum()):,}", width="content", help="Probability above 90 %.")
        st.metric("Regions in doubt", f"{int((~sure).sum()):,}", width="content")
        st.metric("Would call water", _share(regions, water), width="content", help="Share of unclassified pixels.")
    with right:
        charts.show(st, weights(taught.learned.weights), key="weights", alt="What each band and model adds")


def _share(regions: Regions, water: np.ndarray) -> str:
    pixels = regions.pixels.sum()
    return f"{100 * regions.pixels[water >= 0.5].sum() / pixels:.1f} %" if pixels else "–"


def _bought(bought: Bought | None, busy: bool) -> None:
    """Show what each hundred verdicts bought."""
    about = f"measured on {bought.verdicts:,} verdicts" if bought else "measuring"
    st.markdown(f"##### What each hundred verdicts bought :small[:gray[{about}]]", help=_HELP)
    if bought is None or busy:
        st.caption(":material/hourglass_top: Measuring in the background; a long log takes some seconds.")
    if bought is None:
        st.skeleton(height=300)
        return
    goals = [goal for goal in _GOALS if any(one.judged_by == goal for one in bought.worth)]
    for column, goal in zip(st.columns(max(len(goals), 1), gap="medium"), goals, strict=False):
        with column:
            st.markdown(_GOALS[goal])
            _curve([one for one in bought.worth if one.judged_by == goal], goal)
    full = pd.DataFrame([asdict(one) for one in bought.worth])
    tables.show(pd.DataFrame([_cells(one) for one in bought.worth if one.who == LEARNER]), "bought", full=full)


def _curve(found: list[Worth], goal: str) -> None:
    rows = [asdict(one) for one in found if one.who == LEARNER and not math.isnan(one.f1)]
    if rows:
        charts.show(
            st, worth(rows, _references(found)), key=f"worth_{goal}", alt=f"F1 after each hundred verdicts, {goal}"
        )
    else:
        st.caption("No water among these pixels yet, so that F1 is undefined.")


def _references(found: list[Worth]) -> list[dict[str, Any]]:
    """Return those who learned nothing: the models' mean, and the best of them alone."""
    known = [one for one in found if one.who != LEARNER and not math.isnan(one.f1)]
    alone = sorted((one for one in known if one.who != MODELS), key=lambda one: one.f1)[-1:]
    mean = [one for one in known if one.who == MODELS]
    return [asdict(one) | {"name": name} for name, some in (("models' mean", mean), ("", alone)) for one in some]


def _cells(one: Worth) -> dict[str, str]:
    numbers = {"F1": one.f1, "Accuracy": one.accuracy}
    words = {name: "–" if math.isnan(value) else f"{value:.3f}" for name, value in numbers.items()}
    return {"Verdicts": f"{one.verdicts:,}", "Judged by": one.judged_by, **words, "Pixels": f"{one.pixels:,}"}
