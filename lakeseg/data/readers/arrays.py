"""Arrays of an HDF5 file, an NPZ archive, an NPY file or a folder of these: stacks, pairs of any size, pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from lakeseg.bands import ALL_BANDS
from lakeseg.data.dataset import Header, Lake
from lakeseg.data.readers.convert import Conversion, Raw
from lakeseg.data.readers.formats import Found, PixelReading, Reading
from lakeseg.data.readers.layout import Layout, Matrix, Pair, Pairs, Stack, find_layout, labelled
from lakeseg.data.readers.options import ReadOptions, key_of
from lakeseg.data.readers.sampling import SAMPLED, Sample
from lakeseg.data.readers.sources import Shapes, Source, column, listing, no_array, open_source, rows
from lakeseg.errors import ConfigError, DatasetError
from lakeseg.plain import counted

_BLOCK: Final = 1 << 16

Seen = tuple[str, dict[str, int], tuple[int, ...]]  # a line, the numbers of lakes and pixels, the bands


def detect(path: Path, options: ReadOptions) -> Found | None:
    """Say what the arrays of `path` are, from their shapes and the first few."""
    with open_source(path) as source:
        return _found(path, source, options, _layout(path, source, options))


@contextmanager
def read(path: Path, options: ReadOptions) -> Iterator[Reading | PixelReading]:
    """Open the arrays of `path` for conversion."""
    with open_source(path) as source:
        layout = _layout(path, source, options)
        readings = {Stack: _StackReading, Pairs: _PairsReading, Matrix: _MatrixReading}
        yield readings[type(layout)](path, source, options, layout)


def _layout(path: Path, source: Source, options: ReadOptions) -> Layout:
    shapes = source.shapes()
    layout = find_layout(shapes, options, str(path))
    if layout is None and options.pixels is not None:
        shape, dtype = source.describe(options.pixels)  # an unknown key lists the valid ones
        where = f"{path}: {options.pixels!r}"
        raise DatasetError(f"{where}: expected numbers of shape (N, H, W, B), got {shape} {dtype}")
    if layout is None or (options.labels is None and not labelled(layout)):
        for key, (_, dtype) in shapes.items():
            if dtype.hasobject:
                source.describe(key)  # pickled objects say how to convert them
    if layout is None:
        remedy = "name the pixels with --pixels KEY and the labels with --labels KEY"
        raise DatasetError(f"{path}: nothing here looks like pixels: it holds {listing(shapes)}: {remedy}")
    _check_not_empty(path, layout, shapes)
    return layout


def _check_not_empty(path: Path, layout: Layout, shapes: Shapes) -> None:
    arrays = [lake.pixels for lake in layout.lakes] if isinstance(layout, Pairs) else [layout.pixels]
    empty = next((key for key in arrays if 0 in shapes[key][0]), None)
    if empty is not None:
        raise DatasetError(
            f"{path}: {empty!r} has shape {shapes[empty][0]}: zero lakes or pixels; expected at least one of each"
        )


# ------------------------------------------------------------------------------------------------------- what it is


def _found(path: Path, source: Source, options: ReadOptions, layout: Layout) -> Found:
    sample = Sample(options)
    key = "arrays" if path.suffix.lower() in (".h5", ".hdf5") else "numpy"
    title = ("folder of " if path.is_dir() else "") + {"arrays": "HDF5 arrays", "numpy": "NumPy arrays"}[key]
    see = {Stack: _see_stack, Pairs: _see_pairs, Matrix: _see_matrix}[type(layout)]
    what, numbers, bands = see(source, layout, sample)  # type: ignore[operator]
    lines = (what, *sample.lines)
    return Found(key, title, lines, bands=bands, suggested=sample.suggested, missing=tuple(sample.missing), **numbers)


def _see_stack(source: Source, layout: Stack, sample: Sample) -> Seen:
    shape, dtype = source.describe(layout.pixels)
    bands = sample.bands(shape[3], stated(source))
    sample.pixels(islice(rows(source, layout.pixels), SAMPLED))
    sample.suggested["pixels"] = layout.pixels
    if layout.labels is None:
        sample.no_labels()
    else:
        sample.suggested["labels"] = layout.labels
        sample.labels(islice(rows(source, layout.labels), SAMPLED))
    lakes = f"{counted(shape[0], 'lake')} of {shape[1]}×{shape[2]} px"
    what = f"{lakes}: pixels {layout.pixels!r} {dtype}, {_labels_in(layout.labels)}"
    return what, {"lakes": shape[0], "pixels": shape[0] * shape[1] * shape[2]}, bands


def _see_pairs(source: Source, layout: Pairs, sample: Sample) -> Seen:
    first = layout.lakes[0]
    shape, dtype = source.describe(first.pixels)
    bands = sample.bands(shape[2], stated(source))
    sample.pixels(source.whole(lake.pixels) for lake in layout.lakes[:SAMPLED])
    if all(lake.labels is None for lake in layout.lakes):
        sample.no_labels()
    else:
        sample.labels(source.whole(lake.labels) for lake in layout.lakes[:SAMPLED] if lake.labels)
    sizes = [source.describe(lake.pixels)[0] for lake in layout.lakes]
    pixels = f"pixels such as {first.pixels!r} {shape} {dtype}"
    what = f"{counted(len(sizes), 'lake')} of any size: {pixels}, {_labels_in(first.labels)}"
    return what, {"lakes": len(sizes), "pixels": sum(size[0] * size[1] for size in sizes)}, bands


def _see_matrix(source: Source, layout: Matrix, sample: Sample) -> Seen:
    shape, dtype = source.describe(layout.pixels)
    last = last_is_label(shape[1], layout, sample.options)
    bands = sample.bands(shape[1] - last, stated(source))
    head = next(source.parts(layout.pixels, _BLOCK), np.empty((0, shape[1])))
    sample.pixels([head[:, : shape[1] - last]])
    sample.suggested["pixels"] = layout.pixels
    if last:
        sample.labels([head[:, -1]])
    elif layout.labels is None:
        sample.no_labels()
    else:
        sample.suggested["labels"] = layout.labels
        sample.labels([next(source.parts(layout.labels, _BLOCK), np.empty(0))])
    where = "labels in the last column" if last else _labels_in(layout.labels)
    what = f"{counted(shape[0], 'single pixel')} of no lake: {layout.pixels!r} {shape} {dtype}, {where}"
    return what, {"lakes": 0, "pixels": shape[0]}, bands


def _labels_in(key: str | None) -> str:
    return "no labels beside them" if key is None else f"labels {key!r}"


def last_is_label(columns: int, layout: Matrix, options: ReadOptions) -> bool:
    """Say whether the last column of a matrix of pixels is their label: 8 columns, or one more than there are bands."""
    if layout.labels is not None or options.labels is not None:
        return False
    return columns == (len(ALL_BANDS) if options.bands is None else len(options.bands)) + 1


def stated(source: Source) -> tuple[int, ...]:
    """Return the band numbers that an array called `bands` holds, none where there is none."""
    shapes = source.shapes()
    if "bands" not in shapes:
        return ()
    shape, dtype = shapes["bands"]
    if dtype.kind not in "iuf" or not 1 <= int(np.prod(shape, dtype=object)) <= len(ALL_BANDS):
        return ()
    return tuple(int(value) for value in source.whole("bands").ravel())


# ------------------------------------------------------------------------------------------------------ how it is read


class _Base:
    """What the three readings share."""

    def __init__(self, path: Path, source: Source, options: ReadOptions, key: str, labels: str | None) -> None:
        self.path, self.source, self.options = path, source, options
        labellers = options.labellers(labels) if labels else []
        if not options.bands:
            raise ConfigError(f"{path}: which bands its values are, it does not say: name them with --bands")
        self.run = Conversion(path, options, options.bands, labellers, key=key)

    def header(self) -> Header:
        """Return the header of the dataset."""
        key = "arrays" if self.path.suffix.lower() in (".h5", ".hdf5") else "numpy"
        return self.run.header(key, "imported from arrays")

    def count(self) -> int | None:
        """Return the number of lakes, or of single pixels."""
        return self.run.count

    def warnings(self) -> list[str]:
        """Return a line for everything that the user should know of."""
        return self.run.warnings() + self.run.group_warning()

    def expect(self, key: str, shape: tuple[int, ...], kinds: str, what: str) -> None:
        """Raise a `DatasetError` unless the array `key` has this shape (or one more axis of one) and type."""
        got, dtype = self.source.describe(key)
        if got not in (shape, (*shape, 1)) or dtype.kind not in kinds:
            one_hot = "; one-hot labels become codes by np.argmax(Y, axis=-1)" if got[:-1] == shape else ""
            raise DatasetError(f"{self.path}: {key!r}: expected {what}, shape {shape}, got {got} {dtype}{one_hot}")


class _StackReading(_Base):
    """Pixels (N, H, W, B), labels (N, H, W)."""

    def __init__(self, path: Path, source: Source, options: ReadOptions, layout: Stack) -> None:
        super().__init__(path, source, options, layout.pixels, layout.labels)
        shape, dtype = source.describe(layout.pixels)
        where = f"{path}: {layout.pixels!r}"
        if dtype.kind not in "iuf":
            raise DatasetError(f"{where}: expected numbers of shape (N, H, W, B), got {shape} {dtype}")
        if shape[3] != len(self.run.bands):
            got = f"{shape[3]} values a pixel, but --bands names {len(self.run.bands)}"
            raise DatasetError(f"{where} has {got}: name the bands of the last axis, in their order")
        for labeller in self.run.labellers:
            self.expect(labeller.key, shape[:3], "biuf", "whole numbers")
        self.run.count = shape[0]
        for key in filter(None, (key_of(options.groups), key_of(options.ids))):
            self.expect(key, shape[:1], "biufSUO", "one value for each lake")

    def lakes(self) -> Iterator[Lake]:
        """Yield the lakes, one row of every array at a time."""
        opinions = [rows(self.source, labeller.key) for labeller in self.run.labellers]
        ids, groups = (self._texts(key) for key in (self.options.ids, self.options.groups))
        lakes = zip(rows(self.source, self.run.key), ids, groups, *opinions, strict=True)
        for pixels, lake_id, group, *labels in lakes:
            lake = self.run.lake(Raw(pixels, [_flat(opinion, 2) for opinion in labels], lake_id, group))
            if lake is not None:
                yield lake
        self.run.finish()

    def _texts(self, key: str | None) -> list[str]:
        key = key_of(key)
        return column(self.source, key) if key else [""] * self.run.count


class _PairsReading(_Base):
    """Arrays (H, W, B) and (H, W), each a lake's."""

    def __init__(self, path: Path, source: Source, options: ReadOptions, layout: Pairs) -> None:
        labelled = any(lake.labels for lake in layout.lakes)
        if key_of(options.labels) is not None and not labelled:
            raise no_array(path, str(options.labels), source.shapes())
        super().__init__(path, source, options, options.pixels or "pixels", "labels" if labelled else None)
        self.pairs, self.run.count = layout.lakes, len(layout.lakes)

    def lakes(self) -> Iterator[Lake]:
        """Yield the lakes in the order of their keys."""
        names = [pair.name for pair in self.pairs]
        plain = len(set(names)) == len(names) and not any(name.isdecimal() for name in names)
        for pair in self.pairs:
            opinions = [self._opinion(pair, key) for key in (pair.labels, pair.second)[: len(self.run.labellers)]]
            raw = Raw(self.source.whole(pair.pixels), opinions, pair.name if plain else "")
            lake = self.run.lake(raw)
            if lake is not None:
                yield lake
        self.run.finish()

    def _opinion(self, pair: Pair, key: str | None) -> np.ndarray:
        if key is None:
            raise DatasetError(f"{self.path}: {pair.pixels!r} has no labels beside it: name every pair alike")
        return _flat(self.source.whole(key), 2)


