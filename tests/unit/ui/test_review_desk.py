"""What lies on the desk of a reviewer, where two tabs, new regions or a part of what was in question come between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lakeseg.review import queue, ranking
from lakeseg.review.checks import Rates
from lakeseg.review.ledger import Ledger
from lakeseg.review.queue import Standing
from lakeseg.ui.review.desk import Desk
from lakeseg.ui.review.question import Answer, Table
from tests.lakes import make_dataset
from tests.unit.review.regions_by_hand import regions


@pytest.fixture
def table(tmp_path, log) -> Table:
    dataset = make_dataset(tmp_path / "d.h5", [(4, 5), (4, 5)], codes=(3,))
    return laid(Ledger(dataset, log), regions(dataset.fingerprint))


def laid(ledger: Ledger, cut, rates: Rates | None = None) -> Table:
    """Lay regions out in the order of lakes."""
    lakes = ledger.dataset.lakes
    components, standing = ranking.components(cut, lakes), Standing(cut, ledger)
    standing.refresh()
    wanted = queue.select(cut, lakes, queue.Filters())
    return Table(
        ledger.dataset,
        "Ann",
        ledger,
        cut,
        standing,
        components,
        {},
        np.arange(len(cut)),
        wanted,
        (),
        rates or Rates(),
        False,
        (),
    )


def decide(desk: Desk, table: Table, verdict: str = "water", drawn: str | None = None) -> bool:
    item = desk.lay(table)
    return desk.decide(table, item.token, verdict, Answer(drawn=drawn))


def refreshed(table: Table) -> Table:
    table.standing.refresh()
    return table


def test_what_was_skipped_is_forgotten_once_regions_are_cut_anew(table):
    desk = Desk()
    for expected in range(5):
        assert desk.lay(table).region == expected
        desk.skip(desk.item.token)
    fewer = regions(table.dataset.fingerprint)
    keep = slice(0, 3)
    arrays = ("lake", "box", "spectra", "water", "says", "split", "entropy", "shore")
    fewer = replace(
        fewer,
        first=fewer.first[:4],
        positions=fewer.positions[:7],
        **{name: getattr(fewer, name)[keep] for name in arrays},
    )
    anew = laid(table.ledger, fewer)
    assert desk.lay(anew).region == 0
    assert not desk.skipped


def test_a_second_press_before_the_next_region_appears_settles_nothing(table):
    desk = Desk()
    item = desk.lay(table)
    assert desk.decide(table, item.token, "water", Answer())
    assert not desk.decide(table, item.token, "land", Answer())
    assert [said.verdict for said in table.ledger.all()] == ["water"]
    assert desk.lay(refreshed(table)).region == 1


def test_a_tab_accepts_only_what_another_tab_left_open(table):
    one, other = Desk(), Desk()
    token = other.lay(table).token
    decide(one, table)  # region 0, 4 px
    assert other.accept(refreshed(table), token, np.array([0, 3]), "land", 2)
    kept = table.ledger.mine("Ann")
    assert [(said.verdict, said.pixels) for said in kept] == [("land", 6), ("water", 4)]
    assert not other.accept(refreshed(table), token, np.array([0, 3]), "land", 2)
    assert other.problem == ""
    assert len(table.ledger.all()) == 2


def test_a_verdict_on_a_part_of_what_is_disputed_leaves_the_rest_in_question(table):
    desk = Desk(disputed=[("a0", "0:4"), ("a1", "0:2")])
    assert decide(desk, table, drawn="0:1,3:1")
    assert desk.disputed == [("a0", "1:2"), ("a1", "0:2")]
    assert decide(desk, refreshed(table), "land")
    assert desk.disputed == [("a1", "0:2")]
    desk.undo(refreshed(table), table.ledger.mine("Ann")[0].id)
    assert desk.disputed == [("a0", "1:2"), ("a1", "0:2")]


def test_a_check_can_be_divided_like_any_region(tmp_path, log):
    dataset = make_dataset(tmp_path / "c.h5", [(4, 5), (4, 5)], codes=(1, 2))
    table = laid(Ledger(dataset, log), regions(dataset.fingerprint), Rates(honeypots=0.5))
    desk = Desk()
    turn = next(n for n in range(100) if shown(desk, table, n).purpose == "honeypot" and len(desk.item.positions) > 1)
    text = f"{desk.item.positions[0]}:1"
    assert desk.decide(table, desk.item.token, "water", Answer(drawn=text)), turn
    (kept,) = table.ledger.all()
    assert (kept.purpose, kept.runs) == ("honeypot", text)
    assert not table.ledger.standing()


def shown(desk: Desk, table: Table, turn: int):
    desk.passed = turn
    return desk.lay(table)
