"""The seven MODIS land bands, the class codes, composites and spectral indices.

Band widths: MODIS technical specifications, https://modis.gsfc.nasa.gov/about/specifications.php.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.errors import ConfigError, unknown

NO_LABEL: Final = 0
WATER: Final = 1
LAND: Final = 2
UNCLASSIFIED: Final = 3

CLASS_NAMES: Final[Mapping[int, str]] = {
    NO_LABEL: "no label",
    WATER: "water",
    LAND: "land",
    UNCLASSIFIED: "unclassified",
}
CLASS_COLOURS: Final[Mapping[int, str]] = {
    NO_LABEL: "#8a8f98",
    WATER: "#08306b",
    LAND: "#41944a",
    UNCLASSIFIED: "#ffffff",
}

DEFAULT_SCALE: Final = 1e-4
DEFAULT_FILL: Final = -28672


@dataclass(frozen=True)
class Band:
    """One MODIS land band: its number, common name, short name and limits in nanometres."""

    number: int
    name: str
    short: str
    nm: tuple[int, int]

    @property
    def centre_nm(self) -> float:
        """Middle of the band in nanometres."""
        return (self.nm[0] + self.nm[1]) / 2


BANDS: Final[Mapping[int, Band]] = {
    band.number: band
    for band in (
        Band(1, "Red", "red", (620, 670)),
        Band(2, "Near infrared", "NIR", (841, 876)),
        Band(3, "Blue", "blue", (459, 479)),
        Band(4, "Green", "green", (545, 565)),
        Band(5, "Near infrared 1.2 µm", "NIR2", (1230, 1250)),
        Band(6, "Shortwave infrared 1.6 µm", "SWIR1", (1628, 1652)),
        Band(7, "Shortwave infrared 2.1 µm", "SWIR2", (2105, 2155)),
    )
}
ALL_BANDS: Final = tuple(BANDS)
RGB_BANDS: Final = (1, 3, 4)
NIR_BAND: Final = 2
SWIR_BANDS: Final = (6, 7)

COMPOSITES: Final[Mapping[str, tuple[int, int, int]]] = {
    "Natural colour 1-4-3": (1, 4, 3),
    "False colour 7-2-1": (7, 2, 1),
    "False colour 2-1-4": (2, 1, 4),
}

BandStack = Mapping[int, np.ndarray]


@dataclass(frozen=True)
class Index:
    """A spectral index: formula over band numbers, the threshold above which its authors see water, and a DOI."""

    name: str
    bands: tuple[int, ...]
    formula: str
    doi: str
    compute: Callable[[BandStack], np.ndarray]
    water_above: float = 0.0


def _ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Normalised difference (a − b) / (a + b), 0 where the sum is not positive."""
    total = a + b
    return np.where(total > 0, (a - b) / np.where(total > 0, total, 1), 0).astype(np.float32)


INDICES: Final[Mapping[str, Index]] = {
    index.name: index
    for index in (
        Index("NDWI", (2, 4), "(b4 − b2) / (b4 + b2)", "10.1080/01431169608948714", lambda b: _ratio(b[4], b[2])),
        Index("MNDWI", (4, 6), "(b4 − b6) / (b4 + b6)", "10.1080/01431160600589179", lambda b: _ratio(b[4], b[6])),
        Index(
            "AWEI",
            (2, 4, 6, 7),
            "4 (b4 − b6) − (0.25 b2 + 2.75 b7)",
            "10.1016/j.rse.2013.08.029",
            lambda b: 4 * (b[4] - b[6]) - (0.25 * b[2] + 2.75 * b[7]),
        ),
        Index(
            "NDVI", (1, 2), "(b2 − b1) / (b2 + b1)", "10.1016/0034-4257(79)90013-0", lambda b: _ratio(b[2], b[1]), 2.0
        ),
        Index(
            "NDSI",
            (4, 6),
            "(b4 − b6) / (b4 + b6), snow above 0.4",
            "10.1016/0034-4257(95)00137-P",
            lambda b: _ratio(b[4], b[6]),
            2.0,
        ),
    )
}
WATER_INDICES: Final = ("NDWI", "MNDWI", "AWEI")


def band_stack(reflectance: np.ndarray, bands: Sequence[int]) -> dict[int, np.ndarray]:
    """Return `{band number: (...) array}` for an (..., B) reflectance array whose last axis is `bands`."""
    if reflectance.shape[-1] != len(bands):
        raise ConfigError(f"bands {tuple(bands)}: expected {len(bands)} values a pixel, got {reflectance.shape[-1]}")
    return {band: reflectance[..., position] for position, band in enumerate(bands)}


def spectral_index(name: str, reflectance: np.ndarray, bands: Sequence[int]) -> np.ndarray:
    """Return index `name` for (..., B) reflectance as a (...) float32 array.

    Raises:
        ConfigError: The index is unknown, or needs a band that `bands` lacks.
    """
    if name not in INDICES:
        raise ConfigError(unknown("index", name, list(INDICES)))
    index = INDICES[name]
    missing = [band for band in index.bands if band not in bands]
    if missing:
        raise ConfigError(f"{name} needs bands {index.bands}, the data has {tuple(bands)}: choose another index")
    return np.asarray(index.compute(band_stack(reflectance, bands)), dtype=np.float32)


def band_choices(available: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Return the choices of bands that people ask for most, by name, as far as the `available` bands allow."""
    chosen = {
        "All": tuple(available),
        "RGB": RGB_BANDS,
        "RGB + NIR": tuple(sorted((*RGB_BANDS, NIR_BAND))),
        "No SWIR": tuple(band for band in available if band not in SWIR_BANDS),
        "SWIR only": SWIR_BANDS,
    }
    return {name: bands for name, bands in chosen.items() if bands and set(bands) <= set(available)}


def are_bands(bands: Sequence[int], ascending: bool = True) -> bool:
    """Say whether `bands` are MODIS bands 1–7, at least one, each once, and in ascending order if that is asked."""
    in_order = not ascending or list(bands) == sorted(bands)
    return bool(bands) and in_order and len(set(bands)) == len(bands) and all(band in BANDS for band in bands)


def select_bands(available: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """Return the positions of `wanted` band numbers in `available`; a `ConfigError` names the missing ones."""
    missing = [band for band in wanted if band not in available]
    if missing:
        raise ConfigError(
            f"bands {missing} are missing: the data has bands {list(available)}, {list(wanted)} are needed"
        )
    return [list(available).index(band) for band in wanted]


def to_reflectance(image: np.ndarray, scale: float = DEFAULT_SCALE, fill: int = DEFAULT_FILL) -> np.ndarray:
    """Return (..., B) int16 counts as float32 reflectance; a pixel with any band at `fill` becomes 0 in all bands."""
    reflectance = image.astype(np.float32) * np.float32(scale)
    reflectance[is_fill(image, fill)] = 0
    return reflectance


def is_fill(image: np.ndarray, fill: int = DEFAULT_FILL) -> np.ndarray:
    """Return a (...) bool mask of the pixels of (..., B) int16 counts that have any band at `fill`."""
    return np.asarray((image == fill).any(axis=-1))
