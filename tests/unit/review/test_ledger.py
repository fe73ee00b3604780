from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lakeseg.errors import ReviewError
from lakeseg.review.ledger import Ledger
from lakeseg.review.verdicts import Verdict
from tests.lakes import make_dataset


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """One lake, a0, of 2×4 px."""
    return make_dataset(tmp_path_factory.mktemp("ledger") / "d.h5", [(2, 4)], codes=(3,))


@pytest.fixture
def ledger(dataset, log) -> Ledger:
    return Ledger(dataset, log)


def verdict(ledger, text: str, pixels: int, by: str = "Ann", what: str = "water", **more) -> Verdict:
    return Verdict(**{"lake": "a0"} | more, dataset=ledger.dataset.fingerprint, runs=text, pixels=pixels, verdict=what,
                   reviewer=by)  # fmt: skip


def test_later_verdicts_of_a_reviewer_stand_over_his_earlier_ones_and_nobody_elses(ledger):
    ledger.add([verdict(ledger, "0:3", 3), verdict(ledger, "2:3", 3, what="land")])
    ledger.add([verdict(ledger, "0:1", 1, by="Bob", what="unsure")])
    assert ledger.settled_by("Ann", "a0").tolist() == [[1, 1, 2, 2], [2, 0, 0, 0]]
    assert ledger.settled_by("Bob", "a0").tolist() == [[3, 0, 0, 0], [0, 0, 0, 0]]
    assert ledger.settled("a0").tolist() == [[2, 1, 1, 1], [1, 0, 0, 0]]
    assert ledger.pixels_by_reviewer() == {"Ann": 5, "Bob": 1}
    assert ledger.reviewers() == ["Ann", "Bob"]


def test_what_is_taken_back_uncovers_what_was_said_before(ledger):
    ledger.add([verdict(ledger, "0:3", 3)])
    (later,) = ledger.add([verdict(ledger, "2:3", 3, what="land")])
    before = ledger.settled_by("Ann", "a0")
    version = ledger.version
    assert ledger.undo(later.batch, "Ann")
    assert ledger.settled_by("Ann", "a0").tolist() == [[1, 1, 1, 0], [0, 0, 0, 0]]
    assert before.tolist() == [[1, 1, 2, 2], [2, 0, 0, 0]]  # what was handed out never changes
    assert ledger.changed_since(version) == {("Ann", "a0")}
    assert ledger.changed_since(ledger.version) == set()


def test_two_ledgers_see_each_others_verdicts(dataset, log):
    here, there = Ledger(dataset, log), Ledger(dataset, log)
    (kept,) = here.add([verdict(here, "0:2", 2)])
    there.refresh()
    there.undo(kept.batch, "Ann")
    here.refresh()
    assert here.standing() == there.standing() == []


def test_what_measures_a_reviewer_settles_nothing(ledger):
    ledger.add([verdict(ledger, "0:2", 2, purpose="honeypot")])
    assert not ledger.settled("a0").any()
    assert [one.purpose for one in ledger.mine("Ann")] == ["honeypot"]


def test_a_verdict_outside_the_lake_is_left_out_and_named(ledger):
    ledger.add([verdict(ledger, "7:2", 2), verdict(ledger, "0:1", 1, lake="b9"), verdict(ledger, "0:1", 1)])
    assert ledger.pixels_by_reviewer() == {"Ann": 1}
    assert "left out" in ledger.problem


def test_threads_share_a_ledger(ledger):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: ledger.add([verdict(ledger, f"{n % 8}:1", 1, by=f"r{n // 8}")]), range(32)))
    assert np.array_equal(ledger.settled("a0"), np.full((2, 4), 4))
    assert len(ledger.standing()) == 32


def test_a_ledger_without_its_database_keeps_what_it_knows(ledger, monkeypatch):
    ledger.add([verdict(ledger, "0:2", 2)])

    def fail(*_: object) -> None:
        raise ReviewError("r.db: cannot be read: gone: try again")

    monkeypatch.setattr(ledger.log, "news", fail)
    ledger.add([verdict(ledger, "2:1", 1)])  # kept, though it cannot be read back yet
    assert ledger.offline == "r.db: cannot be read: gone: try again"
    assert ledger.pixels_by_reviewer() == {"Ann": 2}
    monkeypatch.undo()
    ledger.try_refresh()
    assert ledger.offline == ""
    assert ledger.pixels_by_reviewer() == {"Ann": 3}


def test_runs_that_leave_the_lake_or_are_out_of_order_are_left_out_not_painted_elsewhere(ledger, log):
    bad = [verdict(ledger, "7:2", 2), verdict(ledger, "9:1,0:1", 2), verdict(ledger, "0:2", 3)]
    log.add([*bad, verdict(ledger, "1:1", 1)])
    ledger.refresh()
    assert ledger.settled_by("Ann", "a0").tolist() == [[0, 1, 0, 0], [0, 0, 0, 0]]
    assert "do not fit" in ledger.problem


def test_taking_back_a_honeypot_is_a_change_too(ledger):
    (kept,) = ledger.add([verdict(ledger, "0:2", 2, purpose="honeypot")])
    before, version = ledger.snapshot(), ledger.version
    ledger.undo(kept.batch, "Ann")
    assert ledger.version > version
    assert ledger.snapshot().read != before.read
    assert [one.undone_by for one in before.verdicts] == [None]  # as it was
    assert [one.undone_by for one in ledger.snapshot().verdicts] == ["Ann"]
