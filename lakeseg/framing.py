"""What a model has to see so that it can answer for a part of an image as it would within the whole.

An image may be too large for one pass. A part of it is answered alike when the model sees the same windows there, laid
from the same corner of the whole image and mirrored at the same border. Rows and columns are alike, so each of them is
a `Span`: which of the image's rows make up the frame, and where windows start in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from lakeseg.data.scenes.scene import Window
from lakeseg.errors import ModelError
from lakeseg.segmenters.config import PAPER, UNET_MULTIPLE, Reach, SegmenterConfig

BLOCK: Final = 256  # side of the largest image that goes through a network of whole images in one pass, in pixels
_TILE: Final = 128  # side of a tile where the network takes any
_OVERLAP: Final = 32


@dataclass(frozen=True)
class Way:
    """How a model runs over an image, as far as it decides what the model has to see.

    Attributes:
        reach: Of the model; `patches` too where one for whole images is shown patches.
        margin: Neighbours in pixels that each answer rests on, for `whole`.
        side: Of patches or tiles in pixels.
        overlap: Of tiles in pixels.
        multiple: A lone tile shrinks to the least multiple of it that holds the image.
    """

    reach: Reach
    margin: int = 0
    side: int = 0
    overlap: int = 0
    multiple: int = 1

    @property
    def step(self) -> int:
        """Pixels between the places where an image is best cut into parts, so that little is seen twice."""
        return {"pixel": 1, "whole": BLOCK, "patches": self.side, "tiles": self.side - self.overlap}[self.reach]

    @property
    def offset(self) -> int:
        """Where the first such place lies."""
        return self.overlap // 2


@dataclass(frozen=True)
class Span:
    """One axis of a frame.

    Attributes:
        indices: Rows (or columns) of the image that make up the frame, in its order; outside the image mirrored ones.
        side: Of windows along this axis; that of the frame where there is but one.
        starts: Of windows in the frame.
        skip: Pixels of the frame before the first that is asked for.
        length: Pixels that are asked for.
    """

    indices: np.ndarray
    side: int
    starts: np.ndarray
    skip: int
    length: int

    @property
    def kept(self) -> slice:
        """What is asked for, within the frame."""
        return slice(self.skip, self.skip + self.length)

    @property
    def plain(self) -> bool:
        """Whether nothing is mirrored."""
        return bool((np.diff(self.indices) == 1).all())


@dataclass(frozen=True)
class Frame:
    """What a model has to see of an image for one part of it.

    Attributes:
        way: How it runs.
        rows: From top to bottom.
        columns: From left to right.
    """

    way: Way
    rows: Span
    columns: Span

    @cached_property
    def window(self) -> Window:
        """The part of the image that has to be read."""
        (top, bottom), (left, right) = (
            (int(span.indices.min()), int(span.indices.max()) + 1) for span in (self.rows, self.columns)
        )
        return Window(top, left, bottom - top, right - left)

    def take(self, image: np.ndarray) -> np.ndarray:
        """Return the frame (h, w, B) from the (H, W, B) values of `window`."""
        if self.rows.plain and self.columns.plain:
            return image
        return image[np.ix_(self.rows.indices - self.window.row, self.columns.indices - self.window.column)]


def way(config: SegmenterConfig, margin: int = 0, patch: int = 0) -> Way:
    """Return how a model runs.

    Args:
        config: Its settings.
        margin: Pixels of neighbours that it takes on each side of what it answers.
        patch: Side of the patches that it is shown one by one; 0 is its own way.

    Raises:
        ModelError: It takes patches of one size, and `patch` is another.
    """
    if config.reach == "pixel":
        return Way("pixel")
    side = _patch(config, patch)
    if side:
        return Way("patches", side=side)
    if config.reach == "whole":
        return Way("whole", margin=margin)
    side, overlap = tiling(config)
    return Way("tiles", side=side, overlap=overlap, multiple=side if config.variant == PAPER else UNET_MULTIPLE)


def _patch(config: SegmenterConfig, wanted: int) -> int:
    """Return the side of the patches that a network sees one by one, 0 if it does not; a `ModelError` if it cannot."""
    if config.reach == "patches":
        fixed = config.patch
    elif config.variant == PAPER and wanted:
        fixed = config.patch  # the study's U-Net takes windows of one size
    else:
        return wanted
    if wanted not in (0, fixed):
        raise ModelError(
            f"{config.kind} takes patches of {fixed}×{fixed} px and of no other size: choose a model for any size"
        )
    return fixed


def tiling(config: SegmenterConfig) -> tuple[int, int]:
    """Return side and overlap of the tiles: those of the study's U-Net are its patches, half over each other."""
    return (config.patch, config.patch // 2) if config.variant == PAPER else (_TILE, _OVERLAP)


def frame(how: Way, shape: tuple[int, int], part: Window) -> Frame:
    """Return what has to be seen of an image of `shape` for a `part` of it, which lies within."""
    spans = (
        _span(how, side, start, start + length)
        for side, start, length in zip(shape, (part.row, part.column), (part.height, part.width), strict=True)
    )
    return Frame(how, *spans)


def whole(how: Way, shape: tuple[int, int]) -> Frame:
    """Return what has to be seen of an image of `shape` for all of it."""
    return frame(how, shape, Window(0, 0, *shape))


def _span(how: Way, side: int, start: int, stop: int) -> Span:
    """Return one axis of the frame for the pixels `start` to `stop` of an axis of `side` px."""
    length = stop - start
    if how.reach in ("pixel", "whole"):
        indices = _mirrored(side, how.margin, how.margin)[start : stop + 2 * how.margin]
        return Span(indices, len(indices), np.zeros(1, int), 0, length)
    if how.reach == "patches":
        starts, total, before, tile = _starts(max(side, how.side), how.side), max(side, how.side), 0, how.side
        first, last = (min(pixel // how.side, len(starts) - 1) for pixel in (start, stop - 1))
    else:
        before = how.overlap // 2
        tile, starts, total = _tiles(how, side)
        first = int(np.searchsorted(starts, start + before - tile, side="right"))
        last = int(np.searchsorted(starts, stop + before, side="left")) - 1
    origin, end = int(starts[first]), int(starts[last]) + tile
    indices = _mirrored(side, before, total - before - side)[origin:end]
    return Span(indices, tile, starts[first : last + 1] - origin, start + before - origin, length)


def _starts(side: int, size: int) -> np.ndarray:
    """Return where patches start along a side of at least `size` px; the last is moved inwards if they do not fit."""
    starts = np.arange(0, side - size + 1, size)
    return starts if side % size == 0 else np.append(starts, side - size)


def _tiles(how: Way, side: int) -> tuple[int, np.ndarray, int]:
    """Return the tiles' side, their starts and the whole length along an axis of `side` px; one tile if it can be.

    The image is first mirrored by half an overlap, so that its border lies no nearer to a tile's edge than a seam does.
    """
    wanted, stride = side + how.overlap, how.side - how.overlap
    if wanted <= how.side:
        least = -(-wanted // how.multiple) * how.multiple
        return least, np.zeros(1, int), least
    steps = -(-(wanted - how.side) // stride)
    return how.side, np.arange(steps + 1) * stride, how.side + steps * stride


def _mirrored(side: int, before: int, after: int) -> np.ndarray:
    """Return the indices of an axis of `side` px with mirrored ones added before and after, whatever its size."""
    return np.pad(np.arange(side), (before, after), mode="reflect")
