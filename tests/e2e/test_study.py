"""What a speaker does on Study, in a real browser on the lab of `tests/conftest.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lakeseg.data.dataset import open_dataset
from lakeseg.study import runs
from lakeseg.study.results import origin
from lakeseg.ui.study.choices import QUESTIONS
from tests.unit.study.answers.hands import run as made_run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def url(serve: Callable[..., str], lab: Path) -> Iterator[str]:
    """The address of the app on the lab, with runs of a network on its second dataset: F1 of water 2·8 / 20 = .8."""
    dataset = open_dataset(lab / "data" / "dataset2.h5")
    folder = runs.folder_of(dataset.fingerprint, lab / "data" / ".cache" / "results")
    scores = dict.fromkeys(("study", "fair", "chosen"), [[8, 2, 2, 88]] * 4)
    for seed in range(3):
        runs.save(made_run("fcn-paper-16", seed, scores, dataset=origin(dataset)), folder)
    folders = {"LAKESEG_DATA": str(lab / "data"), "LAKESEG_MODELS": str(lab / "models"), "LAKESEG_WARM": "0"}
    yield serve(ROOT / "app.py", folders)
    for path in folder.glob("*.json"):
        path.unlink()


def chosen(page: Page, name: str) -> None:
    expect(page.get_by_role("radio", name=name, exact=True)).to_have_attribute("aria-checked", "true", timeout=30_000)


def test_a_speaker_turns_through_the_questions(page: Page, url: str) -> None:
    page.goto(f"{url}/study")
    chosen(page, "1 Naive")
    expect(page.get_by_text("3 runs of 1 model")).to_be_visible()  # the dataset with runs, of two
    expect(page.get_by_role("heading", name="the FCN beats the naive classifiers at 16 px")).to_be_visible()
    for name in QUESTIONS[1:]:
        page.get_by_role("radio", name=name, exact=True).click()
        expect(page).to_have_url(re.compile(re.escape(f"question={name.replace(' ', '+')}")), timeout=30_000)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_role("heading", name="14 audited points")).to_be_visible()
    page.get_by_role("heading", name="14 audited points").click()  # the focus leaves the row of questions
    page.keyboard.press("ArrowLeft")
    chosen(page, "6 Better")


def test_a_link_opens_the_same_question(page: Page, url: str) -> None:
    page.goto(f"{url}/study?dataset=dataset2&question=4+U-Net")
    chosen(page, "4 U-Net")
    page.reload()
    chosen(page, "4 U-Net")
    page.goto(f"{url}/study?dataset=dataset2&question=audit&point=7")  # the first words are enough
    chosen(page, "Audit")
    expect(page.get_by_role("heading", name="7 Not fully convolutional")).to_be_visible(timeout=30_000)
    expect(page).to_have_url(re.compile("question=Audit"))


def test_how_sure_it_is_takes_one_click(page: Page, url: str) -> None:
    page.goto(f"{url}/study?dataset=dataset2&question=1")
    chosen(page, "1 Naive")
    page.get_by_role("button", name="What would change it").click()
    expect(page.get_by_test_id("stPopoverBody").get_by_role("listitem").first).to_be_visible()
    with page.expect_download() as made:
        page.get_by_role("button", name="Report").click()
    assert made.value.suggested_filename == "dataset2-study.html"
