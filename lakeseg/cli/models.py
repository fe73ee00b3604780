"""`models`: what is in the store, and whether its files are what their cards say."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from lakeseg.cli.console import Console, Result, table
from lakeseg.cli.options import add_models

if TYPE_CHECKING:
    from lakeseg.cards import Card


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = (
        "List the models with the F1 of water on their own test lakes, unclassified pixels excluded.\n"
        "With --verify every weights file is compared with the SHA-256 of its card, and card and weights with the\n"
        "fingerprint; exit code 2 if one differs."
    )
    parser.epilog = "examples:\n  python -m lakeseg models\n  python -m lakeseg models --verify --json"
    add_models(parser)
    parser.add_argument("--verify", action="store_true", help="compare every file with its SHA-256")


def run(args: argparse.Namespace, console: Console) -> Result:
    """List, and verify if asked."""
    from lakeseg.errors import ModelError
    from lakeseg.store import ModelStore

    if not args.models.is_dir():
        raise ModelError(
            f"{args.models}: no such folder: expected trained models; make one with `python -m lakeseg train`"
        )
    store = ModelStore(args.models)
    cards, broken = store.cards()
    if args.verify:
        broken = store.verify()
    for one in broken:
        console.note(f"error: {one.reason}")
    bad = {one.id for one in broken}
    listed = [_describe(card) | ({"verified": card.id not in bad} if args.verify else {}) for card in cards]
    data = {"models": listed, "broken": [{"id": one.id, "reason": one.reason} for one in broken]}
    return Result(data, _lines(cards, bad, verified=args.verify), exit_code=2 if broken else 0)


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
        "f1": _f1(card),
        "created": card.created,
    }


def _f1(card: Card) -> float | None:
    value = card.scores.get("test", {}).get("f1")
    return float(value) if isinstance(value, int | float) else None


def _lines(cards: list[Card], bad: set[str], *, verified: bool) -> list[str]:
    if not cards:
        return ["no models: train one with `python -m lakeseg train`"]
    rows = [["id", "title", "bands", "parameters", "MB", "F1", "trained on"] + ["files"] * verified]
    for card in cards:
        f1 = _f1(card)
        row = [card.id, card.title, " ".join(map(str, card.bands)), f"{card.parameters:,}"]
        row += [
            f"{card.weight_bytes / 1e6:.2f}",
            "–" if f1 is None else f"{f1:.3f}",
            str(card.dataset.get("name", "–")),
        ]
        rows.append(row + (["damaged" if card.id in bad else "as their card says"] if verified else []))
    return table(rows, numeric=(3, 4, 5))
