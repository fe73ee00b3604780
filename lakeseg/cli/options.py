"""Types and options that several verbs share. Nothing heavy is imported here."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lakeseg.places import models_dir, predictions_dir

if TYPE_CHECKING:
    from lakeseg.cli.console import Console
    from lakeseg.data.dataset import Dataset
    from lakeseg.data.splits import Split


def whole_numbers(text: str) -> tuple[int, ...]:
    """Read `"1,2,3"`."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected whole numbers with commas, such as 1,2,3") from None


def three_numbers(text: str) -> tuple[float, ...]:
    """Read `"701,109,105"` or `"0.8,0.1,0.1"`."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != 3:
        raise argparse.ArgumentTypeError(f"{text!r}: expected three numbers, such as 701,109,105 or 0.8,0.1,0.1")
    return values


def words(text: str) -> tuple[str, ...]:
    """Read `"a,b,c"`, each once; nothing at all, as an empty variable of a shell gives, does not mean everything."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found:
        raise argparse.ArgumentTypeError("expected names with commas between them, got none")
    return found


def add_dataset(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Add `--dataset FILE`."""
    parser.add_argument("--dataset", type=Path, required=required, metavar="FILE", help="dataset to use (.h5)")


def open_lakes(path: Path) -> Dataset:
    """Open a dataset where lakes are needed; a `DatasetError` if it holds single pixels."""
    from lakeseg.data.dataset import open_dataset
    from lakeseg.errors import DatasetError

    dataset = open_dataset(path)
    if dataset.of_pixels:
        raise DatasetError(f"{path}: has pixels but no lakes: import it lake by lake")
    return dataset


def note_runs(console: Console, dataset: Dataset) -> None:
    """Say what stands for lakes in a dataset of single pixels."""
    from lakeseg.data.table import RUNS

    if dataset.of_pixels:
        console.note(f"note: {RUNS}")


def add_split(parser: argparse.ArgumentParser) -> None:
    """Add `--split T,V,S` and `--split-seed N`; `split_of` reads them."""
    parser.add_argument(
        "--split",
        type=three_numbers,
        metavar="T,V,S",
        help="lakes for training, validation, test: counts or fractions (default: 701,109,105 as in the study for a "
        "dataset of that size, else .766,.119,.115)",
    )
    help_seed = "start of the split's draw (default: %(default)s)"
    parser.add_argument("--split-seed", type=int, default=0, metavar="N", help=help_seed)


def split_of(dataset: Dataset, args: argparse.Namespace) -> Split:
    """Return the split that the options ask for."""
    from lakeseg.data.splits import default_split, split_by_group

    if args.split is None:
        return default_split(dataset.lakes, args.split_seed)
    return split_by_group(dataset.lakes, args.split_seed, args.split)


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add `--models DIR`."""
    parser.add_argument(
        "--models", type=Path, default=models_dir(), metavar="DIR", help="folder of the models (default: %(default)s)"
    )


def add_cache(parser: argparse.ArgumentParser) -> None:
    """Add `--cache DIR`."""
    parser.add_argument(
        "--cache",
        type=Path,
        default=predictions_dir(),
        metavar="DIR",
        help="folder of cached predictions (default: %(default)s)",
    )


def add_progress(parser: argparse.ArgumentParser) -> None:
    """Add `--progress auto|json`."""
    parser.add_argument(
        "--progress", choices=("auto", "json"), default="auto", help="json: a JSON line now and then on standard output"
    )
