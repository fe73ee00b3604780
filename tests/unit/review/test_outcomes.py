"""Disagreements, reviewers' scores, opinions of others, truth and effect, on lakes small enough for numbers by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lakeseg.analysis.comparing import paired_difference
from lakeseg.analysis.selection import choose_lakes
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.cards import Card
from lakeseg.data.dataset import open_dataset
from lakeseg.data.simulate.labellers import spectral_rule
from lakeseg.data.write import write_dataset
from lakeseg.metrics import Scores, classes, confusion
from lakeseg.review import truth
from lakeseg.review.consensus import consensus, write_consensus
from lakeseg.review.disagreements import disagreements
from lakeseg.review.effect import changed, effect, table2
from lakeseg.review.opinions import MAP, RULE, facts, opinions, says
from lakeseg.review.report import fitting
from lakeseg.review.reviewers import Tries, repeats, reviewers
from lakeseg.review.verdicts import Verdict
from lakeseg.review.votes import votes_of
from lakeseg.store import ModelStore
from tests.lakes import HEADER, make_lake

W, L, U = 1, 2, 3


def said(runs: str, what: str | int, by: str, lake: str = "a", **more) -> Verdict:
    count = sum(int(run.split(":")[1]) for run in runs.split(","))
    verdict, fraction = ("mixed", what) if isinstance(what, int) else (what, None)
    return Verdict("f", lake, runs, count, verdict, by, fraction, **more)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Lakes "a" and "b" of 2×5 px: the first row unclassified, the second water water land land, and one without label.
    The truth of the first row is 0, 25, 50, 75 and 100 percent."""
    labels = np.array([[U] * 5, [W, W, L, L, 0]], np.uint8)
    fractions = np.array([[0, 25, 50, 75, 100], [100, 100, 0, 0, 0]], np.uint8)
    lakes = [
        replace(make_lake(name, 2, 5, seed=seed), labels=labels, truth=fractions, domain=domain)
        for seed, (name, domain) in enumerate([("a", "arid"), ("b", "polar")])
    ]
    return write_dataset(tmp_path_factory.mktemp("outcomes") / "d.h5", HEADER, lakes)


@pytest.mark.parametrize("of_pixels", [False, True])
def test_only_models_that_are_known_not_to_have_seen_the_lakes_are_measured(dataset, of_pixels):
    about = {"fingerprint": "another", "groups_seen": [], "of_pixels": of_pixels}
    card = Card("T", "", {"kind": "logistic"}, dataset.bands, 8, dataset=about)
    assert fitting(dataset, [card]) == ([] if of_pixels else [card])


def test_disagreements_are_pixels_on_which_the_same_verdicts_differ(dataset):
    verdicts = [
        said("0:4", "water", "ann"),
        said("2:3", "land", "bob"),  # differs from ann on 2 and 3
        said("3:1", "water", "cy", confidence=3),  # on 3 a third one, and more weight on water
        said("0:1", "unsure", "bob"),  # contradicts nobody
        said("1:1", 80, "cy"),  # water by its half
        said("0:5", 40, "dee", "b"),
        said("0:5", 60, "eve", "b"),
    ]
    votes = votes_of(verdicts, dataset.lakes)
    found = disagreements(votes, dataset.lakes, consensus(votes))
    assert [(one.lake, one.runs, one.apart, one.tied) for one in found] == [
        ("a", "2:1", 100, True),  # 2 against 2; 100 points of one pixel, as many as the next: by name
        ("b", "0:5", 20, True),  # 40 + 60 against 60 + 40
        ("a", "3:1", 100, False),
    ]
    assert {one.reviewer for one in found[2].verdicts} == {"ann", "bob", "cy"}


def test_nobody_differs_where_one_reviews_alone(dataset):
    votes = votes_of([said("0:4", "water", "ann"), said("1:1", "land", "ann")], dataset.lakes)
    assert disagreements(votes, dataset.lakes, consensus(votes)) == []


