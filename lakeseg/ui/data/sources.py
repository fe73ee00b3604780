"""Where a file to import comes from: an upload, or a folder on the server that is never left. No Streamlit here."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from lakeseg.data.readers.formats import FORMATS
from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.outlines import ENDINGS
from lakeseg.errors import DatasetError

MOST: Final = 1000
_DEPTH: Final = 3
_FILES: Final = ("cut", "labels")  # options that may name a file
_KEPT_FOR_S: Final = 24 * 3600.0
_ODD: Final = re.compile(r"[^\w.,+=@ -]")


def endings() -> tuple[str, ...]:
    """Return the endings of all formats, with companions of formats whose files come in several."""
    return tuple(dict.fromkeys(ending for each in FORMATS for ending in each.endings))


def listed(root: Path) -> list[str]:
    """Return files of known endings in `root`, and folders that hold such, as paths relative to it, `MOST` at most.

    Hidden ones are left out, and so is what leads out of the folder.
    """
    found: set[str] = set()
    for path in _walk(root, _DEPTH):
        relative = path.relative_to(root)
        found.add(relative.as_posix())
        found.update(f"{parent.as_posix()}/" for parent in relative.parents if parent != Path())
        if len(found) >= MOST:
            break
    return sorted(found)


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_file(follow_symlinks=False) and entry.name.lower().endswith(endings()):
            yield Path(entry.path)
        elif entry.is_dir(follow_symlinks=False) and depth > 1:
            yield from _walk(Path(entry.path), depth - 1)


def inside(root: Path, relative: str) -> Path:
    """Return a file or folder of `root` by its relative path.

    Raises:
        DatasetError: It is not there, or it or something in it leads out of `root`, by `..` or by a link.
    """
    home, path = root.resolve(), root / relative
    if not path.resolve().is_relative_to(home):
        raise DatasetError(f"{relative}: leads out of {root}: copy the file into that folder")
    if not path.exists():
        raise DatasetError(f"{path}: is not there any more: choose another file")
    for each in path.rglob("*") if path.is_dir() else ():
        if each.is_symlink() and not each.resolve().is_relative_to(home):
            raise DatasetError(f"{relative}: {each.name} is a link that leads out of {root}: copy the file itself")
    return path


def kept_inside(options: ReadOptions, home: Path) -> ReadOptions:
    """Return options whose files, of labels or outlines, are those in the folder `home`.

    Raises:
        DatasetError: One names a file elsewhere.
    """
    named = {name: str(getattr(options, name)) for name in _FILES if getattr(options, name) is not None}
    found: dict[str, Any] = {}
    for name, text in named.items():
        if Path(text).is_file() or (home / text).is_file():
            found[name] = str(inside(home, text).resolve())
    return replace(options, **found)


def outlines(home: Path) -> list[str]:
    """Return the files of outlines in a folder."""
    return sorted(path.name for path in home.glob("*") if path.suffix.lower() in ENDINGS and not path.is_symlink())


def without_folders(text: str, paths: Iterable[Path | str]) -> str:
    """Return a text in which files lie nowhere: without the folders of these paths, which say where they do."""
    for path in paths:
        folder = str(Path(path).parent)
        text = text.replace(f"{folder}/", "") if len(folder) > 1 else text
    return text


def safe_name(name: str) -> str:
    """Return the name of an uploaded file without a path, a leading dot or signs that mean something elsewhere."""
    last = re.split(r"[/\\]", name)[-1]
    return _ODD.sub("_", last).lstrip(".").strip()[-120:] or "upload"


def keep(folder: Path, batch: str, files: Mapping[str, Callable[[], bytes]]) -> Path:
    """Write uploaded files into a folder of their own and return the file, or the folder of several within it.

    That of several is named after what their names begin with: the dataset and its lakes are named after it.

    Args:
        folder: Of all uploads; what is older than a day there is removed.
        batch: Name of the folder of these.
        files: Their contents by name.
    """
    _sweep(folder)
    place = folder / safe_name(batch)
    if len(files) > 1:
        place /= common_name(files)
    place.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = place / safe_name(name)
        if not path.exists():
            half = path.with_name(f".{path.name}.part")
            half.write_bytes(content())
            half.replace(path)
    return place / safe_name(next(iter(files))) if len(files) == 1 else place


def common_name(names: Iterable[str]) -> str:
    """Return what the names of several files begin with, without a torn last word where there are whole ones."""
    stems = [Path(safe_name(name)).stem for name in names]
    common = os.path.commonprefix(stems)  # noqa: RUF071  of signs, not of folders
    if any(stem != common for stem in stems):
        common = re.sub(r"(?<=[^\W_])[_ .+=@,-]+[^\W_]*$", "", common)
    return common.strip("_ .+=@,-") or "upload"


def _sweep(folder: Path) -> None:
    for old in folder.glob("*"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > _KEPT_FOR_S:
                shutil.rmtree(old, ignore_errors=True)
