"""The ledger against the plainest account of the same log: pixel by pixel, from the beginning, every time."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lakeseg.review import runs
from lakeseg.review.ledger import Ledger
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import PURPOSES, VERDICTS, Verdict
from tests.lakes import make_dataset

SHAPES = {"a0": (3, 4), "a1": (2, 5)}
NAMES = ("Ann", "Bob")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make_dataset(tmp_path_factory.mktemp("ledger") / "d.h5", list(SHAPES.values()), codes=(3,))


said = some.tuples(
    some.sampled_from(NAMES),
    some.sampled_from(sorted(SHAPES)),
    some.sets(some.integers(0, 9), min_size=1),
    some.sampled_from(VERDICTS),
    some.sampled_from(PURPOSES),
    some.sampled_from(["x", "y", ""]),
)
taken_back = some.tuples(some.sampled_from(NAMES), some.sampled_from(["x", "y"]))


@settings(max_examples=30)
@given(steps=some.lists(said | taken_back, max_size=12), through=some.lists(some.booleans(), min_size=12, max_size=12))
def test_the_ledger_agrees_with_a_plain_account(dataset, steps, through):
    """Some steps go through the ledger, some past it, as those of another server do."""
    with TemporaryDirectory() as folder:
        log = Log(open_engine(f"sqlite:///{Path(folder) / 'r.db'}"))
        log.prepare()
        ledger = Ledger(dataset, log)
        for step, mine in zip(steps, through, strict=False):
            way = ledger if mine else log
            if len(step) == 2:
                way.undo(step[1], step[0])
            else:
                way.add([verdict(dataset.fingerprint, *step)])
        ledger.refresh()
        late = Ledger(dataset, log)
        late.refresh()
        log.engine.dispose()
        check(ledger, log_rows := late.all())
        check(late, log_rows)


def verdict(dataset, by, lake, positions, what, purpose, batch) -> Verdict:
    fraction = 40 if what == "mixed" else None
    text = runs.encode(np.array(sorted(positions)))
    return Verdict(dataset, lake, text, len(positions), what, by, fraction, purpose=purpose, batch=batch)


def check(ledger: Ledger, rows: list[Verdict]) -> None:
    maps = {(name, lake): np.zeros(shape, np.uint8) for name in NAMES for lake, shape in SHAPES.items()}
    for one in rows:
        if one.undone_by is None and one.purpose in ("review", "bulk"):
            maps[one.reviewer, one.lake].ravel()[runs.decode(one.runs)] = 1 + VERDICTS.index(one.verdict)
    for (name, lake), expected in maps.items():
        assert (ledger.settled_by(name, lake) == expected).all()
    for lake in SHAPES:
        assert (ledger.settled(lake) == sum((maps[name, lake] > 0).astype(int) for name in NAMES)).all()
    pixels = {name: sum(int((maps[name, lake] > 0).sum()) for lake in SHAPES) for name in NAMES}
    assert ledger.pixels_by_reviewer() == {name: count for name, count in pixels.items() if count}
    assert ledger.all() == rows
    standing = [one for one in rows if one.undone_by is None]
    assert ledger.standing() == [one for one in standing if one.purpose in ("review", "bulk")]
    assert ledger.mine("Ann") == [one for one in reversed(standing) if one.reviewer == "Ann"]
