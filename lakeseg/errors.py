"""What can go wrong, as types.

Every message is one line that says what was expected, what was received and what to do, so that the command line and
the pages can show it as it is.
"""

from __future__ import annotations

from typing import Final

NOT_ALLOWED: Final = "no permission to read it: ask its owner, or copy it to a folder of yours"


class LakesegError(Exception):
    """Base of every error that a user can mend. `str(error)` is one line."""


class DatasetError(LakesegError):
    """A dataset file, or the arrays meant to become one, breaks the array contract."""


class ModelError(LakesegError):
    """A model is unknown, damaged, or not made for the data it was given."""


class PatchError(LakesegError):
    """A patch size or grid that the lakes cannot give."""


class ConfigError(LakesegError):
    """An option outside its valid values; the message lists the valid ones."""


class ReviewError(LakesegError):
    """The database of verdicts cannot be used, or what is in it cannot be read."""


def first_line(error: BaseException) -> str:
    """Return the first line of an error of another library, or its type where it says nothing."""
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)  # a KeyError quotes itself
    lines = text.strip().splitlines()
    return lines[0] if lines else type(error).__name__


def unknown(kind: str, name: str, valid: list[str]) -> str:
    """Return the one line for an unknown `name`, with the valid ones (the first twelve, then a count)."""
    shown = ", ".join(valid[:12]) + (f" and {len(valid) - 12} more" if len(valid) > 12 else "")
    return f"unknown {kind} {name!r}: expected one of {shown or '(there are none)'}"
