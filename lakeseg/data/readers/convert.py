"""From a file's own values to lakes of the array contract: the one way in which every reader does it.

The rules, in the order in which they apply:

- Whole-number pixels are counts and stay as they are, and so are real numbers with `counts`; other real numbers are
  reflectance and are stored as counts of `scale`. A value that int16 cannot hold is an error, or cut off at ±32767
  with `clip`.
- A pixel with `fill`, NaN or infinity in any band is missing: that band becomes −28672 and the label 0.
- A label is water where its `WaterRule` holds and land elsewhere, or a class code already; ignored values, and NaN,
  mean no label.
- With a second labeller: the class where both agree, *unclassified* where they differ, no label where either has none.
- A lake without one clean pixel is left out; a source without any is an error.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from lakeseg.bands import DEFAULT_FILL, NO_LABEL, is_fill
from lakeseg.data.dataset import PIXEL_SIZE, Header, Lake
from lakeseg.data.readers.labels import Labeller, combine
from lakeseg.data.readers.options import ReadOptions, key_of
from lakeseg.errors import DatasetError

_LIMIT: Final = 32767
_USUAL_FILL: Final = -9999
_SHOWN: Final = 8
_SLAB: Final = 1 << 20  # values converted at a time: temporaries stay small beside the lake


@dataclass(frozen=True)
class Raw:
    """One lake as its file holds it.

    Attributes:
        pixels: (H, W, B) numbers, bands in the order of the file.
        opinions: (H, W) labels of each labeller, in the order of the `Conversion`'s.
        id: Its name, empty for NAME-0000 by its number.
        group: What lakes that overlap on the ground share, empty for a group of its own.
        rest: Further fields of `Lake`: truth, domain, date, lon, lat, grid.
    """

    pixels: np.ndarray
    opinions: Sequence[np.ndarray] = ()
    id: str = ""
    group: str = ""
    rest: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Conversion:
    """One run over a source, and what it saw on the way.

    Attributes:
        src: The source, as the messages name it.
        options: With what the file itself says filled in.
        bands: MODIS bands in the order of the file.
        labellers: None, one or two; each counts what it sees.
        count: Lakes to come, for the digits of their names; 0 where only a full read could tell.
        key: What the messages call the pixels.
    """

    src: Path
    options: ReadOptions
    bands: tuple[int, ...]
    labellers: list[Labeller]
    count: int = 0
    key: str = "pixels"
    seen: int = 0
    single: int = 0
    clipped: int = 0
    usual_fill: int = 0
    clean: bool = False
    empty: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the dataset to be."""
        return self.options.name or self.src.stem or "lakes"

    def header(self, reader: str, what: str, versions: Mapping[str, str] | None = None, **more: Any) -> Header:
        """Return the header: bands ascending, the common fill value, and where all this comes from.

        Args:
            reader: Key of the format.
            what: How it was read, such as "imported from arrays".
            versions: Of libraries that took part, beside Python, NumPy and h5py.
            **more: What else the provenance should remember.
        """
        base = {"python": platform.python_version(), "numpy": np.__version__, "h5py": h5py.__version__}
        labels = [{"key": one.key, "water": str(one.water), "ignore": list(one.ignore)} for one in self.labellers]
        options = {name: value for name, value in self.options.given().items() if not name.startswith("second_")}
        kept = {"reader": reader, "source": self.src.name, PIXEL_SIZE: self.options.pixel_m}
        kept |= {"options": options | {"bands": self.bands, "labels": labels}, "versions": base | dict(versions or {})}
        source, bands = f"{self.src.name}, {what}", tuple(sorted(self.bands))
        return Header(self.name, bands, source, False, self.options.count_scale, DEFAULT_FILL, kept | more)

    def lake(self, raw: Raw) -> Lake | None:
        """Return a lake of the array contract, None (and remembered) where it has no clean pixel."""
        lake_id = raw.id or f"{self.name}-{self.seen:0{max(4, len(str(self.count - 1)))}d}"
        self.seen += 1
        where = f"{self.src}: lake {lake_id!r}"
        self._check(raw, where)
        image, labels, clean = self._converted(raw.pixels, raw.opinions, where)
        if not clean:
            self.empty.append(lake_id)
            return None
        self.clean = True
        self.single += labels.size == 1
        return Lake(lake_id, image, labels, group=raw.group or lake_id, **raw.rest)

    def block(self, pixels: np.ndarray, opinions: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return (n, B) pixels of no lake as int16 counts, and their (n,) labels as codes."""
        first, self.seen = self.seen, self.seen + len(pixels)
        raw = Raw(pixels[:, None], [opinion[:, None] for opinion in opinions])
        where = f"{self.src}: pixels from {first}"
        self._check(raw, where)
        image, labels, clean = self._converted(raw.pixels, raw.opinions, where)
        self.clean = self.clean or clean
        return image[:, 0], labels[:, 0]

    def _check(self, raw: Raw, where: str) -> None:
        shape, kind = raw.pixels.shape, raw.pixels.dtype
        if len(shape) != 3 or kind.kind not in "iuf":
            raise DatasetError(f"{where}: {self.key!r}: expected numbers of shape (H, W, B), got {shape} {kind}")
        if shape[2] != len(self.bands):
            got = f"{shape[2]} values a pixel, but --bands names {len(self.bands)}"
            raise DatasetError(f"{where}: {self.key!r} has {got}: name the bands of the last axis, in their order")
        if 0 in shape:
            raise DatasetError(f"{where}: {self.key!r} has shape {shape}: no pixels; expected at least 1×1")
        for labeller, opinion in zip(self.labellers, raw.opinions, strict=True):
            if opinion.shape != shape[:2] or opinion.dtype.kind not in "biuf":
                got = f"{opinion.shape} {opinion.dtype}"
                expected = f"expected whole numbers, shape {shape[:2]}, got {got}"
                raise DatasetError(f"{where}: {labeller.key!r}: {expected}: labels and pixels must fit each other")

    def _converted(
        self, pixels: np.ndarray, opinions: Sequence[np.ndarray], where: str
    ) -> tuple[np.ndarray, np.ndarray, bool]:
        """Return (H, W, B) int16 counts, bands ascending, (H, W) uint8 codes, and whether any pixel lacks no band.

        They are made some rows at a time.
        """
        image = np.empty(pixels.shape, np.int16)
        labels, clean = np.zeros(pixels.shape[:2], np.uint8), False
        order = np.argsort(self.bands)
        step = max(1, _SLAB // (pixels.shape[1] * pixels.shape[2]))
        for top in range(0, len(pixels), step):
            part = slice(top, top + step)
            image[part] = self._counts(pixels[part][..., order], where)
            pairs = zip(self.labellers, opinions, strict=True)
            classes = [labeller.classes(opinion[part], where) for labeller, opinion in pairs]
            if classes:
                labels[part] = combine(classes)
            missing = is_fill(image[part])
            labels[part][missing] = NO_LABEL
            clean = clean or not missing.all()
        return image, labels, clean

    def _counts(self, pixels: np.ndarray, where: str) -> np.ndarray:
        """Return (h, W, B) pixels as int16 counts with every missing value at `DEFAULT_FILL`."""
        fill, real = self.options.fill, pixels.dtype.kind == "f"
        missing = np.zeros(pixels.shape, bool) if fill is None else pixels == fill
        if real:
            missing |= ~np.isfinite(pixels)
            pixels = self._as_counts(np.where(missing, 0, pixels).astype(np.float64), where)
        beyond = ~missing & ((pixels > _LIMIT) | (pixels < -_LIMIT))
        if beyond.any() and not self.options.clip:
            raise DatasetError(f"{where}: {self._beyond(pixels[beyond], real)}")
        self.clipped += int(beyond.sum())
        self.usual_fill += int((~missing & (pixels == _USUAL_FILL)).sum())
        counts = np.where(missing, DEFAULT_FILL, pixels.astype(np.float64))
        return np.clip(counts, -_LIMIT, _LIMIT).astype(np.int16)

    def _as_counts(self, values: np.ndarray, where: str) -> np.ndarray:
        if not self.options.counts:
            return np.asarray(np.rint(values / self.options.count_scale))
        if (values != np.rint(values)).any():
            remedy = "add --no-counts if they are reflectance"
            raise DatasetError(f"{where}: {self.key!r} has values between whole numbers, which no counts are: {remedy}")
        return values

    def _beyond(self, values: np.ndarray, real: bool) -> str:
        worst = values[np.argmax(np.abs(values.astype(np.float64)))]
        remedy = "name the value of missing pixels with --fill, or cut such values off with --clip"
        if real and not self.options.counts:
            remedy += "; real numbers must be reflectance: add --counts if they are counts, or save counts as int16"
        return f"{self.key!r} has a value of {worst:.6g} counts, beyond ±{_LIMIT}: {remedy}"

    def finish(self) -> None:
        """Refuse a source that makes no sense as a whole, once all of it was read."""
        if not self.clean:
            where = f"{self.src}: {self.key!r}"
            raise DatasetError(f"{where}: every pixel is fill or NaN: expected at least one clean pixel")
        for labeller in self.labellers:
            labeller.check(str(self.src))

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
        if not self.labellers:
            lines.append("no labels were read: these lakes can be looked at and predicted, but nothing can be scored")
        named = zip(self.labellers, ("--ignore", "--second-ignore"), strict=False)
        return lines + [line for labeller, option in named for line in labeller.doubts(option)]

    def group_warning(self) -> list[str]:
        """Return the line for lakes that a file with no groups may hold twice over."""
        if key_of(self.options.groups) is not None:
            return []
        return ["no --groups: each lake is its own group; lakes that overlap may stand on both sides of a split"]
