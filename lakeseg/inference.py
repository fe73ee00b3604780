"""A trained segmenter over whole lakes and rasters of any size: every pixel gets an answer.

How depends on the segmenter's reach:

- `pixel`: pixel by pixel.
- `whole`: the image in one pass, mirrored at its border. Rasters beyond 256×256 px are cut into blocks that bring their
  neighbours along, so the result is that of one pass.
- `tiles`: overlapping tiles, blended with weights that fade towards each tile's edge (sin², which add up to one).
- `patches`: the network's patches side by side. What is left at the right and lower border is covered by patches moved
  inwards, of which only pixels without an answer are taken; an image smaller than a patch is mirrored to its size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np

from lakeseg.bands import DEFAULT_FILL, DEFAULT_SCALE, are_bands, to_reflectance
from lakeseg.errors import ConfigError, DatasetError, ModelError
from lakeseg.segmenters.anyband import Told
from lakeseg.segmenters.base import CLASSES, PixelSegmenter, Segmenter, WindowSegmenter, bands_seen, positions
from lakeseg.segmenters.config import PAPER, SegmenterConfig

_BLOCK: Final = 256  # side of the largest image that goes through a network in one pass, in pixels
_TILE: Final = 128  # side of a tile where the network takes any
_OVERLAP: Final = 32
_PIXELS_AT_ONCE: Final = 1 << 20
_WINDOW_PIXELS_AT_ONCE: Final = 1 << 16


@dataclass(frozen=True)
class Options:
    """How a prediction is made where that is not the model's own way.

    Attributes:
        patch: Side of patches in pixels; a network that takes any image then sees each patch alone, as the study's do.
            0 is the model's own way.
        bands: Bands that a model for any bands is told it has, ascending; empty stands for all that the data has.
    """

    patch: int = 0
    bands: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check the values; a `ConfigError` says what is expected."""
        if self.patch < 0:
            raise ConfigError(f"patch {self.patch}: expected a side in pixels, or 0 for the model's own way")
        if self.bands and not are_bands(self.bands):
            raise ConfigError(f"bands {list(self.bands)}: expected some of 1–7, each once, in ascending order")

    @property
    def key(self) -> str:
        """What tells predictions of one model apart in the cache: empty for the model's own way."""
        parts = [f"patch{self.patch}"] * bool(self.patch) + ["bands" + "".join(map(str, self.bands))] * bool(self.bands)
        return "-".join(parts)


OWN_WAY: Final = Options()


def predict_lake(
    segmenter: Segmenter,
    image: np.ndarray,
    bands: Sequence[int],
    scale: float = DEFAULT_SCALE,
    fill: int = DEFAULT_FILL,
    options: Options = OWN_WAY,
) -> np.ndarray:
    """Return (H, W, 3) float32 probabilities of water, land, unclassified for an (H, W, B) int16 image of counts.

    Args:
        segmenter: A trained one. A model of two classes leaves the third at 0.
        image: Any H, W of at least 1. Pixels with any band at `fill` enter as reflectance 0 and get an answer too.
        bands: Band numbers of the image's last axis; those that the segmenter needs are picked.
        scale: Reflectance of one count.
        fill: Count that marks a missing value.
        options: Another way than the model's own.

    Raises:
        ModelError: The image lacks a band that the segmenter needs, or the model cannot be run in this way.
        DatasetError: The image is not (H, W, B) or has no pixels.
    """
    if image.ndim != 3 or image.shape[2] != len(bands) or image.size == 0:
        raise DatasetError(f"image of shape {image.shape}: expected (H, W, {len(bands)}), H and W at least 1")
    seen = bands_seen(segmenter.config, segmenter.bands, bands, options.bands)
    reflectance = to_reflectance(image, scale, fill)[..., positions(seen, bands, segmenter.config.kind)]
    if segmenter.reach == "pixel":
        return _by_pixels(cast("PixelSegmenter", segmenter), reflectance)
    network = cast("WindowSegmenter", segmenter)
    if segmenter.config.any_bands:
        network = Told(network, seen)
    patch = _patch(segmenter.config, options)
    if patch:
        return _by_patches(network, reflectance, patch)
    return _whole(network, reflectance) if segmenter.reach == "whole" else _by_tiles(network, reflectance)


def _patch(config: SegmenterConfig, options: Options) -> int:
    """Return the side of the patches that a network sees one by one, 0 if it does not; a `ModelError` if it cannot."""
    if config.reach == "patches":
        fixed = config.patch
    elif config.variant == PAPER and options.patch:
        fixed = config.patch  # the study's U-Net takes windows of one size
    else:
        return options.patch
    if options.patch not in (0, fixed):
        raise ModelError(
            f"{config.kind} takes patches of {fixed}×{fixed} px and of no other size: choose a model for any size"
        )
    return fixed


def note(config: SegmenterConfig, height: int, width: int) -> str:
    """Return one sentence on how an image of `height` × `width` px is cut and its border handled, or ""."""
    size = config.patch
    if config.reach == "pixel":
        return ""
    if config.reach == "whole":
        return "The border is mirrored, so that its pixels have neighbours too."
    if config.reach == "tiles":
        side, overlap = _tiling(config)
        return f"Tiles of up to {side}×{side} px overlap by {overlap} px and are blended; the border is mirrored."
    if height < size or width < size:
        return f"Smaller than the {size}×{size} px patch that this network takes: mirrored to its size."
    if height % size or width % size:
        return f"Patches of {size}×{size} px; the rest at the right and lower border by patches moved inwards."
    return f"Patches of {size}×{size} px, side by side."


