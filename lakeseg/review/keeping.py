"""Regions on disk: one file for a dataset and some judges, beside the dataset's other caches.

    root/<dataset>/<judges and version>.npz

Cutting takes seconds to minutes; reading takes milliseconds. The folder may be deleted at any time: verdicts hold their
own pixels and are worth the same with other regions.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from lakeseg.data.write import replacing
from lakeseg.errors import DatasetError
from lakeseg.places import data_dir
from lakeseg.review.regions import Judge, Regions

VERSION: Final = 1
"""Grows whenever regions would be cut otherwise: files of another version are not found any more."""
_ARRAYS: Final = (
    "lake",
    "first",
    "positions",
    "box",
    "spectra",
    "water",
    "says",
    "split",
    "entropy",
    "shore",
)
_SUFFIX: Final = f".v{VERSION}.npz"


def regions_dir() -> Path:
    """Folder of kept regions; it may be deleted at any time."""
    return data_dir() / ".cache" / "review"


def path_of(dataset: str, judges: Sequence[Judge], root: Path | None = None) -> Path:
    """Return where the regions of a dataset (its fingerprint) and judges lie, made or not."""
    key = sha256(json.dumps([judge.fingerprint for judge in judges]).encode()).hexdigest()[:16]
    return _folder(dataset, root) / f"{key}{_SUFFIX}"


def find(dataset: str, judges: Sequence[Judge] | None = None, root: Path | None = None) -> Path | None:
    """Return the file of a dataset (its fingerprint) and judges, by default the newest of any judges; else None."""
    if judges is not None:
        path = path_of(dataset, judges, root)
        return path if path.is_file() else None
    files = [(path.stat().st_mtime_ns, path) for path in _folder(dataset, root).glob(f"*{_SUFFIX}")]
    return max(files)[1] if files else None


def save(regions: Regions, root: Path | None = None) -> Path:
    """Write regions and return their file; it appears whole or not at all.

    Raises:
        DatasetError: It cannot be written.
    """
    path = path_of(regions.dataset, regions.judges, root)
    about = {"dataset": regions.dataset, "bands": regions.bands, "judges": [asdict(one) for one in regions.judges]}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, about=np.array(json.dumps(about)), **{name: getattr(regions, name) for name in _ARRAYS})
    return path


def load(path: Path) -> Regions:
    """Read regions.

    Raises:
        DatasetError: The file is missing or damaged.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            arrays = {name: file[name] for name in _ARRAYS}
        judges = tuple(Judge(**one) for one in about["judges"])
        return Regions(str(about["dataset"]), judges, tuple(about["bands"]), **arrays)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        remedy = "cut the regions again with `python -m lakeseg review build`"
        raise DatasetError(f"{path}: no whole file of regions ({type(error).__name__}): {remedy}") from error


def _folder(dataset: str, root: Path | None) -> Path:
    return (root or regions_dir()) / dataset[:16]
