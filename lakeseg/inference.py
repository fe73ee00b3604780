"""A trained segmenter over whole lakes and rasters of any size: every pixel gets an answer.

How depends on the segmenter's reach:

- `pixel`: pixel by pixel.
- `whole`: the image in one pass, mirrored at its border. Rasters beyond 256×256 px are cut into blocks that bring their
  neighbours along, so the result is that of one pass.
- `tiles`: overlapping tiles, blended with weights that fade towards each tile's edge (sin², which add up to one).
- `patches`: the network's patches side by side. What is left at the right and lower border is covered by patches moved
  inwards, of which only pixels without an answer are taken; an image smaller than a patch is mirrored to its size.

A raster too large for one pass is predicted part by part with the same answers: `framing.py` says what each part needs.

A pixel that misses a band is context for its neighbours and has an answer in the cache, but nobody saw it: `seen` takes
that answer away wherever predictions are handed on (`evaluation.py`, `serving.py`, `tiles/`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np

from lakeseg.bands import DEFAULT_FILL, DEFAULT_SCALE, are_bands, is_fill, to_reflectance
from lakeseg.errors import ConfigError, DatasetError
from lakeseg.framing import BLOCK, Frame, Way, tiling, way, whole
from lakeseg.segmenters.anyband import Told
from lakeseg.segmenters.base import CLASSES, PixelSegmenter, Segmenter, WindowSegmenter, bands_seen, positions
from lakeseg.segmenters.config import SegmenterConfig

_BLOCK: Final = BLOCK
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
    _check(image, bands)
    bands_seen(segmenter.config, segmenter.bands, bands, options.bands)
    height, width = image.shape[:2]
    return predict_part(
        segmenter, whole(way_of(segmenter, options), (height, width)), image, bands, scale, fill, options
    )


def seen(probabilities: np.ndarray, image: np.ndarray, fill: int = DEFAULT_FILL) -> np.ndarray:
    """Return (H, W, 3) float32 probabilities, NaN where a pixel of the (H, W, B) counts misses a band.

    `metrics.classes` makes 0, no class, of these.
    """
    return blanked(probabilities, is_fill(image, fill))


def blanked(probabilities: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return (H, W, 3) float32 probabilities, NaN where `missing` (H, W) bool says so; the same array if nowhere."""
    return np.where(missing[..., None], np.float32(np.nan), probabilities) if missing.any() else probabilities


def way_of(segmenter: Segmenter, options: Options = OWN_WAY) -> Way:
    """Return how a segmenter runs, which decides what it has to see; a `ModelError` if it cannot run like this."""
    margin = 0 if segmenter.reach == "pixel" else cast("WindowSegmenter", segmenter).margin
    return way(segmenter.config, margin, options.patch)


def predict_part(
    segmenter: Segmenter,
    part: Frame,
    image: np.ndarray,
    bands: Sequence[int],
    scale: float = DEFAULT_SCALE,
    fill: int = DEFAULT_FILL,
    options: Options = OWN_WAY,
) -> np.ndarray:
    """Return (h, w, 3) probabilities of a part of an image, the same that `predict_lake` gives for the whole image.

    Args:
        segmenter: As in `predict_lake`.
        part: What has to be seen, by `framing.frame` in the way of `way_of`.
        image: The counts within `part.window`.
        bands: As in `predict_lake`, like what follows.
        scale: Reflectance of one count.
        fill: Count that marks a missing value.
        options: Those that `part` was made with.

    Raises:
        ModelError: As `predict_lake`.
        DatasetError: As `predict_lake`.
    """
    _check(image, bands)
    seen = bands_seen(segmenter.config, segmenter.bands, bands, options.bands)
    reflectance = to_reflectance(part.take(image), scale, fill)[..., positions(seen, bands, segmenter.config.kind)]
    if part.way.reach == "pixel":
        return _by_pixels(cast("PixelSegmenter", segmenter), reflectance)
    network = cast("WindowSegmenter", segmenter)
    if segmenter.config.any_bands:
        network = Told(network, seen)
    if part.way.reach == "whole":
        return _whole(network, part, reflectance)
    joined = _by_patches if part.way.reach == "patches" else _by_tiles
    return joined(network, part, reflectance)[part.rows.kept, part.columns.kept]