class _MatrixReading(_Base):
    """Pixels (N, B) and labels (N,), or (N, B + 1)."""

    def __init__(self, path: Path, source: Source, options: ReadOptions, layout: Matrix) -> None:
        shape, _ = source.describe(layout.pixels)
        self.last = last_is_label(shape[1], layout, options)
        super().__init__(path, source, options, layout.pixels, layout.labels or ("labels" if self.last else None))
        if not self.last:
            for labeller in self.run.labellers:
                self.expect(labeller.key, shape[:1], "biuf", "whole numbers")
        self.run.count = shape[0]

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the pixels some at a time."""
        keys = [] if self.last else [labeller.key for labeller in self.run.labellers]
        for pixels, *opinions in zip(*(self.source.parts(key, _BLOCK) for key in (self.run.key, *keys)), strict=True):
            if self.last:
                pixels, opinions = pixels[:, :-1], [pixels[:, -1]]  # noqa: PLW2901 - the same pixels, taken apart
            yield self.run.block(pixels, [_flat(opinion, 1) for opinion in opinions])
        self.run.finish()

    def warnings(self) -> list[str]:
        """Return a line for everything that the user should know of."""
        return self.run.warnings()


def _flat(labels: np.ndarray, axes: int) -> np.ndarray:
    """Return labels without a last axis of one."""
    return labels[..., 0] if labels.ndim == axes + 1 and labels.shape[-1] == 1 else labels
