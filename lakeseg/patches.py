"""Patches: cut lakes into squares, put them together again, and account for every pixel.

A grid starts at the top left corner; neighbours stand `size + gap` pixels apart. The study behind this project used a
gap of one pixel; 0 is the default. The gaps, and what fills no whole patch at the right and lower border, are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lakeseg.bands import CLASS_NAMES, LAND, UNCLASSIFIED, WATER
from lakeseg.errors import PatchError

if TYPE_CHECKING:
    from lakeseg.data.dataset import Dataset

_CODES: Final = (WATER, LAND, UNCLASSIFIED)
_FIELD: Final = 21  # bits of one class's count in a packed sum; a patch's own counts must fit, whatever the lake's size
_PACKED: Final = np.array([0, 1, 1 << _FIELD, 1 << 2 * _FIELD], np.int64)


@dataclass(frozen=True)
class PatchGrid:
    """Where the patches of an image of `height` × `width` lie: `rows` × `columns` of them, maybe none."""

    height: int
    width: int
    size: int
    gap: int = 0

    @property
    def stride(self) -> int:
        """Pixels from one patch's corner to the next one's."""
        return self.size + self.gap

    @property
    def rows(self) -> int:
        """Patches from top to bottom."""
        return (self.height + self.gap) // self.stride

    @property
    def columns(self) -> int:
        """Patches from left to right."""
        return (self.width + self.gap) // self.stride

    def __len__(self) -> int:
        return self.rows * self.columns

    @cached_property
    def corners(self) -> np.ndarray:
        """Row and column of every patch's top left pixel, row by row, (n, 2) int64."""
        tops, lefts = np.arange(self.rows) * self.stride, np.arange(self.columns) * self.stride
        return np.stack(np.meshgrid(tops, lefts, indexing="ij"), axis=-1).reshape(-1, 2)


def grid(height: int, width: int, size: int, gap: int = 0) -> PatchGrid:
    """Lay a grid of `size` × `size` patches, `gap` pixels apart, over an image of `height` × `width` pixels.

    Raises:
        PatchError: `size` is below 1 or `gap` below 0. An image smaller than a patch is no error: its grid is empty.
    """
    _check(size, gap)
    if height < 1 or width < 1:
        raise PatchError(f"image of {height}×{width} px: expected at least 1×1")
    return PatchGrid(int(height), int(width), int(size), int(gap))


def _check(size: int, gap: int) -> None:
    if size < 1:
        raise PatchError(f"patch size {size}: expected at least 1 pixel")
    if gap < 0:
        raise PatchError(f"gap {gap}: expected 0 pixels or more between patches")


def extract(array: np.ndarray, patch_grid: PatchGrid) -> np.ndarray:
    """Cut an (H, W, ...) array into its (n, size, size, ...) patches, row by row."""
    if array.shape[:2] != (patch_grid.height, patch_grid.width):
        expected = f"{patch_grid.height}×{patch_grid.width}"
        raise PatchError(f"array of shape {array.shape}: expected {expected} px, which the grid was laid for")
    shape = (len(patch_grid), patch_grid.size, patch_grid.size, *array.shape[2:])
    if not len(patch_grid):
        return np.empty(shape, array.dtype)
    windows = sliding_window_view(array, (patch_grid.size,) * 2, axis=(0, 1))
    chosen = windows[:: patch_grid.stride, :: patch_grid.stride]
    return np.moveaxis(chosen, (-2, -1), (2, 3)).reshape(shape)


def stitch(patches: np.ndarray, patch_grid: PatchGrid, height: int, width: int, fill: float = 0) -> np.ndarray:
    """Put (n, size, size, ...) patches back to their places in an (H, W, ...) array; `fill` where no patch lies."""
    size, stride = patch_grid.size, patch_grid.stride
    if patches.shape[:3] != (len(patch_grid), size, size):
        raise PatchError(f"patches of shape {patches.shape}: expected ({len(patch_grid)}, {size}, {size}, ...)")
    if (height, width) != (patch_grid.height, patch_grid.width):
        raise PatchError(f"{height}×{width} px: the grid was laid for {patch_grid.height}×{patch_grid.width} px")
    rows, columns, rest = patch_grid.rows, patch_grid.columns, patches.shape[3:]
    result = np.full((max(height, rows * stride), max(width, columns * stride), *rest), fill, patches.dtype)
    blocks = result[: rows * stride, : columns * stride].reshape(rows, stride, columns, stride, *rest)
    placed = np.moveaxis(patches.reshape(rows, columns, size, size, *rest), 2, 1)
    if len(patch_grid):
        blocks[:, :size, :, :size] = placed
        result[: rows * stride, : columns * stride] = blocks.reshape(rows * stride, columns * stride, *rest)
    return result[:height, :width]