def _by_pixels(segmenter: PixelSegmenter, reflectance: np.ndarray) -> np.ndarray:
    height, width, bands = reflectance.shape
    flat = reflectance.reshape(height * width, bands)
    parts = [segmenter.predict_pixels(flat[at : at + _PIXELS_AT_ONCE]) for at in range(0, len(flat), _PIXELS_AT_ONCE)]
    return np.concatenate(parts).reshape(height, width, CLASSES)


def _whole(segmenter: WindowSegmenter, reflectance: np.ndarray) -> np.ndarray:
    """Predict in one pass, or in blocks that bring their margin along, which gives the same."""
    margin = segmenter.margin
    height, width = reflectance.shape[:2]
    framed = _mirrored(reflectance, (margin, margin), (margin, margin))
    if max(height, width) <= _BLOCK:
        return segmenter.predict_padded(framed[None])[0]
    result = np.empty((height, width, CLASSES), np.float32)
    for row in range(0, height, _BLOCK):
        for column in range(0, width, _BLOCK):
            block = framed[row : row + _BLOCK + 2 * margin, column : column + _BLOCK + 2 * margin]
            result[row : row + _BLOCK, column : column + _BLOCK] = segmenter.predict_padded(block[None])[0]
    return result


def _by_patches(segmenter: WindowSegmenter, reflectance: np.ndarray, size: int) -> np.ndarray:
    height, width = reflectance.shape[:2]
    framed = _mirrored(reflectance, (0, max(0, size - height)), (0, max(0, size - width)))
    result = np.empty((*framed.shape[:2], CLASSES), np.float32)
    # Written backwards, each patch covers what those moved inwards at its right and below have answered before.
    rows, columns = (_starts(side, size)[::-1] for side in framed.shape[:2])
    for row, column, patch in _predicted(segmenter, framed, (size, rows), (size, columns)):
        result[row : row + size, column : column + size] = patch
    return result[:height, :width]


def _starts(side: int, size: int) -> np.ndarray:
    """Return where patches start along a side of at least `size` px; the last is moved inwards if they do not fit."""
    starts = np.arange(0, side - size + 1, size)
    return starts if side % size == 0 else np.append(starts, side - size)


def _by_tiles(segmenter: WindowSegmenter, reflectance: np.ndarray) -> np.ndarray:
    """Return the weighted mean of the answers of all tiles over each pixel.

    The image is first mirrored by half an overlap, so that its border lies no nearer to a tile's edge than a seam does.
    """
    height, width = reflectance.shape[:2]
    overlap = _tiling(segmenter.config)[1]
    half = overlap // 2
    axes = [_axis(segmenter, side) for side in (height, width)]
    rows, columns = ((half, axis[2] - half - side) for axis, side in zip(axes, (height, width), strict=True))
    framed = _mirrored(reflectance, rows, columns)
    weights = [_fade(tile, overlap) for tile, _, _ in axes]
    weight = np.outer(*weights)[..., None]
    result = np.zeros((*framed.shape[:2], CLASSES), np.float32)
    sums = [np.zeros(total, np.float32) for _, _, total in axes]
    for (tile, starts, _), fade, total in zip(axes, weights, sums, strict=True):
        for start in starts:
            total[start : start + tile] += fade
    for row, column, part in _predicted(segmenter, framed, axes[0][:2], axes[1][:2]):
        result[row : row + part.shape[0], column : column + part.shape[1]] += weight * part
    result /= np.outer(*sums)[..., None]
    return result[half : half + height, half : half + width]


def _axis(segmenter: WindowSegmenter, side: int) -> tuple[int, np.ndarray, int]:
    """Return the tiles' side, their starts and the whole length along an axis of `side` px; one tile if it can be."""
    tile, overlap = _tiling(segmenter.config)
    wanted = side + overlap
    if wanted <= tile:
        least = tile if segmenter.config.variant == PAPER else _up(wanted, segmenter.multiple)
        return least, np.zeros(1, int), least
    steps = -(-(wanted - tile) // (tile - overlap))
    return tile, np.arange(steps + 1) * (tile - overlap), tile + steps * (tile - overlap)


def _fade(tile: int, overlap: int) -> np.ndarray:
    """Return the weights across a tile, (tile,) float32: sin² over the overlap at both ends, 1 between."""
    distance = np.minimum(np.arange(tile), np.arange(tile)[::-1]) + 0.5
    return (np.sin(np.pi / 2 * np.minimum(distance / overlap, 1)) ** 2).astype(np.float32)


def _predicted(
    segmenter: WindowSegmenter, framed: np.ndarray, rows: tuple[int, np.ndarray], columns: tuple[int, np.ndarray]
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield row, column and probabilities (h, w, 3) of each window, in the order of the starts; some run at a time."""
    (height, tops), (width, lefts) = rows, columns
    corners = [(int(top), int(left)) for top in tops for left in lefts]
    at_once = max(1, _WINDOW_PIXELS_AT_ONCE // (height * width))
    for first in range(0, len(corners), at_once):
        some = corners[first : first + at_once]
        windows = np.stack([framed[row : row + height, column : column + width] for row, column in some])
        for (row, column), part in zip(some, segmenter.predict_windows(windows), strict=True):
            yield row, column, part


def _mirrored(image: np.ndarray, rows: tuple[int, int], columns: tuple[int, int]) -> np.ndarray:
    """Return an (H, W, B) image with mirrored rows and columns added before and after, whatever its size."""
    return np.pad(image, (rows, columns, (0, 0)), mode="reflect")


def _up(side: int, multiple: int) -> int:
    return -(-side // multiple) * multiple


def _tiling(config: SegmenterConfig) -> tuple[int, int]:
    """Return side and overlap of the tiles: those of the study's U-Net are its patches, half over each other."""
    return (config.patch, config.patch // 2) if config.variant == PAPER else (_TILE, _OVERLAP)
