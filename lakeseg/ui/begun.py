"""What this server has begun and not yet ended, on disk: the next one says what became of it. No Streamlit here.

Each server has a file of its own and holds a lock on it, which the system takes back when the server ends, however that
is.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

logger = logging.getLogger(__name__)

_FIELDS: Final = ("kind", "name", "out")


class Begun:
    """The list of what runs, in a file of `folder` that is gone after an orderly end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[str] | None = None

    def keep(self, running: Sequence[Mapping[str, str]]) -> None:
        """Write down what runs now; a disk that will not take it costs no more than the list."""
        try:
            if self._file is None:
                self._file = self._new()
            self._file.seek(0)
            self._file.truncate()
            json.dump(list(running), self._file)
            self._file.flush()
        except OSError:
            logger.warning("%s: what runs could not be written down", self._folder, exc_info=True)

    def _new(self) -> IO[str]:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = (self._folder / f"{secrets.token_hex(8)}.json").open("x+", encoding="utf-8")
        _lock(file)
        return file

    def close(self) -> None:
        """Remove the list: all has ended."""
        if self._file is not None:
            with suppress(OSError):
                Path(self._file.name).unlink(missing_ok=True)
            self._file.close()
            self._file = None


def left(folder: Path) -> list[dict[str, str]]:
    """Return, once, what servers that were killed had begun, as `Begun.keep` was given it."""
    found: list[dict[str, str]] = []
    for path in sorted(folder.glob("*.json")):
        with suppress(OSError), path.open("r+", encoding="utf-8", errors="replace") as file:
            if _lock(file):
                found += _read(file)
                path.unlink(missing_ok=True)
    return found


def _read(file: IO[str]) -> list[dict[str, str]]:
    """Return the entries of a list; those that were torn by the end of the server are lost."""
    try:
        entries: Any = json.load(file)
    except ValueError:
        return []
    good = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    return [each for each in good if all(isinstance(each.get(name), str) for name in _FIELDS)]


def _lock(file: IO[str]) -> bool:
    """Lock an open file until it is closed; say whether nobody else holds it."""
    try:
        import fcntl
    except ImportError:  # Windows keeps no such locks: there nothing is said of an earlier server
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
