"""`evaluate`: score a model on lakes of a dataset."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from lakeseg.cli.console import Console, Result, table
from lakeseg.cli.options import add_cache, add_dataset, add_models, note_runs, whole_numbers

_DESCRIPTION = """\
Score a model against a dataset's labels. Top of the JSON object: f1 of water, unclassified pixels excluded; beside it
all metrics with unclassified excluded, as a third class and as bounds, the confusion matrix, and an interval.

On the dataset it was trained on, train, validation and test are the parts of the model's card. On any other dataset,
test is every lake that shares no group with a lake of the model's training or validation; train and validation are
not there. all is every lake, wherever it was used."""
_EPILOG = """\
examples:
  python -m lakeseg evaluate --model fcn-lakeseg --dataset data/dataset2.h5
  python -m lakeseg evaluate --model logistic --dataset data/dataset1.h5 --split all --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("--model", required=True, metavar="ID", help="model to score (see `python -m lakeseg models`)")
    add_models(parser)
    add_dataset(parser)
    choices = ("train", "validation", "test", "all")
    parser.add_argument("--split", choices=choices, default="test", help="which lakes (default: %(default)s)")
    parser.add_argument(
        "--bands",
        type=whole_numbers,
        default=(),
        metavar="N,…",
        help="tell a model for any bands that it has only these",
    )
    parser.add_argument(
        "--patch",
        type=int,
        default=0,
        metavar="PX",
        help="show a network each patch of this side alone, as the study did",
    )
    add_cache(parser)


def run(args: argparse.Namespace, console: Console) -> Result:
    """Score one model."""
    from lakeseg.analysis.selection import choose_lakes, standings
    from lakeseg.cache import PredictionCache
    from lakeseg.cards import NOT_KNOWN, SEEN
    from lakeseg.data.dataset import open_dataset
    from lakeseg.evaluation import evaluate
    from lakeseg.inference import Options
    from lakeseg.segmenters.registry import check_neighbours
    from lakeseg.store import ModelStore

    store = ModelStore(args.models)
    card = store.card(args.model)
    dataset = open_dataset(args.dataset)
    check_neighbours(card.kind, dataset, card.id)
    note_runs(console, dataset)
    ids, rule = choose_lakes(card, dataset, args.split)
    options = Options(args.patch, args.bands)
    segmenter = store.load(card.id, card.fingerprint)
    with console.progress(f"evaluate {card.id}") as progress:
        cache = PredictionCache(args.cache)
        parts = evaluate(segmenter, card.fingerprint, dataset, {args.split: ids}, cache, progress, options)
    scores = parts[args.split]
    where = {"name": dataset.name, "path": str(args.dataset), "fingerprint": dataset.fingerprint}
    found = standings(card, dataset)
    seen = None if NOT_KNOWN in found.values() else sum(found[lake] in SEEN for lake in ids)
    about = {
        "model": card.id,
        "options": options.key,
        "dataset": where,
        "split": args.split,
        "rule": rule,
        "lakes_seen_in_training": seen,
    }
    return Result(about | scores, _lines(about, scores, f"{dataset.lakes.noun}s"))


def _lines(about: Mapping[str, Any], scores: Mapping[str, Any], lakes: str) -> list[str]:
    """Return a table: one row a treatment of unclassified pixels."""
    names = ("f1", "iou", "precision", "recall", "accuracy", "balanced_accuracy", "kappa")
    rows = [["unclassified", *(name.replace("_", " ") for name in names), "px"]]
    kinds = {"excluded": scores["excluded"]}
    if scores["class"]["pixels"] > scores["excluded"]["pixels"]:
        kinds |= {"a third class": scores["class"]}
        kinds |= {"all wrong": scores["bounds"]["worst"], "all right": scores["bounds"]["best"]}
    for title, values in kinds.items():
        rows.append([title, *(_three(values[name]) for name in names), f"{values['pixels']:,}"])
    interval = f"[{_three(scores['f1_interval']['low'])}, {_three(scores['f1_interval']['high'])}]"
    where = f"{about['split']} of {about['dataset']['name']}"
    head = f"{about['model']} on {where}: {scores['lakes']} {lakes} ({about['rule']})"
    lines = [head, f"F1 of water {_three(scores['f1'])} {interval}", *table(rows, numeric=range(1, len(names) + 2))]
    seen = about["lakes_seen_in_training"]
    if about["split"] == "all" and seen is None:
        lines.append(f"whether the model has seen the ground of these {lakes} is not known")
    elif about["split"] == "all" and seen:
        lines.append(f"the model saw {seen} of these {lakes}, or their ground, in training")
    return lines


def _three(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
