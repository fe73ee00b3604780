"""What can be taken away, as data: what each is, what it needs, and the files it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lakeseg.errors import ConfigError, unknown
from lakeseg.extras import GEO, ONNX
from lakeseg.segmenters.config import PIXELWISE, SegmenterConfig

TIFF: Final = ".tif"
PICTURE: Final = ".png"
KERAS_FILE: Final = ".keras"
ONNX_FILE: Final = ".onnx"
MODEL: Final = "a model"
LABELS: Final = "labels"
VERDICTS: Final = "verdicts"


@dataclass(frozen=True)
class Export:
    """One thing that can be taken away.

    Attributes:
        key: What `export --what` takes.
        name: What a person reads.
        holds: What is in it, in one line.
        endings: Of its files, lower case.
        folder: Those of them that hold one lake, so that a folder takes many.
        takes: What it is made from: `MODEL`, `LABELS`, `VERDICTS`, or one of several; empty where it needs none.
        verb: The verb of the command line that writes it.
    """

    key: str
    name: str
    holds: str
    endings: tuple[str, ...]
    folder: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    verb: str = "export"

    def needs(self, ending: str) -> str:
        """Return the requirements file that a file of this ending needs on top of the core, empty where none."""
        return {TIFF: GEO, ".gpkg": GEO, ONNX_FILE: ONNX}.get(ending, "")


EXPORTS: Final = (
    Export(
        "classes",
        "Classes",
        "what a model calls each pixel: Cloud-Optimized GeoTIFF with place, colours and names, PNG with legend and "
        "scale bar, or arrays",
        (TIFF, PICTURE, ".npz", ".h5"),
        (TIFF, PICTURE),
        (MODEL,),
    ),
    Export(
        "probabilities",
        "Probabilities",
        "of water, land and unclassified: Cloud-Optimized GeoTIFF of three bands, PNG of water, or arrays",
        (TIFF, PICTURE, ".npz", ".h5"),
        (TIFF, PICTURE),
        (MODEL,),
    ),
    Export(
        "labels",
        "Labels",
        "the labels of the dataset, as maps, pictures or arrays",
        (TIFF, PICTURE, ".npz", ".h5"),
        (TIFF, PICTURE),
        (LABELS,),
    ),
    Export(
        "verdicts",
        "Verdicts",
        "labels with what reviewers settled on, as maps, pictures or arrays; every verdict as a table",
        (TIFF, PICTURE, ".npz", ".h5", ".csv", ".parquet"),
        (TIFF, PICTURE),
        (VERDICTS,),
    ),
    Export(
        "outlines",
        "Outlines",
        "a polygon for each body of water with its area, of a model's water or of the labels'",
        (".gpkg",),
        (),
        (MODEL, LABELS, VERDICTS),
    ),
    Export(
        "table",
        "Table of lakes",
        "a row for each lake: area of water in km², shoreline, F1, counts of pixels, simulated or not",
        (".csv",),
        (),
        (MODEL, LABELS, VERDICTS),
    ),
    Export(
        "dataset",
        "Dataset",
        "lakes with pixels and labels as a MATLAB struct array with fields X and Y, v7.3 or v5",
        (".mat",),
        (),
        (LABELS,),
    ),
    Export(
        "model",
        "A model",
        "complete, to run without this project: networks and scikit-learn's models by any ONNX runtime, networks by "
        "Keras too",
        (ONNX_FILE, KERAS_FILE),
        (),
        (MODEL,),
        "models --export",
    ),
)
WHAT: Final = tuple(each.key for each in EXPORTS if each.verb == "export")


def export_of(key: str) -> Export:
    """Return what `--what` names; a `ConfigError` lists what there is."""
    for each in EXPORTS:
        if each.key == key:
            return each
    raise ConfigError(unknown("thing to export", key, list(WHAT)))


def model_endings(config: SegmenterConfig) -> tuple[str, ...]:
    """Return the files that a model comes in; a rule, such as a threshold on an index, comes in none."""
    if config.is_network:
        return (ONNX_FILE, KERAS_FILE)
    return (ONNX_FILE,) if config.kind in PIXELWISE else ()


def ending_of(what: Export, to: str, wanted: str) -> tuple[str, bool]:
    """Return the ending of the files that `to` asks for, and whether it is a folder of them.

    Args:
        what: What is exported.
        to: A file, or a folder: one that is there, or a name that ends in a slash.
        wanted: Ending of the files in a folder, with or without its dot; empty takes the first there is.

    Raises:
        ConfigError: It does not come in such files, or not in a folder.
    """
    if not to:
        raise ConfigError("--to: expected the name of a file or folder/, got none")
    folder = to.endswith(("/", "\\")) or Path(to).is_dir()
    choices = what.folder if folder else what.endings
    if not choices:
        raise ConfigError(f"{to}: --what {what.key} makes one file: expected a name ending in {_or(what.endings)}")
    if wanted and not folder:
        raise ConfigError(f"--as {wanted} is for a folder/: the ending of {to} says what it is")
    ending = (f".{wanted.lstrip('.')}" if wanted else choices[0]) if folder else Path(to).suffix
    if ending.lower() not in choices:
        named = f"--as {wanted}" if folder else to
        also = f", or a folder/ of {_or(what.folder)}" if what.folder and not folder else ""
        raise ConfigError(f"{named}: expected {what.name.lower()} as {_or(choices)}{also}")
    return ending.lower(), folder


def _or(endings: tuple[str, ...]) -> str:
    return " or ".join(endings) if len(endings) < 3 else f"{', '.join(endings[:-1])} or {endings[-1]}"
