"""Everything that decides: verdicts, water fraction, confidence, note, skipping, taking back. One key each."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lakeseg.review.verdicts import BULK, LAND, MIXED, UNSURE, WATER, Verdict
from lakeseg.ui import state
from lakeseg.ui.review import words
from lakeseg.ui.review.desk import Desk
from lakeseg.ui.review.question import Answer, Item, Table
from lakeseg.ui.text import plain
from lakeseg.ui.viewer import drawn_on

VIEWER: Final = "review_viewer"
BUTTONS: Final = "verdicts"
NOTE: Final = "Note"
LONGEST_NOTE: Final = 300
STEP: Final = 10
_VERDICTS: Final = ((WATER, "W"), (LAND, "L"), (UNSURE, "U"), (MIXED, "M"))
_CONFIDENCE: Final = ("Guess", "Likely", "Sure")
_USUAL_CONFIDENCE: Final = 2


def show(table: Table, desk: Desk, item: Item, alike: int) -> tuple[str, str]:
    """Show the controls; return the keys that act once for what lies on the desk, and those that may act again.

    `alike` is how many regions one verdict could settle together with this one.
    """
    _show_item(table, desk, item)
    token = item.token
    with st.container(key=BUTTONS, gap="xsmall"):
        _show_verdicts(table, desk, token)
        _show_fraction()
        _show_confidence()
        st.text_input(
            NOTE, key=state.NOTE, max_chars=LONGEST_NOTE, placeholder="Note (N)", label_visibility="collapsed"
        )
        last = next(iter(table.ledger.mine(table.reviewer, 1)), None)
        once = _show_moves(table, desk, token, last)
        again = _show_parts(table, desk, item, alike)
        _show_message(table, desk, last)
    return f"W L U M {once}", f"1 2 3 ArrowUp ArrowDown {again}"


def _show_item(table: Table, desk: Desk, item: Item) -> None:
    """Say what lies on the desk, and how much is left; in three short lines: buttons stay where they are."""
    domain = table.dataset.lakes.domain[table.dataset.lakes.position(item.lake)]
    pixels, drawn = f"{len(item.positions):,}", len(desk.drawn(_sent(desk, item.token)))
    st.markdown(f"##### {pixels} px" if drawn == len(item.positions) else f"##### {drawn:,} of {pixels} px")
    left = table.standing.left(table.reviewer)
    waiting = f"{int((table.wanted & (left > 0)).sum()):,} regions left"
    if item.disputed:
        waiting = f"{len(desk.disputed):,} to adjudicate"
    mine = table.ledger.pixels_by_reviewer().get(table.reviewer, 0)
    where = " · ".join(plain(str(word)) for word in (f"lake {item.lake}", domain) if word)
    st.caption(f"{where}  \n{waiting} · {plain(table.reviewer)}: {mine:,} px")


def _sent(desk: Desk, token: str) -> str | None:
    return drawn_on(token, VIEWER, desk.suggested[0])


def _show_verdicts(table: Table, desk: Desk, token: str) -> None:
    """Show the four verdicts, two in a row; their keys carry the region."""
    for pair in (_VERDICTS[:2], _VERDICTS[2:]):
        for place, (verdict, key) in zip(st.columns(2, gap="xsmall"), pair, strict=True):
            name = words.NAMES[verdict]
            label = f"{name} {_fraction()} %" if verdict == MIXED else name
            place.button(
                label,
                key=f"say_{verdict}_{token}",
                shortcut=key,
                width="stretch",
                on_click=_decide,
                args=(table, desk, token, verdict),
            )


def _decide(table: Table, desk: Desk, token: str, verdict: str) -> None:
    """Callback: keep a verdict; the run that follows shows the next region."""
    note = str(state.value(state.NOTE, "")).strip()
    answer = Answer(_fraction(), confidence(), note, _sent(desk, token))
    if desk.decide(table, token, verdict, answer):
        state.put(state.NOTE, "")


def _fraction() -> int:
    return int(state.value(state.FRACTION, 50))


def _show_fraction() -> None:
    """Ask for the water fraction of a mixed region; Up and Down move it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.button(
            "",
            icon=":material/remove:",
            key="less_water",
            shortcut="Down",
            on_click=_nudge,
            args=(-STEP,),
            help="Less water",
        )
        state.put(state.FRACTION, _fraction())  # a default of the slider's own would compete with the keys
        st.slider(
            "Water in a mixed region", 0, 100, step=5, format="%d %%", key=state.FRACTION, label_visibility="collapsed"
        )
        st.button(
            "", icon=":material/add:", key="more_water", shortcut="Up", on_click=_nudge, args=(STEP,), help="More water"
        )


