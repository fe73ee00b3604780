"""`regroup`: a dataset again, with lakes that share pixels or ground in one group."""

from __future__ import annotations

import argparse
from pathlib import Path

from lakeseg.cli.console import Console, Result

_DESCRIPTION = """\
Write a dataset again with one group for lakes that share pixels, or ground by their coordinates, so that no split
trains on one and tests on the other. `info --health` says whether that is needed. Pixels and labels stay as they are;
on simulated data coordinates are not looked at."""
_EPILOG = """\
example:
  python -m lakeseg regroup data/chips.h5 --out data/chips-regrouped.h5"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("file", type=Path, metavar="FILE", help="dataset (.h5)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="dataset to write (.h5)")


def run(args: argparse.Namespace, console: Console) -> Result:
    """Regroup one dataset."""
    from lakeseg.analysis.health.grouping import regroup
    from lakeseg.data.dataset import open_dataset

    dataset = open_dataset(args.file)
    with console.progress(f"regroup {args.file.name}") as progress:
        made = regroup(dataset, args.out, progress)
    before, after = (len(set(one.lakes.group.tolist())) for one in (dataset, made))
    data = {"path": str(args.out), "fingerprint": made.fingerprint, "groups": after, "groups_before": before}
    lines = [f"{args.out}: {len(made.lakes):,} lakes, {after:,} groups instead of {before:,}"]
    return Result(data, [*lines, f"fingerprint {made.fingerprint}"])
