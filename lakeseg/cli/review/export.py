"""`review export`: what reviewers said, what they settled on, and what that changes, as files."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lakeseg.cli.console import Console, Progress, Result
from lakeseg.cli.options import add_cache, add_dataset, add_models
from lakeseg.cli.review.database import add_database, said

if TYPE_CHECKING:
    from lakeseg.data.dataset import Dataset
    from lakeseg.review.consensus import Consensus, Rule
    from lakeseg.review.verdicts import Verdict
    from lakeseg.review.votes import Votes

_DESCRIPTION = """\
Write what came out of a review. The ending of --to says what:
  .h5        dataset with the consensus labels, to open, train and evaluate on
  .npz       the same as plain arrays, with the options by which `import` reads them
  .tif       consensus labels of one lake (--lake) as GeoTIFF; a folder/ takes every lake whose place is known
  .csv .parquet  every verdict, those taken back too
  .json      all numbers: agreement, consensus, Table 2 and each model's scores before and after

Consensus: majority of the reviewers, weighed by their confidence; mixed gives its fraction to water and the rest to
land; can't tell gives nothing; ties stay unclassified."""
_EPILOG = """\
examples:
  python -m lakeseg review export --dataset data/dataset1.h5 --to data/dataset1-reviewed.h5
  python -m lakeseg train --model logistic --dataset data/dataset1-reviewed.h5
  python -m lakeseg review export --dataset data/dataset1.h5 --to verdicts.parquet
  python -m lakeseg review export --dataset data/dataset1.h5 --to maps/"""


@dataclass(frozen=True)
class _Order:
    """What there is to write, and where to."""

    args: argparse.Namespace
    dataset: Dataset
    verdicts: list[Verdict]
    votes: Votes
    found: Consensus
    where: str

    @property
    def to(self) -> Path:
        return Path(self.args.to)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_dataset(parser)
    add = parser.add_argument
    add("--to", required=True, metavar="FILE", help="file to write, or a folder for GeoTIFFs, ending in /")
    add("--lake", metavar="ID", help="lake of a GeoTIFF")
    add("--least", type=int, default=1, metavar="N", help="reviewers who could tell that a pixel needs (default: 1)")
    add("--unweighted", action="store_true", help="let every vote weigh the same, whatever its confidence")
    add_database(parser)
    add_models(parser)
    add_cache(parser)


def run(args: argparse.Namespace, console: Console) -> Result:
    """Write one file or one folder."""
    from lakeseg.data.dataset import open_dataset
    from lakeseg.errors import ConfigError
    from lakeseg.review.consensus import Rule, consensus
    from lakeseg.review.opening import short_name
    from lakeseg.review.votes import votes_of

    ending = "folder" if args.to.endswith("/") or Path(args.to).is_dir() else Path(args.to).suffix.lower()
    if ending not in _WRITERS:
        raise ConfigError(f"{args.to}: expected a name ending in {', '.join(_WRITERS).replace('folder', '/')}")
    rule = Rule(not args.unweighted, args.least)
    dataset = open_dataset(args.dataset)
    verdicts, log = said(args, dataset)
    votes = votes_of(verdicts, dataset.lakes)
    order = _Order(args, dataset, verdicts, votes, consensus(votes, rule), short_name(log.engine.url))
    with console.progress(f"write {Path(args.to).name}") as progress:
        data, lines = _WRITERS[ending](order, progress)
    return Result(_about(order, rule) | data, lines)


def _about(order: _Order, rule: Rule) -> dict[str, Any]:
    standing = sum(one.undone_by is None for one in order.verdicts)
    return {
        "path": order.args.to,
        "dataset": order.dataset.fingerprint,
        "verdicts": len(order.verdicts),
        "standing": standing,
        "reviewers": list(order.votes.reviewers),
        "rule": rule.words,
        "consensus": order.found.counts,
    }


Written = tuple[dict[str, Any], list[str]]


def _dataset(order: _Order, progress: Progress) -> Written:
    from lakeseg.review.consensus import write_consensus

    new = write_consensus(order.to, order.dataset, order.votes, order.found, order.where, progress)
    train = f"python -m lakeseg train --model logistic --dataset {order.to}"
    return {"fingerprint": new.fingerprint, "train": train}, [_settled(order), f"train on it: {train}"]


def _settled(order: _Order) -> str:
    counts = order.found.counts
    return (
        f"{order.to}: {counts['water']:,} px settled as water, {counts['land']:,} as land; "
        f"{counts['tied']:,} tied, {counts['too few']:,} with too few votes"
    )


def _arrays(order: _Order, progress: Progress) -> Written:
    from lakeseg.review.export import write_arrays

    options = write_arrays(order.to, order.dataset, order.found, progress)
    target = order.to.with_name(f"{order.to.stem}-imported.h5")
    command = f"python -m lakeseg import {order.to} --out {target} {options}"
    return {"import": command}, [_settled(order), f"read it back: {command}"]


def _verdicts(order: _Order, progress: Progress) -> Written:  # noqa: ARG001 - all writers are called alike
    from lakeseg.review.export import write_verdicts

    write_verdicts(order.to, order.verdicts)
    return {}, [f"{order.to}: {len(order.verdicts):,} verdicts"]


def _map(order: _Order, progress: Progress) -> Written:  # noqa: ARG001 - as above
    from lakeseg.errors import ConfigError
    from lakeseg.review.geotiff import write_geotiff

    if not order.args.lake:
        raise ConfigError(f"{order.to}: a GeoTIFF holds one lake: name it with --lake ID, or give a folder/")
    write_geotiff(order.to, order.dataset, order.args.lake, order.found)
    return {"lake": order.args.lake}, [f"{order.to}: lake {order.args.lake}"]


def _maps(order: _Order, progress: Progress) -> Written:
    from lakeseg.review.geotiff import write_geotiffs

    paths = write_geotiffs(order.to, order.dataset, order.found, progress)
    return {"files": len(paths)}, [f"{order.to}: {len(paths)} lakes"]


def _numbers(order: _Order, progress: Progress) -> Written:
    import json

    from lakeseg.cache import PredictionCache
    from lakeseg.data.write import replacing
    from lakeseg.plain import plain
    from lakeseg.review.report import report
    from lakeseg.store import ModelStore

    cards, cache = ModelStore(order.args.models).cards()[0], PredictionCache(order.args.cache)
    numbers = report(order.dataset, order.verdicts, order.found.rule, cards, cache, progress)
    with replacing(order.to) as temporary:
        temporary.write_text(json.dumps(plain(numbers), ensure_ascii=False, indent=1), encoding="utf-8")
    return {}, [f"{order.to}: numbers of {len(order.verdicts):,} verdicts"]


_WRITERS: Final[Mapping[str, Callable[[_Order, Progress], Written]]] = {
    ".h5": _dataset,
    ".npz": _arrays,
    ".tif": _map,
    ".csv": _verdicts,
    ".parquet": _verdicts,
    ".json": _numbers,
    "folder": _maps,
}
