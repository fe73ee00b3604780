import re

import pytest
from playwright.sync_api import expect

from tests.e2e import patience

TWICE = "<p>Bob</p><p>Bob</p>"
SOON_ONCE = "setTimeout(() => document.querySelector('p').remove(), 300)"


def test_an_element_that_is_twice_there_for_a_moment_is_waited_for(page):
    page.set_content(TWICE)
    assert page.get_by_text("Bob").count() == 2
    page.evaluate(SOON_ONCE)
    expect(page.get_by_text("Bob")).to_be_visible()
    assert page.get_by_text("Bob").count() == 1


def test_so_it_is_before_a_click(page):
    page.set_content(TWICE)
    page.evaluate(SOON_ONCE)
    page.get_by_text("Bob").click()
    assert page.get_by_text("Bob").count() == 1


def test_an_element_that_is_twice_there_for_good_still_fails(page, monkeypatch):
    monkeypatch.setattr(patience, "LIMIT_S", 0.2)
    page.set_content(TWICE)
    with pytest.raises(AssertionError, match=re.escape("strict mode violation")):
        expect(page.get_by_text("Bob")).to_be_visible()
