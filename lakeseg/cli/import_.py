"""`import`: from any file a lab has to a dataset."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakeseg.cli.console import Console, Result, progress_of
from lakeseg.cli.import_rasters import add_rasters
from lakeseg.cli.options import add_progress, whole_numbers
from lakeseg.plain import counted

if TYPE_CHECKING:
    from lakeseg.data.readers.formats import Found
    from lakeseg.data.readers.options import ReadOptions

_DESCRIPTION = """\
Turn a file or a folder into a dataset. What it is, is found out and said first; with --detect it is only said. Arrays
(HDF5, NumPy), MATLAB (v5 to v7.3), tables of pixels (CSV, Parquet) and rasters are read: docs/formats.md has examples.

Whole-number pixels are counts of --scale; real-number pixels are reflectance. A pixel that is NaN or --fill in any
band has no label. Every label that is neither water nor ignored is land. With a second labeller, the label becomes
unclassified where the two disagree. A lake without one clean pixel is left out. Nothing outside SRC is read, and
nothing in it is run: links to other files are not followed, pickled objects are not loaded."""
_EPILOG = """\
examples:
  python -m lakeseg import lakes.mat
  python -m lakeseg import chips.npz --out data/chips.h5 --pixels X --labels y --water 1 --bands 1,2,3,4,5,6,7
  python -m lakeseg import chips.h5 --out data/chips.h5 --pixels X --labels label --water 1 \\
      --second-labels fmask --second-water bit:5 --groups group --bands 1,2,3,4,6,7"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    from lakeseg.data.readers.formats import FORMATS

    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add = parser.add_argument
    add("src", type=Path, metavar="SRC", help="file or folder")
    add("--out", type=Path, metavar="FILE", help="dataset to write (default: SRC's name with .h5 in data/)")
    add("--detect", action="store_true", help="say what SRC is, and which options it still needs; convert nothing")
    add("--format", choices=[each.key for each in FORMATS], help="take SRC for this (default: found out)")
    add("--name", metavar="TEXT", help="name of the dataset (default: that of SRC)")
    add("--pixels", metavar="KEY", help="array, field or variable of the pixels")
    add("--bands", type=whole_numbers, metavar="B,…", help="MODIS bands in the order of SRC (default: all, of seven)")
    add("--scale", type=float, metavar="S", help="reflectance of one count (default: 1e-4)")
    add("--fill", type=float, metavar="V", help="pixel value that marks missing data, such as -9999")
    add("--clip", action="store_true", default=None, help="cut values beyond ±32767 counts off, do not refuse them")
    add("--counts", action=argparse.BooleanOptionalAction, help="real numbers are counts already, not reflectance")
    add("--pixel-size", type=float, metavar="M", help="side of a pixel in metres (default: 500)")
    add("--ids", metavar="KEY", help="unique names of lakes without / and \\ (default: NAME-0000, …)")
    add("--groups", metavar="KEY", help="lakes that overlap on the ground share a group")
    _add_labels(parser)
    _add_tables(parser)
    add_rasters(parser)
    add_progress(parser)


def _add_labels(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("labels").add_argument
    add("--labels", metavar="KEY", help="array, field, variable or column of the labels; none: there are none")
    add("--water", metavar="RULE", help="what is water: a value, bit:N, or codes (1 water, 2 land, 3 neither)")
    add("--ignore", type=whole_numbers, metavar="V,…", help="labels that mean no label, such as 255")
    add("--second-labels", metavar="KEY", help="labels of a second labeller")
    add("--second-water", metavar="RULE", help="its water (default: as --water)")
    add("--second-ignore", type=whole_numbers, metavar="V,…", help="its labels that mean no label")


def _add_tables(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("tables of pixels").add_argument
    add("--lakes", metavar="COLUMN", help="column that says to which lake a pixel belongs")
    add("--rows", metavar="COLUMN", help="column of its row within the lake")
    add("--columns", metavar="COLUMN", help="column of its column within the lake")


def run(args: argparse.Namespace, console: Console) -> Result:
    """Say what a file is, and convert it."""
    from lakeseg.data.readers.importing import detect, import_file
    from lakeseg.places import data_dir

    options = _options(args)
    found = detect(args.src, options)
    said = {"path": str(args.src)} | vars(found)
    if args.detect:
        return Result(said, _found_lines(found))
    for line in _found_lines(found):
        console.note(line)
    out = args.out or data_dir() / f"{args.src.resolve().stem}.h5"
    if args.out is None and out.exists():
        from lakeseg.errors import ConfigError

        raise ConfigError(f"{out}: is there already: name another file with --out, or this one to replace it")
    with progress_of(args, console, f"import {args.src.name}", found.lakes or found.pixels or 100) as progress:
        done = import_file(args.src, out, options, progress)
    for warning in done.warnings:
        console.note(f"note: {warning}")
    summary = {"path": str(out)} | done.dataset.summary() | {"warnings": done.warnings, "found": said}
    return Result(summary, [] if args.progress == "json" else _lines(summary))


def _options(args: argparse.Namespace) -> ReadOptions:
    """Return what the user said; groups of options of other modules have the names of its fields."""
    from dataclasses import fields

    from lakeseg.data.readers.options import ReadOptions

    said: dict[str, Any] = {field.name: getattr(args, field.name, None) for field in fields(ReadOptions)}
    return ReadOptions(**said)


def _found_lines(found: Found) -> list[str]:
    lines = [f"found: {found.title}", *(f"  {line}" for line in found.lines)]
    missing = " ".join(f"--{name.replace('_', '-')}" for name in found.missing)
    return lines + ([f"  still needed: {missing}"] if missing else [])


def _lines(summary: dict) -> list[str]:
    share = {name: f"{100 * summary[name] / summary['pixels']:.1f} %" for name in ("water", "land", "unclassified")}
    lakes = f"{counted(summary['lakes'], 'lake')} in {counted(summary['groups'], 'group')}, "
    counts = (lakes if summary["lakes"] else "single pixels, ") + f"{summary['pixels']:,} px"
    classes = ", ".join(f"{name} {text}" for name, text in share.items())
    return [f"{summary['path']}: {counts}", classes, f"fingerprint {summary['fingerprint']}"]
