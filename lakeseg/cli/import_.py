"""`import`: from plain arrays to a dataset."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lakeseg.cli.console import Console, Result
from lakeseg.cli.options import whole_numbers

if TYPE_CHECKING:
    from lakeseg.data.readers.arrays import ArrayOptions

_DESCRIPTION = """\
Turn arrays of one file into a dataset: pixels (N, H, W, B), labels (N, H, W), and optionally the labels of a second
labeller. Where the two disagree, the label becomes unclassified. The file is read one lake at a time.

Whole-number pixels are counts of --scale; real-number pixels are reflectance. A pixel that is NaN or --fill in any
band has no label. Every label that is neither water nor ignored is land. A lake without one clean pixel is left out.
HDF5 links to other files are not followed, pickled objects are not loaded."""
_EPILOG = """\
examples:
  python -m lakeseg import chips.npz --out data/chips.h5 --pixels X --labels y --water 1 --bands 1,2,3,4,5,6,7
  python -m lakeseg import chips.h5 --out data/chips.h5 --pixels X --labels label --water 1 \\
      --second-labels fmask --second-water bit:5 --groups group --bands 1,2,3,4,6,7"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add = parser.add_argument
    add("src", type=Path, metavar="SRC", help="file of arrays: .h5, .hdf5 or .npz")
    add("--out", type=Path, required=True, metavar="FILE", help="dataset to write (.h5)")
    add("--pixels", required=True, metavar="KEY", help="array (N, H, W, B)")
    add("--labels", required=True, metavar="KEY", help="array (N, H, W)")
    add("--water", required=True, metavar="V|bit:N", help="label that is water: a value, or a bit that is set")
    add("--ignore", type=whole_numbers, default=(), metavar="V,…", help="labels that mean no label, such as 255")
    add("--second-labels", metavar="KEY", help="array (N, H, W) of a second labeller")
    add("--second-water", metavar="V|bit:N", help="its water (default: as --water)")
    add("--second-ignore", type=whole_numbers, default=(), metavar="V,…", help="its labels that mean no label")
    add("--bands", type=whole_numbers, required=True, metavar="B,…", help="MODIS bands of X's last axis, in its order")
    add("--groups", metavar="KEY", help="array (N,): lakes that overlap on the ground share a group")
    add("--ids", metavar="KEY", help="array (N,) of unique names without / and \\ (default: NAME-0000, …)")
    add("--scale", type=float, default=1e-4, metavar="S", help="reflectance of one count (default: %(default)s)")
    add("--fill", type=float, metavar="V", help="pixel value that marks missing data, such as -9999")
    add("--clip", action="store_true", help="cut values beyond ±32767 counts off instead of refusing them")
    add("--pixel-size", type=float, default=500.0, metavar="M", help="side of a pixel in metres (default: %(default)s)")
    add("--name", metavar="TEXT", help="name of the dataset (default: that of SRC)")


def run(args: argparse.Namespace, console: Console) -> Result:
    """Import one file."""
    from lakeseg.data.readers.arrays import import_arrays

    with console.progress(f"import {args.src.name}") as progress:
        done = import_arrays(args.src, args.out, _options(args), progress)
    for warning in done.warnings:
        console.note(f"note: {warning}")
    summary = {"path": str(args.out)} | done.dataset.summary() | {"warnings": done.warnings}
    return Result(summary, _lines(summary))


def _options(args: argparse.Namespace) -> ArrayOptions:
    from lakeseg.data.readers.arrays import ArrayOptions
    from lakeseg.data.readers.labels import Labeller, WaterRule
    from lakeseg.errors import ConfigError

    if args.second_labels is None and (args.second_water or args.second_ignore):
        raise ConfigError("--second-water and --second-ignore need --second-labels KEY: add it")
    first = Labeller(args.labels, WaterRule.parse(args.water), args.ignore)
    second = None
    if args.second_labels is not None:
        second = Labeller(args.second_labels, WaterRule.parse(args.second_water or args.water), args.second_ignore)
    plain = {name: getattr(args, name) for name in ("groups", "ids", "scale", "fill", "clip", "name", "pixel_size")}
    return ArrayOptions(args.pixels, first, args.bands, second, **plain)


def _lines(summary: dict) -> list[str]:
    share = {name: f"{100 * summary[name] / summary['pixels']:.1f} %" for name in ("water", "land", "unclassified")}
    counts = f"{summary['lakes']} lakes in {summary['groups']} groups, {summary['pixels']:,} px"
    classes = ", ".join(f"{name} {text}" for name, text in share.items())
    return [f"{summary['path']}: {counts}", classes, f"fingerprint {summary['fingerprint']}"]
