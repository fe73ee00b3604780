"""Import labelled chips from plain arrays: pixels (N, H, W, B), labels (N, H, W), and optionally a second labeller.

The rules, in the order in which they apply:

- Whole-number pixels are counts and stay as they are; real-number pixels are reflectance and are stored as counts of
  `scale`. A value that int16 cannot hold is an error, or cut off at ±32767 with `clip`.
- A pixel with `fill`, NaN or infinity in any band is missing: that band becomes −28672 and the label 0.
- A label is water where its `WaterRule` holds and land elsewhere; ignored values, and NaN, mean no label.
- With a second labeller: the class where both agree, *unclassified* where they differ, no label where either has none.
- A lake without one clean pixel is left out; a source without any is an error.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from lakeseg.bands import DEFAULT_FILL, DEFAULT_SCALE, NO_LABEL, are_bands, is_fill
from lakeseg.data.dataset import MODIS_PIXEL_M, PIXEL_SIZE, Dataset, Header, Lake
from lakeseg.data.readers.labels import Labeller, combine
from lakeseg.data.readers.sources import Source, column, open_source
from lakeseg.data.write import write_dataset
from lakeseg.errors import ConfigError, DatasetError

Progress = Callable[[float, str], None]

_LIMIT: Final = 32767
_USUAL_FILL: Final = -9999
_SHOWN: Final = 8


@dataclass(frozen=True)
class ArrayOptions:
    """How to read a source. `bands` are MODIS band numbers in the order of the last axis of `pixels`."""

    pixels: str
    labels: Labeller
    bands: tuple[int, ...]
    second: Labeller | None = None
    groups: str | None = None
    ids: str | None = None
    scale: float = DEFAULT_SCALE
    fill: float | None = None
    clip: bool = False
    name: str | None = None
    pixel_size: float = MODIS_PIXEL_M

    @property
    def labellers(self) -> list[Labeller]:
        """One or two labellers."""
        return [self.labels] if self.second is None else [self.labels, self.second]


@dataclass(frozen=True)
class Imported:
    """The dataset written and one line for each thing that its user should know."""

    dataset: Dataset
    warnings: list[str]


def import_arrays(src: Path, out: Path, options: ArrayOptions, progress: Progress | None = None) -> Imported:
    """Read the arrays of `src` lake by lake into a new dataset at `out`.

    Raises:
        ConfigError: The options contradict themselves.
        DatasetError: The source breaks a rule of this module; nothing is left at `out`.
    """
    if out.resolve() == src.resolve():
        raise ConfigError(f"{out}: is the source itself: choose another name for the dataset")
    _check_options(options)
    with open_source(src) as source:
        run = _Import(src, source, options)
        dataset = write_dataset(out, run.header(), run.lakes(progress))
    return Imported(dataset, run.warnings())


def _check_options(options: ArrayOptions) -> None:
    bands = options.bands
    if not are_bands(bands, ascending=False):
        raise ConfigError(f"bands {list(bands)}: expected MODIS bands 1–7, each once, such as 1,2,3,4,6,7")
    if not (np.isfinite(options.scale) and options.scale > 0):
        raise ConfigError(f"scale {options.scale}: expected the reflectance of one count, such as 1e-4")
    if not (np.isfinite(options.pixel_size) and options.pixel_size > 0):
        raise ConfigError(f"pixel size {options.pixel_size}: expected the side of a pixel in metres, such as 30")


@dataclass
class _Import:
    """One run over a source, and what it saw on the way."""

    src: Path
    source: Source
    options: ArrayOptions
    count: int = 0
    single: int = 0
    clipped: int = 0
    usual_fill: int = 0
    empty: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name = self.options.name or self.src.stem
        self.count = self._check_shapes()

    def _check_shapes(self) -> int:
        """Return the number of lakes once the arrays fit each other."""
        options, where = self.options, f"{self.src}: {self.options.pixels!r}"
        shape, dtype = self.source.describe(options.pixels)
        if len(shape) != 4 or dtype.kind not in "iuf":
            raise DatasetError(f"{where}: expected numbers of shape (N, H, W, B), got {shape} {dtype}")
        if shape[3] != len(options.bands):
            got = f"{shape[3]} values a pixel, but --bands names {len(options.bands)}"
            raise DatasetError(f"{where} has {got}: name the bands of the last axis, in their order")
        if 0 in shape:
            raise DatasetError(f"{where} has shape {shape}: zero lakes or pixels; expected at least one of each")
        for labeller in options.labellers:
            self._expect(labeller.key, shape[:3], "biuf", "whole numbers")
        for key in filter(None, (options.groups, options.ids)):
            self._expect(key, shape[:1], "biufSUO", "one value for each lake")
        return int(shape[0])

    def _expect(self, key: str, shape: tuple[int, ...], kinds: str, what: str) -> None:
        got, dtype = self.source.describe(key)
        if got != shape or dtype.kind not in kinds:
            raise DatasetError(f"{self.src}: {key!r}: expected {what}, shape {shape}, got {got} {dtype}")

    def header(self) -> Header:
        """Return the header of the dataset: bands ascending, the common fill value, provenance."""
        source, bands = f"{self.src.name}, imported from arrays", tuple(sorted(self.options.bands))
        return Header(self.name, bands, source, False, self.options.scale, DEFAULT_FILL, self._provenance())

    def _provenance(self) -> dict[str, Any]:
        options = self.options
        plain = {name: value for name, value in vars(options).items() if name not in ("labels", "second")}
        who = [{"key": one.key, "water": str(one.water), "ignore": list(one.ignore)} for one in options.labellers]
        versions = {"python": platform.python_version(), "numpy": np.__version__, "h5py": h5py.__version__}
        source = {"reader": "arrays", "source": self.src.name, PIXEL_SIZE: options.pixel_size}
        return source | {"options": plain | {"labels": who}, "versions": versions}

    def lakes(self, progress: Progress | None) -> Iterator[Lake]:
        """Yield the lakes that hold a clean pixel; refuse a source that makes no sense as a whole."""
        labels = [self.source.rows(labeller.key) for labeller in self.options.labellers]
        rows = zip(self._names(), self.source.rows(self.options.pixels), *labels, strict=True)
        for done, ((lake_id, group), pixels, *opinions) in enumerate(rows, start=1):
            lake = self._lake(lake_id, group, pixels, opinions)
            if lake is not None:
                yield lake
            if progress is not None:
                progress(done / self.count, f"lake {done} of {self.count}")
        if len(self.empty) == self.count:
            where = f"{self.src}: {self.options.pixels!r}"
            raise DatasetError(f"{where}: every pixel is fill or NaN: expected at least one clean pixel")
        for labeller in self.options.labellers:
            labeller.check(str(self.src))

    def _names(self) -> list[tuple[str, str]]:
        """Return id and group of every lake; without a key for groups every lake is a group of its own."""
        options, digits = self.options, max(4, len(str(self.count - 1)))
        numbered = [f"{self.name}-{number:0{digits}d}" for number in range(self.count)]
        ids = column(self.source, options.ids) if options.ids else numbered
        return list(zip(ids, column(self.source, options.groups) if options.groups else ids, strict=True))

    def _lake(self, lake_id: str, group: str, pixels: np.ndarray, opinions: list[np.ndarray]) -> Lake | None:
        where = f"{self.src}: lake {lake_id!r}"
        image = self._counts(pixels[..., np.argsort(self.options.bands)], where)
        pairs = zip(self.options.labellers, opinions, strict=True)
        labels = combine([labeller.classes(opinion, where) for labeller, opinion in pairs])
        missing = is_fill(image)
        if missing.all():
            self.empty.append(lake_id)
            return None
        labels[missing] = NO_LABEL
        self.single += labels.size == 1
        return Lake(lake_id, image, labels, group=group)

    def _counts(self, pixels: np.ndarray, where: str) -> np.ndarray:
        """Return (H, W, B) pixels as int16 counts with every missing value at `DEFAULT_FILL`."""
        fill = self.options.fill
        missing = np.zeros(pixels.shape, bool) if fill is None else pixels == fill
        if pixels.dtype.kind == "f":
            missing |= ~np.isfinite(pixels)
            pixels = np.rint(np.where(missing, 0, pixels).astype(np.float64) / self.options.scale)
        beyond = ~missing & ((pixels > _LIMIT) | (pixels < -_LIMIT))
        if beyond.any() and not self.options.clip:
            raise DatasetError(f"{where}: {self._beyond(pixels[beyond])}")
        self.clipped += int(beyond.sum())
        self.usual_fill += int((~missing & (pixels == _USUAL_FILL)).sum())
        counts = np.where(missing, DEFAULT_FILL, pixels.astype(np.float64))
        return np.clip(counts, -_LIMIT, _LIMIT).astype(np.int16)

    def _beyond(self, values: np.ndarray) -> str:
        worst = values[np.argmax(np.abs(values.astype(np.float64)))]
        remedy = "name the value of missing pixels with --fill, or cut such values off with --clip"
        if values.dtype.kind == "f":
            remedy += "; real numbers must be reflectance, so save counts as int16"
        return f"{self.options.pixels!r} has a value of {worst:.6g} counts, beyond ±{_LIMIT}: {remedy}"

    def warnings(self) -> list[str]:
        """Return a line for everything that the user should know of."""
        lines = []
        if self.empty:
            lines.append(f"left out {len(self.empty)} lakes without a clean pixel: {', '.join(self.empty[:_SHOWN])}")
        if self.single:
            lines.append(f"{self.single} lakes have a single pixel (1×1): they count in totals, but fit no patch")
        if self.clipped:
            lines.append(f"{self.clipped} values beyond ±{_LIMIT} counts were cut off")
        if self.usual_fill:
            lines.append(f"{self.usual_fill} values are {_USUAL_FILL}: if that marks missing pixels, add --fill=-9999")
        if self.options.groups is None:
            lines.append(
                "no --groups: each lake is its own group; lakes that overlap may stand on both sides of a split"
            )
        named = zip(self.options.labellers, ("--ignore", "--second-ignore"), strict=False)
        return lines + [line for labeller, option in named for line in labeller.doubts(option)]
