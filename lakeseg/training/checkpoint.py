"""Where an interrupted training stands: weights, optimizer, history, after each epoch, replaced whole or not at all."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split
from lakeseg.data.write import replacing
from lakeseg.segmenters.config import SegmenterConfig

Arrays = dict[str, np.ndarray]
History = dict[str, list[float]]
HISTORY: Final = ("loss", "val_loss", "accuracy", "val_accuracy", "seconds")


@dataclass
class Standing:
    """A training after some epochs: `weights` and `optimizer` to go on from, `best` weights if they are kept.

    `made_by` names the software: another version may order weights or draw otherwise, so it starts anew.
    """

    weights: Arrays
    optimizer: list[np.ndarray]
    best: Arrays = field(default_factory=dict)
    history: History = field(default_factory=lambda: {name: [] for name in HISTORY})
    made_by: str = ""

    @property
    def epochs(self) -> int:
        """Epochs that are done."""
        return len(self.history["loss"])


def checkpoint_path(folder: Path, dataset: Dataset, split: Split, config: SegmenterConfig) -> Path:
    """Return the one file that a training of this config on these lakes may resume from."""
    run = [config.choices(), dataset.fingerprint, split.train, split.validation]
    return folder / f"training-{hashlib.sha256(json.dumps(run).encode()).hexdigest()[:16]}.npz"


def save(path: Path, standing: Standing) -> None:
    """Write a standing; a `DatasetError` says why it cannot be written."""
    arrays = {f"weights/{name}": value for name, value in standing.weights.items()}
    arrays |= {f"best/{name}": value for name, value in standing.best.items()}
    arrays |= {f"optimizer/{place:04}": value for place, value in enumerate(standing.optimizer)}
    arrays |= {f"history/{name}": np.array(values, np.float64) for name, values in standing.history.items()}
    arrays["made_by"] = np.array(standing.made_by)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load(path: Path) -> Standing | None:
    """Return the standing of `path`, or None where there is none that can be read: then training starts anew."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, KeyError, AttributeError, TypeError, zipfile.BadZipFile):
        return None
    optimizer = [arrays[name] for name in sorted(_under(arrays, "optimizer/"))]
    history = {name.partition("/")[2]: arrays[name].tolist() for name in _under(arrays, "history/")}
    if set(history) != set(HISTORY) or len({len(values) for values in history.values()}) > 1:
        return None
    made_by = str(arrays.get("made_by", ""))
    return Standing(_part(arrays, "weights/"), optimizer, _part(arrays, "best/"), history, made_by)


def _under(arrays: Arrays, prefix: str) -> Sequence[str]:
    return [name for name in arrays if name.startswith(prefix)]


def _part(arrays: Arrays, prefix: str) -> Arrays:
    return {name.removeprefix(prefix): arrays[name] for name in _under(arrays, prefix)}