def _check(image: np.ndarray, bands: Sequence[int]) -> None:
    if image.ndim != 3 or image.shape[2] != len(bands) or image.size == 0:
        raise DatasetError(f"image of shape {image.shape}: expected (H, W, {len(bands)}), H and W at least 1")


def note(config: SegmenterConfig, height: int, width: int) -> str:
    """Return one sentence on how an image of `height` × `width` px is cut and its border handled, or ""."""
    size = config.patch
    if config.reach == "pixel":
        return ""
    if config.reach == "whole":
        return "The border is mirrored, so that its pixels have neighbours too."
    if config.reach == "tiles":
        side, overlap = tiling(config)
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


def _whole(segmenter: WindowSegmenter, part: Frame, framed: np.ndarray) -> np.ndarray:
    """Predict in one pass, or in blocks that bring their margin along, which gives the same."""
    margin, height, width = part.way.margin, part.rows.length, part.columns.length
    if max(height, width) <= _BLOCK:
        return segmenter.predict_padded(framed[None])[0]
    result = np.empty((height, width, CLASSES), np.float32)
    for row in range(0, height, _BLOCK):
        for column in range(0, width, _BLOCK):
            block = framed[row : row + _BLOCK + 2 * margin, column : column + _BLOCK + 2 * margin]
            result[row : row + _BLOCK, column : column + _BLOCK] = segmenter.predict_padded(block[None])[0]
    return result


def _by_patches(segmenter: WindowSegmenter, part: Frame, framed: np.ndarray) -> np.ndarray:
    """Return the answers of the patches over the frame."""
    result = np.empty((*framed.shape[:2], CLASSES), np.float32)
    # Written backwards, each patch covers what those moved inwards at its right and below have answered before.
    for row, column, patch in _predicted(segmenter, framed, part, backwards=True):
        result[row : row + patch.shape[0], column : column + patch.shape[1]] = patch
    return result


def _by_tiles(segmenter: WindowSegmenter, part: Frame, framed: np.ndarray) -> np.ndarray:
    """Return the weighted mean of the answers of all tiles over each pixel of the frame."""
    axes = (part.rows, part.columns)
    fades = [_fade(span.side, part.way.overlap) for span in axes]
    sums = [np.zeros(length, np.float32) for length in framed.shape[:2]]
    for span, fade, total in zip(axes, fades, sums, strict=True):
        for start in span.starts:
            total[start : start + span.side] += fade
    weight, result = np.outer(*fades)[..., None], np.zeros((*framed.shape[:2], CLASSES), np.float32)
    for row, column, tile in _predicted(segmenter, framed, part):
        result[row : row + tile.shape[0], column : column + tile.shape[1]] += weight * tile
    result /= np.outer(*sums)[..., None]
    return result


def _fade(tile: int, overlap: int) -> np.ndarray:
    """Return the weights across a tile, (tile,) float32: sin² over the overlap at both ends, 1 between."""
    distance = np.minimum(np.arange(tile), np.arange(tile)[::-1]) + 0.5
    return (np.sin(np.pi / 2 * np.minimum(distance / overlap, 1)) ** 2).astype(np.float32)


def _predicted(
    segmenter: WindowSegmenter, framed: np.ndarray, part: Frame, backwards: bool = False
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield row, column and probabilities (h, w, 3) of each window, in the order of the starts; some run at a time."""
    height, width = part.rows.side, part.columns.side
    corners = [(int(top), int(left)) for top in part.rows.starts for left in part.columns.starts]
    corners = corners[::-1] if backwards else corners
    at_once = max(1, _WINDOW_PIXELS_AT_ONCE // (height * width))
    for first in range(0, len(corners), at_once):
        some = corners[first : first + at_once]
        windows = np.stack([framed[row : row + height, column : column + width] for row, column in some])
        for (row, column), said in zip(some, segmenter.predict_windows(windows), strict=True):
            yield row, column, said
