"""Two reviewers settle all of the ponds by keyboard; agreement, consensus and files are what one works out by hand."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lakeseg.cli import main
from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.review import runs
from lakeseg.review.checks import Rates, purpose_at
from lakeseg.review.ledger import Ledger
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import HONEYPOT
from tests.e2e import ponds
from tests.e2e.desk import PATIENCE, at_the_desk, press, press_each

IN_ORDER = "rank=In+the+order+of+lakes"
SAID = {"w": "water", "l": "land", "u": "unsure", "m": "mixed"}
ANN, BEN = "wwllwu", "wlllwm"  # what they say of the squares A to F of a lake
WATER, LAND, OPEN = 1, 2, 3


@pytest.fixture(scope="module")
def dataset(review_data: Path) -> Dataset:
    return open_dataset(review_data / "ponds.h5")


@pytest.fixture
def ledger(dataset: Dataset, review_data: Path) -> Ledger:
    log = Log(open_engine(f"sqlite:///{review_data / 'review.db'}"))
    log.prepare()
    made = Ledger(dataset, log)
    made.refresh()
    return made


def text_of(square: str) -> str:
    return runs.encode(ponds.positions(square))


def consensus(number: int) -> np.ndarray:
    """The labels of a lake by hand, votes weighed by confidence (Ann 2 throughout; Ben 2, and 3 in the last lake)."""
    labels = ponds.pond(number).labels
    # A: both water. B: Ann water 2, Ben land 2, a tie; but 3 in the last lake. C, D: both land. E: both water.
    # F: Ann cannot tell, Ben 60 % water. In the last lake Ann calls 4 px water: 2 + 1.8 of water, 1.2 of land;
    # and 8 px land: 1.8 of water, 2 + 1.2 of land.
    last = number == ponds.LAKES - 1
    codes = {"A": WATER, "B": LAND if last else OPEN, "C": LAND, "D": LAND, "E": WATER, "F": WATER}
    for square, code in codes.items():
        labels.ravel()[ponds.positions(square)] = code
    if last:
        labels.ravel()[ponds.positions("F")[4:]] = LAND
    return labels


def settle_all(ann: Page, ben: Page) -> None:
    """Thirty regions each; then Ann takes the last verdict back and divides its region."""
    ben.keyboard.press("ArrowUp")  # mixed is now 60 % water
    expect(ben.get_by_role("button", name=re.compile("^Mixed 60 %"))).to_be_visible(timeout=PATIENCE)
    for lake in range(ponds.LAKES):
        if lake == ponds.LAKES - 1:
            ben.keyboard.press("3")
            expect(ben.get_by_role("button", name=re.compile("^Sure"))).to_have_attribute("kind", "primary")
        for keys in list(zip(ANN, BEN, strict=True))[: None if lake < ponds.LAKES - 1 else -1]:
            press_each(keys, (ann, ben))
    ann.keyboard.press(ANN[-1])
    ben.keyboard.press(BEN[-1])
    for page in (ann, ben):
        expect(page.get_by_text("All done. You settled every region: 300 px.")).to_be_visible()
    ann.keyboard.press("z")
    expect(ann.locator(".viewer")).to_have_attribute("data-guard", "open", timeout=PATIENCE)
    ann.keyboard.press("s")
    expect(ann.locator(".viewer")).to_have_attribute("data-drawn-pixels", "4")
    press(ann, "w")  # the part that is drawn
    ann.keyboard.press("l")  # the rest
    expect(ann.get_by_text("All done. You settled every region: 300 px.")).to_be_visible()


def go_to(page: Page, part: str) -> None:
    page.get_by_role("radio", name=part).click()


def metric(page: Page, name: str) -> str:
    found = page.get_by_test_id("stMetric").filter(has_text=name)
    return found.get_by_test_id("stMetricValue").inner_text()


def check_agreement(page: Page) -> None:
    # Water or land; mixed of 60 % is water, can't tell is left out. In px, the last lake's F added:
    #   both water A, E: 20 · 5 + 4 = 104; both land C, D: 20 · 5 = 100; Ann water, Ben land B: 8 · 5 = 40;
    #   Ann land, Ben water: 8. Of 252 px Ann calls 144 water and 108 land, Ben 112 and 140.
    #   Cohen: same 204/252, chance (144 · 112 + 108 · 140) / 252² = 31248/63504;
    #   kappa (51408 − 31248) / (63504 − 31248) = 20160/32256 = .625.
    #   Fleiss: mean shares 256/504 and 248/504, chance 127040/254016;
    #   kappa (205632 − 127040) / (254016 − 127040) = 78592/126976 = .619.
    go_to(page, "Agreement")
    expect(page.get_by_text("Fleiss' kappa")).to_be_visible()
    assert metric(page, "Fleiss' kappa").startswith(".619")
    assert metric(page, "Pairs that say the same") == "81.0 %"  # 204/252
    assert metric(page, "Pixels settled by several") == "252"
    assert metric(page, "Grounds") == "5"
    cell = "[data-testid=stVegaLiteChart] path[aria-label*='reviewer: Ann; and: Ben; kappa: 0.625;']"
    expect(page.locator(cell)).to_have_count(1)
    # Areas: B of each lake, and 8 px of the last F; four of them, B of the first four lakes, are ties.
    expect(page.get_by_text("6 areas · 48 px · 4 areas tied")).to_be_visible()


def check_outcome(page: Page) -> dict:
    # Water: A and E and F 8 + 12 + 12 = 32 px in four lakes, 8 + 12 + 4 in the last: 152. Land: C and D 20 px in four,
    # and with B and 8 px of F 36 in the last: 116. Tied: B of four lakes, 32.
    # Table 2: of 5 · 24² = 2880 px 1290 are water, 1290 land, 300 unclassified; then 1442, 1406 and 32.
    go_to(page, "Outcome")
    expect(page.get_by_text("268 of 300 unclassified px settled (89.3 %) · 32 tied")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("button", name="All numbers").click()
    return json.loads(taken.value.path().read_text())


def test_two_settle_thirty_regions_and_all_numbers_are_as_by_hand(
    new_page: Callable[..., Page],
    review_url: str,
    review_data: Path,
    ledger: Ledger,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dataset = ledger.dataset
    ann, ben = (at_the_desk(new_page(), review_url, name, IN_ORDER, "ponds") for name in ("Ann", "Ben"))
    settle_all(ann, ben)
    ledger.refresh()
    hers, his = ledger.mine("Ann")[::-1], ledger.mine("Ben")[::-1]
    squares = [(f"pond-{lake}", text_of(square)) for lake in range(ponds.LAKES) for square in ponds.ROWS]
    parts = [("pond-4", runs.encode(part)) for part in np.split(ponds.positions("F"), [4])]
    assert [(one.lake, one.runs) for one in his] == squares
    assert [(one.lake, one.runs) for one in hers] == [*squares[:-1], *parts]
    assert [one.verdict for one in his] == [SAID[key] for key in BEN * ponds.LAKES]
    assert [one.verdict for one in hers] == [SAID[key] for key in (ANN * ponds.LAKES)[:-1]] + ["water", "land"]
    assert {one.fraction for one in his if one.verdict == "mixed"} == {60}
    assert [one.confidence for one in his] == [2] * 24 + [3] * 6

    check_agreement(ann)
    numbers = check_outcome(ann)
    # All four verdicts: the same on 200 of 300 px; Ann 144, 108 and 48 of water, land and can't tell, Ben 100, 140 and
    # 60 of water, land and mixed; chance (144 · 100 + 108 · 140) / 300² = .328; kappa (2/3 − .328) / (1 − .328).
    assert numbers["agreement"][1]["cohen"][0]["kappa"] == pytest.approx((2 / 3 - 0.328) / 0.672)
    whole = numbers["table2"][0]
    assert [whole[f"{name} before"] for name in ("water", "land", "unclassified")] == [1290, 1290, 300]
    assert [whole[f"{name} after"] for name in ("water", "land", "unclassified")] == [1442, 1406, 32]
    counts = {name: numbers["consensus"][name] for name in ("water", "land", "tied", "too few")}
    assert counts == {"water": 152, "land": 116, "tied": 32, "too few": 0}
    ann.get_by_role("button", name="Write dataset").click()
    expect(ann.get_by_text(re.compile("ponds-reviewed.h5 is written"))).to_be_visible()
    written = open_dataset(review_data / "ponds-reviewed.h5")
    monkeypatch.setenv("LAKESEG_DATA", str(review_data))
    export = ["review", "export", "--dataset", str(dataset.path), "--to", str(tmp_path / "ponds.npz"), "--json"]
    assert main(export) == 0
    command = json.loads(capsys.readouterr().out)["import"]
    assert main(shlex.split(command)[3:]) == 0
    imported = open_dataset(tmp_path / "ponds-imported.h5")
    for number, name in enumerate(dataset.lake_ids):
        for found in (written.lake(name), imported.lake(name)):
            assert np.array_equal(found.labels, consensus(number))
            assert np.array_equal(found.image, ponds.pond(number).image)
            assert found.group == f"ground {number}"
    train = ["train", "--model", "logistic", "--dataset", str(written.path), "--out", str(tmp_path / "models")]
    assert main([*train, "--split", ".6,.2,.2"]) == 0


def test_all_alike_are_accepted_with_one_key_and_taken_back_with_one(
    page: Page, review_url: str, ledger: Ledger
) -> None:
    at_the_desk(page, review_url, "Cara", IN_ORDER, "ponds")
    press(page, "ArrowRight")
    press(page, "ArrowRight")  # A and B are skipped; of C and D both models are sure: 10 regions, (8 + 12) · 5 px
    page.keyboard.press("b")
    expect(page.get_by_text("10 regions, 100 px")).to_be_visible()
    press(page, "a")
    expect(page.get_by_text("Land · 10 regions · 100 px — Z takes them back")).to_be_visible()
    ledger.refresh()
    mine = ledger.mine("Cara")
    assert sorted((one.lake, one.runs) for one in mine) == sorted(
        (f"pond-{lake}", text_of(square)) for lake in range(ponds.LAKES) for square in "CD"
    )
    assert {(one.verdict, one.purpose) for one in mine} == {("land", "bulk")}
    press(page, "z")
    ledger.refresh()
    assert not ledger.mine("Cara")


def test_a_honeypot_looks_like_a_region_and_settles_nothing(page: Page, review_url: str, ledger: Ledger) -> None:
    rates = Rates(honeypots=0.25)
    names = (f"Dora {number}" for number in range(99))
    name = next(one for one in names if [purpose_at(turn, one, rates) for turn in (0, 1)] == [HONEYPOT, None])
    at_the_desk(page, review_url, name, f"{IN_ORDER}&honeypots=25", "ponds")
    expect(page.locator(".panel[data-key=map], .panel[data-key=rule]")).to_have_count(0)
    press(page, "w")
    press(page, "l")
    ledger.refresh()
    region, pot = ledger.mine(name)
    assert (pot.purpose, pot.pixels in {8, 12}) == (HONEYPOT, True)
    labels = ponds.pond(0).labels.ravel()[runs.decode(pot.runs)]
    assert len(set(labels.tolist())) == 1  # all water, or all land
    assert labels[0] != OPEN
    assert (region.purpose, region.lake, region.runs) == ("review", "pond-0", text_of("A"))
    assert ledger.pixels_by_reviewer()[name] == 8


def test_a_browser_that_knows_no_name_is_asked_for_one_first(page: Page, review_url: str) -> None:
    page.goto(f"{review_url}/review?dataset=ponds")
    name = page.get_by_role("textbox", name="Reviewer")
    expect(page.get_by_text("Verdicts are kept under a name: choose yours.")).to_be_visible()
    expect(page.locator(".viewer")).to_have_count(0)
    name.fill("Emil")
    page.keyboard.press("Enter")
    expect(page.locator(".viewer")).to_have_attribute("data-guard", "open", timeout=PATIENCE)
