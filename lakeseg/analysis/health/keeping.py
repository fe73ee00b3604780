"""Health reports on disk, by the fingerprint of their dataset: they may be deleted at any time."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from lakeseg.analysis.health.shapes import Report
from lakeseg.data.write import replacing
from lakeseg.errors import DatasetError


def _path(folder: Path, fingerprint: str) -> Path:
    return folder / f"{fingerprint}.json"


def load(folder: Path, fingerprint: str) -> Report | None:
    """Return the report on a dataset, None where there is none that can be read."""
    try:
        values = json.loads(_path(folder, fingerprint).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    report = Report.from_json(values)
    return report if report is not None and report.fingerprint == fingerprint else None


def save(folder: Path, report: Report) -> None:
    """Keep a report; where the disk does not let it, it is made again another time."""
    with suppress(DatasetError), replacing(_path(folder, report.fingerprint)) as temporary:
        temporary.write_text(json.dumps(report.to_json(), ensure_ascii=False), encoding="utf-8")
