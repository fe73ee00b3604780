"""Endmember spectra and the five domains: what covers a simulated scene, where it lies and how it varies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.bands import BANDS
from lakeseg.errors import ConfigError, unknown

ENDMEMBERS: Final[Mapping[str, tuple[float, ...]]] = {
    "clear water": (0.02, 0.01, 0.03, 0.03, 0.008, 0.005, 0.003),
    "turbid water": (0.09, 0.05, 0.05, 0.09, 0.02, 0.01, 0.007),
    "eutrophic water": (0.04, 0.05, 0.03, 0.06, 0.02, 0.01, 0.005),
    "forest": (0.03, 0.35, 0.02, 0.05, 0.34, 0.18, 0.07),
    "conifer": (0.03, 0.20, 0.02, 0.04, 0.17, 0.09, 0.04),
    "grass": (0.07, 0.30, 0.04, 0.08, 0.32, 0.24, 0.13),
    "dry grass": (0.16, 0.26, 0.08, 0.12, 0.34, 0.33, 0.24),
    "soil": (0.20, 0.27, 0.10, 0.15, 0.34, 0.38, 0.33),
    "sand": (0.34, 0.42, 0.19, 0.27, 0.49, 0.52, 0.48),
    "wet soil": (0.07, 0.11, 0.04, 0.06, 0.11, 0.08, 0.05),
    "basalt": (0.07, 0.08, 0.05, 0.06, 0.10, 0.11, 0.10),
    "snow": (0.85, 0.78, 0.86, 0.86, 0.38, 0.09, 0.06),
    "bare ice": (0.40, 0.28, 0.44, 0.43, 0.09, 0.03, 0.02),
}
"""Reflectance of pure covers in MODIS bands 1–7."""

WATERS: Final = ("clear water", "turbid water", "eutrophic water")

# Standard deviations of a scene's own variation: overall brightness, slope over log wavelength, single bands.
_BRIGHTNESS, _TILT, _SINGLE_BAND = 0.14, 0.07, 0.03
# Water constituents vary by factors, not per cents: suspended matter lifts red and infrared more than blue.
_LOAD, _LOAD_TILT = 0.35, 0.25
# Snow and ice only ever darken from the table: as they age, and in the infrared as their grains grow.
_AGE, _GRAIN = 0.08, 0.12


@dataclass(frozen=True)
class Cover:
    """One land cover's affinity: a bias, and how it answers elevation, moisture and fine texture (all standardised)."""

    name: str
    bias: float
    elevation: float
    moisture: float
    texture: float


@dataclass(frozen=True)
class Domain:
    """A kind of scene.

    Attributes:
        name: As written into a dataset's `domain`.
        covers: Land covers that compete for the ground.
        waters: Odds of clear, turbid and eutrophic water.
        places: Boxes (west, east, south, north) in degrees that scenes are laid in.
        days: First and last day of 2000 (1 = 1 January) on which the domain is observed.
        relief: Median RMS slope of the terrain at 125 m.
        wintry: Whether snow and lake ice occur.
        haze: Median haze reflectance in the blue band.
    """

    name: str
    covers: tuple[Cover, ...]
    waters: tuple[float, float, float]
    places: tuple[tuple[float, float, float, float], ...]
    days: tuple[int, int] = (49, 78)
    relief: float = 0.05
    wintry: bool = False
    haze: float = 0.012