def test_wilsons_interval_as_published():
    # Newcombe, Statistics in Medicine 17 (1998) 857–872, table I, method 3: 81 of 263 → .2553 to .3662.
    low, high = Tries(81, 263).interval
    assert (low, high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    assert Tries(0, 20).interval == (0.0, pytest.approx(0.1611, abs=5e-5))  # the same table
    assert all(math.isnan(end) for end in Tries(0, 0).interval)


def test_reviewers_by_hand(dataset):
    verdicts = [
        said("0:2", "water", "ann", seconds=4.0),
        said("1:2", "land", "ann", seconds=10.0),
        said("4:1", "unsure", "ann", purpose="bulk"),
        said("5:2", "water", "ann", purpose="honeypot"),  # right
        said("7:2", "water", "ann", purpose="honeypot"),  # wrong: land
        said("7:2", "unsure", "ann", purpose="honeypot"),  # not right either
        said("0:1", "water", "ann", purpose="repeat"),  # as before
        said("1:1", 60, "ann", purpose="repeat"),  # land was his last word on it
        said("3:1", "land", "ann", purpose="repeat"),  # never seen before: no try
        said("0:9", "land", "ann", undone_by="ann"),
        said("7:2", 30, "bob", purpose="honeypot", seconds=1.0),  # land by its half
    ]
    ann, bob = reviewers(dataset, verdicts, votes_of(verdicts, dataset.lakes))
    assert (ann.name, ann.verdicts, ann.pixels, ann.unsure, ann.seconds) == ("ann", 3, 4, 1, 7.0)
    assert (ann.honeypots, ann.repeats) == (Tries(1, 3), Tries(1, 2))
    assert (bob.verdicts, bob.honeypots) == (0, Tries(1, 1))
    assert math.isnan(bob.seconds)


def test_a_repeat_is_compared_with_the_last_word_before_it():
    told = [said("0:3", "water", "ann"), said("0:1", "land", "ann"), said("0:1", "land", "ann", purpose="repeat")]
    assert repeats(told) == Tries(1, 1)
    assert repeats([told[2], *told[:2]]) == Tries(0, 0)


def test_one_pixel_that_was_judged_anew_does_not_speak_for_a_repeat_of_three():
    told = [said("0:3", "water", "ann"), said("0:1", "land", "ann"), said("0:3", "water", "ann", purpose="repeat")]
    assert repeats(told) == Tries(1, 1)


def test_truth_by_hand(dataset):
    verdicts = [
        said("0:2", "land", "ann", confidence=3),  # 0, 25: both right
        said("2:3", "land", "bob", confidence=1),  # 50, 75, 100: all wrong
        said("3:2", "water", "ann", confidence=3),  # 75, 100: both right
        said("1:3", 55, "cy"),  # mean 50: 5 points off
        said("0:2", 50, "cy", "b"),  # mean 12.5: 37.5 points off
        said("4:1", "unsure", "cy"),
    ]
    votes = votes_of(verdicts, dataset.lakes)
    known = facts(dataset, votes.pixels).truth
    found = {one.kind: one for one in truth.by_verdict(votes, known, dataset.lakes)}
    assert (found["water"].right.count, found["water"].right.pixels, found["water"].true_water) == (2, 2, 0.875)
    assert (found["land"].verdicts, found["land"].right.count, found["land"].right.pixels) == (2, 2, 5)
    assert (found["mixed"].right.count, found["mixed"].right.pixels) == (1, 2)
    assert found["mixed"].off == pytest.approx((5 + 37.5) / 2)
    assert found["unsure"].right is None
    by = {one.kind: one.right.share for one in truth.by_confidence(votes, known, dataset.lakes)}
    assert by == {"1": 0.0, "3": 1.0}
    who = {one.kind: one.right for one in truth.by_reviewer(votes, known, dataset.lakes)}
    # Cy's mixed as classes: 55 is water on 25, 50, 75 (two right), 50 is water on 0, 25 (none right).
    assert (who["cy"].count, who["cy"].pixels) == (2, 5)
    assert math.isnan(who["ann"].interval.low)  # one ground bears no interval


def test_truth_of_the_consensus(dataset):
    votes = votes_of(
        [said("0:2", "land", "ann"), said("2:1", "land", "ann"), said("2:1", "water", "bob")], dataset.lakes
    )
    found = truth.of_consensus(consensus(votes), facts(dataset, votes.pixels).truth, dataset.lakes)
    assert (found.count, found.pixels) == (2, 2)  # the tie on the third is no answer


def test_table_2_moves_what_was_settled(dataset):
    votes = votes_of(
        [said("0:3", "water", "ann"), said("3:1", "land", "ann"), said("4:3", "land", "bob")], dataset.lakes
    )
    found = consensus(votes)
    change = changed(found, facts(dataset, votes.pixels))
    assert change.pixel.tolist() == [0, 1, 2, 3, 4]  # 5 and 6 are labelled water
    whole, arid, polar = table2(dataset, change)
    assert (whole["domain"], arid["domain"], polar["domain"]) == ("all", "arid", "polar")
    assert [whole[f"{name} before"] for name in ("water", "land", "unclassified")] == [4, 4, 10]
    assert [whole[f"{name} after"] for name in ("water", "land", "unclassified")] == [7, 6, 5]
    assert [polar[f"{name} after"] for name in ("water", "land", "unclassified")] == [2, 2, 5]


@pytest.fixture(scope="module")
def reviewed(lab, tmp_path_factory):
    """Two reviewers on the lab's dataset of three classes: one says water on all open pixels, one the truth on half."""
    dataset = open_dataset(lab / "data" / "dataset1.h5")
    verdicts = []
    for lake in dataset.iter_lakes():
        open_ = np.flatnonzero(lake.labels.ravel() == U)
        verdicts.append(Verdict("f", lake.id, runs_of(open_), len(open_), "water", "ann"))
        half = open_[::2]
        water = lake.truth.ravel()[half] >= 50
        for part, what in ((half[water], "water"), (half[~water], "land")):
            verdicts.append(Verdict("f", lake.id, runs_of(part), len(part), what, "bob", confidence=3))
    return dataset, votes_of(verdicts, dataset.lakes), PredictionCache(lab / "data" / ".cache" / "predictions")


def runs_of(positions: np.ndarray) -> str:
    return ",".join(f"{position}:1" for position in positions)


def test_the_effect_is_that_of_scoring_the_written_dataset_anew(lab, reviewed, tmp_path):
    dataset, votes, cache = reviewed
    found = consensus(votes)
    new = write_consensus(tmp_path / "new.h5", dataset, votes, found, "")
    card = ModelStore(lab / "models").card("logistic")
    made = effect(dataset, card, cache, changed(found, facts(dataset, votes.pixels)))
    assert made.problem == ""
    ids, _ = choose_lakes(card, dataset, "test")
    assert made.lakes == len(ids)
    predicted = [cache.get(CacheKey(dataset.fingerprint, lake_id, card.fingerprint)) for lake_id in ids]
    tables = []
    for one in (dataset, new):
        pairs = zip(one.iter_lakes(ids), predicted, strict=True)
        tables.append(np.array([confusion(lake.labels, classes(values)) for lake, values in pairs]))
    groups = [dataset.lake(lake_id).group for lake_id in ids]
    for moved in made.moved:
        before, after = (getattr(Scores.from_confusion(table.sum(axis=0)), moved.metric) for table in tables)
        assert (moved.before, moved.after) == (before, after)
        expected = paired_difference(tables[1], tables[0], groups, moved.metric)
        assert moved.difference == expected
    assert made.pixels_after - made.pixels_before == int((new.labels(ids) != dataset.labels(ids)).sum())


def test_a_model_that_was_not_run_says_so(lab, reviewed, tmp_path):
    dataset, votes, _ = reviewed
    card = ModelStore(lab / "models").card("logistic")
    change = changed(consensus(votes), facts(dataset, votes.pixels))
    made = effect(dataset, card, PredictionCache(tmp_path), change)
    assert made.problem == "not all of its lakes are predicted yet"
    assert made.moved == ()


def test_nothing_settled_changes_nothing(lab, reviewed):
    dataset, _, cache = reviewed
    votes = votes_of([], dataset.lakes)
    change = changed(consensus(votes), facts(dataset, votes.pixels))
    made = effect(dataset, ModelStore(lab / "models").card("logistic"), cache, change)
    assert {moved.difference.value for moved in made.moved} == {0.0}
    assert table2(dataset, change)[0]["unclassified after"] == int(dataset.total_counts()[U])


def test_opinions_of_models_and_labellers(lab, reviewed):
    dataset, votes, cache = reviewed
    known = facts(dataset, votes.pixels)
    card = ModelStore(lab / "models").card("logistic")
    others = {"logistic": says(dataset, votes.pixels, card, cache), **known.labellers}
    found = {(one.reviewer, one.other): one.kappa for one in opinions(votes, dataset, others, draws=20)}
    assert set(known.labellers) == {MAP, RULE}
    # The labellers contradict each other on every open pixel, so what one has the other has not.
    assert found["ann", MAP].same + found["ann", RULE].same == pytest.approx(1)
    bob = votes.table(votes.classes)[:, votes.reviewers.index("bob")]
    mask = bob > 0
    assert found["bob", "logistic"].same == pytest.approx((others["logistic"][mask] == bob[mask]).mean())
    assert found["bob", "logistic"].pixels == mask.sum()


def test_labellers_of_settled_labels_are_not_guessed(lab, reviewed, tmp_path):
    """Where reviewers say what the rule says, labels look as if both labellers had agreed."""
    dataset, _, _ = reviewed
    rule = []
    for lake in dataset.iter_lakes():
        open_ = np.flatnonzero(lake.labels.ravel() == U)[:-1]  # one stays to be asked about
        water = spectral_rule(lake.image).ravel()[open_]
        parts = ((open_[water], "water"), (open_[~water], "land"))
        rule += [Verdict("f", lake.id, runs_of(part), len(part), what, "ann") for part, what in parts if len(part)]
    votes = votes_of(rule, dataset.lakes)
    new = write_consensus(tmp_path / "as-the-rule.h5", dataset, votes, consensus(votes), "")
    assert set(facts(dataset, votes.pixels).labellers) == {MAP, RULE}
    assert facts(new, votes.pixels).labellers == {}
