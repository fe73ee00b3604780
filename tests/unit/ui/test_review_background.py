"""What Review does in the background: learning from verdicts, and the pictures of the lakes that come next."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from types import SimpleNamespace

import pytest

from lakeseg.errors import ReviewError
from lakeseg.review.ledger import Ledger
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import Verdict
from lakeseg.ui.cache.regions import Shelf
from lakeseg.ui.review import teacher as module
from lakeseg.ui.review.teacher import Teacher
from tests.lakes import make_dataset
from tests.unit.review.regions_by_hand import regions


@pytest.fixture
def teacher(tmp_path) -> Teacher:
    dataset = make_dataset(tmp_path / "d.h5", [(4, 5), (4, 5)], codes=(3,))
    log = Log(open_engine(f"sqlite:///{tmp_path / 'review.db'}"))
    log.prepare()
    return Teacher(dataset, regions(dataset.fingerprint), Ledger(dataset, log))


def say(teacher: Teacher, runs: str, what: str) -> str:
    pixels = int(runs.split(":")[1])
    (kept,) = teacher.ledger.add([Verdict(teacher.dataset.fingerprint, "a0", runs, pixels, what, "Ann")])
    return kept.batch


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def learned(teacher: Teacher) -> tuple:
    until(lambda: (found := teacher.taught()) is not None and found.version == teacher.ledger.version)
    return teacher.ranking()


def test_what_was_learned_anew_has_another_number_though_verdicts_are_as_many(teacher, monkeypatch):
    """Numbers are keys of orders that were kept."""
    monkeypatch.setattr(module, "RANKED_EVERY", 1)
    say(teacher, "0:4", "water")
    say(teacher, "4:2", "land")
    first, water = learned(teacher)
    last = say(teacher, "6:1", "water")
    learned(teacher)
    teacher.ledger.undo(last, "Ann")
    learned(teacher)
    say(teacher, "6:1", "land")
    third, again = learned(teacher)
    assert first < third
    assert (water != again).any()


def test_a_failure_to_learn_is_tried_again_with_the_next_verdict(teacher, monkeypatch):
    real, calls = module.lessons, []

    def torn(*args):
        calls.append(len(calls))
        if len(calls) == 1:
            raise ReviewError("away for a moment")
        return real(*args)

    monkeypatch.setattr(module, "lessons", torn)
    say(teacher, "0:4", "water")
    teacher.taught()
    until(lambda: not teacher.busy)
    assert teacher.problem == "away for a moment"
    teacher.taught()
    assert len(calls) == 1
    say(teacher, "4:2", "land")
    assert learned(teacher)[1] is not None
    assert teacher.problem == ""


def test_pictures_that_lack_a_prediction_do_not_pile_up():
    shelf, hold, made = Shelf(), Event(), []

    def make():
        hold.wait(10)
        made.append(1)
        return SimpleNamespace(complete=False)

    for _ in range(50):
        shelf.prepare("lake", make)
    hold.set()
    until(lambda: not shelf._coming)
    assert len(made) == 1
    shelf.prepare("lake", make)
    until(lambda: len(made) == 2)
