"""What must hold of any verdicts: cutting, order and names do not matter, and agreement stays in its bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from lakeseg.data.table import LakeTable
from lakeseg.review import runs
from lakeseg.review.agreement import SCALES, agreement
from lakeseg.review.consensus import Rule, consensus
from lakeseg.review.disagreements import disagreements
from lakeseg.review.verdicts import VERDICTS, Verdict
from lakeseg.review.votes import votes_of

SIZE = 12


def table(count: int = 3) -> LakeTable:
    """Lakes "0", "1", … of 3×4 px, each on ground of its own."""
    names = np.array([str(n) for n in range(count)], "S")
    texts = {"id": names, "group": names, "domain": np.full(count, b""), "date": np.full(count, b"")}
    sides = {"height": np.full(count, 3, np.int32), "width": np.full(count, 4, np.int32)}
    place = np.full(count, np.nan)
    return LakeTable({"offset": np.arange(count) * SIZE, **sides, "lon": place, "lat": place, **texts})


@some.composite
def a_verdict(draw) -> Verdict:
    positions = np.array(sorted(draw(some.sets(some.integers(0, SIZE - 1), min_size=1))))
    what = draw(some.sampled_from(VERDICTS))
    fraction = draw(some.integers(0, 100)) if what == "mixed" else None
    lake, who = draw(some.sampled_from("012")), draw(some.sampled_from(["ann", "bo", "cy"]))
    confidence = draw(some.integers(1, 3))
    return Verdict("f", lake, runs.encode(positions), len(positions), what, who, fraction, confidence)


verdicts = some.lists(a_verdict(), max_size=12)
rules = some.builds(Rule, some.booleans(), some.integers(1, 3))
LAKES = table()


def labels(said: list[Verdict], rule: Rule) -> dict[int, int]:
    found = consensus(votes_of(said, LAKES), rule)
    return dict(zip(found.pixel.tolist(), found.label.tolist(), strict=True))


@given(verdicts, rules)
def test_how_regions_were_cut_does_not_matter(said, rule):
    single = [
        replace(one, runs=f"{position}:1", pixels=1) for one in said for position in runs.decode(one.runs).tolist()
    ]
    assert labels(said, rule) == labels(single, rule)


@given(verdicts, rules)
def test_neither_names_nor_the_order_among_reviewers_matter(said, rule):
    by_reviewer = sorted(said, key=lambda one: one.reviewer, reverse=True)  # each one's own order stays
    renamed = [replace(one, reviewer={"ann": "z", "bo": "y", "cy": "x"}[one.reviewer]) for one in by_reviewer]
    assert labels(said, rule) == labels(renamed, rule)


@given(verdicts, rules)
def test_water_and_land_turned_round_turn_the_labels_round(said, rule):
    turned = {"water": "land", "land": "water"}
    other = [
        replace(
            one,
            verdict=turned.get(one.verdict, one.verdict),
            fraction=None if one.fraction is None else 100 - one.fraction,
        )
        for one in said
    ]
    swap = {1: 2, 2: 1, 3: 3}
    assert labels(other, rule) == {pixel: swap[label] for pixel, label in labels(said, rule).items()}


@given(verdicts, some.sampled_from(SCALES))
def test_agreement_stays_in_its_bounds_and_is_full_with_oneself(said, scale):
    votes = votes_of(said, LAKES)
    for kappa in [
        agreement(votes, LAKES, scale, 10).together,
        *(p.kappa for p in agreement(votes, LAKES, scale, 10).pairs),
    ]:
        assert np.isnan(kappa.value) or -1 - 1e-9 <= kappa.value <= 1 + 1e-9
        assert np.isnan(kappa.same) or 0 <= kappa.same <= 1
    twin = votes_of([*said, *(replace(one, reviewer=f"{one.reviewer}'s twin") for one in said)], LAKES)
    for pair in agreement(twin, LAKES, scale, 10).pairs:
        if pair.second == f"{pair.first}'s twin":
            assert pair.kappa.same == 1


@given(verdicts)
def test_disagreements_are_disjoint_and_lie_where_classes_differ(said):
    votes = votes_of(said, LAKES)
    found = disagreements(votes, LAKES, consensus(votes))
    pixels = [(one.lake, position) for one in found for position in runs.decode(one.runs).tolist()]
    assert len(pixels) == len(set(pixels)) == sum(one.pixels for one in found)
    classes = votes.table(votes.classes)
    differ = (classes == 1).any(axis=1) & (classes == 2).any(axis=1) if len(votes) else np.empty(0, bool)
    assert len(pixels) == int(differ.sum())
