"""What the quality layers of the products say of a pixel: cloud, shadow, cirrus, snow, water or land.

Sources of the bits, each compared with its table or with a transcription of it (docs/rasters.md says which):

- State of MODIS: MODIS Surface Reflectance User's Guide, version 1.4 (collection 6, May 2015), table 13. The same table
  stands in the attributes of MOD09A1, MOD09GA (collection 6) and MOD09Q1 (6.1). Bit 14 is the salt pan in all of these,
  "BRDF correction" in catalogues that go by older collections; it is not read. Numbers run to 57343, 65535 is fill.
- QA_PIXEL: Landsat 8–9 Collection 2 Level 2 Science Product Guide (LSDS-1619, version 6), table 6-2; for Landsat 4–7
  LSDS-1618 (version 4), table 5-5, where bit 2, cirrus, is not used. Cloud of medium confidence (22080) has the bit of
  clear set and not that of cloud: it is seen.
- Fmask: HLS User Guide version 2, section 6.4. Bits 6–7, the amount of aerosol, are not read; 255 is fill.
- SCL: scene classification of Sentinel-2 Level-2A (Copernicus SentiWiki, Sentinel-2 processing). Class 2 is dark areas
  before baseline 04.00, shadows cast by terrain since; both are undecided here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.bands import LAND, NO_LABEL, UNCLASSIFIED, WATER

_MODIS_WATER: Final = (0, 3, 5, 6, 7)  # shallow ocean, shallow and deep inland water, moderate and deep ocean
_MODIS_LAND: Final = 1
_HIGH: Final = 3
_FILL_16: Final = 65535
_FILL_8: Final = 255


@dataclass(frozen=True)
class Flags:
    """Of each pixel, (H, W) bool each: what hides the ground, and what the ground is. `undecided` is neither."""

    cloud: np.ndarray
    shadow: np.ndarray
    cirrus: np.ndarray
    snow: np.ndarray
    water: np.ndarray
    land: np.ndarray
    undecided: np.ndarray
    missing: np.ndarray

    @property
    def hidden(self) -> np.ndarray:
        """Where the ground cannot be seen, (H, W) bool: cloud, shadow, thick cirrus, snow or ice."""
        return np.asarray(self.cloud | self.shadow | self.cirrus | self.snow)

    @property
    def codes(self) -> np.ndarray:
        """(H, W) uint8 class codes: water, land, unclassified where the product leaves it open, else no label."""
        codes = np.full(self.water.shape, NO_LABEL, np.uint8)
        codes[self.undecided], codes[self.land], codes[self.water] = UNCLASSIFIED, LAND, WATER
        codes[self.missing] = NO_LABEL
        return codes


def _bits(numbers: np.ndarray, first: int, count: int = 1) -> np.ndarray:
    return np.asarray(numbers.astype(np.int64) >> first & ((1 << count) - 1))


def _bit(numbers: np.ndarray, first: int) -> np.ndarray:
    return _bits(numbers, first).astype(bool)


def modis_state(numbers: np.ndarray) -> Flags:
    """Read the state of MOD09GA (1 km) and MOD09A1 (500 m).

    A cloud state of "mixed" is cloud, one that was not set is clear, as the guide has it. Shoreline and ephemeral water
    are undecided.
    """
    ground = _bits(numbers, 3, 3)
    water = np.isin(ground, _MODIS_WATER)
    return Flags(
        cloud=np.isin(_bits(numbers, 0, 2), (1, 2)) | _bit(numbers, 10),
        shadow=_bit(numbers, 2),
        cirrus=_bits(numbers, 8, 2) == _HIGH,
        snow=_bit(numbers, 12) | _bit(numbers, 15),
        water=water,
        land=ground == _MODIS_LAND,
        undecided=~water & (ground != _MODIS_LAND),
        missing=numbers == _FILL_16,
    )


def landsat_pixel(numbers: np.ndarray) -> Flags:
    """Read QA_PIXEL of Landsat Collection 2: dilated cloud counts as cloud."""
    water = _bit(numbers, 7)
    return Flags(
        cloud=_bit(numbers, 1) | _bit(numbers, 3),
        shadow=_bit(numbers, 4),
        cirrus=_bit(numbers, 2),
        snow=_bit(numbers, 5),
        water=water,
        land=~water,
        undecided=np.zeros(numbers.shape, bool),
        missing=_bit(numbers, 0),
    )


def hls_fmask(numbers: np.ndarray) -> Flags:
    """Read Fmask of HLS version 2; its bit of cirrus is reserved, and pixels beside clouds are seen."""
    water = _bit(numbers, 5)
    return Flags(
        cloud=_bit(numbers, 1),
        shadow=_bit(numbers, 3),
        cirrus=np.zeros(numbers.shape, bool),
        snow=_bit(numbers, 4),
        water=water,
        land=~water,
        undecided=np.zeros(numbers.shape, bool),
        missing=numbers == _FILL_8,
    )


def sentinel_classes(numbers: np.ndarray) -> Flags:
    """Read the scene classification of Sentinel-2: dark areas and unclassified pixels are undecided."""
    return Flags(
        cloud=np.isin(numbers, (8, 9)),
        shadow=numbers == 3,
        cirrus=numbers == 10,
        snow=numbers == 11,
        water=numbers == 6,
        land=np.isin(numbers, (4, 5)),
        undecided=np.isin(numbers, (2, 7)),
        missing=np.isin(numbers, (0, 1)),
    )


QUALITY: Final[Mapping[str, Callable[[np.ndarray], Flags]]] = {
    "state": modis_state,
    "QA_PIXEL": landsat_pixel,
    "Fmask": hls_fmask,
    "SCL": sentinel_classes,
}


def flags_of(kind: str, numbers: np.ndarray) -> Flags:
    """Read (H, W) numbers of a layer of quality by a key of `QUALITY`; what it leaves out is 0, and lacks bands too."""
    whole = np.nan_to_num(numbers, nan=0).astype(np.int64) if numbers.dtype.kind == "f" else numbers
    return QUALITY[kind](whole)