def _nudge(by: int) -> None:
    """Callback: move the water fraction."""
    state.put(state.FRACTION, min(100, max(0, _fraction() + by)))


def confidence() -> int:
    """Return how sure the reviewer says to be; it stays until he says otherwise."""
    return int(state.value(state.CONFIDENCE, _USUAL_CONFIDENCE))


def _be(sure: int) -> None:
    """Callback: say how sure the next verdicts are."""
    state.put(state.CONFIDENCE, sure)


def _show_confidence() -> None:
    with st.container(horizontal=True, gap="xxsmall"):
        for place, name in enumerate(_CONFIDENCE, start=1):
            st.button(
                name,
                key=f"confidence_{place}",
                shortcut=str(place),
                width="stretch",
                type="primary" if confidence() == place else "secondary",
                on_click=_be,
                args=(place,),
            )


def _show_moves(table: Table, desk: Desk, token: str, last: Verdict | None) -> str:
    """Show taking back and skipping; return the keys that act."""
    back, on = st.columns(2, gap="xsmall")
    number = last.id if last else None
    back.button(
        "Take back",
        key=f"undo_{number}",
        shortcut="Z",
        width="stretch",
        disabled=number is None,
        on_click=desk.undo,
        args=(table, number),
    )
    on.button("Skip", key=f"skip_{token}", shortcut="Right", width="stretch", on_click=desk.skip, args=(token,))
    return "ArrowRight" + (" Z" if last else "")


def _show_parts(table: Table, desk: Desk, item: Item, alike: int) -> str:
    """Show splitting and deciding in bulk; return the keys that act."""
    token = item.token
    split, bulk = st.columns(2, gap="xsmall")
    can_split = len(item.positions) > 1
    split.button(
        "Split",
        key=f"split_{token}",
        shortcut="S",
        width="stretch",
        disabled=not can_split,
        help="Draws the part whose spectrum differs; change it with lasso or brush. A verdict then goes to what is "
        "drawn, and the rest comes next.",
        on_click=desk.suggest,
        args=(table, token),
    )
    bulk.button(
        f"{alike:,} alike" if alike > 1 else "Alike",
        key=f"bulk_{token}",
        shortcut="B",
        width="stretch",
        disabled=alike < 2,
        help="Lists the regions on which all models agree and whose spectrum is near, to settle them at once.",
        on_click=_toggle_bulk,
        args=(desk, token),
    )
    return " ".join(["S"] * can_split + ["B"] * (alike > 1))


def _toggle_bulk(desk: Desk, token: str) -> None:
    """Callback: show or hide the list of regions alike."""
    if desk.item is not None and desk.item.token == token:
        desk.bulk = not desk.bulk


def _show_message(table: Table, desk: Desk, last: Verdict | None) -> None:
    """Say in one line what was recorded last, or why nothing was."""
    if desk.problem or desk.offline:
        st.error(plain(desk.problem or desk.offline), icon=":material/error:")
        return
    if last is None:
        st.caption("W, L, U or M decides; F shows the whole lake, Space hides the outline.")
        return
    batch = (
        [one for one in table.ledger.mine(table.reviewer) if one.batch == last.batch] if last.purpose == BULK else []
    )
    said = f"{desk.said} · now last: " if desk.said else ""
    st.caption(f"{said}{words.of_verdict(batch or [last])} — Z takes {'them' if batch else 'it'} back")


def reveal(table: Table, desk: Desk) -> None:
    """Say what models said of the region that was decided last, where it was decided blind."""
    last = next(iter(table.ledger.mine(table.reviewer, 1)), None)
    if last is not None and last.seen.get("blind") and table.blind and not desk.said:
        st.caption(words.reveal(table, last))
