"""Colour composites: reflectance in, an 8-bit picture out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image

from lakeseg.bands import select_bands
from lakeseg.errors import ConfigError

NODATA_GREY: Final = 138
_DIMMED: Final = 0.7
_TINT: Final = 0.8


@dataclass(frozen=True)
class Stretch:
    """How reflectance becomes brightness: limits as percentiles of the lake (`percentile`) or as reflectance."""

    name: str
    low: float
    high: float
    percentile: bool = True


STRETCHES: Final = {
    stretch.name: stretch
    for stretch in (
        Stretch("2–98 %", 2, 98),
        Stretch("0.5–99.5 %", 0.5, 99.5),
        Stretch("Fixed 0–0.3", 0, 0.3, percentile=False),
        Stretch("Fixed 0–1", 0, 1, percentile=False),
    )
}
DEFAULT_STRETCH: Final = STRETCHES["2–98 %"]


def composite(
    reflectance: np.ndarray,
    bands: Sequence[int],
    rgb: tuple[int, int, int],
    stretch: Stretch = DEFAULT_STRETCH,
    gamma: float = 1.0,
    valid: np.ndarray | None = None,
) -> np.ndarray:
    """Return (H, W, 3) uint8 of three bands shown as red, green and blue.

    Args:
        reflectance: (H, W, B) float32.
        bands: The B band numbers.
        rgb: Band numbers shown as red, green and blue.
        stretch: Limits; percentiles are taken band by band, so that haze does not tint the picture.
        gamma: Above 1 brightens dark tones: brightness ** (1 / gamma).
        valid: (H, W) bool; other pixels become grey and set no limits.

    Raises:
        ConfigError: A band is missing or `gamma` is not positive.
    """
    if gamma <= 0:
        raise ConfigError(f"gamma {gamma}: expected a number above 0")
    picture = reflectance[..., select_bands(bands, rgb)]
    use = np.ones(picture.shape[:2], bool) if valid is None else valid
    low, high = _limits(picture[use], stretch)
    scaled = np.clip((picture - low) / np.maximum(high - low, 1e-4), 0, 1)
    out = np.round(scaled ** (1 / gamma) * 255).astype(np.uint8)
    out[~use] = NODATA_GREY
    return out


def _limits(values: np.ndarray, stretch: Stretch) -> tuple[np.ndarray, np.ndarray]:
    """Return the (3,) lower and upper reflectance limits for (n, 3) values."""
    if stretch.percentile and len(values):
        low, high = np.percentile(values, [stretch.low, stretch.high], axis=0)
        return low, high
    fixed = (0.0, 1.0) if stretch.percentile else (stretch.low, stretch.high)
    return np.full(3, fixed[0]), np.full(3, fixed[1])


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """Return the Shannon entropy in bits of (..., C) probabilities, (...) float32: 0 is sure, log2(C) a pure guess."""
    p = np.clip(probabilities, 1e-12, 1)
    return np.asarray(-(p * np.log2(p)).sum(axis=-1), dtype=np.float32).clip(min=0)


def thumbnail(
    reflectance: np.ndarray,
    bands: Sequence[int],
    valid: np.ndarray,
    side: int = 72,
    marked: np.ndarray | None = None,
    colour: tuple[int, int, int] = (255, 255, 0),
) -> bytes:
    """Return an (H, W, B) image as a WebP picture of natural colour (or its first band), `side` pixels at most.

    Pixels `marked` in an (H, W) bool mask get `colour`, and a single one is still seen in the small picture; the rest
    is dimmed.
    """
    rgb = (1, 4, 3) if {1, 3, 4} <= set(bands) else (bands[0],) * 3
    height, width = valid.shape
    step = max(1, -(-max(height, width) // (2 * side)))
    picture = composite(reflectance[::step, ::step], bands, rgb, gamma=1.2, valid=valid[::step, ::step])
    image = Image.fromarray(picture)
    image.thumbnail((side, side))
    if marked is not None:
        image = Image.fromarray(_mark(np.asarray(image), marked, colour))
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=70 if marked is None else 90)
    return buffer.getvalue()


def _mark(picture: np.ndarray, marked: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Paint those pixels of an (h, w, 3) picture that stand for a marked one of the (H, W) mask."""
    rows, columns = np.nonzero(marked)
    scale = np.array(picture.shape[:2]) / np.array(marked.shape)
    out = (picture * _DIMMED).astype(np.uint8)
    places = (rows * scale[0]).astype(int), (columns * scale[1]).astype(int)
    out[places] = ((1 - _TINT) * picture[places] + _TINT * np.array(colour)).astype(np.uint8)
    return out
