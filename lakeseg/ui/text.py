"""Text from files, cards and links, made fit for a page that reads Markdown."""

from __future__ import annotations

from typing import Final

from lakeseg.data.dataset import Dataset

_SIGNS: Final = frozenset("\\`*_{}[]()<>#+!|~$:&")


def plain(text: str) -> str:
    """Return `text` with every sign that Markdown would act on made harmless, in one line."""
    return "".join(f"\\{sign}" if sign in _SIGNS else sign for sign in " ".join(text.split()))


def full_name(dataset: Dataset) -> str:
    """Return the name of a dataset, which says so if its data is simulated."""
    return f"{dataset.name} (simulated)" if dataset.simulated and "simulated" not in dataset.name else dataset.name
