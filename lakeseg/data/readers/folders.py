"""Files of a folder that somebody named as a source: none outside it is ever read."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path
from typing import Final

from lakeseg.errors import DatasetError

MOST_FILES: Final = 100_000
DEEP: Final = frozenset((".tif", ".jp2", ".hdf"))  # GRANULE/…/IMG_DATA/R20m/…jp2 in a product of Sentinel-2


def files_in(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """Return the files of a folder, and of the folders in it, whose names have one of `endings` (lower case), sorted.

    Raises:
        DatasetError: One is a link out of the folder, or there are too many.
    """
    base = folder.resolve()
    inside = chain(folder.glob("*"), folder.glob("*/*"))
    found = [path for path in islice(inside, MOST_FILES + 1) if _counts(path, endings)]
    if len(found) > MOST_FILES:
        raise DatasetError(f"{folder}: more than {MOST_FILES:,} files: import it in parts")
    for path in found:
        if not path.resolve().is_relative_to(base):
            name = path.relative_to(folder).as_posix()
            raise DatasetError(f"{folder}: {name!r} is a link out of the folder: copy the file into it first")
    return sorted(path for path in found if path.is_file())


def _counts(path: Path, endings: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(endings) and not path.name.startswith(".")


def holds(folder: Path, endings: tuple[str, ...]) -> bool:
    """Say whether a folder has a file whose name ends so; a raster may lie as deep as products are delivered."""
    deep = set(endings) & DEEP
    inside = folder.rglob("*") if deep else chain(folder.glob("*"), folder.glob("*/*"))
    return any(_counts(path, endings) for path in islice(inside, MOST_FILES))
