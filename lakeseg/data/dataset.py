"""Open a dataset: one HDF5 file of lakes that opens by its index and reads a lake in one contiguous read.

The layout is described in `data/README.md`; `lakeseg.data.write` makes such files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from lakeseg.bands import CLASS_NAMES, NO_LABEL
from lakeseg.data.opening import check_arrays, check_format, opened, read_table
from lakeseg.data.scenes.scene import Grid
from lakeseg.data.table import LakeTable
from lakeseg.errors import DatasetError

MODIS_PIXEL_M: Final = 500.0
PIXEL_SIZE: Final = "pixel_size_m"  # its key in the provenance
_LABELS_AT_ONCE: Final = 1 << 24


@dataclass(frozen=True)
class Lake:
    """One lake: image (H, W, B) int16 counts, labels (H, W) uint8 codes, truth (H, W) uint8 water percent or None.

    `grid` is the exact place of its pixels where it was cut out of a raster; `lon` and `lat` are those of its centre.
    """

    id: str
    image: np.ndarray
    labels: np.ndarray
    group: str
    truth: np.ndarray | None = None
    domain: str = ""
    date: str = ""
    lon: float = float("nan")
    lat: float = float("nan")
    grid: Grid | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns in pixels."""
        return int(self.image.shape[0]), int(self.image.shape[1])


