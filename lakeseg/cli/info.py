"""`info`: the Table 2 of a dataset, and its health."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakeseg.cli.console import Console, Result, table

if TYPE_CHECKING:
    from lakeseg.analysis.health.shapes import Finding, Report
    from lakeseg.data.dataset import Dataset

_LISTED = 6


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = (
        "Print what a dataset holds: lakes, pixels of each class, sizes, bands, fingerprint.\n"
        "With --health, also what may be wrong with it: missing, negative and saturated pixels, duplicate lakes,\n"
        "shared ground, class codes, outliers, each with the lakes concerned."
    )
    parser.epilog = (
        "examples:\n  python -m lakeseg info data/dataset2.h5\n"
        "  python -m lakeseg info data/dataset2.h5 --health --json"
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="dataset (.h5)")
    parser.add_argument("--health", action="store_true", help="read every pixel and report what may be wrong")


def run(args: argparse.Namespace, console: Console) -> Result:
    """Summarise one dataset."""
    from lakeseg.data.dataset import open_dataset

    dataset = open_dataset(args.file)
    summary = {"path": str(args.file)} | dataset.summary()
    provenance = dict(dataset.header.provenance)
    data = summary | {"scale": dataset.scale, "fill": dataset.fill, "provenance": provenance}
    if not args.health:
        return Result(data, _lines(summary))
    report = _examine(dataset, console)
    return Result(data | {"health": report.to_json()}, _lines(summary) + _health_lines(report))


def _examine(dataset: Dataset, console: Console) -> Report:
    """Return the health of a dataset, and keep it for the dashboard."""
    from lakeseg.analysis.health import health
    from lakeseg.analysis.health.keeping import save
    from lakeseg.places import health_dir

    with console.progress(f"examine {dataset.path.name}") as progress:
        report = health(dataset, progress)
    save(health_dir(), report)
    return report


def _health_lines(report: Report) -> list[str]:
    numbers = report.numbers()
    head = ", ".join(f"{count} {name}" for name, count in numbers.items() if count)
    lines = ["", f"health: {head}"]
    for finding in report.findings:
        count = f": {finding.count:,} {finding.unit}" if finding.count else ""
        lines.append(f"{finding.severity:<8} {finding.title}{count}. {finding.text}")
        if finding.lakes:
            lines.append(f"{'':<8} {_listed(finding)}")
    return lines


def _listed(finding: Finding) -> str:
    shown = ", ".join(f"{each.lake} ({each.amount})" for each in finding.lakes[:_LISTED])
    more = finding.concerned - min(len(finding.lakes), _LISTED)
    return shown + (f" and {more:,} more" if more > 0 else "")


def _lines(summary: dict[str, Any]) -> list[str]:
    pixels = max(summary["pixels"], 1)
    classes = [
        (f"  {name.replace('_', ' ')}", f"{summary[name]:,} px", f"{100 * summary[name] / pixels:.2f} %")
        for name in ("water", "land", "unclassified", "no_label")
    ]
    facts = [("name", summary["name"]), ("simulated", "yes" if summary["simulated"] else "no")]
    facts += [("source", summary["source"])]
    facts += [("bands", ", ".join(map(str, summary["bands"]))), ("fingerprint", summary["fingerprint"])]
    groups = f"{summary['lakes']:,} in {summary['groups']:,} groups"
    facts += [("lakes", groups if summary["lakes"] else "none: single pixels")]
    if summary["lakes"]:
        low, high = zip(summary["height"], summary["width"], strict=True)
        facts += [("heights, widths", f"{low[0]} to {high[0]} px, {low[1]} to {high[1]} px")]
        domains = ", ".join(f"{name} {count}" for name, count in summary["domains"].items())
        facts += [("domains", domains)]
    facts += [("true water", "known" if summary["truth"] else "not known"), ("pixels", f"{summary['pixels']:,}")]
    return table(facts) + table(classes, numeric=(1, 2))