def single_class(label_patches: np.ndarray) -> np.ndarray:
    """Tell which of (n, size, size) label patches hold one class at most, as (n,) bool; "no label" is not a class."""
    return np.sum([(label_patches == code).any(axis=(1, 2)) for code in _CODES], axis=0) <= 1


def label_counts(labels: np.ndarray, patch_grid: PatchGrid) -> np.ndarray:
    """Count the pixels of each label 0 to 3 in every patch of (H, W) labels, (rows, columns, 4) int64."""
    patches = extract(labels, patch_grid)
    counts = np.stack([(patches == code).sum(axis=(1, 2)) for code in CLASS_NAMES], axis=-1)
    return counts.reshape(patch_grid.rows, patch_grid.columns, len(CLASS_NAMES))


def is_single_class(counts: np.ndarray) -> np.ndarray:
    """Tell from (..., 4) label counts which patches hold one class at most, (...) bool; see `single_class`."""
    return (counts[..., list(_CODES)] > 0).sum(axis=-1) <= 1


@dataclass(frozen=True)
class PatchAccount:
    """Where every pixel went: `kept + pruned + discarded` is the number of pixels.

    Attributes:
        kept, pruned, discarded: Pixels in patches that stay, in pruned patches (a single class), and in none.
        patches_kept, patches_pruned: Patches of either kind.
        kept_labels: Pixels of the kept patches with label 0, 1, 2, 3.
    """

    kept: int
    pruned: int
    discarded: int
    patches_kept: int
    patches_pruned: int
    kept_labels: tuple[int, int, int, int]

    @property
    def pixels(self) -> int:
        """All pixels."""
        return self.kept + self.pruned + self.discarded


def account(labels: np.ndarray, patch_grid: PatchGrid, prune: bool = False) -> PatchAccount:
    """Account for every pixel of one lake's (H, W) labels; with `prune`, patches of a single class are left out."""
    patches = extract(labels, patch_grid)
    dropped = single_class(patches) if prune else np.zeros(len(patches), bool)
    codes = np.bincount(patches[~dropped].ravel(), minlength=len(CLASS_NAMES))
    return _account(labels.size, patch_grid.size, int((~dropped).sum()), int(dropped.sum()), codes)


def _account(pixels: int, size: int, kept: int, pruned: int, codes: np.ndarray) -> PatchAccount:
    area = size * size
    labels = (int(codes[0]), int(codes[1]), int(codes[2]), int(codes[3]))
    return PatchAccount(kept * area, pruned * area, pixels - (kept + pruned) * area, kept, pruned, labels)


