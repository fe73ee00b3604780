"""Where things lie: datasets, models and the prediction cache.

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