@dataclass(frozen=True)
class Header:
    """What holds for every lake of a dataset; `scale` turns counts into reflectance, `fill` marks missing counts."""

    name: str
    bands: tuple[int, ...]
    source: str
    simulated: bool
    scale: float = 1e-4
    fill: int = -28672
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Dataset:
    """An opened dataset. Only its index is in memory; every read opens the file anew, so threads may share it."""

    path: Path
    header: Header
    fingerprint: str
    pixel_count: int
    lakes: LakeTable
    truth_available: bool

    @property
    def name(self) -> str:
        """Name that a person reads."""
        return self.header.name

    @property
    def bands(self) -> tuple[int, ...]:
        """MODIS band numbers of the last axis, ascending."""
        return self.header.bands

    @property
    def scale(self) -> float:
        """Reflectance of one count."""
        return self.header.scale

    @property
    def fill(self) -> int:
        """Count that marks a missing value."""
        return self.header.fill

    @property
    def pixel_size_m(self) -> float:
        """Side of a pixel in metres: what the provenance says, else that of MODIS."""
        return float(self.header.provenance.get(PIXEL_SIZE, MODIS_PIXEL_M))

    @property
    def simulated(self) -> bool:
        """Whether a simulator made the data."""
        return self.header.simulated

    @property
    def of_pixels(self) -> bool:
        """Whether it holds single pixels of no lake: `lakes` are then runs of them, 1×N, without neighbours."""
        return self.lakes.of_pixels

    @property
    def lake_ids(self) -> tuple[str, ...]:
        """Ids of all lakes, in file order."""
        return tuple(self.lakes.id.tolist())

    def _open(self) -> AbstractContextManager[h5py.File]:
        """Open the file for reading; a `DatasetError` if another one has taken its place."""
        return opened(self.path, self.fingerprint)

    def lake(self, lake_id: str) -> Lake:
        """Read one lake; an unknown id raises a `DatasetError`."""
        table, row = self.lakes, self.lakes.position(lake_id)
        height, width = int(table.height[row]), int(table.width[row])
        span = slice(int(table.offset[row]), int(table.offset[row]) + height * width)
        with self._open() as file:
            image = file["pixels"][span].reshape(height, width, len(self.bands))
            labels = file["labels"][span].reshape(height, width)
            truth = file["truth"][span].reshape(height, width) if self.truth_available else None
        group, domain, date = (str(getattr(table, name)[row]) for name in ("group", "domain", "date"))
        lon, lat = float(table.lon[row]), float(table.lat[row])
        return Lake(lake_id, image, labels, group, truth, domain, date, lon, lat, table.grid(row))

    def iter_lakes(self, ids: Iterable[str] | None = None) -> Iterator[Lake]:
        """Read lakes one by one, all of them in file order by default."""
        for lake_id in self.lake_ids if ids is None else ids:
            yield self.lake(lake_id)

    def pixels(self, ids: Iterable[str] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return all pixels of `ids` (default: of the file) read flat: (N, B) int16 counts and (N,) uint8 labels."""
        spans = self._spans(ids)
        with self._open() as file:
            return _read_spans(file["pixels"], spans), _read_spans(file["labels"], spans)

    def iter_pixels(self, at_once: int = 1 << 17) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Read the file flat in parts of `at_once` pixels: (n, B) int16 counts and (n,) uint8 labels."""
        with self._open() as file:
            for start in range(0, self.pixel_count, at_once):
                part = slice(start, start + at_once)
                yield file["pixels"][part], file["labels"][part]

    def labels(self, ids: Iterable[str] | None = None) -> np.ndarray:
        """Return the labels alone of `ids` (default: of the file) read flat, (N,) uint8."""
        spans = self._spans(ids)
        with self._open() as file:
            return _read_spans(file["labels"], spans)

    def _spans(self, ids: Iterable[str] | None) -> list[tuple[int, int]]:
        """Return first and last row (exclusive) of each lake in `/pixels`, neighbours in the file joined."""
        if ids is None:
            return [(0, self.pixel_count)]
        spans: list[tuple[int, int]] = []
        for row in (self.lakes.position(lake_id) for lake_id in ids):
            start, end = int(self.lakes.offset[row]), int(self.lakes.offset[row] + self.lakes.size[row])
            if spans and spans[-1][1] == start:
                start = spans.pop()[0]
            spans.append((start, end))
        return spans

    @cached_property
    def _class_counts(self) -> np.ndarray:
        """Counts per lake and code, kept: the labels of a fingerprint never change."""
        counts = np.zeros((len(self.lakes), len(CLASS_NAMES)), np.int64)
        ends = self.lakes.offset + self.lakes.size
        first = 0
        with self._open() as file:
            while first < len(self.lakes):
                start = int(self.lakes.offset[first])
                last = max(first + 1, int(np.searchsorted(ends, start + _LABELS_AT_ONCE, side="right")))
                labels = file["labels"][start : int(ends[last - 1])]
                starts = self.lakes.offset[first:last] - start
                for code in CLASS_NAMES:
                    counts[first:last, code] = np.add.reduceat(labels == code, starts, dtype=np.int64)
                first = last
        if (counts.sum(axis=1) != self.lakes.size).any():
            raise DatasetError(f"{self.path}: labels outside the codes 0 to 3: import the data again")
        counts.flags.writeable = False
        return counts

    def class_counts(self) -> np.ndarray:
        """Return (L, 4) int64, read-only: pixels of each lake with label 0, 1, 2, 3."""
        return self._class_counts

    def total_counts(self) -> np.ndarray:
        """Return (4,) int64: pixels of the file with label 0, 1, 2, 3."""
        return np.asarray(self.class_counts().sum(axis=0))

    def summary(self) -> dict[str, Any]:
        """Return the Table 2 of this dataset as plain values, ready for JSON."""
        counts = self.total_counts()
        table, lakes = self.lakes, 0 if self.of_pixels else len(self.lakes)
        names, shares = np.unique(table.domain[:lakes], return_counts=True)
        return {
            "name": self.name,
            "fingerprint": self.fingerprint,
            "simulated": self.simulated,
            "source": self.header.source,
            "bands": list(self.bands),
            "lakes": lakes,
            "groups": len(np.unique(table.group[:lakes])),
            "pixels": self.pixel_count,
            **{CLASS_NAMES[code].replace(" ", "_"): int(counts[code]) for code in (1, 2, 3, NO_LABEL)},
            "height": [int(table.height.min()), int(table.height.max())] if lakes else None,
            "width": [int(table.width.min()), int(table.width.max())] if lakes else None,
            "domains": {str(name) or "unknown": int(n) for name, n in zip(names, shares, strict=True)},
            "truth": self.truth_available,
        }


def _read_spans(source: h5py.Dataset, spans: list[tuple[int, int]]) -> np.ndarray:
    """Read rows [start, end) of each span, one after the other."""
    result = np.empty((sum(end - start for start, end in spans), *source.shape[1:]), source.dtype)
    filled = 0
    for start, end in spans:
        result[filled : filled + end - start] = source[start:end]
        filled += end - start
    return result


def open_dataset(path: Path | str) -> Dataset:
    """Open a dataset by its index.

    Raises:
        DatasetError: The file is missing, not HDF5, truncated, not of this format or version, or inconsistent.
    """
    path = Path(path)
    with opened(path) as file:
        check_format(path, file)
        bands = tuple(int(band) for band in file.attrs["bands"])
        pixels = check_arrays(path, file, bands)
        table = read_table(path, file, pixels)
        fingerprint = str(file.attrs["fingerprint"])
        return Dataset(path, _read_header(file, bands), fingerprint, pixels, table, "truth" in file)


def _read_header(file: h5py.File, bands: tuple[int, ...]) -> Header:
    attrs = file.attrs
    return Header(
        name=str(attrs["name"]),
        bands=bands,
        source=str(attrs["source"]),
        simulated=bool(attrs["simulated"]),
        scale=float(attrs["scale"]),
        fill=int(attrs["fill"]),
        provenance=json.loads(attrs.get("provenance", "{}")),
    )