DOMAINS: Final[Mapping[str, Domain]] = {
    domain.name: domain
    for domain in (
        Domain(
            "tropical",
            (
                Cover("forest", 0.5, 0.2, 0.9, 0.1),
                Cover("grass", 0.0, -0.1, -0.2, 0.8),
                Cover("dry grass", -0.6, -0.2, -0.9, -0.3),
                Cover("soil", -0.8, 0.1, -0.6, -0.8),
                Cover("wet soil", -0.9, -1.0, 0.8, -0.2),
            ),
            (0.40, 0.35, 0.25),
            ((-68, -52, -12, 2), (28, 36, -12, 3), (99, 106, 10, 17), (-5, 15, 7, 13), (110, 117, -3, 3)),
            relief=0.04,
            haze=0.022,
        ),
        Domain(
            "temperate",
            (
                Cover("forest", 0.0, 0.6, 0.6, 0.3),
                Cover("grass", 0.2, -0.4, 0.2, 0.8),
                Cover("dry grass", 0.1, -0.1, -0.5, -0.2),
                Cover("soil", -0.2, -0.3, -0.4, -0.9),
                Cover("conifer", -0.4, 0.9, 0.1, 0.2),
            ),
            (0.5, 0.25, 0.25),
            ((-95, -78, 31, 37), (-8, 16, 38, 47), (112, 121, 28, 34), (-72, -58, -41, -32), (143, 149, -38, -33)),
            relief=0.05,
        ),
        Domain(
            "arid",
            (
                Cover("soil", 0.3, 0.1, 0.0, 0.6),
                Cover("sand", 0.2, -0.4, -0.7, -0.3),
                Cover("dry grass", -0.1, 0.2, 0.8, 0.2),
                Cover("basalt", -0.8, 0.8, 0.0, -0.9),
                Cover("wet soil", -1.0, -1.1, 0.6, 0.0),
            ),
            (0.35, 0.5, 0.15),
            ((-118, -104, 24, 33), (20, 34, 15, 27), (44, 62, 26, 36), (66, 78, 25, 31), (135, 142, -31, -26)),
            relief=0.05,
            haze=0.016,
        ),
        Domain(
            "boreal winter",
            (
                Cover("conifer", 0.9, 0.1, 0.4, 0.3),
                Cover("dry grass", -0.3, -0.3, -0.4, -0.5),
                Cover("wet soil", -1.0, -0.9, 0.5, 0.0),
            ),
            (0.9, 0.1, 0.0),
            ((-112, -75, 47, 58), (24, 46, 54, 62), (55, 95, 51, 59), (-72, -62, 48, 54)),
            relief=0.03,
            wintry=True,
            haze=0.010,
        ),
        Domain(
            "low light",
            (
                Cover("conifer", 0.4, 0.0, 0.5, 0.3),
                Cover("dry grass", 0.0, 0.2, -0.4, 0.2),
                Cover("soil", -0.6, 0.8, -0.3, -0.6),
                Cover("wet soil", -0.4, -0.9, 0.5, 0.0),
            ),
            (0.85, 0.15, 0.0),
            ((12, 29, 65, 69), (-128, -105, 64, 68), (-155, -142, 64, 67), (31, 44, 65, 68), (75, 110, 65, 69)),
            days=(49, 60),
            relief=0.06,
            wintry=True,
            haze=0.012,
        ),
    )
}


def domain_named(name: str) -> Domain:
    """Return the domain called `name`; a `ConfigError` lists the valid ones."""
    if name not in DOMAINS:
        raise ConfigError(unknown("domain", name, list(DOMAINS)))
    return DOMAINS[name]


def draw_spectrum(rng: np.random.Generator, name: str) -> np.ndarray:
    """Return one scene's own (7,) float32 spectrum of endmember `name`: the table times a smooth random factor.

    The factor is log-normal with a common part, a slope over log wavelength and a small part of each band, so that
    neighbouring bands vary together as they do in measured spectra. Water varies with what is suspended in it.
    """
    base = np.array(ENDMEMBERS[name])
    position = _band_position()
    exponent = rng.normal(0, _BRIGHTNESS) + rng.normal(0, _TILT) * position + rng.normal(0, _SINGLE_BAND, base.size)
    if name in WATERS:
        load = rng.normal(0, _LOAD)
        exponent = exponent + load * (1 + _LOAD_TILT * position)
    if name in ("snow", "bare ice"):
        exponent = -_AGE * np.abs(rng.normal()) - _GRAIN * np.abs(rng.normal()) * np.maximum(position + 0.5, 0)
    return np.minimum(base * np.exp(exponent), 1.0).astype(np.float32)


def _band_position() -> np.ndarray:
    """Return (7,) band centres on a log-wavelength scale with zero mean and unit spread."""
    log_nm = np.log([band.centre_nm for band in BANDS.values()])
    return (log_nm - log_nm.mean()) / log_nm.std()
