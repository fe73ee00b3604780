"""Tables with a row a pixel and named columns, as CSV or Parquet: lakes where rows say where they lie, else pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from lakeseg.bands import CLASS_NAMES
from lakeseg.data.dataset import Header, Lake
from lakeseg.data.readers.columns import Columns, find_columns
from lakeseg.data.readers.convert import Conversion, Raw
from lakeseg.data.readers.formats import Found, PixelReading, Reading
from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.readers.rowsource import batches, column_names, row_count
from lakeseg.data.readers.sampling import Sample
from lakeseg.data.readers.sources import MAX_LAKE_BYTES, text_of
from lakeseg.errors import DatasetError

if TYPE_CHECKING:
    import pandas as pd

KEY: Final = "table"
_CODES: Final = {name: code for code, name in CLASS_NAMES.items()} | {"": np.nan, "nan": np.nan}
_SHOWN: Final = 12


def detect(path: Path, options: ReadOptions) -> Found | None:
    """Say which columns of a table are bands, labels and places, from its head."""
    if path.is_dir():
        return None
    names = column_names(path)
    columns = find_columns(names, options, str(path))
    sample = Sample(options)
    head = next(batches(path, columns.used()), None)
    if head is None:
        raise DatasetError(f"{path}: has columns but no rows: expected a row a pixel")
    numbers = [_numbers(path, head, name) for name in columns.bands.values()]
    if all(values.dtype.kind in "iu" for values in numbers) and options.counts is None:
        sample.suggested["counts"] = True
    sample.pixels([values.astype(np.float64) for values in numbers])
    if columns.labels is None:
        sample.no_labels()
    else:
        sample.suggested["labels"] = columns.labels
        sample.labels([_labels(path, head, columns.labels)])
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    by_lake = f"lakes by {columns.lake!r}, {columns.row!r}, {columns.column!r}"
    lines: tuple[str, ...] = (
        f"columns {shown}",
        by_lake if columns.lakes else "no columns of lake, row and column: single pixels",
    )
    bands = tuple(sorted(columns.bands))
    sample.suggested["bands"] = bands
    lines += (f"bands {', '.join(f'{band} in {columns.bands[band]!r}' for band in bands)}", *sample.lines)
    kind = "Parquet" if path.suffix.lower() == ".parquet" else "CSV"
    title = f"{kind}, pixels of lakes" if columns.lakes else f"{kind}, single pixels"
    lakes = None if columns.lakes else 0
    return Found(KEY, title, lines, lakes, row_count(path), bands, sample.suggested, tuple(sample.missing))


@contextmanager
def read(path: Path, options: ReadOptions) -> Iterator[Reading | PixelReading]:
    """Open a table for conversion."""
    columns = find_columns(column_names(path), options, str(path))
    yield (_LakeReading if columns.lakes else _PixelReading)(path, options, columns)


class _Base:
    """What both readings share."""

    def __init__(self, path: Path, options: ReadOptions, columns: Columns) -> None:
        self.path, self.columns = path, columns
        labellers = options.labellers(columns.labels) if columns.labels else []
        self.run = Conversion(path, options, tuple(columns.bands), labellers)

    def header(self) -> Header:
        """Return the header of the dataset."""
        return self.run.header(KEY, "imported from a table of pixels")

    def warnings(self) -> list[str]:
        """Return a line for everything that the user should know of."""
        return self.run.warnings()

    def batches(self) -> Iterator[tuple[pd.DataFrame, np.ndarray, list[np.ndarray]]]:
        """Yield rows, their (n, B) pixels as reals, and the (n,) labels of each labeller."""
        for rows in batches(self.path, self.columns.used()):
            bands = [_numbers(self.path, rows, name).astype(np.float64) for name in self.columns.bands.values()]
            opinions = [_labels(self.path, rows, labeller.key) for labeller in self.run.labellers]
            yield rows, np.stack(bands, axis=1), opinions


class _PixelReading(_Base):
    """Rows that say nothing of a lake."""

    def count(self) -> int | None:
        """Return the number of pixels, None for CSV."""
        return row_count(self.path)

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the pixels as they stand in the table."""
        for _, pixels, opinions in self.batches():
            yield self.run.block(pixels, opinions)
        self.run.finish()


@dataclass
class _Gathered:
    """The rows of one lake so far."""

    lake: str
    parts: list[tuple[np.ndarray, np.ndarray, list[np.ndarray]]] = field(default_factory=list)
    group: str = ""
    bytes: int = 0


