"""Rows of a CSV or Parquet file, some at a time."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from lakeseg.data.readers.sources import DAMAGED, MAX_LAKE_BYTES
from lakeseg.errors import NOT_ALLOWED, DatasetError, first_line

if TYPE_CHECKING:
    import pandas as pd

ROWS: Final = 1 << 16
_HEAD: Final = 1 << 20
_SECONDS: Final = 300
_SEPARATORS: Final = ",;\t"


def column_names(path: Path) -> list[str]:
    """Return the names of the columns.

    Raises:
        DatasetError: The file cannot be read, or names two columns alike.
    """
    names = _parquet(path)["names"] if _is_parquet(path) else _csv_names(path)
    twice = next((name for position, name in enumerate(names) if name in names[:position]), None)
    if twice is not None:
        raise DatasetError(f"{path}: two columns are called {twice!r}: rename one")
    return [str(name) for name in names]


def row_count(path: Path) -> int | None:
    """Return the number of rows, None for CSV."""
    return int(_parquet(path)["rows"]) if _is_parquet(path) else None


def batches(path: Path, columns: list[str]) -> Iterator[pd.DataFrame]:
    """Yield the rows, at most `ROWS` at a time; their index counts from 0 through the file."""
    source = _parquet_batches(path, columns) if _is_parquet(path) else _csv_batches(path, columns)
    try:
        for rows in source:
            if len(rows):
                yield rows
    except DAMAGED as error:
        raise DatasetError(f"{path}: cannot be read as a table ({first_line(error)}): save it again") from error


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


# ------------------------------------------------------------------------------------------------------------ Parquet


def _parquet(path: Path) -> dict[str, Any]:
    """Return the names of the columns and the number of rows, asked of the process that reads."""
    try:
        stamp = path.stat()
    except PermissionError as error:
        raise DatasetError(f"{path}: {NOT_ALLOWED}") from error
    return _described(path.resolve(), (stamp.st_mtime_ns, stamp.st_size))


@lru_cache(maxsize=16)
def _described(path: Path, _stamp: tuple[int, int]) -> dict[str, Any]:
    with _child(path) as process:
        said, wrong = process.communicate(timeout=_SECONDS)
    if process.returncode:
        raise DatasetError(f"{path}: {_why(process.returncode, wrong)}")
    told: dict[str, Any] = json.loads(said)
    return told


def _parquet_batches(path: Path, columns: list[str]) -> Iterator[pd.DataFrame]:
    import pandas as pd
    import pyarrow as pa

    first = 0
    with _child(path.resolve(), str(MAX_LAKE_BYTES), str(ROWS), *columns) as process:
        try:
            with pa.ipc.open_stream(process.stdout) as stream:
                for batch in stream:
                    rows = batch.to_pandas()
                    rows.index = pd.RangeIndex(first, first + len(rows))
                    first += len(rows)
                    yield rows
        except (pa.ArrowException, OSError, EOFError) as error:
            process.wait(_SECONDS)
            wrong = process.stderr.read() if process.stderr else b""
            raise DatasetError(f"{path}: {_why(process.returncode, wrong)}") from error


@contextmanager
def _child(path: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the reader; whatever happens, it ends with the block."""
    command = [sys.executable, "-I", str(Path(__file__).with_name("parquet_child.py")), str(path), *arguments]
    surroundings = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=surroundings, **pipes) as process:  # type: ignore[call-overload]  # noqa: S603
        try:
            yield process
        finally:
            process.kill()


def _why(code: int, wrong: bytes) -> str:
    lines = wrong.decode("utf-8", "replace").strip().splitlines()
    said = lines[-1][:160] if lines and code > 0 else f"the library crashed on it, signal {-code}"
    return said if said.startswith("its ") else f"not Parquet, or damaged ({said}): copy it again"


# ---------------------------------------------------------------------------------------------------------------- CSV


def _csv_names(path: Path) -> list[str]:
    head = _csv_head(path)
    try:
        return next(csv.reader([head], delimiter=_separator(head)))
    except csv.Error as error:
        raise DatasetError(f"{path}: its first line names no columns ({first_line(error)}): save it again") from error


def _csv_head(path: Path) -> str:
    """Return the first line, which names the columns."""
    try:
        with path.open("rb") as file:
            line = file.readline(_HEAD)
        head = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: its first line is not UTF-8 text: save the table as CSV in UTF-8") from error
    if not head.strip() or "\0" in head or len(line) == _HEAD:
        raise DatasetError(
            f"{path}: its first line names no columns: expected names such as lake,row,column,band1,label"
        )
    return head


def _separator(head: str) -> str:
    return max(_SEPARATORS, key=head.count)


def _csv_batches(path: Path, columns: list[str]) -> Iterator[pd.DataFrame]:
    import pandas as pd

    separator = _separator(_csv_head(path))
    with path.open(encoding="utf-8-sig", newline="") as text:
        watched = _Watched(path, text)
        parts = pd.read_csv(watched, sep=separator, usecols=columns, chunksize=ROWS, low_memory=False, index_col=False)
        with parts:
            for rows in parts:
                yield rows
                watched.left = MAX_LAKE_BYTES


class _Watched:
    """Text that ends in an error when one batch of rows takes too much of it: a quote is open, or a line has no end."""

    def __init__(self, path: Path, text: TextIO) -> None:
        self.path, self.text, self.left = path, text, MAX_LAKE_BYTES

    def read(self, size: int = -1) -> str:
        """Return up to `size` characters."""
        part = self.text.read(size)
        self.left -= len(part)
        if self.left < 0:
            much = f"more than {MAX_LAKE_BYTES >> 20} MiB"
            raise DatasetError(f"{self.path}: {ROWS} rows take {much}: look for a quote that is not closed")
        return part

    def __iter__(self) -> Iterator[str]:
        """Return lines, for which pandas looks but never asks."""
        return iter(self.text)
