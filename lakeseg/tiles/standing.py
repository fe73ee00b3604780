"""How far the prediction of a tile is: its answered parts on disk, so that it goes on after a kill.

They lie in a hidden folder beside the file to be written, each a file that is there whole or not at all. `about.json`
says what they belong to; parts of anything else are removed.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from filelock import FileLock, Timeout

from lakeseg.data.scenes.scene import Window
from lakeseg.data.write import replacing, write_reason
from lakeseg.errors import ConfigError, DatasetError
from lakeseg.plain import plain
from lakeseg.segmenters.base import CLASSES
from lakeseg.tiles.answers import Answer

_ABOUT: Final = "about.json"


class Standing:
    """The answered parts of one tile."""

    def __init__(self, folder: Path, keep: bool) -> None:
        self.folder, self.keep = folder, keep

    def has(self, part: Window) -> bool:
        """Return whether a part is answered; a damaged file counts as none."""
        try:
            self.load(part)
        except DatasetError:
            return False
        return True

    def load(self, part: Window) -> Answer:
        """Return the answer of a part; a `DatasetError` where it is absent or damaged."""
        path, shape = self._path(part), (part.height, part.width)
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                found = Answer(file["classes"], file["probabilities"] if self.keep else None)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise DatasetError(f"{path}: no whole part ({type(error).__name__}): run the command again") from error
        fits = found.classes.dtype == np.uint8 and found.classes.shape == shape
        if found.probabilities is not None:
            fits &= found.probabilities.dtype == np.float32 and found.probabilities.shape == (*shape, CLASSES)
        if not fits:
            raise DatasetError(f"{path}: a part of another shape: run the command again")
        return found

    def save(self, part: Window, answer: Answer) -> None:
        """Keep the answer of a part; a `DatasetError` says why it cannot be written."""
        arrays = {"classes": answer.classes}
        if answer.probabilities is not None:
            arrays["probabilities"] = answer.probabilities
        with replacing(self._path(part)) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    def remove(self) -> None:
        """Remove all that was kept: the file is written."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, part: Window) -> Path:
        return self.folder / f"{part.row}-{part.column}.npz"


@contextmanager
def standing(output: Path, about: Mapping[str, Any], keep: bool, anew: bool = False) -> Iterator[Standing]:
    """Open what is kept of a prediction that will be written to `output`, for this process alone.

    Args:
        output: File to be written.
        about: What decides the answers; parts that were made from anything else are removed.
        keep: Whether parts hold probabilities.
        anew: Remove all parts.

    Raises:
        ConfigError: Another process is at it.
        DatasetError: The folder cannot be written.
    """
    folder = output.with_name(f".{output.name}.parts")
    lock = FileLock(folder / "lock", timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _take(lock, output)
        _prepare(folder, json.dumps(plain(about), sort_keys=True), anew)
        found = Standing(folder, keep)
    except OSError as error:
        raise DatasetError(write_reason(output, error)) from error
    else:
        yield found
    finally:
        if lock.is_locked:
            if not any(folder.glob("*.npz")):
                shutil.rmtree(folder, ignore_errors=True)
            lock.release()


def _take(lock: FileLock, output: Path) -> None:
    """Take a lock that the system lets go when this process ends, however it ends."""
    try:
        lock.acquire()
    except Timeout:
        raise ConfigError(f"{output}: another process is writing it: wait for it, or choose another name") from None


def _prepare(folder: Path, about: str, anew: bool) -> None:
    """Remove parts that belong to something else, and say what the following ones belong to."""
    path = folder / _ABOUT
    with suppress(OSError, UnicodeDecodeError):
        if not anew and path.read_text(encoding="utf-8") == about:
            return
    for left in folder.glob("*.npz"):
        left.unlink()
    with replacing(path) as temporary:
        temporary.write_text(about, encoding="utf-8")
