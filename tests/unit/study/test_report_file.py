"""The report: one file that fetches nothing, and trusts nothing that a file says."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lakeseg.study.account import Account
from lakeseg.study.document import markdown
from lakeseg.study.pictures import svg
from lakeseg.study.report import html
from tests.unit.study.answers.hands import DATASET, known, lakes, runs_of

HOSTILE = '<script>alert(1)</script> & "quoted" | *bold* [link](https://example.invalid)'
LARGEST = 3_000_000


class Tags(HTMLParser):
    """Collects the tags and attributes of a page, and what was left open."""

    def __init__(self):
        super().__init__()
        self.found, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "rect", "line", "path", "image"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in self.open:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def account():
    dataset = {**DATASET, "name": HOSTILE}
    networks = ("fcn-paper-8", "fcn-paper-8-rgb")
    return Account(known(*(runs_of(name, lakes(8, 2, 2, 88), dataset=dataset, title=HOSTILE) for name in networks)))


@pytest.fixture(scope="module")
def page(account):
    return html(account, {figure.name: svg(figure) for figure in account.figures}, "2026-01-02")


def test_the_page_is_whole_and_small(page):
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert len(page.encode()) < LARGEST
    assert "2026-01-02" in page


def test_it_fetches_nothing(page):
    tags = Tags()
    tags.feed(page)
    assert {tag for tag, _ in tags.found} & {"script", "link", "img", "iframe", "object", "embed", "base"} == set()
    fetched = [value for tag, attrs in tags.found for name, value in attrs.items() if name in ("src", "srcset", "data")]
    assert fetched == []
    assert not re.search(r"url\(\s*[\"']?(?!#)|@import", page)
    linked = [attrs.get("href") for tag, attrs in tags.found if tag == "a"]
    assert all(link.startswith("#") for link in linked)


def test_hostile_names_are_text(page):
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot;" in page
    assert not re.search(r"\son\w+=", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))


def test_ids_of_all_figures_are_their_own(page):
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_hostile_names_are_text_in_markdown_too(account):
    text = markdown(account)
    assert "<script" not in text.replace("\\<script", "")
    assert "](https://example" not in text.replace("\\](https", "")
    rows = [line for line in text.splitlines() if line.startswith("|") and "alert" in line]
    assert rows
    assert not any(re.search(r"(?<!\\)\| \\\*bold", row) for row in rows)


def test_it_says_what_has_not_run_and_what_is_missing(page):
    assert "Not run yet: " in page
    assert "unet-paper-16" in page


def test_without_any_run_it_says_what_to_do():
    empty = Account(replace(known(), parts={}))
    text = html(empty, {figure.name: svg(figure) for figure in empty.figures}, "2026-01-02")
    assert "Nothing was measured on this dataset yet" in text
    assert "<h2>Audit of the published study</h2>" in text
    assert markdown(empty).startswith("# The land–water study of 2018, done again\n")
