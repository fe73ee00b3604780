"""Files below a folder that somebody named as a source: none outside it is ever read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lakeseg.errors import DatasetError

MOST_FILES: Final = 100_000
ANY: Final = ("",)


def files_below(folder: Path, endings: tuple[str, ...] = ANY) -> list[Path]:
    """Return the files of a folder and of every folder below it whose names have one of `endings` (lower case), sorted.

    Products are delivered deep, such as GRANULE/…/IMG_DATA/R20m/…jp2 of Sentinel-2. What is hidden is passed over.

    Raises:
        DatasetError: One of them, or a folder, is a link out of the folder; or there are too many files.
    """
    return sorted(_below(folder, endings))


def holds(folder: Path, endings: tuple[str, ...]) -> bool:
    """Say whether there are `files_below` of these endings; errors alike."""
    return next(_below(folder, endings), None) is not None


def _below(folder: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    base = folder.resolve()
    for count, path in enumerate(folder.rglob("*")):
        if count >= MOST_FILES:
            raise DatasetError(f"{folder}: more than {MOST_FILES:,} files: import it in parts")
        inner = path.relative_to(folder)
        if any(part.startswith(".") for part in inner.parts):
            continue
        named = path.name.lower().endswith(endings)
        if (named or (path.is_symlink() and path.is_dir())) and not path.resolve().is_relative_to(base):
            name = inner.as_posix()
            raise DatasetError(f"{folder}: {name!r} is a link out of the folder: copy the file into it first")
        if named and path.is_file():
            yield path
