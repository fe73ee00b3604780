"""`info`: the Table 2 of a dataset."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lakeseg.cli.console import Console, Result, table


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = "Print what a dataset holds: lakes, pixels of each class, sizes, bands, fingerprint."
    parser.epilog = (
        "examples:\n  python -m lakeseg info data/dataset2.h5\n  python -m lakeseg info data/dataset2.h5 --json"
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="dataset (.h5)")


def run(args: argparse.Namespace, console: Console) -> Result:  # noqa: ARG001 - every verb is called alike
    """Summarise one dataset."""
    from lakeseg.data.dataset import open_dataset

    dataset = open_dataset(args.file)
    summary = {"path": str(args.file)} | dataset.summary()
    provenance = dict(dataset.header.provenance)
    return Result(summary | {"scale": dataset.scale, "fill": dataset.fill, "provenance": provenance}, _lines(summary))


def _lines(summary: dict[str, Any]) -> list[str]:
    pixels = max(summary["pixels"], 1)
    classes = [
        (f"  {name.replace('_', ' ')}", f"{summary[name]:,} px", f"{100 * summary[name] / pixels:.2f} %")
        for name in ("water", "land", "unclassified", "no_label")
    ]
    facts = [("name", summary["name"]), ("simulated", "yes" if summary["simulated"] else "no")]
    facts += [("source", summary["source"])]
    facts += [("bands", ", ".join(map(str, summary["bands"]))), ("fingerprint", summary["fingerprint"])]
    facts += [("lakes", f"{summary['lakes']:,} in {summary['groups']:,} groups")]
    if summary["lakes"]:
        low, high = zip(summary["height"], summary["width"], strict=True)
        facts += [("heights, widths", f"{low[0]} to {high[0]} px, {low[1]} to {high[1]} px")]
        domains = ", ".join(f"{name} {count}" for name, count in summary["domains"].items())
        facts += [("domains", domains)]
    facts += [("true water", "known" if summary["truth"] else "not known"), ("pixels", f"{summary['pixels']:,}")]
    return table(facts) + table(classes, numeric=(1, 2))
