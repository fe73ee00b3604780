"""Kappa against published examples, an independent library, and numbers by hand."""

import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from lakeseg.errors import ConfigError
from lakeseg.review.agreement import CLASSES, LEAST_GROUNDS, WORDS, agreement, cohen, fleiss
from lakeseg.review.verdicts import Verdict
from lakeseg.review.votes import votes_of
from tests.lakes import make_table

# Fleiss (1971), table 1: six psychiatrists, thirty patients, five diagnoses. Published: kappa .430, agreement .5556.
DIAGNOSES = """
444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445
333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555"""

# Gwet (2014): four raters, twelve subjects, some not rated (0). The last was rated once and says nothing of agreement.
GWET = ["123321412000", "123322412503", "033323422510", "123324412510"]


def test_fleiss_gives_what_fleiss_published():
    table = np.array([[int(sign) for sign in patient] for patient in DIAGNOSES.split()])
    found = fleiss(table, np.arange(30), 5)
    assert table.shape == (30, 6)
    assert found.value == pytest.approx(0.430, abs=5e-4)
    assert found.same == pytest.approx(0.5556, abs=5e-5)
    assert found.pixels == found.grounds == 30


def test_fleiss_with_unequal_numbers_of_raters_by_hand():
    # Subjects 1–11: 1 (1,1,1) · 2 (2,2,3,2) · 3, 4 (3×4) · 5 (2×4) · 6 (1,2,3,4) · 7 (4×4) · 8 (1,1,2,1) · 9 (2×4) ·
    # 10 (5,5,5) · 11 (1,1). Pairs that agree: all in eight, none in the sixth, 3·2 / (4·3) in the second and eighth:
    # 9 / 11. Mean shares, in elevenths: 1: 1 + 1/4 + 3/4 + 1; 2: 3/4 + 1 + 1/4 + 1/4 + 1; 3: 1/4 + 1 + 1 + 1/4;
    # 4: 1/4 + 1; 5: 1. Chance: (9 + 10.5625 + 6.25 + 1.5625 + 1) / 121 = 28.375 / 121.
    # Gwet, who takes chance from the twelfth too, gets .761; without it this is .762.
    table = np.array([[int(sign) for sign in rater] for rater in GWET]).T
    same, chance = 9 / 11, 28.375 / 121
    found = fleiss(table, np.arange(12), 5)
    assert found.value == pytest.approx((same - chance) / (1 - chance))
    assert found.pixels == 11


@pytest.mark.parametrize("k", [2, 3, 4])
def test_cohen_agrees_with_scikit_learn(k):
    rng = np.random.default_rng(k)
    first = rng.integers(1, k + 1, 500)
    second = np.where(rng.random(500) < 0.6, first, rng.integers(1, k + 1, 500))
    found = cohen(first, second, rng.integers(0, 20, 500), k, draws=50)
    assert found.value == pytest.approx(cohen_kappa_score(first, second))
    assert found.interval.low < found.value < found.interval.high
    assert found.grounds == 20


def test_cohen_counts_only_what_both_rated():
    # Both rated four: 1 1, 1 1, 2 2, 1 2. Same 3/4; chance (3/4)(2/4) + (1/4)(2/4) = 1/2; kappa (3/4 − 1/2) / (1/2).
    found = cohen(np.array([1, 1, 2, 1, 0, 2]), np.array([1, 1, 2, 2, 1, 0]), np.zeros(6, int), 2)
    assert (found.value, found.same, found.pixels, found.grounds) == (0.5, 0.75, 4, 1)


def test_one_ground_gives_no_interval_however_many_pixels():
    ratings = np.random.default_rng(0).integers(1, 3, (2, 1000))
    few = cohen(*ratings, np.arange(1000) % (LEAST_GROUNDS - 1), 2, draws=20)
    enough = cohen(*ratings, np.arange(1000) % LEAST_GROUNDS, 2, draws=20)
    assert math.isnan(few.interval.low)
    assert not math.isnan(enough.interval.low)


