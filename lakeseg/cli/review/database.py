"""The database of verdicts that every action asks, and what they come to."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lakeseg.data.dataset import Dataset
    from lakeseg.review.consensus import Consensus
    from lakeseg.review.log import Log
    from lakeseg.review.verdicts import Verdict


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


def said(args: argparse.Namespace, dataset: Dataset) -> tuple[list[Verdict], Log]:
    """Return every verdict on a dataset, and the log that they are from.

    Raises:
        ReviewError: As `log_of`.
        ConfigError: There is none on this dataset, or the URL cannot be read.
    """
    from lakeseg.errors import ConfigError

    log = log_of(args)
    verdicts = log.all(dataset.fingerprint)
    if not verdicts:
        raise ConfigError(f"{log.where}: no verdicts on {args.dataset}: give some on the page Review")
    return verdicts, log


def consensus_of(args: argparse.Namespace, dataset: Dataset) -> Consensus:
    """Return what reviewers settled on by the rule of `--least` and `--unweighted`; errors as of `said`."""
    from lakeseg.review.consensus import Rule, consensus
    from lakeseg.review.votes import votes_of

    rule = Rule(not args.unweighted, args.least)
    return consensus(votes_of(said(args, dataset)[0], dataset.lakes), rule)
