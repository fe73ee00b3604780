"""The log of verdicts: what is acknowledged is on disk, and nobody overwrites anyone.

log = Log(open_engine("sqlite:///data/review.db"))
log.prepare()
(kept,) = log.add([verdict])        # returns once it is durable
log.undo(kept.batch, kept.reviewer)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Engine, Row, Select, and_, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from lakeseg.errors import ConfigError, ReviewError
from lakeseg.plain import plain
from lakeseg.review import tables
from lakeseg.review.opening import harden, name_of, reading, writing
from lakeseg.review.tables import undos, verdicts
from lakeseg.review.verdicts import Verdict

AT_ONCE: Final = 500  # keys of one statement


@dataclass(frozen=True)
class Undo:
    """Everything of `batch` by `reviewer` is taken back."""

    id: int
    batch: str
    reviewer: str
    made_at: datetime


class Log:
    """Verdicts in a database. Threads may share a log; a failure of the database is a `ReviewError`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = harden(engine)

    @property
    def where(self) -> str:
        """What messages call the database."""
        return name_of(self.engine.url)

    def prepare(self) -> None:
        """Make the tables if they are missing; several servers may do so at once.

        Raises:
            ReviewError: The database cannot be used, is of another version, or of another program.
        """
        with reading(self.engine) as connection:
            if tables.is_made(connection, self.where):
                return
        with writing(self.engine) as connection:
            tables.make(connection, self.where)

    def add(self, given: Sequence[Verdict]) -> list[Verdict]:
        """Keep verdicts, all or none, and return them as they are kept, in the order given.

        A verdict without a key gets one, and one without a batch is a batch of its own. What was kept under the same
        key before stays as it is and is returned: so a caller that got no answer may send the same verdicts again.

        Raises:
            ReviewError: They could not be kept.
            ConfigError: A key was used before for something else.
        """
        rows = [_values(one) for one in given]
        with writing(self.engine) as connection:
            _insert(connection, verdicts, rows)
            kept = {one.key: one for one in _by_keys(connection, [row["key"] for row in rows])}
            for row in rows:
                _check_same(row, kept[row["key"]])
        return [kept[row["key"]] for row in rows]

    def undo(self, batch: str, reviewer: str) -> bool:
        """Take back what a reviewer said in a batch; say whether there is such a batch of his.

        To take back again what is taken back changes nothing.
        """
        his = and_(verdicts.c.batch == batch, verdicts.c.reviewer == reviewer)
        with writing(self.engine) as connection:
            if not connection.scalar(select(exists().where(his))):
                return False
            _insert(connection, undos, [{"batch": batch, "reviewer": reviewer, "made_at": datetime.now(UTC)}])
        return True

    def since(self, dataset: str, after: int) -> list[Verdict]:
        """Return verdicts on a dataset, taken back or not, with an id above `after`, in the order of ids."""
        return self.news(dataset, after, -1)[0]

    def undone_since(self, after: int) -> list[Undo]:
        """Return what was taken back, on whatever dataset, with an id above `after`, in the order of ids."""
        with reading(self.engine) as connection:
            return _undos(connection, after)

    def news(self, dataset: str, after: int, undone_after: int) -> tuple[list[Verdict], list[Undo]]:
        """Return `since` and, unless `undone_after` is negative, `undone_since`, asked in one go."""
        query = _joined().where(verdicts.c.dataset == dataset, verdicts.c.id > after).order_by(verdicts.c.id)
        with reading(self.engine) as connection:
            found = list(_verdicts(connection, query, self.where))
            return found, _undos(connection, undone_after) if undone_after >= 0 else []

    def all(self, dataset: str) -> list[Verdict]:
        """Return all verdicts on a dataset, taken back or not, in the order of ids."""
        return self.since(dataset, 0)

    def reviewers(self) -> list[str]:
        """Return the names of all who said something, in alphabetical order."""
        return self._distinct(verdicts.c.reviewer)

    def datasets(self) -> list[str]:
        """Return the fingerprints of all datasets that something was said on."""
        return self._distinct(verdicts.c.dataset)

    def _distinct(self, column: Any) -> list[str]:
        with reading(self.engine) as connection:
            return sorted(connection.scalars(select(column).distinct()))


def _values(one: Verdict) -> dict[str, Any]:
    """Return the row of a verdict."""
    key = one.key or uuid4().hex
    return {
        "key": key,
        "dataset": one.dataset,
        "lake": one.lake,
        "runs": one.runs,
        "pixels": one.pixels,
        "verdict": one.verdict,
        "fraction": one.fraction,
        "confidence": one.confidence,
        "reviewer": one.reviewer,
        "note": _storable(one.note),
        "purpose": one.purpose,
        "seen": json.dumps(plain(dict(one.seen)), sort_keys=True),
        "seconds": one.seconds,
        "batch": one.batch or key,
        "made_at": datetime.now(UTC),
    }


def _storable(text: str) -> str:
    """Replace what PostgreSQL (NUL) or UTF-8 (halves of a pair) cannot hold, rather than lose the verdict."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert rows; one that would break a unique constraint is passed over."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    if rows:
        connection.execute(insert(table).on_conflict_do_nothing(), rows)


def _check_same(row: dict[str, Any], kept: Verdict) -> None:
    """Raise a `ConfigError` if a key stands for something else already: an answer to a retry would mislead."""
    said = ("dataset", "lake", "runs", "verdict", "fraction", "reviewer")
    differing = [name for name in said if row[name] != getattr(kept, name)]
    if differing:
        raise ConfigError(f"key {kept.key!r} stands for another verdict (its {differing[0]} differs): draw a new key")


def _joined() -> Select:
    taken_back = and_(undos.c.batch == verdicts.c.batch, undos.c.reviewer == verdicts.c.reviewer)
    return select(verdicts, undos.c.reviewer.label("undone_by")).outerjoin(undos, taken_back)


def _by_keys(connection: Connection, keys: list[str]) -> Iterator[Verdict]:
    for start in range(0, len(keys), AT_ONCE):
        query = _joined().where(verdicts.c.key.in_(keys[start : start + AT_ONCE]))
        yield from _verdicts(connection, query, "")


def _undos(connection: Connection, after: int) -> list[Undo]:
    return [Undo(*row) for row in connection.execute(select(undos).where(undos.c.id > after).order_by(undos.c.id))]


def _verdicts(connection: Connection, query: Select, where: str) -> Iterator[Verdict]:
    """Yield the verdicts that a query finds. What repeats from row to row is in memory once."""
    once: dict[Any, Any] = {}
    for row in connection.execute(query):
        yield _verdict(row, once, where)


def _verdict(row: Row, once: dict[Any, Any], where: str) -> Verdict:
    values = row._asdict()
    for name in ("dataset", "lake", "verdict", "reviewer", "purpose", "note"):
        values[name] = once.setdefault(values[name], values[name])
    seen = values["seen"]
    if ("seen", seen) not in once:
        once["seen", seen] = _seen(seen, f"{where}: verdict {row.id}")
    values["seen"] = once["seen", seen]
    try:
        return Verdict(**values)
    except ConfigError as error:
        raise ReviewError(f"{where}: verdict {row.id}: {error}: another program wrote it") from None


def _seen(text: str, where: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError):
        raise ReviewError(f"{where}: what was seen is no JSON object: another program wrote it") from None
