"""The health of the chosen dataset: what was found, the worst first, each with the lakes concerned as links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd
import streamlit as st

from lakeseg.analysis.health import with_splits
from lakeseg.analysis.health.shapes import ERROR, FINE, NOTE, WARNING, Finding, Report
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split
from lakeseg.errors import ConfigError
from lakeseg.plain import counted
from lakeseg.ui import cache, state
from lakeseg.ui.cache import data as kept
from lakeseg.ui.frame import View
from lakeseg.ui.strip import Thumbnail, strip
from lakeseg.ui.text import plain, quoted

WATCH_SECONDS: Final = 0.5
AT_ONCE_SECONDS: Final = 0.2  # what is kept on disk is there by then
LINKS: Final = 12
_LOOKS: Final[Mapping[str, tuple[str, str, str]]] = {
    ERROR: ("error", "red", "serious: numbers are wrong"),
    WARNING: ("warning", "orange", "doubtful: numbers may be wrong"),
    NOTE: ("info", "blue", "worth knowing"),
    FINE: ("check_circle", "green", "in order"),
}


def show(view: View) -> None:
    """Show the report, or how far the examination is."""
    examined = kept.examination(view.dataset)
    examined.wait(AT_ONCE_SECONDS)
    if examined.problem:
        st.error(plain(examined.problem), icon=":material/error:")
        st.button("Examine again", on_click=kept.forget_examination, args=(view.dataset,))
    elif examined.report is None:
        st.fragment(_watch, run_every=WATCH_SECONDS)(view)
    else:
        _report(with_splits(examined.report, view.dataset, _splits(view)), view)


def _watch(view: View) -> None:
    examined = kept.examination(view.dataset)
    if examined.report is not None or examined.problem:
        st.rerun()
    st.progress(min(examined.share, 1.0), text=f":small[Examining every pixel: {plain(examined.text) or 'starting'}]")


def _splits(view: View) -> dict[str, Split]:
    """Return the splits of the models that were trained on the dataset, by the name of the model."""
    found = {}
    for card in view.cards.values():
        if card.is_home(view.dataset.fingerprint):
            try:
                found[card.id] = Split.from_json(card.split)
            except ConfigError:
                continue
    return found


def _report(report: Report, view: View) -> None:
    numbers = report.numbers()
    words = [
        f":{colour}[:material/{icon}: {numbers[name]}] {meaning}"
        for name, (icon, colour, meaning) in _LOOKS.items()
        if numbers[name]
    ]
    lakes = [] if view.dataset.of_pixels else [counted(len(view.dataset.lakes), "lake")]
    examined = " · ".join([*lakes, f"{view.dataset.pixel_count:,} px examined"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("&emsp;".join([*words, f":small[:gray[{examined}]]"]), width="stretch")
        _offer(report, view)
    for finding in report.findings:
        if finding.severity != FINE:
            _show(finding, view.dataset)
    fine = [finding for finding in report.findings if finding.severity == FINE]
    if fine:
        with st.container(border=True, gap="xsmall"):
            for finding in fine:
                _head(finding)


def _show(finding: Finding, dataset: Dataset) -> None:
    with st.container(border=True, gap="xsmall"):
        _head(finding)
        _links(finding, dataset)


def _head(finding: Finding) -> None:
    icon, colour, _ = _LOOKS[finding.severity]
    count = f" · {finding.count:,} {finding.unit}" if finding.count else ""
    text = plain(quoted(finding.text))
    st.markdown(f":{colour}[:material/{icon}:] **{finding.title}**{count} :small[:gray[{text}]]")


def _links(finding: Finding, dataset: Dataset) -> None:
    """Show the worst lakes as pictures, each of which opens its lake."""
    known = [each for each in finding.lakes[:LINKS] if each.lake in dataset.lakes]
    if not known:
        return
    tiles = [Thumbnail(each.lake, each.amount, cache.thumb(dataset.fingerprint, each.lake, dataset)) for each in known]
    strip(tiles, "", state.leave_for, key=f"lakes_{finding.key}")
    more = finding.concerned - len(known)
    if more > 0:
        st.caption(f"The worst {len(known)} are shown, {more:,} more are in the CSV.")


def _offer(report: Report, view: View) -> None:
    rows = [
        {"check": f.title, "severity": f.severity, "lake": each.lake, "amount": each.amount}
        for f in report.findings
        for each in f.lakes
    ]
    st.download_button(
        "CSV",
        lambda: pd.DataFrame(rows, columns=["check", "severity", "lake", "amount"]).to_csv(index=False),
        f"health_{view.dataset.path.stem}.csv",
        "text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        help="Every lake concerned, as a table.",
    )
