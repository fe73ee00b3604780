from pathlib import Path

import pytest
from playwright.sync_api import expect

APPS = Path(__file__).parent / "apps"


@pytest.fixture(scope="module")
def url(serve):
    return serve(APPS / "reviewer_app.py")


def test_a_browser_remembers_who_reviews_until_the_name_is_cleared(url, page):
    page.goto(url)
    expect(page.get_by_text("Reviewing: None")).to_be_visible()
    page.get_by_role("textbox", name="Reviewer").fill(" Ann ")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Reviewing: Ann")).to_be_visible()
    page.wait_for_function("localStorage.getItem('lakeseg.reviewer') === 'Ann'")
    page.goto(url)  # a link without a name, as a bookmark has it
    expect(page.get_by_text("Reviewing: Ann")).to_be_visible()
    page.get_by_role("textbox", name="Reviewer").fill("")
    page.keyboard.press("Enter")
    page.wait_for_function("localStorage.getItem('lakeseg.reviewer') === null")
    page.goto(url)
    expect(page.get_by_text("Reviewing: None")).to_be_visible()


def test_the_link_may_hold_the_name(url, page):
    page.goto(f"{url}/?reviewer=Bob")
    expect(page.get_by_text("Reviewing: Bob")).to_be_visible()


def test_a_link_with_another_name_than_the_browser_remembers_is_not_taken_in_silence(url, page):
    page.goto(f"{url}/?reviewer=Ann")
    page.wait_for_function("localStorage.getItem('lakeseg.reviewer') === 'Ann'")
    doubt = page.get_by_text("The link says Bob, this browser remembers Ann.")
    page.goto(f"{url}/?reviewer=Bob")
    expect(doubt).to_be_visible()
    assert page.evaluate("localStorage.getItem('lakeseg.reviewer')") == "Ann"
    page.get_by_role("button", name="Go on as Ann").click()
    expect(page.get_by_text("Reviewing: Ann")).to_be_visible()
    expect(doubt).to_have_count(0)
    page.goto(f"{url}/?reviewer=Bob")
    page.get_by_role("button", name="I am Bob").click()
    expect(doubt).to_have_count(0)
    page.wait_for_function("localStorage.getItem('lakeseg.reviewer') === 'Bob'")
    expect(page.get_by_text("Reviewing: Bob")).to_be_visible()
