"""Which of a file's arrays are pixels and which are labels: by what the user said, else by their shapes and names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.bands import ALL_BANDS
from lakeseg.data.readers.options import ReadOptions, key_of
from lakeseg.errors import DatasetError

Shape = tuple[int, ...]
Shapes = Mapping[str, tuple[Shape, np.dtype]]

PIXEL_NAMES: Final = ("x", "pixels", "pixel", "images", "image", "imgs", "img", "data")
LABEL_NAMES: Final = ("y", "labels", "label", "masks", "mask", "classes", "class")
_MOST_BANDS: Final = len(ALL_BANDS)


@dataclass(frozen=True)
class Stack:
    """Pixels (N, H, W, B) and labels (N, H, W): lakes of one size."""

    pixels: str
    labels: str | None


@dataclass(frozen=True)
class Pair:
    """One lake: pixels (H, W, B), labels (H, W) and maybe those of a second labeller, each an array of its own."""

    name: str
    pixels: str
    labels: str | None
    second: str | None = None


@dataclass(frozen=True)
class Pairs:
    """Lakes of any size."""

    lakes: tuple[Pair, ...]


@dataclass(frozen=True)
class Matrix:
    """Single pixels: (N, B) and labels (N,); or (N, B + 1), whose last column is the label where `labels` is None."""

    pixels: str
    labels: str | None


Layout = Stack | Pairs | Matrix


def find_layout(shapes: Shapes, options: ReadOptions, where: str) -> Layout | None:
    """Return how the arrays of a file make lakes or pixels, None where they make neither.

    Raises:
        DatasetError: Arrays that should be pairs do not fit each other.
    """
    numeric = {key: shape for key, (shape, dtype) in shapes.items() if dtype.kind in "biuf"}
    if options.pixels in numeric:
        found = _named(str(options.pixels), numeric, options)
        if found is not None:
            return found
    found = _pairs(numeric, options, where)
    if found is not None or options.pixels is not None:
        return found
    return _stack(numeric, options) or _matrix(numeric, options)


def _named(key: str, numeric: Mapping[str, Shape], options: ReadOptions) -> Layout | None:
    """Return the layout that the array named by the user has, None for one of another shape."""
    shape = numeric[key]
    if len(shape) == 4:
        return Stack(key, _labels(numeric, options, shape[:3]))
    if len(shape) == 3:
        return Pairs((Pair("", key, _labels(numeric, options, shape[:2]), key_of(options.second_labels)),))
    return Matrix(key, _labels(numeric, options, shape[:1])) if len(shape) == 2 else None


def _labels(numeric: Mapping[str, Shape], options: ReadOptions, shape: Shape) -> str | None:
    """Return the key of the labels of pixels whose other axes are `shape`: as said, else the one that fits."""
    if options.labels is not None:
        return key_of(options.labels)
    taken = {options.second_labels, options.groups, options.ids}
    fitting = [key for key, other in numeric.items() if other in (shape, (*shape, 1)) and key not in taken]
    named = [key for key in fitting if _token(key, LABEL_NAMES)]
    for choice in (named, fitting):
        if len(choice) == 1:
            return choice[0]
    return None


def _stack(numeric: Mapping[str, Shape], options: ReadOptions) -> Stack | None:
    key = _best([key for key, shape in numeric.items() if len(shape) == 4 and 1 <= shape[3] <= _MOST_BANDS])
    return Stack(key, _labels(numeric, options, numeric[key][:3])) if key else None


def _matrix(numeric: Mapping[str, Shape], options: ReadOptions) -> Matrix | None:
    flat = [key for key, shape in numeric.items() if len(shape) == 2 and 1 <= shape[1] <= _MOST_BANDS + 1]
    key = _best([key for key in flat if key != options.labels and not _token(key, LABEL_NAMES)])
    return Matrix(key, _labels(numeric, options, numeric[key][:1])) if key else None


def _best(keys: list[str]) -> str | None:
    """Return the one key, or the one whose name says that it holds pixels."""
    named = [key for key in keys if _token(key, PIXEL_NAMES)]
    return next((choice[0] for choice in (keys, named) if len(choice) == 1), None)


def _token(key: str, names: Iterable[str]) -> re.Match[str] | None:
    """Find one of `names` as a word of a key: `X_0`, `lake/X`, `03-image`; never a part of a word."""
    return _pattern(names).search(key)


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    words = "|".join(map(re.escape, names))
    return re.compile(rf"(?<![A-Za-z])({words})(?![A-Za-z])", re.IGNORECASE)


def _pairs(numeric: Mapping[str, Shape], options: ReadOptions, where: str) -> Pairs | None:
    """Return lakes of arrays (H, W, B) and (H, W) that belong together by their names, else by their order."""
    images = natural([key for key, shape in numeric.items() if len(shape) == 3 and 1 <= shape[2] <= _MOST_BANDS])
    names = (options.pixels,) if options.pixels else PIXEL_NAMES
    named = [key for key in images if _token(key, names)]
    if not named and (options.pixels or not _by_order(images, numeric)):
        return None
    if named:
        _check_alone(named, numeric, options, where)
        return Pairs(tuple(_pair(key, names, numeric, options) for key in named))
    labels = natural([key for key, shape in numeric.items() if len(shape) == 2])
    if len(labels) not in (0, len(images)) or any(
        numeric[image][:2] != numeric[label] for image, label in zip(images, labels, strict=False)
    ):
        counts = f"{len(images)} arrays (H, W, B) and {len(labels)} arrays (H, W)"
        remedy = "name them X_0, Y_0, X_1, Y_1, …"
        raise DatasetError(f"{where}: {counts} do not fit each other in their order: {remedy}")
    partners: list[str | None] = [*labels] or [None] * len(images)
    return Pairs(tuple(Pair(image, image, label) for image, label in zip(images, partners, strict=True)))


def _check_alone(images: list[str], numeric: Mapping[str, Shape], options: ReadOptions, where: str) -> None:
    """Raise a `DatasetError` for labels that have no pixels beside them, where every lake goes by its name."""
    words = _pattern(LABEL_NAMES if options.labels is None else [options.labels])
    left = {_pattern(PIXEL_NAMES if options.pixels is None else [options.pixels]).sub("", image) for image in images}
    for key, shape in numeric.items():
        if len(shape) == 2 and words.search(key) and words.sub("", key) not in left:
            raise DatasetError(f"{where}: {key!r} has no pixels beside it: name every pair alike")


def _by_order(images: list[str], numeric: Mapping[str, Shape]) -> bool:
    """Say whether the file is a bare list: `arr_0`, `arr_1`, … or a folder of anything, and no stack."""
    return bool(images) and not any(len(shape) == 4 for shape in numeric.values())


def _pair(key: str, names: Iterable[str], numeric: Mapping[str, Shape], options: ReadOptions) -> Pair:
    """Return the lake of the image `key`: its partners have the same name but for the word that says what they are."""
    match = _token(key, names)
    word = _pattern([match.group()] if match else names)
    label = LABEL_NAMES if options.labels is None else tuple(filter(None, [key_of(options.labels)]))
    second = (options.second_labels,) if options.second_labels else ()
    partner, other = (_partner(key, word, words, numeric) for words in (label, second))
    return Pair(_lake_name(word.sub("", key)), key, partner, other)


def _partner(key: str, word: re.Pattern[str], others: Iterable[str], numeric: Mapping[str, Shape]) -> str | None:
    wanted = {word.sub(lambda _, other=other: other, key).lower() for other in others}  # type: ignore[misc]
    return next((each for each in numeric if each.lower() in wanted), None)


def _lake_name(left: str) -> str:
    """Return what is left of a key without the word: `X_3` → `3`, `garda/X` → `garda`; empty where nothing is."""
    return "-".join(filter(None, re.split(r"[\s/\\_.-]+", left)))


def labelled(layout: Layout) -> bool:
    """Say whether any labels were found, those in a last column aside."""
    if isinstance(layout, Pairs):
        return any(lake.labels for lake in layout.lakes)
    return layout.labels is not None


def natural(keys: Iterable[str]) -> list[str]:
    """Sort keys so that `X_2` comes before `X_10`."""

    def parts(key: str) -> list[tuple[int, int, str]]:
        return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.findall(r"\d{1,18}|\D+", key)]

    return sorted(keys, key=parts)
