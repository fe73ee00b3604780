"""`demo`: make the simulated datasets."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakeseg.cli.console import Console, Result
from lakeseg.places import data_dir

if TYPE_CHECKING:
    from lakeseg.data.dataset import Dataset


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = (
        "Make dataset1.h5 (135 large lakes, three classes) and dataset2.h5 (956 lakes, two classes).\n"
        "They are simulated, the same for the same seed, and take about a minute."
    )
    parser.epilog = "example:\n  python -m lakeseg demo --out data"
    parser.add_argument(
        "--out", type=Path, default=data_dir(), metavar="DIR", help="folder to write to (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, help="start of every random draw (default: that of the shipped models)")
    parser.add_argument("--force", action="store_true", help="replace files there that are no simulated datasets")


def run(args: argparse.Namespace, console: Console) -> Result:
    """Make both datasets."""
    from lakeseg.data.dataset import open_dataset
    from lakeseg.data.simulate import DEFAULT_SEED, make_demo

    seed = DEFAULT_SEED if args.seed is None else args.seed
    with console.progress("demo data") as progress:
        paths = make_demo(args.out, seed=seed, progress=progress, force=args.force)
    made = [open_dataset(path) for path in paths]
    lines = [f"{one.path}: {len(one.lakes)} lakes, {one.pixel_count:,} px, simulated" for one in made]
    return Result({"seed": seed, "datasets": [_describe(one) for one in made]}, lines)


def _describe(dataset: Dataset) -> dict[str, Any]:
    return {"path": str(dataset.path)} | dataset.summary()
