from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from lakeseg.errors import ConfigError
from lakeseg.review import runs
from lakeseg.review.verdicts import Verdict
from lakeseg.review.votes import NOTHING, decoded, votes_of
from tests.lakes import make_dataset


@pytest.fixture(scope="module")
def lakes(tmp_path_factory):
    """a0 of 3×4 px from row 0 of the file on, a1 of 2×5 px from row 12 on."""
    return make_dataset(tmp_path_factory.mktemp("votes") / "d.h5", [(3, 4), (2, 5)], codes=(3,)).lakes


def verdict(text: str, lake: str = "a0", what: str = "water", by: str = "ann", **more) -> Verdict:
    return Verdict("f", lake, text, len(runs.decode(text)), what, by, **more)


def test_votes_stand_at_their_pixels_of_the_file(lakes):
    votes = votes_of([verdict("1:2"), verdict("0:2", "a1", "land", "bob", confidence=3)], lakes)
    assert votes.pixel.tolist() == [1, 2, 12, 13]
    assert [votes.reviewers[one] for one in votes.reviewer] == ["ann", "ann", "bob", "bob"]
    assert votes.percent.tolist() == [100, 100, 0, 0]
    assert votes.confidence.tolist() == [2, 2, 3, 3]
    assert votes.classes.tolist() == [1, 1, 2, 2]


def test_the_latest_vote_of_a_reviewer_stands_pixel_by_pixel(lakes):
    votes = votes_of([verdict("0:4"), verdict("2:3", what="land"), verdict("2:1", by="bob", what="unsure")], lakes)
    mine = votes.reviewer == 0
    assert dict(zip(votes.pixel[mine].tolist(), votes.percent[mine].tolist(), strict=True)) == {
        0: 100, 1: 100, 2: 0, 3: 0, 4: 0,
    }  # fmt: skip
    assert votes.percent[~mine].tolist() == [NOTHING]
    assert votes.table(votes.code + 1)[2].tolist() == [2, 3]  # land by ann, can't tell by bob


def test_what_was_taken_back_or_only_measured_is_no_vote(lakes):
    water = verdict("0:1")
    gone = [replace(water, undone_by="ann"), replace(water, purpose="honeypot"), replace(water, purpose="repeat")]
    votes = votes_of([*gone, replace(water, purpose="bulk", runs="5:1")], lakes)
    assert votes.pixel.tolist() == [5]


def test_mixed_is_water_from_half_on(lakes):
    votes = votes_of(
        [verdict(f"{n}:1", what="mixed", fraction=fraction) for n, fraction in enumerate([49, 50, 51])], lakes
    )
    assert votes.classes.tolist() == [2, 1, 1]


def test_no_verdicts_give_no_votes(lakes):
    votes = votes_of([], lakes)
    assert len(votes) == len(votes.pixels) == 0
    assert votes.table(votes.code).shape == (0, 0)


def test_what_another_program_wrote_is_passed_over(lakes):
    good = verdict("0:1")
    bad = [verdict("9:2", "a1"), verdict("0:1", "a9"), replace(good, runs="x"), replace(good, runs="3:1,1:1")]
    assert votes_of([*bad, good], lakes).verdicts == (good,)


@given(some.lists(some.sets(some.integers(0, 60), min_size=1), max_size=6))
def test_many_texts_are_read_as_each_alone(sets):
    texts = [runs.encode(np.array(sorted(one))) for one in sets]
    positions, counts = decoded(texts)
    assert positions.tolist() == [position for one in sets for position in sorted(one)]
    assert counts.tolist() == [len(one) for one in sets]


@pytest.mark.parametrize("text", ["x", "1", "1:2,3", "1:0", "-1:2", "1:2:3:4"])
def test_a_damaged_text_is_refused(text):
    with pytest.raises(ConfigError, match="runs of pixels"):
        decoded(["0:1", text])
