"""Open a database of verdicts so that what it has acknowledged survives a kill, a crash and a power cut.

SQLite: a write-ahead log that is flushed at every commit, and writers that queue up before they read. PostgreSQL: the
same of the server, and limits on how long a vanished client can hold up the others.
"""

from __future__ import annotations

import sqlite3
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from lakeseg.errors import ConfigError, ReviewError, first_line
from lakeseg.places import review_database

CONNECTION: Final = "review"
"""Name of the connection in Streamlit's secrets."""

WAIT_S: Final = 5
"""How long a writer waits for others."""
KEPT_OPEN: Final = 5
AT_MOST: Final = 40
OPTIONS: Final[Mapping[str, Any]] = {
    "pool_size": KEPT_OPEN,
    "max_overflow": AT_MOST - KEPT_OPEN,
    "pool_timeout": 2 * WAIT_S,
    "pool_pre_ping": True,
}
"""What `create_engine` should be given: connections for the threads of a server, looked at before use."""
_APP: Final = Path(__file__).parents[2]
WRITES: Final = "lakeseg_writes"
"""Execution option of a transaction that will write."""

_POSTGRESQL: Final = (
    f"SET lock_timeout = '{WAIT_S}s'",
    f"SET idle_in_transaction_session_timeout = '{2 * WAIT_S}s'",
    f"SET statement_timeout = '{12 * WAIT_S}s'",
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
)
_SQLITE: Final = ("synchronous = FULL", "fullfsync = ON", "checkpoint_fullfsync = ON", "foreign_keys = ON")
_CAUSES: Final = (  # part of the database's message, what it means, what to do
    ("locked", "another program holds it", "close that program"),
    ("lock timeout", "another program holds it", "close that program"),
    ("full", "the disk is full", "make room"),
    ("no space left", "the disk is full", "make room"),
    ("readonly", "it may not be written", "check the permissions of the file and its folder"),
    ("read-only", "it may not be written", "check the permissions"),
    ("permission denied", "this account may not do that", "have its rights extended (docs/review.md)"),
    ("unable to open", "it cannot be opened", "check the folder and its permissions"),
    ("not a database", "it is no database", "move it away or choose another"),
    ("malformed", "it is damaged", "put a copy in its place"),
)


def open_engine(url: str | URL) -> Engine:
    """Return the engine of a database; nothing is connected yet.

    Raises:
        ConfigError: The URL cannot be read, or names a database that verdicts cannot be kept in.
    """
    made = _checked(url)
    try:
        engine = create_engine(made, **OPTIONS)
    except ModuleNotFoundError as error:
        remedy = "pip install -r requirements-postgres.txt"
        raise ConfigError(f"{name_of(made)}: the driver {error.name!r} is not installed: {remedy}") from None
    except (SQLAlchemyError, TypeError) as error:
        raise ConfigError(f"{name_of(made)}: {first_line(error)}") from None
    return harden(engine)


def _checked(url: str | URL) -> URL:
    try:
        made = make_url(url)
    except (ArgumentError, ValueError):  # the text may hold a password, so it is not repeated
        raise ConfigError("address of the database: expected such as postgresql://user@host/database") from None
    if made.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ConfigError(f"{name_of(made)}: expected a database of SQLite or PostgreSQL")
    if made.get_backend_name() == "sqlite" and made.database in {None, "", ":memory:"}:
        raise ConfigError("sqlite: expected a file, such as sqlite:///data/review.db: memory keeps no verdicts")
    return made


def name_of(url: URL) -> str:
    """Return what messages call a database: the file, or the address without its password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def configured() -> URL:
    """Return the address of the dashboard's database: what its secrets say, else a file beside the datasets.

    Secrets are read where Streamlit reads them: beside `app.py`, else in the working folder, else in the home folder.

    Raises:
        ConfigError: The secrets cannot be read.
    """
    for folder in (_APP, Path(), Path.home()):
        path = folder / ".streamlit" / "secrets.toml"
        found = _secrets(path)
        if found:
            return _url(path, found)
    return make_url(review_database())


def _secrets(path: Path) -> dict[str, Any]:
    try:
        known = tomllib.loads(path.read_text(encoding="utf-8"))
        return dict(known.get("connections", {}).get(CONNECTION, {}))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError):  # the text holds secrets, so it is not repeated
        raise ConfigError(f"{path}: cannot be read: expected TOML with [connections.{CONNECTION}]") from None


def _url(path: Path, found: Mapping[str, Any]) -> URL:
    if "url" in found:
        return _checked(str(found["url"]))
    try:
        driver = f"{found['dialect']}+{found['driver']}" if "driver" in found else str(found["dialect"])
        port = int(found["port"]) if "port" in found else None
        parts = {name: found.get(name) for name in ("username", "password", "host", "database")}
        return _checked(URL.create(driver, port=port, query=dict(found.get("query", {})), **parts))
    except (KeyError, ValueError, TypeError):
        raise ConfigError(f"{path}: [connections.{CONNECTION}]: expected url, or dialect, host, username") from None


def is_missing(url: URL) -> bool:
    """Say whether the file of a database is not there, so that opening it would make it."""
    return url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists()


def short_name(url: URL) -> str:
    """Return the address of a database for others to read: no password, and no folder of this machine."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{Path(str(url.database)).name}"
    return url.render_as_string(hide_password=True)


def harden(engine: Engine) -> Engine:
    """Let every connection that an engine opens from now on keep what it acknowledges; return the engine."""
    if not event.contains(engine, "connect", _connected):
        event.listen(engine, "connect", _connected)
        event.listen(engine, "do_connect", _connecting)
        event.listen(engine, "begin", _begun)
    return engine


def _connecting(dialect: Any, record: Any, args: Any, options: dict[str, Any]) -> None:  # noqa: ARG001  SQLAlchemy's
    if dialect.name == "postgresql":
        options.setdefault("connect_timeout", WAIT_S)
        options.setdefault("application_name", "lakeseg")
    else:
        options.setdefault("timeout", WAIT_S)
        with suppress(OSError):  # SQLite says better what is wrong
            Path(args[0]).parent.mkdir(parents=True, exist_ok=True)


def _connected(connection: Any, record: Any) -> None:  # noqa: ARG001  as above
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # `_begun` begins, not the driver
        _write_ahead(connection)
        for line in _SQLITE:
            connection.execute(f"PRAGMA {line}")
        return
    with connection.cursor() as cursor:
        for line in _POSTGRESQL:
            cursor.execute(line)
    connection.commit()


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on; while others do the same, SQLite answers at once that it is locked."""
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begun(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads; a failure is a `ReviewError`."""
    with _errors(engine.url, "cannot be read"), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: once this ends without an error, all of it is on disk; a failure is a `ReviewError`.

    After a failure none of it is there, or, if the connection broke at the very end, perhaps all of it.
    """
    engine = engine.execution_options(**{WRITES: True})
    with _errors(engine.url, "nothing was kept"), engine.begin() as connection:
        yield connection


@contextmanager
def _errors(url: URL, outcome: str) -> Iterator[None]:
    """Turn errors of the database into one line; `outcome` is what they come to."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        raise ReviewError(_line(url, outcome, first_line(cause))) from error


def _line(url: URL, outcome: str, cause: str) -> str:
    meant = next((words for part, *words in _CAUSES if part in cause.lower()), None)
    what, remedy = meant or [cause.rstrip("."), "check that the server runs and lets this machine in"]
    if url.get_backend_name() == "sqlite" and meant is None:
        remedy = "check the file"
    return f"{name_of(url)}: {outcome}: {what}: {remedy}, then try again"
