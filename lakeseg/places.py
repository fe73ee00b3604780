"""Where things lie: datasets, models, the prediction cache and the verdicts.

Relative to the working folder by default; `LAKESEG_DATA` and `LAKESEG_MODELS` name other folders.
"""

from __future__ import annotations

import os
from pathlib import Path


def data_dir() -> Path:
    """Folder of the datasets."""
    return Path(os.environ.get("LAKESEG_DATA") or "data")


def models_dir() -> Path:
    """Folder of the trained models."""
    return Path(os.environ.get("LAKESEG_MODELS") or "models")


def predictions_dir() -> Path:
    """Folder of cached predictions; it may be deleted at any time."""
    return data_dir() / ".cache" / "predictions"


def health_dir() -> Path:
    """Folder of reports on the health of datasets; it may be deleted at any time."""
    return data_dir() / ".cache" / "health"


def incoming_dir() -> Path:
    """Folder from which the dashboard imports files that are there already: `LAKESEG_IMPORT`, else `data/incoming`."""
    return Path(os.environ.get("LAKESEG_IMPORT") or data_dir() / "incoming")


def exports_dir() -> Path:
    """Folder of what was taken away on the dashboard; it may be deleted at any time."""
    return data_dir() / "exports"


def review_database() -> str:
    """URL of the database of verdicts, where none is configured: a file beside the datasets."""
    return f"sqlite:///{data_dir() / 'review.db'}"