class LabelSums:
    """Summed-area tables of many lakes' labels: the account of any patch size in a few milliseconds.

    Summed-area table: Crow 1984, doi:10.1145/800031.808600. The counts of the three classes share one int64 a pixel.
    """

    def __init__(self, labels: np.ndarray, heights: np.ndarray, widths: np.ndarray) -> None:
        """Take (N,) labels of lakes read flat, one lake after the other, and each lake's height and width, (L,)."""
        self.heights, self.widths = np.asarray(heights, np.int64), np.asarray(widths, np.int64)
        self.pixels = int((self.heights * self.widths).sum())
        if self.pixels != len(labels):
            raise PatchError(f"{len(labels)} labels: expected {self.pixels}, the pixels of all lakes")
        cells = (self.heights + 1) * (self.widths + 1)
        self._starts = np.cumsum(cells) - cells
        self._sums = np.zeros(int(cells.sum()), np.int64)
        packed, start = _PACKED[labels], 0
        sides = zip(self._starts.tolist(), self.heights.tolist(), self.widths.tolist(), strict=True)
        for first, height, width in sides:
            cell = self._sums[first : first + (height + 1) * (width + 1)].reshape(height + 1, width + 1)
            by_row = packed[start : start + height * width].reshape(height, width).cumsum(axis=0)
            np.cumsum(by_row, axis=1, out=cell[1:, 1:])
            start += height * width

    @classmethod
    def of(cls, dataset: Dataset, ids: Iterable[str] | None = None) -> LabelSums:
        """Read the labels of `ids` (default: all lakes) of a dataset."""
        chosen = None if ids is None else list(ids)
        rows = slice(None) if chosen is None else [dataset.lakes.position(lake_id) for lake_id in chosen]
        return cls(dataset.labels(chosen), dataset.lakes.height[rows], dataset.lakes.width[rows])

    def account(self, size: int, gap: int = 0, prune: bool = False) -> PatchAccount:
        """Account for every pixel of all lakes at one patch size."""
        counts = self._patch_counts(size, gap)
        dropped = (counts > 0).sum(axis=1) <= 1 if prune else np.zeros(len(counts), bool)
        labelled = counts[~dropped].sum(axis=0, dtype=np.int64)
        kept = int((~dropped).sum())
        codes = np.concatenate([[kept * size * size - labelled.sum()], labelled])
        return _account(self.pixels, size, kept, int(dropped.sum()), codes)

    def _patch_counts(self, size: int, gap: int) -> np.ndarray:
        """Return (n, 3): pixels of water, land and unclassified in each patch of all lakes."""
        _check(size, gap)
        if size * size >= 1 << _FIELD:
            raise PatchError(f"patch size {size}: expected at most {math.isqrt((1 << _FIELD) - 1)} px in this account")
        stride = size + gap
        columns = (self.widths + gap) // stride
        per_lake = (self.heights + gap) // stride * columns
        lake = np.repeat(np.arange(len(per_lake)), per_lake)
        row, column = np.divmod(
            np.arange(len(lake)) - np.repeat(np.cumsum(per_lake) - per_lake, per_lake), columns[lake]
        )
        line = self.widths[lake] + 1
        top = self._starts[lake] + row * stride * line + column * stride
        below = top + size * line
        sums = self._sums[below + size] - self._sums[below] - self._sums[top + size] + self._sums[top]
        return sums[:, None] >> (_FIELD * np.arange(3)) & ((1 << _FIELD) - 1)


def collect(
    dataset: Dataset, ids: Sequence[str], size: int, gap: int = 0, prune: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Cut the lakes `ids` into patches: (n, size, size, B) int16 counts and (n, size, size) uint8 labels.

    Raises:
        PatchError: No lake gives a patch, or pruning leaves none.
    """
    _check(size, gap)
    rows = [dataset.lakes.position(lake_id) for lake_id in ids]
    heights, widths = dataset.lakes.height[rows], dataset.lakes.width[rows]
    _check_fits(heights, widths, size)
    pixels, labels = dataset.pixels(ids)
    images, codes, start = [], [], 0
    for height, width in zip(heights.tolist(), widths.tolist(), strict=True):
        lake_grid, span = PatchGrid(height, width, size, gap), slice(start, start + height * width)
        start += height * width
        cut = extract(labels[span].reshape(height, width), lake_grid)
        keep = ~single_class(cut) if prune else slice(None)
        codes.append(cut[keep])
        images.append(extract(pixels[span].reshape(height, width, -1), lake_grid)[keep])
    result = np.concatenate(images), np.concatenate(codes)
    if not len(result[0]):
        raise PatchError(f"pruning leaves no patch of {size}×{size} px: every one holds a single class; turn it off")
    return result


def _check_fits(heights: np.ndarray, widths: np.ndarray, size: int) -> None:
    if not len(heights):
        raise PatchError("zero lakes: expected at least one to cut patches from")
    shorter = np.minimum(heights, widths)
    if shorter.max() < size:
        best = int(np.argmax(heights.astype(np.int64) * widths))
        largest = f"{heights[best]}×{widths[best]}"
        raise PatchError(
            f"patch {size} is larger than every lake (largest {largest} px): choose at most {shorter.max()}"
        )