class _LakeReading(_Base):
    """Rows that name their lake, and their place in it."""

    def count(self) -> int | None:
        """Return None: only a full read tells how many lakes there are."""
        return None

    def warnings(self) -> list[str]:
        """Return a line for everything that the user should know of."""
        return self.run.warnings() + self.run.group_warning()

    def lakes(self) -> Iterator[Lake]:
        """Yield the lakes in the order of the table; the rows of a lake have to stand together."""
        done: set[str] = set()
        current: _Gathered | None = None
        for name, part, group in self._runs():
            if current is None or name != current.lake:
                if current is not None:
                    yield from self._finished(current)
                if name in done:
                    remedy = "sort the table by lake"
                    raise DatasetError(f"{self.path}: the rows of lake {name!r} do not stand together: {remedy}")
                done.add(name)
                current = _Gathered(name, group=group)
            self._add(current, part)
        if current is not None:
            yield from self._finished(current)
        self.run.finish()

    def _runs(self) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray, list[np.ndarray]], str]]:
        """Yield runs of rows of one lake: its name, ((n, 2) places, (n, B) pixels, labels), and its group."""
        columns = self.columns
        for rows, pixels, opinions in self.batches():
            names = np.array([text_of(value) for value in rows[columns.lake].tolist()], dtype=object)
            places = np.stack([self._places(rows, key) for key in (columns.row, columns.column)], axis=1)
            starts = np.flatnonzero(np.r_[True, names[1:] != names[:-1]])
            for start, end in zip(starts, [*starts[1:], len(names)], strict=True):
                span = slice(int(start), int(end))
                group = text_of(rows[columns.group].iloc[int(start)]) if columns.group else ""
                part = (places[span], pixels[span], [opinion[span] for opinion in opinions])
                yield str(names[start]), part, group

    def _places(self, rows: pd.DataFrame, key: str | None) -> np.ndarray:
        values = _numbers(self.path, rows, str(key)).astype(np.float64)
        if not np.isfinite(values).all() or (values != np.rint(values)).any() or (np.abs(values) > 1 << 31).any():
            raise DatasetError(f"{self.path}: column {key!r}: expected whole numbers, the place of a pixel in its lake")
        return values.astype(np.int64)

    def _add(self, lake: _Gathered, part: tuple[np.ndarray, np.ndarray, list[np.ndarray]]) -> None:
        lake.parts.append(part)
        lake.bytes += part[1].nbytes
        if lake.bytes > MAX_LAKE_BYTES:
            size = f"more than {MAX_LAKE_BYTES >> 20} MiB"
            raise DatasetError(f"{self.path}: lake {lake.lake!r} has {size} of pixels: cut it into tiles")

    def _finished(self, gathered: _Gathered) -> Iterator[Lake]:
        lake = self.run.lake(self._raw(gathered))
        if lake is not None:
            yield lake

    def _raw(self, gathered: _Gathered) -> Raw:
        """Return the lake as a rectangle; what no row says is missing and has no label."""
        where = f"{self.path}: lake {gathered.lake!r}"
        places = np.concatenate([part[0] for part in gathered.parts])
        pixels = np.concatenate([part[1] for part in gathered.parts])
        places -= places.min(axis=0)
        height, width = (int(size) + 1 for size in places.max(axis=0))
        if height * width * pixels.itemsize * pixels.shape[1] > MAX_LAKE_BYTES:
            size = f"{height}×{width} px, more than {MAX_LAKE_BYTES >> 20} MiB"
            raise DatasetError(f"{where}: its rows and columns span {size}: check them, or cut it into tiles")
        flat = places[:, 0] * width + places[:, 1]
        if len(np.unique(flat)) < len(flat):
            raise DatasetError(f"{where}: two rows have the same place: every pixel has one row")
        image = np.full((height * width, pixels.shape[1]), np.nan)
        image[flat] = pixels
        opinions = []
        for number in range(len(self.run.labellers)):
            labels = np.full(height * width, np.nan)
            labels[flat] = np.concatenate([part[2][number] for part in gathered.parts])
            opinions.append(labels.reshape(height, width))
        return Raw(image.reshape(height, width, -1), opinions, gathered.lake, gathered.group)


def _numbers(path: Path, rows: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column as (n,) numbers; a word in it raises a `DatasetError`."""
    import pandas as pd

    column = rows[name]
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_complex_dtype(column.dtype):
        words = column[pd.to_numeric(column, errors="coerce").isna() & column.notna()]
        if len(words):
            row = int(words.index[0]) + 1
            raise DatasetError(f"{path}: column {name!r}: {str(words.iloc[0])[:40]!r} in row {row} is no number")
        column = pd.to_numeric(column, errors="coerce")
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.to_numpy(dtype=np.uint8)
    values = column.to_numpy(dtype=None if isinstance(column.dtype, np.dtype) else np.float64, na_value=np.nan)
    return np.asarray(values)


def _labels(path: Path, rows: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column of labels as (n,) reals, NaN where it is empty; names of classes become their codes."""
    import pandas as pd

    column = rows[name]
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _numbers(path, rows, name).astype(np.float64)
    words = column.fillna("").astype(str).str.strip().str.lower()
    if set(words.unique()) <= set(_CODES):
        return words.map(_CODES).to_numpy(dtype=np.float64)
    return _numbers(path, rows, name).astype(np.float64)
