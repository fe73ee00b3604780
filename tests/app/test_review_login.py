"""Where a login is configured, its name is the reviewer's, and nobody may type another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[1] / "e2e" / "apps" / "reviewer_app.py"


class User(dict[str, Any]):
    """What `st.user` is to an app: a mapping whose keys are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    def start(**known: Any) -> AppTest:
        monkeypatch.setattr(st, "user", User(known))
        test = AppTest.from_file(str(APP), default_timeout=20)
        test.query_params["reviewer"] = "Mallory"  # a link does not make anybody somebody else
        return test.run()

    return start


@pytest.mark.parametrize(
    ("known", "name"),
    [
        ({"email": "ann@example.org", "name": "Ann", "sub": "7"}, "ann@example.org"),
        ({"name": "Ann", "sub": "7"}, "Ann"),
        ({"sub": "7"}, "7"),
    ],
)
def test_whoever_is_logged_in_reviews_under_that_name(
    visit: Callable[..., AppTest], known: dict[str, str], name: str
) -> None:
    page = visit(is_logged_in=True, **known)
    assert not page.exception
    assert page.markdown[-1].value == f"Reviewing: {name}"
    assert not page.text_input
    assert [button.label for button in page.button] == ["Log out"]


def test_nobody_reviews_before_the_login(visit: Callable[..., AppTest]) -> None:
    page = visit(is_logged_in=False)
    assert page.markdown[-1].value == "Reviewing: None"
    assert not page.text_input
    assert [button.label for button in page.button] == ["Log in to review"]


def test_without_a_login_the_name_is_typed(visit: Callable[..., AppTest]) -> None:
    assert visit().text_input[0].value == "Mallory"
