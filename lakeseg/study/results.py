"""Results of long measurements: JSON files, each keyed by what was measured and on which dataset.

Those of the demo data lie in this package; those of any other dataset lie beside it, in the cache of the data folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.data.write import replacing
from lakeseg.places import data_dir
from lakeseg.plain import plain

SHIPPED: Final = Path(__file__).parent / "results"
_DIGITS: Final = 12


@dataclass(frozen=True)
class Result:
    """One measurement.

    Attributes:
        part: What was measured: a name of `parts.PARTS`.
        dataset: Its `name`, `fingerprint` and whether it is `simulated`.
        split: Which lakes the rows rest on, in words, such as "test".
        models: Fingerprint of every model that took part, by id.
        rows: The numbers, one object each.
        made: How: versions, device, seconds.
    """

    part: str
    dataset: Mapping[str, Any]
    split: str
    rows: Sequence[Mapping[str, Any]]
    models: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)

    def of_model(self, model_id: str) -> list[Mapping[str, Any]]:
        """Return the rows of one model."""
        return [row for row in self.rows if row.get("model") == model_id]

    def has(self, card: Card) -> bool:
        """Say whether a model took part, with the weights that it has now."""
        return self.models.get(card.id) == card.fingerprint

    def rows_of(self, cards: Mapping[str, Card]) -> list[Mapping[str, Any]]:
        """Return the rows of those models, by id, that took part with the weights that they have now."""
        return [row for row in self.rows if row.get("model") in cards and self.has(cards[row["model"]])]


def origin(dataset: Dataset) -> dict[str, Any]:
    """Return what a result says of its dataset."""
    return {"name": dataset.name, "fingerprint": dataset.fingerprint, "simulated": dataset.simulated}


def file_name(part: str, fingerprint: str) -> str:
    """Return the name of a result's file."""
    return f"{part}-{fingerprint[:_DIGITS]}.json"


def local_dir() -> Path:
    """Return where results of this machine's datasets are kept."""
    return data_dir() / ".cache" / "results"


def save(result: Result, folder: Path) -> Path:
    """Write a result into `folder`, whole or not at all, and return its path."""
    path = folder / file_name(result.part, str(result.dataset["fingerprint"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(plain(asdict(result)), indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def find(part: str, fingerprint: str) -> Result | None:
    """Return the result of a part for the dataset `fingerprint`: this machine's, else the shipped one, else None."""
    for folder in (local_dir(), SHIPPED):
        found = _read(folder / file_name(part, fingerprint), part, fingerprint)
        if found is not None:
            return found
    return None


def stamp(part: str, fingerprint: str) -> tuple[int, ...]:
    """Return numbers that change whenever `find` may answer otherwise."""
    return tuple(_modified(folder / file_name(part, fingerprint)) for folder in (local_dir(), SHIPPED))


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read(path: Path, part: str, fingerprint: str) -> Result | None:
    """Return the result in `path`; None where there is none, or one that was damaged or is of something else."""
    try:
        result = Result(**json.loads(path.read_text(encoding="utf-8")))
        fits = result.part == part and result.dataset["fingerprint"] == fingerprint and _are_rows(result.rows)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return result if fits else None


def _are_rows(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
