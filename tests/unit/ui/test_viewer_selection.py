from __future__ import annotations

from streamlit.testing.v1 import AppTest

from lakeseg.ui.viewer import _Selection


def given(memory: _Selection, pixel: tuple[int, int] | None, lake: str = "a") -> tuple[int, int] | None:
    memory.give(lake, pixel)
    return memory.pixel


def test_a_click_beats_what_the_page_gave_before() -> None:
    memory = _Selection()
    assert given(memory, (3, 3)) == (3, 3)
    memory.click([5, 5, 1])
    assert memory.pixel == (5, 5)
    assert given(memory, (5, 5)) == (5, 5)  # the page gives back what it was told
    assert memory.serial == 1  # the browser was told once, of (3, 3)


def test_the_page_can_clear_a_clicked_pixel() -> None:
    memory = _Selection()
    given(memory, None)
    memory.click([5, 7, 1])
    assert given(memory, None) is None
    memory.click([5, 7, 1])  # Streamlit repeats the last value on every run
    assert memory.pixel is None
    assert (memory.serial, memory.mark) == (1, None)  # and the browser is told


def test_the_page_moves_the_mark_and_the_same_click_counts_again() -> None:
    memory = _Selection()
    memory.click([5, 5, 1])
    assert given(memory, (7, 7)) == (7, 7)
    memory.click([5, 5, 1])  # Streamlit repeats the last value on every run
    assert memory.pixel == (7, 7)
    memory.click([5, 5, 2])
    assert memory.pixel == (5, 5)


def test_another_lake_takes_what_the_page_gives() -> None:
    memory = _Selection()
    given(memory, None)
    memory.click([5, 5])
    assert given(memory, (5, 5)) == (5, 5)
    assert given(memory, None, lake="b") is None
    assert (memory.serial, memory.mark) == (1, None)
    assert given(memory, (1, 2), lake="c") == (1, 2)
    assert (memory.serial, memory.mark) == (2, (1, 2))


def _page() -> None:
    import numpy as np
    import streamlit as st

    from lakeseg.ui.viewer import Scene, classes_panel, viewer

    scene = Scene("a", 4, 6, (classes_panel("labels", "Labels", np.ones((4, 6), np.uint8)),))
    st.text(f"pixel {viewer(scene, key='viewer')}")


def test_a_page_can_be_tested_without_a_browser() -> None:
    app = AppTest.from_function(_page, default_timeout=20).run()
    assert app.text[0].value == "pixel None"
    app.session_state["viewer"] = {"pixel": [3, 4]}
    assert app.run().text[0].value == "pixel (3, 4)"
    app.session_state["viewer"] = {"pixel": [9, 9]}  # beyond the lake
    assert app.run().text[0].value == "pixel None"
    assert not app.exception
