"""`search`: look for a better network on the training and validation lakes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lakeseg.cli.console import Console, Result, progress_of, table
from lakeseg.cli.options import add_dataset, add_progress, open_lakes
from lakeseg.errors import ConfigError

if TYPE_CHECKING:
    from lakeseg.study.search.trials import Trial

_DESCRIPTION = """\
Look for a better network of no more than the study's parameters: receptive field, depth, width, skip connections,
loss, windows or patches, flips and turns, learning rate and its schedule. Trials learn from the training lakes and are
judged on the validation lakes; the test lakes are not read. Every trial is logged; --resume goes on from the log.
It needs Optuna: python -m pip install -r requirements-dev.txt"""
_EPILOG = """\
examples:
  python -m lakeseg search --dataset data/dataset2.h5 --budget 30
  python -m lakeseg search --dataset data/dataset2.h5 --budget 30 --resume
  python -m lakeseg search --dataset mine.h5 --trials 20 --epochs 5 --final-epochs 15 --log mine-search.json"""
_STEPS = 1000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_dataset(parser)
    number = parser.add_argument
    number("--budget", type=float, default=60.0, metavar="MINUTES", help="for the trials (default: %(default)g)")
    number("--trials", type=int, default=40, metavar="N", help="how many at most (default: %(default)s)")
    number("--epochs", type=int, default=3, metavar="N", help="of a trial (default: %(default)s)")
    number("--finalists", type=int, default=2, metavar="N", help="trained again, longer (default: %(default)s)")
    number("--final-epochs", type=int, default=6, metavar="N", help="of these (default: %(default)s)")
    number("--seed", type=int, default=0, metavar="N", help="of the proposals (default: %(default)s)")
    parser.add_argument("--log", type=Path, metavar="FILE", help="where trials are logged (default: with the results)")
    parser.add_argument("--resume", action="store_true", help="go on with the search of the log")
    add_progress(parser)


def run(args: argparse.Namespace, console: Console) -> Result:
    """Run the search."""
    from lakeseg.data.splits import default_split
    from lakeseg.study import results
    from lakeseg.study.search.log import PART, Budget
    from lakeseg.study.search.run import search

    dataset = open_lakes(args.dataset)
    path = args.log or results.local_dir() / results.file_name(PART, dataset.fingerprint)
    if path.exists() and not args.resume:
        raise ConfigError(f"{path} holds a search: go on with --resume, or give another --log")
    budget = Budget(args.budget, args.trials, args.epochs, args.finalists, args.final_epochs, seed=args.seed)
    with progress_of(args, console, "search", _STEPS) as progress:
        log = search(dataset, default_split(dataset.lakes), budget, path, progress, args.resume)
        progress(1.0, "")
    made = log.result().made
    data = {"log": str(path), "trials": len(log.trials), "seconds": made["seconds"], "winner": made["winner"]}
    return Result(data, [] if args.progress == "json" else [*_lines(log.trials), str(path)])


def _lines(trials: Sequence[Trial]) -> list[str]:
    """Return the trials as a table."""
    rows = [["trial", "phase", "parameters", "F1", "state", "seconds"]]
    for each in trials:
        f1 = f"{each.value:.4f}" if each.f1 else "–"
        rows.append([str(each.number), each.phase, f"{each.parameters:,}", f1, each.state, f"{each.seconds:.0f}"])
    return table(rows, numeric=(0, 2, 3, 5))
