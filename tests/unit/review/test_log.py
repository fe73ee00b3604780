from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from lakeseg.errors import ConfigError, ReviewError
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import Verdict


def verdict(by: str = "Ann", runs: str = "0:3", pixels: int = 3, **more) -> Verdict:
    return Verdict(
        **{"dataset": "d", "lake": "a", "runs": runs, "pixels": pixels, "verdict": "land"} | more, reviewer=by
    )


def test_a_verdict_comes_back_as_it_was_given(log):
    seen = {"models": {"fcn": "f1"}, "blind": True, "votes": [1, 2]}
    given = verdict("Žofie", verdict="mixed", fraction=30, note="reeds\nand ice", confidence=3, seen=seen, seconds=1.5)
    before = datetime.now(UTC)
    (kept,) = log.add([given])
    assert kept.id == 1
    assert before <= kept.made_at <= datetime.now(UTC)
    assert kept.batch == kept.key != ""
    for name in ("dataset", "lake", "runs", "pixels", "verdict", "reviewer", "fraction", "note", "confidence", "seen"):
        assert getattr(kept, name) == getattr(given, name)
    assert log.all("d") == [kept]
    assert kept.seconds == 1.5
    assert log.reviewers() == ["Žofie"]
    assert log.datasets() == ["d"]


def test_the_same_key_is_kept_once(log):
    first = log.add([verdict(key="k"), verdict(key="l")])
    again = log.add([verdict(key="l"), verdict(key="m"), verdict(key="k")])
    assert [again[0], again[2]] == [first[1], first[0]]
    assert [one.key for one in log.all("d")] == ["k", "l", "m"]


def test_a_key_that_stands_for_another_verdict_is_refused_and_nothing_is_kept(log):
    log.add([verdict(key="k")])
    with pytest.raises(ConfigError, match="draw a new key"):
        log.add([verdict(key="new"), verdict(key="k", verdict="water")])
    assert [one.key for one in log.all("d")] == ["k"]


def test_a_batch_is_taken_back_as_one_and_only_by_whoever_gave_it(log):
    log.add([verdict(batch="b"), verdict(batch="b"), verdict(), verdict("Bob", batch="b")])
    assert not log.undo("b", "Cyd")
    assert log.undo("b", "Ann")
    assert log.undo("b", "Ann")
    assert [one.undone_by for one in log.all("d")] == ["Ann", "Ann", None, None]
    assert [(undo.batch, undo.reviewer) for undo in log.undone_since(0)] == [("b", "Ann")]
    assert log.undone_since(log.undone_since(0)[0].id) == []


def test_since_gives_what_is_new_of_one_dataset(log):
    first, _, third = log.add([verdict(), verdict(dataset="other"), verdict()])
    assert [one.id for one in log.since("d", first.id)] == [third.id]


@pytest.mark.parametrize("statement", ["DELETE FROM verdicts", "UPDATE verdicts SET reviewer = 'Bob'",
                                       "DELETE FROM undos", "UPDATE undos SET batch = 'x'"])  # fmt: skip
def test_the_database_refuses_change(log, statement):
    (kept,) = log.add([verdict()])
    log.undo(kept.batch, "Ann")
    with pytest.raises(DBAPIError, match="only grows"), log.engine.begin() as connection:
        connection.execute(text(statement))
    assert log.all("d")[0].reviewer == "Ann"


def test_postgresql_refuses_truncate(postgres):
    log = Log(open_engine(postgres.new_database()))
    log.prepare()
    with pytest.raises(DBAPIError, match="only grows"), log.engine.begin() as connection:
        connection.execute(text("TRUNCATE verdicts"))
    log.engine.dispose()


