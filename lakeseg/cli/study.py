"""`study`: the experiments of the study, and measurements over a whole dataset that take minutes, as files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakeseg.cli.console import Console, Result, progress_of
from lakeseg.cli.options import add_cache, add_models, add_progress, add_split, open_lakes, split_of, words
from lakeseg.places import data_dir
from lakeseg.study.parts import PARTS, check, measure

if TYPE_CHECKING:
    from lakeseg.data.dataset import Dataset
    from lakeseg.study.runner import Outcome

_DESCRIPTION = """\
Run the experiments of the study on a dataset, one JSON file a run. Runs that are done are never done again, so the same
command goes on where it was stopped. Presets:
  fair         every model on the same lakes and on all their pixels, thresholds from the validation lakes
  paper        the study's own protocol: its patch sizes, pruned patches, 30 epochs, regression on random pixels
  quick        a little of everything on a few lakes, in two or three minutes, to see that it works

Or write what they say: --report, one HTML file for a mail or a meeting, --document, Markdown with figures beside it.

Or measure what the pages show of a whole dataset, one JSON file a part:
""" + "\n".join(f"  {name:12} {about}" for name, about in PARTS.items())
_EPILOG = """\
examples:
  python -m lakeseg study --preset fair
  python -m lakeseg study --preset paper --resume --jobs 2 --dataset data/dataset2.h5
  python -m lakeseg study --preset fair --only boosting,fcn-lakeseg --dataset mine.h5
  python -m lakeseg study --report out.html
  python -m lakeseg study sizes --dataset data/dataset2.h5"""

_STEPS = 1000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add = parser.add_argument
    add("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: none, the experiments)")
    home = data_dir() / "dataset2.h5"
    add("--dataset", type=Path, default=home, metavar="FILE", help="dataset to use (default: %(default)s)")
    add("--preset", default="fair", metavar="NAME", help="fair, paper or quick (default: %(default)s)")
    add("--only", type=words, default=(), metavar="NAME,…", help="only these of its experiments")
    add("--epochs", type=int, metavar="N", help="of every network (default: its own, 30 for the study's)")
    add("--seeds", type=int, metavar="N", help="trainings of each experiment (default: the preset's, 5)")
    add_split(parser)
    add("--resume", action="store_true", help="go on in the middle of trainings that were interrupted")
    add("--jobs", type=int, metavar="N", help="runs at a time (default: one a core up to four, one on a GPU)")
    add("--report", type=Path, metavar="FILE", help="write the answers to this HTML file and run nothing")
    add(
        "--document",
        type=Path,
        metavar="FILE",
        help="write them to this Markdown file, figures in images/study beside it",
    )
    add_models(parser)
    help_out = "folder of the results (default: the dashboard's, beside the dataset's cache)"
    add("--out", type=Path, metavar="DIR", help=help_out)
    add_cache(parser)
    add_progress(parser)


def run(args: argparse.Namespace, console: Console) -> Result:
    """Measure the parts that are named, one after the other; else run the experiments."""
    for name in args.parts:
        check(name)
    dataset = open_lakes(args.dataset)
    if args.report or args.document:
        return _write(args, console, dataset)
    return _measure(args, console, dataset) if args.parts else _experiment(args, console, dataset)


def _write(args: argparse.Namespace, console: Console, dataset: Dataset) -> Result:
    """Write what the results say of a dataset; nothing is run."""
    from datetime import date

    from lakeseg.study.account import Account
    from lakeseg.study.answers import evidence
    from lakeseg.study.document import write, write_text
    from lakeseg.study.pictures import svgs
    from lakeseg.study.report import html

    known = evidence(dataset.fingerprint)
    if not len(known.runs):
        console.note(
            f"{args.dataset}: no experiment has run on it yet: python -m lakeseg study --dataset {args.dataset}"
        )
    with progress_of(args, console, "study report", _STEPS) as progress:
        progress(0.0, "reading the results")
        account = Account(known)
        pictures = svgs(account.figures, progress)
    if args.report:
        write_text(args.report, html(account, pictures, date.today().isoformat()))
    if args.document:
        write(account, pictures, args.document)
    written = {name: str(path) for name, path in (("report", args.report), ("document", args.document)) if path}
    data = {"dataset": dataset.fingerprint, "written": written}
    return Result(data, [] if args.progress == "json" else list(written.values()))


def _measure(args: argparse.Namespace, console: Console, dataset: Dataset) -> Result:
    from lakeseg.cache import PredictionCache
    from lakeseg.store import ModelStore
    from lakeseg.study import results

    store, cache = ModelStore(args.models), PredictionCache(args.cache)
    folder = args.out or results.local_dir()
    written: dict[str, str] = {}
    for name in args.parts:
        with progress_of(args, console, f"study {name}", _STEPS) as progress:
            written[name] = str(results.save(measure(name, dataset, store, cache, progress), folder))
            progress(1.0, "")
    data = {"dataset": dataset.fingerprint, "written": written}
    return Result(data, [] if args.progress == "json" else list(written.values()))


def _experiment(args: argparse.Namespace, console: Console, dataset: Dataset) -> Result:
    from lakeseg.study import runner, runs
    from lakeseg.study.experiments import programme
    from lakeseg.study.results import local_dir

    chosen = programme(args.preset).narrowed(args.only, args.seeds, args.epochs)
    folder = args.out or (local_dir() / "quick" if args.preset == "quick" else local_dir())
    errands, outcome = runner.plan(dataset, chosen, split_of(dataset, args), folder, args.resume)
    jobs = runner.default_jobs() if args.jobs is None else args.jobs
    try:
        with progress_of(args, console, f"study {args.preset}", _STEPS) as progress:
            runner.run_all(errands, outcome, jobs, progress)
    except KeyboardInterrupt:
        console.note(f"{len(outcome.done)} runs are done and kept; the same command with --resume goes on")
        raise
    where = runs.folder_of(dataset.fingerprint, folder)
    lines = [] if args.progress == "json" else _lines(outcome, where)
    return Result(_data(outcome, where, dataset), lines, 1 if outcome.failed else 0)


def _data(outcome: Outcome, folder: Path, dataset: Dataset) -> dict[str, Any]:
    from dataclasses import asdict

    return {"dataset": dataset.fingerprint, "folder": str(folder)} | asdict(outcome)


def _lines(outcome: Outcome, folder: Path) -> list[str]:
    counted = f"{len(outcome.done)} runs done, {len(outcome.before)} were there before"
    elsewhere = [f"{name}: another process is at it" for name in outcome.elsewhere]
    reasons = [f"{name}: left out: {reason}" for name, reason in outcome.left_out.items()]
    faults = [f"{name}: failed: {reason.strip().splitlines()[-1]}" for name, reason in outcome.failed.items()]
    return [*reasons, *elsewhere, *faults, f"{folder}: {counted}"]
