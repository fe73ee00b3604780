"""`evaluate`: score a model on lakes of a dataset."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lakeseg.cli.console import Console, Result, table
from lakeseg.cli.options import add_cache, add_dataset, add_models

if TYPE_CHECKING:
    from lakeseg.cards import Card
    from lakeseg.data.dataset import Dataset

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
    add_cache(parser)


def run(args: argparse.Namespace, console: Console) -> Result:
    """Score one model."""
    from lakeseg.cache import PredictionCache
    from lakeseg.cards import SEEN
    from lakeseg.data.dataset import open_dataset
    from lakeseg.evaluation import evaluate
    from lakeseg.store import ModelStore

    store = ModelStore(args.models)
    card = store.card(args.model)
    dataset = open_dataset(args.dataset)
    ids, rule = choose_lakes(card, dataset, args.split)
    segmenter = store.load(card.id, card.fingerprint)
    with console.progress(f"evaluate {card.id}") as progress:
        cache = PredictionCache(args.cache)
        scores = evaluate(segmenter, card.fingerprint, dataset, {args.split: ids}, cache, progress)[args.split]
    where = {"name": dataset.name, "path": str(args.dataset), "fingerprint": dataset.fingerprint}
    standings = _standings(card, dataset)
    seen = sum(standings[lake] in SEEN for lake in ids)
    about = {"model": card.id, "dataset": where, "split": args.split, "rule": rule, "lakes_seen_in_training": seen}
    return Result(about | scores, _lines(about, scores))


def choose_lakes(card: Card, dataset: Dataset, part: str) -> tuple[list[str], str]:
    """Return the lakes of `part` in file order and the rule in words; a `ConfigError` if there are none."""
    from lakeseg.errors import ConfigError

    everything = list(dataset.lake_ids)
    if not everything:
        raise ConfigError(f"{dataset.path}: has pixels but no lakes: import it lake by lake")
    if part == "all":
        return everything, "every lake of the dataset"
    standings = _standings(card, dataset)
    if card.is_home(dataset.fingerprint):
        chosen = [lake for lake in everything if standings[lake] == part]
        rule = f"{part} part of the model's own split"
    elif part == "test":
        chosen = [lake for lake in everything if standings[lake] == "unseen"]
        rule = "lakes of another dataset that share no group with the model's training and validation lakes"
    else:
        raise ConfigError(f"{card.id} was not trained on {dataset.path}, so there is no {part} part: use test or all")
    if not chosen:
        raise ConfigError(f"{card.id}: the {part} part on {dataset.path} has no lakes: use --split all")
    return chosen, rule


def _standings(card: Card, dataset: Dataset) -> dict[str, str]:
    """Return what the model has to do with each lake of the dataset (`Card.standing`)."""
    pairs = zip(dataset.lake_ids, dataset.lakes.group.tolist(), strict=True)
    return {lake: card.standing(dataset.fingerprint, lake, group) for lake, group in pairs}


def _lines(about: Mapping[str, Any], scores: Mapping[str, Any]) -> list[str]:
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
    head = (
        f"{about['model']} on {about['split']} of {about['dataset']['name']}: {scores['lakes']} lakes ({about['rule']})"
    )
    lines = [head, f"F1 of water {_three(scores['f1'])} {interval}", *table(rows, numeric=range(1, len(names) + 2))]
    if about["split"] == "all" and about["lakes_seen_in_training"]:
        lines.append(f"the model saw {about['lakes_seen_in_training']} of these lakes, or their ground, in training")
    return lines


def _three(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