def test_the_view_tells_who_took_what_back(log):
    first, second = log.add([verdict(), verdict()])
    log.undo(second.batch, "Ann")
    with log.engine.connect() as connection:
        rows = connection.execute(text("SELECT id, undone_by FROM verdicts_and_undos ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [(first.id, None), (second.id, "Ann")]


def test_servers_may_make_the_tables_at_once(database):
    together = threading.Barrier(6)

    def start(_: int) -> None:
        made = Log(open_engine(database))
        together.wait()
        made.prepare()
        made.add([verdict()])
        made.engine.dispose()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(start, range(6)))
    engine = open_engine(database)
    assert len(Log(engine).all("d")) == 6
    assert {"verdicts", "undos", "review_version"} <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_what_many_threads_write_appears_in_ascending_order(log):
    """A reader that always asks for what comes after the last id it saw misses nothing."""
    done, seen = threading.Event(), []

    def read() -> None:
        while True:
            ended = done.is_set()
            seen.extend(one.id for one in log.since("d", seen[-1] if seen else 0))
            if ended:
                return

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _: log.add([verdict(), verdict()]), range(40)))
    done.set()
    reader.join()
    assert seen == sorted(one.id for pair in kept for one in pair)


def test_text_that_cannot_be_stored_does_not_lose_the_verdict(log):
    (kept,) = log.add([verdict(note="a\0b\ud800")])
    assert kept.note == "a\ufffdb?"


def test_another_version_is_refused_with_a_remedy(log):
    with log.engine.begin() as connection:
        connection.execute(text("UPDATE review_version SET version = 7"))
    with pytest.raises(ReviewError, match="layout 7, expected 1: update lakeseg"):
        log.prepare()


def test_another_programs_table_is_refused(database):
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE verdicts (id INTEGER)"))
    with pytest.raises(ReviewError, match="of another program"):
        Log(engine).prepare()
    engine.dispose()


def test_a_writer_waits_for_another_and_says_so_when_it_waits_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr("lakeseg.review.opening.WAIT_S", 0.2)
    log = Log(open_engine(f"sqlite:///{tmp_path / 'r.db'}"))
    log.prepare()
    other = sqlite3.connect(tmp_path / "r.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ReviewError, match="nothing was kept: another program holds it"):
        log.add([verdict(key="k")])
    other.execute("ROLLBACK")
    other.close()
    assert log.add([verdict(key="k")])[0].id == 1
    log.engine.dispose()


def test_a_full_disk_keeps_nothing_and_says_so(tmp_path):
    log = Log(open_engine(f"sqlite:///{tmp_path / 'r.db'}"))
    log.prepare()
    with log.engine.connect() as connection:  # the one connection of the pool: SQLite's own limit stands for the disk
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(ReviewError, match="nothing was kept: the disk is full: make room"):
        log.add([verdict(note="x" * 1000, key=str(n)) for n in range(200)])
    assert log.all("d") == []
    log.engine.dispose()


def test_files_that_cannot_be_used_are_one_line(tmp_path):
    (tmp_path / "text.db").write_text("no database, but long enough to look like one\n" * 30)
    for url, words in ((f"sqlite:///{tmp_path / 'text.db'}", "it is no database"),
                       (f"sqlite:///{tmp_path / 'text.db' / 'r.db'}", "it cannot be opened"),
                       ("postgresql://ann:secret@/x?host=/nowhere", "cannot be read")):  # fmt: skip
        engine = open_engine(url)
        with pytest.raises(ReviewError, match=words) as failed:
            Log(engine).prepare()
        assert "secret" not in str(failed.value)
        assert "\n" not in str(failed.value)
        engine.dispose()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "no address with a secret"])
def test_addresses_that_keep_no_verdicts_are_refused(url):
    with pytest.raises(ConfigError) as refused:
        open_engine(url)
    assert "a secret" not in str(refused.value)


def test_a_restarted_server_is_found_again(postgres):
    log = Log(open_engine(postgres.new_database()))
    log.prepare()
    (kept,) = log.add([verdict()])
    postgres.stop("immediate")
    with pytest.raises(ReviewError, match="check that the server runs"):
        log.add([verdict(key="late")])
    postgres.start()
    log.add([verdict(key="late")])
    assert [one.key for one in log.all("d")] == [kept.key, "late"]
    log.engine.dispose()
