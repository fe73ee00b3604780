"""`models`: what is in the store, and whether its files are what their cards say."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakeseg.cli.console import Console, Result, table
from lakeseg.cli.options import add_models

if TYPE_CHECKING:
    from lakeseg.cards import Card
    from lakeseg.store import ModelStore


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = (
        "List the models with the F1 of water on their own test lakes, unclassified pixels excluded, its 95 %\n"
        "interval, and the lakes and pixels that it rests on.\n"
        "With --verify every weights file is compared with the SHA-256 of its card, and card and weights with the\n"
        "fingerprint; exit code 2 if one differs.\n"
        "With --export a model is written as a file that runs without this project, by any ONNX runtime (.onnx) or, a\n"
        "network, by Keras (.keras): reflectance (n, height, width, bands) in, probabilities of water, land,\n"
        "unclassified out, border, softmax and temperature inside. docs/exports.md has a script that runs it."
    )
    parser.epilog = (
        "examples:\n  python -m lakeseg models\n  python -m lakeseg models --verify --json\n"
        "  python -m lakeseg models --export fcn-lakeseg --to fcn-lakeseg.onnx"
    )
    add_models(parser)
    parser.add_argument("--verify", action="store_true", help="compare every file with its SHA-256")
    parser.add_argument("--export", metavar="ID", help="model to write to --to")
    parser.add_argument("--to", type=Path, metavar="FILE", help="file of --export: .onnx, or .keras of a network")


def run(args: argparse.Namespace, console: Console) -> Result:
    """List, and verify if asked; or export one."""
    from lakeseg.errors import ConfigError, ModelError
    from lakeseg.store import ModelStore

    if not args.models.is_dir():
        raise ModelError(
            f"{args.models}: no such folder: expected trained models; make one with `python -m lakeseg train`"
        )
    store = ModelStore(args.models)
    if (args.export is None) != (args.to is None):
        raise ConfigError("--export ID and --to FILE belong together: give both")
    if args.export is not None:
        return _export(args, console, store)
    cards, broken = store.cards()
    if args.verify:
        broken = store.verify()
    for one in broken:
        console.note(f"error: {one.reason}")
    bad = {one.id for one in broken}
    listed = [_describe(card) | ({"verified": card.id not in bad} if args.verify else {}) for card in cards]
    data = {"models": listed, "broken": [{"id": one.id, "reason": one.reason} for one in broken]}
    return Result(data, _lines(cards, bad, verified=args.verify), exit_code=2 if broken else 0)


def _export(args: argparse.Namespace, console: Console, store: ModelStore) -> Result:
    from lakeseg.exports.models import write_model

    card = store.card(args.export)
    with console.progress(f"export {card.id}"):
        facts = write_model(args.to, card, store.load(card.id, card.fingerprint))
    lines = [
        f"{args.to}: {card.title}, {args.to.stat().st_size / 1e6:.2f} MB",
        f"  in: MODIS bands {', '.join(map(str, facts['bands']))}: {facts['input']}",
        f"  sides: {facts['sides']}; out: {', '.join(facts['output'])}",
    ]
    return Result({"path": str(args.to)} | facts, lines)


def _describe(card: Card) -> dict[str, Any]:
    return {
        "id": card.id,
        "title": card.title,
        "bands": list(card.bands),
        "parameters": card.parameters,
        "bytes": card.weight_bytes,
        "sha256": card.weights["sha256"],
        "fingerprint": card.fingerprint,
        "trained_on": card.dataset.get("name"),
        "simulated": card.dataset.get("simulated"),
        "of_pixels": card.of_pixels,
        "f1": _f1(card),
        "f1_interval": card.scores.get("test", {}).get("f1_interval"),
        "lakes": card.scores.get("test", {}).get("lakes"),
        "pixels": card.scores.get("test", {}).get("pixels"),
        "created": card.created,
    }


def _f1(card: Card) -> float | None:
    value = card.scores.get("test", {}).get("f1")
    return float(value) if isinstance(value, int | float) else None


def _score(card: Card) -> str:
    """Return F1 with its interval and what it rests on: `.825 [.79, .86] · 105 lakes · 208,699 px`."""
    test, f1 = card.scores.get("test", {}), _f1(card)
    if f1 is None:
        return "–"
    low, high = (test.get("f1_interval", {}).get(end) for end in ("low", "high"))
    interval = [] if low is None or high is None else [f"[{_short(low, 2)}, {_short(high, 2)}]"]
    lakes = "runs of single pixels" if card.of_pixels else "lakes"
    counts = [f"{test[name]:,} {unit}" for name, unit in (("lakes", lakes), ("pixels", "px")) if name in test]
    return " · ".join([" ".join([_short(f1, 3), *interval]), *counts])


def _short(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".removeprefix("0")


def _lines(cards: list[Card], bad: set[str], *, verified: bool) -> list[str]:
    if not cards:
        return ["no models: train one with `python -m lakeseg train`"]
    rows = [["id", "title", "bands", "parameters", "MB", "F1 on its test lakes", "trained on"] + ["files"] * verified]
    for card in cards:
        row = [card.id, card.title, " ".join(map(str, card.bands)), f"{card.parameters:,}"]
        row += [f"{card.weight_bytes / 1e6:.2f}", _score(card), str(card.dataset.get("name", "–"))]
        rows.append(row + (["damaged" if card.id in bad else "as their card says"] if verified else []))
    return table(rows, numeric=(3, 4))
