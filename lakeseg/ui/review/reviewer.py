"""Who reviews: a name chosen at the start and remembered by the browser, or the one of the login where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from lakeseg.errors import ConfigError
from lakeseg.review.verdicts import LONGEST_NAME, check_reviewer
from lakeseg.ui import state
from lakeseg.ui.text import plain

_MEMORY: Final = st.components.v2.component(
    "lakeseg_reviewer",
    html="<span></span>",
    js=(Path(__file__).parent / "reviewer.js").read_text(encoding="utf-8"),
)


def ask() -> str | None:
    """Return the reviewer's name, asking for it where it is not known; None until there is one."""
    logged_in = getattr(st.user, "is_logged_in", None)  # absent where no login is configured
    name = _typed() if logged_in is None else _logged_in(known=bool(logged_in))
    try:
        check_reviewer(name)
    except ConfigError as error:
        if name:
            st.warning(plain(str(error)), icon=":material/person_alert:")
        return None
    return name


def _typed() -> str:
    """Ask for a name; the link may hold it, and the browser remembers it."""
    name = st.text_input(
        "Reviewer",
        key=state.REVIEWER,
        bind="query-params",
        max_chars=LONGEST_NAME,
        placeholder="Your name",
        help="Verdicts are kept under this name. This browser remembers it.",
        on_change=state.review_as,
    )
    _MEMORY(
        key=state.REMEMBERED_REVIEWER,
        data={"name": name.strip(), "sure": state.is_sure_who_reviews()},
        default={"name": ""},
        on_name_change=state.reviewer_remembered,
        height=1,
    )
    return str(name).strip()


def show_doubt(name: str | None) -> None:
    """Say so, in one line, where a link names somebody else than the browser remembers; offer to be either."""
    other = state.remembered_reviewer()
    if not name or not other or other == name or state.is_sure_who_reviews():
        return
    with st.container(horizontal=True, vertical_alignment="center", key="who_reviews"):
        said = f":material/person_alert: The link says **{plain(name)}**, this browser remembers **{plain(other)}**."
        st.markdown(said, width="content")
        st.button(f"Go on as {plain(other)}", on_click=state.review_as, args=(other,), type="primary")
        st.button(f"I am {plain(name)}", on_click=state.review_as, args=(name,))


def _logged_in(*, known: bool) -> str:
    """Return the address or name of whoever is logged in; offer to log in or out."""
    if not known:
        st.button("Log in to review", icon=":material/login:", on_click=st.login, width="stretch")
        return ""
    name = str(st.user.get("email") or st.user.get("name") or st.user.get("sub") or "").strip()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/person: Reviewer: {plain(name)}", width="stretch")
        st.button("Log out", on_click=st.logout, type="tertiary")
    return name
