"""The report as a browser shows and prints it: on a wide window, a phone, and A4."""

from __future__ import annotations

import pytest

from lakeseg.study.account import Account
from lakeseg.study.answers import evidence
from lakeseg.study.report import html

DEMO = "343b9d332edb6a3cc7631602725f46c29d8b5e5a1844778d8918afe5059118d8"
PRINTED = 680  # CSS pixels between the margins of A4: 180 mm
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 300"><rect width="9" height="9"/></svg>'
WIDER = """width => [...document.querySelectorAll('table, figure, h1, p, li')]
  .filter(each => !each.closest('.scroll, .picture') || matchMedia('print').matches)
  .filter(each => each.getBoundingClientRect().right > width + 1).map(each => each.textContent.slice(0, 80))"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    account = Account(evidence(DEMO))
    path = tmp_path_factory.mktemp("report") / "report.html"
    text = html(account, {figure.name: PICTURE for figure in account.figures}, "2026-01-02")
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_runs_out_of_the_window_and_nothing_is_fetched(new_page, address, width):
    page = new_page(viewport={"width": width, "height": 844})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert asked == [address]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(WIDER, width) == []


def test_no_table_is_cut_on_a4_and_every_question_begins_a_page(new_page, address):
    page = new_page(viewport={"width": PRINTED, "height": 1000})
    page.emulate_media(media="print")
    page.goto(address)
    assert page.evaluate(WIDER, PRINTED) == []
    breaks = "[...document.querySelectorAll('section[id^=q]')].map(each => getComputedStyle(each).breakBefore)"
    assert set(page.evaluate(breaks)) == {"page"}
    assert page.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF")


def test_the_summary_leads_to_each_question(new_page, address):
    page = new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    for link in page.locator(".summary a").all():
        assert page.locator(f"section{link.get_attribute('href')} h2").count() == 1
