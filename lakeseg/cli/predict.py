"""`predict`: lakes into a file, or all of them into the dashboard's cache; tiles into rasters."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lakeseg.cli import predict_tiles
from lakeseg.cli.console import Console, Progress, Result, progress_of
from lakeseg.cli.options import add_cache, add_dataset, add_models, add_progress, note_runs, words

if TYPE_CHECKING:
    from lakeseg.cards import Card
    from lakeseg.data.dataset import Dataset
    from lakeseg.store import ModelStore

_DESCRIPTION = """\
Predict lakes. With --out: one model, into a file that holds for each lake ID/classes (H, W) uint8 (1 water, 2 land,
3 unclassified, 0 where a band is missing) and ID/probabilities (H, W, 3) float32 in the order water, land,
unclassified, NaN where a band is missing, and once meta (JSON).
With --warm: one or more models (default: all that fit the bands), every lake, into the cache that the dashboard reads;
lakes that are there already are left as they are. --split takes the lakes of one part only, as `evaluate` does.

With TILE: a whole raster (GeoTIFF, MODIS HDF4, a folder of one file a band) into a Cloud-Optimized GeoTIFF of class
codes (0 no data) with the place of the tile. It is read and answered part by part, with the values of one pass, in
less than 2 GB; what is answered is kept beside --out until the raster is written, so the same command goes on after a
stop. --dask asks the workers of a cluster: name only one of your own, whoever may use it may run anything on it."""
_EPILOG = """\
examples:
  python -m lakeseg predict --model fcn-lakeseg --dataset data/dataset2.h5 --out predictions.npz
  python -m lakeseg predict --model logistic --dataset data/dataset1.h5 --lakes D1-0001,D1-0002 --out two.h5
  python -m lakeseg predict --warm --dataset data/dataset2.h5
  python -m lakeseg predict --model fcn-lakeseg MOD09A1.A2017193.h18v04.006.hdf --out water.tif
  python -m lakeseg predict --model boosting tiles/*.tif --out water/ --dask tcp://10.0.0.5:8786"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add = parser.add_argument
    add("--model", action="append", default=[], metavar="ID", help="model to run; repeatable with --warm")
    add_models(parser)
    add_dataset(parser, required=False)
    goal = parser.add_mutually_exclusive_group(required=True)
    goal.add_argument("--out", type=Path, metavar="FILE", help="file to write: .npz or .h5; .tif for TILE")
    goal.add_argument("--warm", action="store_true", help="fill the dashboard's cache and score every lake")
    some = parser.add_mutually_exclusive_group()
    some.add_argument("--lakes", type=words, default=(), metavar="ID,…", help="which lakes (default: all)")
    some.add_argument("--split", choices=("train", "validation", "test", "all"), default="all", help="which part")
    add_cache(parser)
    add_progress(parser)
    predict_tiles.configure(parser)


def run(args: argparse.Namespace, console: Console) -> Result:
    """Predict into a file or into the cache."""
    if args.tiles:
        return predict_tiles.run(args, console)
    predict_tiles.refuse(args)
    from lakeseg.data.dataset import open_dataset
    from lakeseg.errors import ConfigError
    from lakeseg.segmenters.registry import check_neighbours
    from lakeseg.store import ModelStore

    if args.dataset is None:
        raise ConfigError("nothing to predict: name a raster (TILE), or lakes with --dataset FILE")
    dataset = open_dataset(args.dataset)
    for lake_id in args.lakes:
        dataset.lakes.position(lake_id)
    store = ModelStore(args.models)
    for model in args.model:
        check_neighbours(store.card(model).kind, dataset, model)
    note_runs(console, dataset)
    return _warm(args, console, dataset, store) if args.warm else _write(args, console, dataset, store)


def _write(args: argparse.Namespace, console: Console, dataset: Dataset, store: ModelStore) -> Result:
    """Predict with one model into a file."""
    from lakeseg.cache import PredictionCache
    from lakeseg.errors import ConfigError
    from lakeseg.evaluation import predict_dataset
    from lakeseg.exports.arrays import write_predictions

    if len(args.model) != 1:
        raise ConfigError(f"--out takes exactly one --model ID, got {len(args.model)}: see `python -m lakeseg models`")
    card = store.card(args.model[0])
    segmenter, ids = store.load(card.id, card.fingerprint), _lakes(args, card, dataset)
    with progress_of(args, console, f"predict {card.id}", len(ids)) as progress:
        made = predict_dataset(segmenter, card.fingerprint, dataset, ids, PredictionCache(args.cache), progress)
        write_predictions(args.out, ((one.lake.id, one.probabilities) for one in made), _meta(card, dataset))
    data = {"path": str(args.out), "model": card.id, "dataset": dataset.fingerprint, "lakes": len(ids)}
    return Result(data, [f"{args.out}: {len(ids)} {dataset.lakes.noun}s by {card.title}"])


def _lakes(args: argparse.Namespace, card: Card, dataset: Dataset) -> list[str]:
    """Return the lakes that were named, else those of the part."""
    from lakeseg.analysis.selection import choose_lakes

    return list(args.lakes) or choose_lakes(card, dataset, args.split)[0]


def _meta(card: Card, dataset: Dataset) -> dict[str, str]:
    return {
        "model": card.id,
        "model_fingerprint": card.fingerprint,
        "dataset": dataset.name,
        "dataset_fingerprint": dataset.fingerprint,
    }


def _warm(args: argparse.Namespace, console: Console, dataset: Dataset, store: ModelStore) -> Result:
    """Fill the cache, model by model; a model that cannot run is passed over with a note."""
    from lakeseg.cache import PredictionCache
    from lakeseg.errors import ModelError
    from lakeseg.evaluation import lake_confusions

    cards = _fitting(args, console, dataset, store)
    lakes = [_lakes(args, card, dataset) for card in cards]
    cache, done, failed = PredictionCache(args.cache), [], {}
    with progress_of(args, console, "predict", sum(map(len, lakes))) as progress:
        for place, (card, ids) in enumerate(zip(cards, lakes, strict=True)):
            step = _step(progress, place, len(cards), card.title)
            try:
                segmenter = store.load(card.id, card.fingerprint)
                lake_confusions(segmenter, card.fingerprint, dataset, ids, cache, step)
                done.append(card.id)
            except ModelError as error:
                failed[card.id] = str(error)
                console.note(f"error: {error}")
            step(1.0, "")
    if cache.problem:
        console.note(f"error: {cache.problem}")
    data = {
        "dataset": dataset.fingerprint,
        "lakes": max(map(len, lakes)),
        "models": done,
        "failed": failed,
        "cache": str(args.cache),
    }
    lines = [f"{args.cache}: {data['lakes']} {dataset.lakes.noun}s by {', '.join(done) or 'no model'}"]
    return Result(data, [] if args.progress == "json" else lines, 2 if failed or cache.problem else 0)


def _fitting(args: argparse.Namespace, console: Console, dataset: Dataset, store: ModelStore) -> list[Card]:
    """Return the cards to run: those that were named, else all that the dataset has the bands and the part for."""
    from lakeseg.analysis.selection import has_lakes
    from lakeseg.errors import ModelError

    if args.model:
        return [store.card(model_id) for model_id in args.model]
    cards, broken = store.cards()
    for one in broken:
        console.note(f"note: {one.reason}")
    fitting = [card for card in cards if card.fits(dataset.bands, dataset.of_pixels)]
    if not fitting:
        have = ", ".join(map(str, dataset.bands))
        raise ModelError(f"{args.models}: no model for bands {have}: train one with `python -m lakeseg train`")
    able = fitting if args.lakes else [card for card in fitting if has_lakes(card, dataset, args.split)]
    if not able:
        raise ModelError(f"{args.dataset}: no model has a {args.split} part here: use --split all")
    for card in fitting:
        if card not in able:
            console.note(f"note: {card.id} has no {args.split} part on {args.dataset}: passed over")
    return able


def _step(progress: Progress, place: int, count: int, title: str) -> Callable[[float, str], None]:
    return lambda share, text: progress((place + share) / count, f"{title} {text}".strip())
