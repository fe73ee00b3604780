"""The tables of the database of verdicts: two logs that only grow, and the version of their layout.

Nothing is ever changed or deleted: triggers refuse it, whoever asks. A verdict is taken back by a row in `undos`.
The view `verdicts_and_undos` puts both together for whoever reads the database with other programs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
    inspect,
    select,
)

from lakeseg.errors import ReviewError
from lakeseg.review.verdicts import CONFIDENCES, PURPOSES, VERDICTS

VERSION: Final = 1
_LOCK: Final = 0x1A4E5E6  # of those who make the tables in PostgreSQL; any number that nobody else takes


class _Moment(TypeDecorator[datetime]):
    """A moment in UTC: SQLite keeps no time zones, PostgreSQL answers in that of the connection."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None if dialect.name == "sqlite" else UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def _one_of(column: str, values: tuple[Any, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(map(repr, values))})", name=f"{column}_is_known")


_ID: Final = BigInteger().with_variant(Integer, "sqlite")
_metadata: Final = MetaData()

verdicts: Final = Table(
    "verdicts",
    _metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("dataset", Text, nullable=False),
    Column("lake", Text, nullable=False),
    Column("runs", Text, nullable=False),
    Column("pixels", Integer, CheckConstraint("pixels > 0", name="pixels_are_some"), nullable=False),
    Column("verdict", Text, _one_of("verdict", VERDICTS), nullable=False),
    Column("fraction", Integer, CheckConstraint("fraction BETWEEN 0 AND 100", name="fraction_in_percent")),
    Column("confidence", Integer, _one_of("confidence", CONFIDENCES), nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("purpose", Text, _one_of("purpose", PURPOSES), nullable=False),
    Column("seen", Text, nullable=False),
    Column("seconds", Float),
    Column("batch", Text, nullable=False),
    Column("made_at", _Moment, nullable=False),
    CheckConstraint("(verdict = 'mixed') = (fraction IS NOT NULL)", name="fraction_belongs_to_mixed"),
    Index("verdicts_of_dataset", "dataset", "id"),
    Index("verdicts_of_batch", "batch", "reviewer"),
    sqlite_autoincrement=True,
)
undos: Final = Table(
    "undos",
    _metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("batch", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("made_at", _Moment, nullable=False),
    UniqueConstraint("batch", "reviewer"),
    sqlite_autoincrement=True,
)
version: Final = Table("review_version", _metadata, Column("version", Integer, primary_key=True, autoincrement=False))
LOGS: Final = (verdicts, undos)

_VIEW: Final = """CREATE VIEW verdicts_and_undos AS
SELECT verdicts.*, undos.reviewer AS undone_by, undos.made_at AS undone_at FROM verdicts
LEFT JOIN undos ON undos.batch = verdicts.batch AND undos.reviewer = verdicts.reviewer"""

_SQLITE: Final = """CREATE TRIGGER {table}_no_{event} BEFORE {event} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} only grows: nothing in it is changed or deleted'); END"""

_POSTGRESQL_FUNCTIONS: Final = (
    """CREATE FUNCTION review_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' only grows: nothing in it is changed or deleted'; END $$""",
    # Ids are drawn before a transaction ends. One writer at a time makes them visible in ascending order, so that
    # whoever has read up to an id will never see a smaller one appear.
    """CREATE FUNCTION review_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
PERFORM pg_advisory_xact_lock(TG_RELID::bigint); RETURN NULL; END $$""",
)
_POSTGRESQL: Final = (
    """CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION review_only_grows()""",
    "CREATE TRIGGER {table}_in_turn BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION review_in_turn()",
)


def make(connection: Connection, where: str) -> None:
    """Make what is missing, within a transaction of `connection` that no other server can enter; check the version.

    Raises:
        ReviewError: The database, which messages call `where`, is of another version, or of another program.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if not is_made(connection, where):
        _metadata.create_all(connection)
        for statement in _statements(connection.dialect.name):
            connection.exec_driver_sql(statement)
        connection.execute(version.insert().values(version=VERSION))


def is_made(connection: Connection, where: str) -> bool:
    """Say whether the tables are there, in our version.

    Raises:
        ReviewError: They are of another version, or of another program.
    """
    there = set(inspect(connection).get_table_names())
    if version.name not in there:
        strange = there & {table.name for table in LOGS}
        if strange:
            raise ReviewError(f"{where}: its table {min(strange)!r} is of another program: choose another database")
        return False
    found = connection.scalar(select(version.c.version))
    if found != VERSION:
        remedy = "update lakeseg" if (found or 0) > VERSION else "choose another database"
        raise ReviewError(f"{where}: verdicts in layout {found}, expected {VERSION}: {remedy}")
    return True


def _statements(dialect: str) -> list[str]:
    """Return the statements behind the tables: the view and the triggers of this kind of database."""
    names = [table.name for table in LOGS]
    if dialect == "sqlite":
        return [_VIEW, *(_SQLITE.format(table=name, event=event) for name in names for event in ("UPDATE", "DELETE"))]
    return [_VIEW, *_POSTGRESQL_FUNCTIONS, *(line.format(table=name) for name in names for line in _POSTGRESQL)]
