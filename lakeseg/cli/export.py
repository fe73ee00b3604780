"""`export`: predictions, labels and verdicts as maps, pictures, arrays, tables and outlines for other programs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lakeseg.cli.console import Console, Progress, Result, progress_of
from lakeseg.cli.options import add_cache, add_dataset, add_models, add_progress, open_lakes, words
from lakeseg.cli.review.database import add_database, consensus_of, said
from lakeseg.plain import counted

if TYPE_CHECKING:
    from lakeseg.data.dataset import Dataset
    from lakeseg.exports.content import Content, Origin
    from lakeseg.exports.registry import Export

_DESCRIPTION = """\
Write what a model, the labels or the reviewers say of lakes, for other programs. --what and the ending of --to:
  classes, labels, verdicts   .tif  Cloud-Optimized GeoTIFF with place, colours, names of classes and nodata (GIS)
                              .png  picture with title, legend and scale bar
                              .npz .h5  ID/classes (H, W) uint8: 1 water, 2 land, 3 unclassified, 0 none or missing
  probabilities               .tif .png .npz .h5, of water, land, unclassified
  outlines                    .gpkg  a polygon for each body of water, with its area
  table                       .csv  a row for each lake: area of water, shoreline, F1, counts
  dataset                     .mat  lakes with pixels and labels as a MATLAB struct array with fields X and Y
  verdicts                    .csv .parquet  every verdict, those taken back too
A .tif or .png holds one lake; a folder/ takes a file for each. A map needs to know where its lake lies.

