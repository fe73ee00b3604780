"""A PostgreSQL server for tests: a cluster of its own in a temporary folder, reached by a socket in that folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text

SERVANTS = ("postgres", "nobody")  # PostgreSQL refuses to run as root
OPTIONS = "-c listen_addresses='' -c max_connections=60 -c shared_buffers=16MB -c unix_socket_directories={0}"
REMEDY = "no PostgreSQL: run .ci/postgres, or set POSTGRES_BIN to the folder that holds initdb"
_numbers = count()


def programs() -> Path:
    """Return the folder of initdb, pg_ctl and postgres."""
    on_path = shutil.which("initdb")
    named = [os.environ.get("POSTGRES_BIN"), Path(on_path).parent if on_path else None]
    places = [Path(place) for place in named if place]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)
    if found is None:
        raise FileNotFoundError(REMEDY)
    return found


@dataclass(frozen=True)
class Server:
    """A cluster in a folder."""

    folder: Path
    bin: Path
    servant: str | None

    def run(self, program: str, *words: str) -> None:
        """Run one of PostgreSQL's programs, as a user that it accepts."""
        as_servant = ["setpriv", f"--reuid={self.servant}", f"--regid={self._group}", "--clear-groups"]
        log = (self.folder / "programs.log").open("ab")
        with log:
            command = [*(as_servant if self.servant else []), str(self.bin / program), "-D", str(self.data), *words]
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd=self.folder, timeout=60)

    @property
    def _group(self) -> int:
        return pwd.getpwnam(self.servant or "").pw_gid

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        log = str(self.folder / "server.log")
        self.run("pg_ctl", "start", "-w", "-l", log, "-o", OPTIONS.format(self.folder))

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; `immediate` is a crash: nothing is flushed, and the next start recovers from the log."""
        self.run("pg_ctl", "stop", "-w", "-m", mode)

    def url(self, database: str) -> URL:
        query = {"host": str(self.folder)}
        return make_url("postgresql+psycopg://lakeseg@/").set(database=database, query=query)

    def new_database(self) -> URL:
        """Make an empty database and return its address."""
        name = f"test{next(_numbers)}"
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url(name)


@contextmanager
def running() -> Iterator[Server]:
    """Make a cluster and start it; stop it and remove it afterwards."""
    servant = None if os.getuid() else next(name for name in SERVANTS if _exists(name))
    folder = Path(tempfile.mkdtemp(prefix="lakeseg-pg-"))  # short: the path of a socket has room for 107 characters
    try:
        if servant:
            shutil.chown(folder, servant)
        server = Server(folder, programs(), servant)
        server.run("initdb", "-U", "lakeseg", "-A", "trust", "-E", "UTF8", "--no-sync")
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)


def _exists(user: str) -> bool:
    try:
        return bool(pwd.getpwnam(user))
    except KeyError:
        return False
