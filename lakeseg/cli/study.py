"""`study`: measurements over a whole dataset that take minutes, as files that the dashboard shows."""

from __future__ import annotations

import argparse
from pathlib import Path

from lakeseg.cli.console import Console, Result, progress_of
from lakeseg.cli.options import add_cache, add_dataset, add_models, add_progress
from lakeseg.study.parts import PARTS, check, measure

_DESCRIPTION = """\
Measure what the pages Patches and Bands show of a whole dataset, and write one JSON file a part. A run that was
stopped goes on where it stood. Parts:
""" + "\n".join(f"  {name:11} {about}" for name, about in PARTS.items())
_EPILOG = """\
examples:
  python -m lakeseg study sizes --dataset data/dataset2.h5
  python -m lakeseg study --dataset mine.h5"""

_STEPS = 1000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all of them)")
    add_models(parser)
    add_dataset(parser)
    help_out = "folder of the results (default: the dashboard's, beside the dataset's cache)"
    parser.add_argument("--out", type=Path, metavar="DIR", help=help_out)
    add_cache(parser)
    add_progress(parser)


def run(args: argparse.Namespace, console: Console) -> Result:
    """Measure the parts, one after the other."""
    from lakeseg.cache import PredictionCache
    from lakeseg.data.dataset import open_dataset
    from lakeseg.store import ModelStore
    from lakeseg.study import results

    for name in args.parts:
        check(name)
    dataset, store, cache = open_dataset(args.dataset), ModelStore(args.models), PredictionCache(args.cache)
    folder = args.out or results.local_dir()
    written: dict[str, str] = {}
    for name in args.parts or PARTS:
        with progress_of(args, console, f"study {name}", _STEPS) as progress:
            written[name] = str(results.save(measure(name, dataset, store, cache, progress), folder))
            progress(1.0, "")
    data = {"dataset": dataset.fingerprint, "written": written}
    return Result(data, [] if args.progress == "json" else list(written.values()))