Area: pixels times the area of a pixel. Shoreline: π/4 times the edges between pixels of water and others, times the
side of a pixel (the factor takes back what stairs add to a straight line)."""
_EPILOG = """\
examples:
  python -m lakeseg export --dataset data/dataset2.h5 --model fcn-lakeseg --what classes --to maps/
  python -m lakeseg export --dataset data/dataset2.h5 --model fcn-lakeseg --what table --split test --to lakes.csv
  python -m lakeseg export --dataset data/dataset1.h5 --what labels --lakes D1-0001 --to lake.png
  python -m lakeseg export --dataset data/dataset1.h5 --what outlines --to water.gpkg
  python -m lakeseg export --dataset data/dataset1.h5 --what table --model fcn-lakeseg --settled --to settled.csv"""


@dataclass(frozen=True)
class _Order:
    """What to write, where to, and from what."""

    what: str
    to: Path
    folder: bool
    dataset: Dataset
    ids: list[str]
    origin: Origin
    contents: Iterator[Content]

    @property
    def lakes(self) -> str:
        """How many there are, in words."""
        return counted(len(self.ids), "lake")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    from lakeseg.exports.registry import WHAT

    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_dataset(parser)
    add = parser.add_argument
    add("--what", required=True, choices=WHAT, help="what to write")
    add("--to", required=True, metavar="FILE", help="file to write, or a folder for one file a lake, ending in /")
    add("--as", dest="ending", choices=("tif", "png"), default="", help="files in a folder (default: tif)")
    add("--model", metavar="ID", help="model that is asked; outlines and table do without: then labels are taken")
    some = parser.add_mutually_exclusive_group()
    some.add_argument("--lakes", type=words, default=(), metavar="ID,…", help="which lakes (default: all)")
    some.add_argument("--split", choices=("train", "validation", "test", "all"), default="all", help="the model's part")
    add("--mat", choices=("7.3", "5"), default="7.3", help="version of a .mat: 5 for Octave and old MATLAB")
    add("--settled", action="store_true", help="outlines and table: take labels as reviewers settled them")
    add("--least", type=int, default=1, metavar="N", help="of verdicts: reviewers a pixel needs (default: 1)")
    add("--unweighted", action="store_true", help="of verdicts: let every vote weigh the same")
    add_database(parser)
    add_models(parser)
    add_cache(parser)
    add_progress(parser)


def run(args: argparse.Namespace, console: Console) -> Result:
    """Write one file or one folder."""
    from lakeseg.errors import ConfigError
    from lakeseg.exports.registry import ending_of, export_of

    what = export_of(args.what)
    ending, folder = ending_of(what, args.to, args.ending)
    _check_source(args, what)
    dataset = open_lakes(args.dataset)
    if ending in (".csv", ".parquet") and args.what == "verdicts":
        return _verdicts(args, dataset)
    ids = _lakes(args, dataset)
    if ending == ".mat":
        return _matlab(args, console, dataset, ids)
    one = not folder and ending in (".tif", ".png")
    if one and len(ids) != 1:
        raise ConfigError(f"{args.to}: holds one lake: name it with --lakes ID, or give a folder/")
    ids, left_out = _placed(ids, dataset, args.to, whole=not folder) if ending in (".tif", ".gpkg") else (ids, 0)
    with progress_of(args, console, f"export {args.what}", len(ids)) as progress:
        origin, contents = _source(args, dataset, ids, progress)
        order = _Order(args.what, Path(args.to), folder, dataset, ids, origin, contents)
        data, line = _WRITERS[ending](order)
    if left_out:
        console.note(f"note: no map of {left_out:,} of the lakes, whose place on the ground is not known")
    about = {"path": args.to, "what": args.what, "lakes": len(ids), "source": origin.title, "left_out": left_out}
    return Result(about | data, [] if args.progress == "json" else [f"{args.to}: {line}"])


def _check_source(args: argparse.Namespace, what: Export) -> None:
    """Raise a `ConfigError` where what is wanted is not made from what was named."""
    from lakeseg.errors import ConfigError
    from lakeseg.exports.registry import LABELS, MODEL, VERDICTS

    if what.takes == (MODEL,) and not args.model:
        raise ConfigError(f"--what {args.what} asks a model: name it with --model ID, see `python -m lakeseg models`")
    if args.model and MODEL not in what.takes:
        raise ConfigError(f"--what {args.what} asks no model: leave --model away")
    if args.settled and not {LABELS, VERDICTS} <= set(what.takes):
        raise ConfigError(f"--settled is for outlines and table: leave it away for --what {args.what}")
    if args.settled and args.model and args.what == "outlines":
        raise ConfigError("--settled: outlines are of the model's water or of settled labels: leave one away")


def _lakes(args: argparse.Namespace, dataset: Dataset) -> list[str]:
    """Return the lakes that were named, else those of the part."""
    from lakeseg.errors import ConfigError

    for lake_id in args.lakes:
        dataset.lakes.position(lake_id)
    if args.lakes or args.split == "all":
        return list(args.lakes) or list(dataset.lake_ids)
    if not args.model:
        raise ConfigError(f"--split {args.split} is a part of a model's lakes: name the model with --model ID")
    from lakeseg.analysis.selection import choose_lakes
    from lakeseg.store import ModelStore

    return choose_lakes(ModelStore(args.models).card(args.model), dataset, args.split)[0]


def _placed(ids: list[str], dataset: Dataset, to: str, *, whole: bool) -> tuple[list[str], int]:
    """Return the lakes whose place is known, and how many are not; none may be left out of a single file."""
    from lakeseg.errors import ConfigError
    from lakeseg.exports.maps import placed

    known = set(placed(dataset))
    kept = [lake_id for lake_id in ids if lake_id in known]
    if not kept or (whole and len(kept) < len(ids)):
        missing = next(lake_id for lake_id in ids if lake_id not in known)
        raise ConfigError(f"{to}: {dataset.path} does not say where lake {missing!r} lies, which a map needs")
    return kept, len(ids) - len(kept)


def _source(
    args: argparse.Namespace, dataset: Dataset, ids: list[str], progress: Progress
) -> tuple[Origin, Iterator[Content]]:
    """Return where the classes come from, and the lakes with them."""
    from lakeseg.exports.content import Origin, labelled

    if args.model:
        origin, contents = _predicted(args, dataset, ids, progress)
        return _relabelled(args, dataset, origin, contents) if args.settled else (origin, contents)
    if args.what == "verdicts" or args.settled:
        return _settled(args, dataset, ids, progress)
    return Origin("Labels"), labelled(dataset, ids, progress)


def _predicted(
    args: argparse.Namespace, dataset: Dataset, ids: list[str], progress: Progress
) -> tuple[Origin, Iterator[Content]]:
    from lakeseg.cache import PredictionCache
    from lakeseg.evaluation import predict_dataset
    from lakeseg.exports.content import Origin, predicted
    from lakeseg.store import ModelStore

    store = ModelStore(args.models)
    card = store.card(args.model)
    segmenter, cache = store.load(card.id, card.fingerprint), PredictionCache(args.cache)
    made = predict_dataset(segmenter, card.fingerprint, dataset, ids, cache, progress)
    return Origin(card.title, card), predicted(dataset, made)


def _settled(
    args: argparse.Namespace, dataset: Dataset, ids: list[str], progress: Progress
) -> tuple[Origin, Iterator[Content]]:
    from lakeseg.review.geotiff import origin, settled

    found = consensus_of(args, dataset)
    return origin(found), settled(dataset, ids, found, progress)


def _relabelled(
    args: argparse.Namespace, dataset: Dataset, origin: Origin, contents: Iterator[Content]
) -> tuple[Origin, Iterator[Content]]:
    """Return what a model says beside labels that reviewers settled on."""
    from lakeseg.review.geotiff import relabelled, settled_by

    found = consensus_of(args, dataset)
    return settled_by(origin, found), relabelled(dataset, contents, found)


def _verdicts(args: argparse.Namespace, dataset: Dataset) -> Result:
    from lakeseg.errors import ConfigError
    from lakeseg.review.export import write_verdicts

    if args.lakes:
        raise ConfigError("--lakes: a table of verdicts holds those of all lakes: leave it away")
    verdicts, _ = said(args, dataset)
    write_verdicts(Path(args.to), verdicts)
    data = {"path": args.to, "what": args.what, "verdicts": len(verdicts)}
    return Result(data, [] if args.progress == "json" else [f"{args.to}: {counted(len(verdicts), 'verdict')}"])


def _matlab(args: argparse.Namespace, console: Console, dataset: Dataset, ids: list[str]) -> Result:
    from lakeseg.exports.matlab import write_matlab

    with progress_of(args, console, "export dataset", len(ids)) as progress:
        write_matlab(dataset, Path(args.to), args.mat, ids, progress)
    data = {"path": args.to, "what": args.what, "lakes": len(ids), "version": args.mat}
    line = f"{args.to}: {counted(len(ids), 'lake')}, MATLAB v{args.mat}"
    return Result(data, [] if args.progress == "json" else [line])


Written = tuple[dict[str, Any], str]


def _maps(order: _Order) -> Written:
    from lakeseg.exports.maps import write_map, write_maps

    likely = order.what == "probabilities"
    if order.folder:
        paths = write_maps(order.to, order.dataset, order.contents, order.origin, probabilities=likely)
        return {"files": len(paths)}, f"{counted(len(paths), 'GeoTIFF')} of {order.origin.title}"
    for content in order.contents:
        write_map(order.to, order.dataset, content, order.origin, probabilities=likely)
    return {"files": 1}, f"{order.what} of lake {order.ids[0]}, {order.origin.title}"


def _pictures(order: _Order) -> Written:
    from lakeseg.exports.maps import file_name
    from lakeseg.exports.picture import write_picture

    likely = order.what == "probabilities"
    for content in order.contents:
        path = order.to / f"{file_name(content.lake.id)}.png" if order.folder else order.to
        write_picture(path, order.dataset, content, order.origin, probabilities=likely)
    return {"files": len(order.ids)}, f"pictures of {order.lakes}, {order.origin.title}"


def _arrays(order: _Order) -> Written:
    from lakeseg.exports.arrays import write_contents

    meta, likely = order.origin.tags(order.dataset), order.what == "probabilities"
    write_contents(order.to, order.contents, meta, probabilities=likely)
    return {}, f"{order.what} of {order.lakes}, {order.origin.title}"


def _outlines(order: _Order) -> Written:
    from lakeseg.exports.geopackage import write_outlines

    count = write_outlines(order.to, order.dataset, order.contents, order.origin)
    bodies = f"{count:,} {'body' if count == 1 else 'bodies'} of water"
    return {"bodies": count}, f"{bodies} in {order.lakes}, {order.origin.title}"


def _table(order: _Order) -> Written:
    from lakeseg.exports.measures import write_table

    write_table(order.to, order.dataset, order.contents, order.origin)
    return {}, f"{order.lakes}, {order.origin.title}"


_WRITERS: Final[dict[str, Callable[[_Order], Written]]] = {
    ".tif": _maps,
    ".png": _pictures,
    ".npz": _arrays,
    ".h5": _arrays,
    ".gpkg": _outlines,
    ".csv": _table,
}
