"""`review build`: cut the unclassified pixels of a dataset into regions."""

from __future__ import annotations

import argparse

from lakeseg.cli.console import Console, Result, progress_of
from lakeseg.cli.options import add_cache, add_dataset, add_models, add_progress

DESCRIPTION = """\
Cut the unclassified pixels of a dataset into the regions that the page Review asks about. Models are asked for their
opinion first; what they have not predicted yet is predicted now. The page does the same in the background."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = DESCRIPTION
    add_dataset(parser)
    add = parser.add_argument
    add(
        "--model",
        action="append",
        default=[],
        metavar="ID",
        help="model to ask; repeatable (default: best of each kind)",
    )
    add_models(parser)
    add_cache(parser)
    add_progress(parser)


def run(args: argparse.Namespace, console: Console) -> Result:
    """Cut and keep."""
    import numpy as np

    from lakeseg.cache import PredictionCache
    from lakeseg.data.dataset import open_dataset
    from lakeseg.review.building import build
    from lakeseg.store import ModelStore

    dataset = open_dataset(args.dataset)
    with progress_of(args, console, "cut regions", len(dataset.lakes)) as progress:
        regions, path = build(dataset, ModelStore(args.models), PredictionCache(args.cache), args.model, progress)
    quarters = np.percentile(regions.pixels, [25, 50, 75]).tolist()
    data = {
        "path": str(path),
        "dataset": dataset.fingerprint,
        "models": [judge.id for judge in regions.judges],
        "regions": len(regions),
        "pixels": int(regions.pixels.sum()),
        "largest": int(regions.pixels.max()),
        "quartiles": quarters,
    }
    asked = ", ".join(judge.title for judge in regions.judges) or "no model"
    lines = [
        f"{path}: {len(regions):,} regions of {data['pixels']:,} px; {asked} asked",
        f"pixels of a region: quartiles {', '.join(f'{value:.0f}' for value in quarters)}, largest {data['largest']}",
    ]
    return Result(data, [] if args.progress == "json" else lines)
