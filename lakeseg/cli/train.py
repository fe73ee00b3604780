"""`train`: fit a model and store it with its card."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakeseg.cli.console import Console, Result
from lakeseg.cli.options import add_dataset, add_split, note_runs, split_of, whole_numbers
from lakeseg.places import models_dir

if TYPE_CHECKING:
    from lakeseg.cards import Card

_DESCRIPTION = """\
Train a model on a dataset's training lakes, score it on the validation and test lakes, and store it with its card.
Lakes that share ground stand on one side of the split. The same command gives the same model on the same machine; one
that was interrupted goes on where it stood when it is given again.

models:
"""
_EPILOG = """\
examples:
  python -m lakeseg train --model logistic --dataset data/dataset2.h5
  python -m lakeseg train --model fcn-paper-16 --dataset data/dataset2.h5 --epochs 30 --seed 1 --id fcn-seed-1
  python -m lakeseg train --model fcn-lakeseg --dataset data/chips.h5 --split 0.7,0.15,0.15 --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    from lakeseg.segmenters.registry import PRESETS

    listed = [f"  {preset.name:14} {preset.description}" for preset in PRESETS.values()]
    parser.description, parser.epilog = _DESCRIPTION + "\n".join(listed), _EPILOG
    add = parser.add_argument
    add("--model", required=True, metavar="NAME", help="which model (see above)")
    add_dataset(parser)
    add("--out", type=Path, default=models_dir(), metavar="DIR", help="folder of the models (default: %(default)s)")
    add("--id", default="", metavar="ID", help="name of the new model (default: NAME, or NAME-2 if that is taken)")
    add("--bands", type=whole_numbers, metavar="B,…", help="MODIS bands to use (default: the model's, or all)")
    add("--patch", type=int, metavar="PX", help="side of a network's windows")
    add("--epochs", type=int, metavar="N", help="passes over the training lakes (default: the model's)")
    add("--batch-size", type=int, metavar="N", help="windows a step")
    add("--learning-rate", type=float, metavar="R", help="of Adam")
    add("--seed", type=int, metavar="N", help="start of every random draw of the training (default: 0)")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="any other setting, such as gap=1; repeatable")
    add_split(parser)
    add("--fresh", action="store_true", help="start anew even if an interrupted training is there")


def run(args: argparse.Namespace, console: Console) -> Result:
    """Train one model."""
    from lakeseg.data.dataset import open_dataset
    from lakeseg.making import Order, make_model
    from lakeseg.segmenters.registry import check_neighbours, preset, resolve
    from lakeseg.store import ModelStore

    chosen = preset(args.model)
    dataset = open_dataset(args.dataset)
    check_neighbours(chosen.config.kind, dataset, chosen.name)
    note_runs(console, dataset)
    config = resolve(args.model, dataset.bands, **_settings(args))
    order = Order(chosen, config, dataset, split_of(dataset, args), args.id)
    try:
        with console.progress(f"train {args.model}") as progress:
            card = make_model(order, ModelStore(args.out), progress, resume=not args.fresh)
    except KeyboardInterrupt:
        console.note("the same command goes on after the last finished epoch")
        raise
    return Result(_data(card, args.out), _lines(card, args.out, f"{dataset.lakes.noun}s"))


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    """Return the settings given on the command line; None leaves the model's own."""
    from lakeseg.errors import ConfigError

    names = ("bands", "patch", "epochs", "batch_size", "learning_rate", "seed")
    settings = {name: getattr(args, name) for name in names}
    for text in args.set:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"--set {text}: expected NAME=VALUE, such as gap=1")
        settings[name.strip()] = _value(value.strip())
    return settings


def _value(text: str) -> Any:
    """Read a number, true or false; anything else is a word."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _data(card: Card, out: Path) -> dict[str, Any]:
    plain = card.to_json()
    kept = ("id", "title", "config", "parameters", "history", "seconds_per_epoch", "device", "scores", "weights")
    split = {name: len(plain["split"][name]) for name in ("train", "validation", "test", "unused")}
    patches = {name: plain["dataset"][name] for name in ("patches",) if name in plain["dataset"]}
    return {name: plain[name] for name in kept} | {"path": str(out / card.id), "split": split} | patches


def _lines(card: Card, out: Path, rows: str) -> list[str]:
    test = card.scores["test"]
    f1 = "undefined" if test["f1"] is None else f"{test['f1']:.3f}"
    return [
        f"{out / card.id}: {card.title}, {card.parameters:,} parameters, trained on {card.device}",
        *_account(card),
        f"F1 of water {f1} on {test['lakes']} test {rows}, {test['pixels']:,} px",
    ]


def _account(card: Card) -> list[str]:
    """Return a line that says where the pixels of the training lakes went, for a network that learned from patches."""
    patches = card.dataset.get("patches")
    if not patches:
        return []
    side, kept, pruned = (f"{patches[name]:,}" for name in ("size", "patches_kept", "patches_pruned"))
    pixels = {name: f"{patches[name]:,} px" for name in ("kept", "pruned", "discarded")}
    where = f"{kept} kept ({pixels['kept']}), {pruned} pruned ({pixels['pruned']}), {pixels['discarded']} in none"
    return [f"patches of {side}×{side}: {where}"]
