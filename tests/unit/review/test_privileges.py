"""What the account of the dashboard must be allowed in PostgreSQL, once the tables are there; no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, text

from lakeseg.errors import ReviewError
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import Verdict
from tests.postgres import Server

GRANTS = (
    "CREATE ROLE dashboard LOGIN",
    "GRANT SELECT, INSERT ON verdicts, undos TO dashboard",
    "GRANT SELECT ON review_version TO dashboard",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dashboard",
)


@pytest.fixture
def address(postgres: Server) -> Iterator[URL]:
    """A database whose tables another made, by the account that the documentation proposes."""
    url = postgres.new_database()
    owner = open_engine(url)
    Log(owner).prepare()
    with owner.begin() as connection:
        for line in GRANTS:
            connection.execute(text(line))
    yield url.set(username="dashboard")
    with owner.begin() as connection:
        connection.execute(text("DROP OWNED BY dashboard"))
        connection.execute(text("DROP ROLE dashboard"))
    owner.dispose()


def test_to_read_and_to_add_is_enough(address):
    log = Log(open_engine(address))
    log.prepare()
    (kept,) = log.add([Verdict("d", "a", "0:3", 3, "land", "Ann")])
    assert log.undo(kept.batch, "Ann")
    assert [one.undone_by for one in log.all("d")] == ["Ann"]
    with pytest.raises(Exception, match="must be owner"), log.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER verdicts_only_grows ON verdicts"))
    log.engine.dispose()


def test_an_account_that_may_only_read_says_so_in_a_line(address):
    log = Log(open_engine(address))
    owner = open_engine(address.set(username="lakeseg"))
    with owner.begin() as connection:
        connection.execute(text("REVOKE INSERT ON verdicts FROM dashboard"))
    owner.dispose()
    with pytest.raises(ReviewError, match="nothing was kept: this account may not do that"):
        log.add([Verdict("d", "a", "0:3", 3, "land", "Ann")])
    log.engine.dispose()
