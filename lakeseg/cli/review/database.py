"""The database of verdicts that every action asks."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lakeseg.review.log import Log


def add_database(parser: argparse.ArgumentParser) -> None:
    """Add `--database URL`; `log_of` opens it."""
    about = "such as sqlite:///data/review.db or postgresql://user@host/review (default: the dashboard's)"
    parser.add_argument("--database", metavar="URL", help=about)


def log_of(args: argparse.Namespace) -> Log:
    """Return the log in the database that the options ask for.

    Raises:
        ReviewError: There is none yet, or it cannot be used.
        ConfigError: The URL cannot be read.
    """
    from lakeseg.errors import ReviewError
    from lakeseg.review.log import Log
    from lakeseg.review.opening import configured, is_missing, open_engine

    engine = open_engine(args.database or configured())
    log = Log(engine)
    if is_missing(engine.url):
        raise ReviewError(f"{log.where}: no verdicts yet: give some on the page Review, or name another --database")
    log.prepare()
    return log