def test_pixels_of_one_region_do_not_narrow_an_interval():
    """Each decision repeated over a hundred pixels of its ground says no more than the decision alone."""
    first, second = np.array([1, 2, 1, 1, 2, 2, 1, 2]), np.array([1, 2, 2, 1, 2, 1, 1, 2])
    alone = cohen(first, second, np.arange(8), 2)
    repeated = cohen(first.repeat(100), second.repeat(100), np.arange(8).repeat(100), 2)
    assert (repeated.interval.low, repeated.interval.high) == pytest.approx((alone.interval.low, alone.interval.high))


def test_kappa_is_undefined_where_all_say_the_same_and_where_nobody_meets():
    ones = np.ones(3, int)
    assert math.isnan(cohen(ones, ones, np.arange(3), 2).value)
    assert cohen(ones, ones, np.arange(3), 2).same == 1
    nobody = fleiss(np.array([[1, 0], [0, 2]]), np.arange(2), 2)
    assert math.isnan(nobody.value)
    assert nobody.pixels == 0


def said(reviewer: str, words: str) -> list[Verdict]:
    """Verdicts of one reviewer on the lakes lake0, lake1, … of one pixel: W, L, U, a digit for tenths of water."""
    names = {"W": "water", "L": "land", "U": "unsure"}
    out = []
    for n, word in enumerate(words):
        if word != "-":
            fraction = int(word) * 10 if word.isdigit() else None
            out.append(Verdict("f", f"lake{n}", "0:1", 1, names.get(word, "mixed"), reviewer, fraction))
    return out


def test_agreement_of_three_reviewers_by_hand():
    lakes = make_table([f"g{n}" for n in range(6)])
    verdicts = said("ann", "WWLL5U") + said("bob", "WLLLWL") + said("cy", "--L--W")
    found = agreement(votes_of(verdicts, lakes), lakes, CLASSES, draws=20)
    pairs = {(one.first, one.second): one.kappa for one in found.pairs}
    # Classes: ann W W L L W –, bob W L L L W L, cy – – L – – W. Ann and bob share five pixels: W W, W L, L L, L L, W W.
    # Same 4/5, chance (3·2 + 2·3) / 25 = 12/25; kappa (20 − 12) / (25 − 12) = 8/13.
    assert pairs["ann", "bob"].value == pytest.approx(8 / 13)
    assert pairs["ann", "bob"].pixels == 5
    # Ann and cy share one pixel on which both say land: chance is 1.
    assert math.isnan(pairs["ann", "cy"].value)
    # Pixels of two and more: five with ann and bob, the last with bob and cy (L, W). Agreement 1 0 1 1 1 0 = 4/6.
    # Mean share of water: (1 + 1/2 + 0 + 0 + 1 + 1/2) / 6 = 1/2, so chance is 1/2; kappa (2/3 − 1/2) / (1/2) = 1/3.
    assert found.together.value == pytest.approx(1 / 3)
    assert (found.together.pixels, found.together.grounds) == (6, 6)


def test_the_very_verdicts_agree_less_than_their_classes():
    lakes = make_table(["a", "b", "c"])
    votes = votes_of(said("ann", "W6U") + said("bob", "WWU"), lakes)
    assert agreement(votes, lakes, CLASSES).together.same == 1
    # W W, mixed W, U U: two of three the same.
    assert agreement(votes, lakes, WORDS).together.same == pytest.approx(2 / 3)


def test_an_unknown_scale_lists_the_scales():
    lakes = make_table(["a"])
    with pytest.raises(ConfigError, match="water or land"):
        agreement(votes_of([], lakes), lakes, "colours")


def test_no_verdicts_no_agreement():
    lakes = make_table(["a"])
    found = agreement(votes_of([], lakes), lakes)
    assert found.pairs == ()
    assert math.isnan(found.together.value)
