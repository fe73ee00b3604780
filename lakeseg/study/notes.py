"""What a long measurement has worked out so far: a JSON file in the cache, so that it goes on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lakeseg.cache import PredictionCache, safe_name
from lakeseg.data.write import replacing
from lakeseg.plain import plain


class Notes:
    """Answers by key in one file of the cache; a file that cannot be read counts as empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = _read(path)

    @classmethod
    def of(cls, cache: PredictionCache, fingerprint: str, part: str) -> Notes:
        """Return the notes of one part of the study on the dataset `fingerprint`."""
        return cls(cache.root / safe_name(fingerprint[:16]) / f"{part}.notes.json")

    def ask(self, key: str, work: Callable[[], Any]) -> Any:
        """Return what is known under `key`, else what `work` returns, which is written down first; plain values."""
        if key not in self._known:
            self._known[key] = plain(work())
            self._write()
        return self._known[key]

    def forget(self) -> None:
        """Remove the file: the measurement is complete."""
        self.path.unlink(missing_ok=True)

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.path) as temporary:
            temporary.write_text(json.dumps(self._known, allow_nan=False), encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
