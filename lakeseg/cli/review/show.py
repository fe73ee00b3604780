"""`review show`: what the database of verdicts holds."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakeseg.cli.console import Console, Result, table
from lakeseg.cli.review.database import add_database, log_of

if TYPE_CHECKING:
    from lakeseg.review.ledger import Ledger
    from lakeseg.review.log import Log
    from lakeseg.review.verdicts import Verdict


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = "Print who said how much on which dataset; with --dataset, how many pixels are settled."
    parser.epilog = "examples:\n  python -m lakeseg review show --dataset data/dataset1.h5"
    parser.add_argument("--dataset", type=Path, metavar="FILE", help="only this dataset, with its pixels")
    add_database(parser)


def run(args: argparse.Namespace, console: Console) -> Result:  # noqa: ARG001 - every verb is called alike
    """Count."""
    log = log_of(args)
    found = [_dataset(log, args.dataset)] if args.dataset else [_known(log, name) for name in log.datasets()]
    return Result({"database": log.where, "datasets": found}, _lines(log.where, found))


def _known(log: Log, fingerprint: str) -> dict[str, Any]:
    return {"fingerprint": fingerprint} | _counts(log.all(fingerprint))


def _dataset(log: Log, path: Path) -> dict[str, Any]:
    from lakeseg.data.dataset import open_dataset
    from lakeseg.review.ledger import Ledger

    ledger = Ledger(open_dataset(path), log)
    ledger.refresh()
    about = {"fingerprint": ledger.dataset.fingerprint, "name": ledger.dataset.name}
    return about | _counts(ledger.all()) | _pixels(ledger)


def _counts(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    standing = [one for one in verdicts if one.undone_by is None]
    return {
        "verdicts": len(verdicts),
        "taken_back": len(verdicts) - len(standing),
        "by_purpose": dict(Counter(one.purpose for one in standing)),
        "by_reviewer": dict(Counter(one.reviewer for one in standing)),
        "last": max((one.made_at.isoformat() for one in verdicts if one.made_at), default=None),
    }


def _pixels(ledger: Ledger) -> dict[str, Any]:
    from lakeseg.bands import UNCLASSIFIED

    lakes = {lake for _, lake in ledger.places()}
    return {
        "unclassified_px": int(ledger.dataset.total_counts()[UNCLASSIFIED]),
        "settled_px": sum(int((ledger.settled(lake) > 0).sum()) for lake in lakes),
        "px_by_reviewer": ledger.pixels_by_reviewer(),
        "problem": ledger.problem,
    }


def _lines(where: str, found: Sequence[dict[str, Any]]) -> list[str]:
    if not any(one["verdicts"] for one in found):
        return [f"{where}: no verdicts yet"]
    return [where] + [line for one in found for line in ["", *_about(one)]]


def _about(one: dict[str, Any]) -> list[str]:
    facts = [("dataset", one.get("name", one["fingerprint"]))]
    facts += [("verdicts", f"{one['verdicts']:,}, {one['taken_back']:,} of them taken back")]
    facts += [("standing", ", ".join(f"{name} {count:,}" for name, count in one["by_purpose"].items()) or "none")]
    if "settled_px" in one:
        facts += [("settled", f"{one['settled_px']:,} of {one['unclassified_px']:,} unclassified px")]
    facts += [("last", one["last"][:16].replace("T", " ") + " UTC")] if one["last"] else []
    facts += [("problem", one["problem"])] if one.get("problem") else []
    pixels = one.get("px_by_reviewer", {})
    rows = [
        (f"  {name}", f"{count:,} verdicts", f"{pixels[name]:,} px" if name in pixels else "")
        for name, count in sorted(one["by_reviewer"].items())
    ]
    return table(facts) + (table(rows, numeric=(1, 2)) if rows else [])
