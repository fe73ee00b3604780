"""From a landscape to counts: sunlight, the sensor's blur and its 500 m pixels, atmosphere, noise, int16.

MODIS integrates along scan while its mirror turns, which makes its response a triangle along the scan line and nearly a
box along track (Wolfe et al. 2002, doi:10.1016/S0034-4257(02)00085-8). The triangle is one pixel wide at half height
straight below the sensor; the days of a composite look sideways, where it is about two pixels wide, as it is here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lakeseg.data.simulate.landscape import Layer
from lakeseg.data.simulate.terrain import Texture, fractal_field, gradient, quantile

CELLS = 4  # cells of 125 m along a pixel of 500 m
MARGIN_PX = 3  # pixels of landscape kept around the image, for the blur and the map's shift
MARGIN = MARGIN_PX * CELLS
VALID = (-100, 16000)  # valid range of MODIS surface reflectance counts (MOD09 User's Guide, table 12)

_HALF_WIDTH = 2 * CELLS  # the triangle's full width at half maximum: 2 px
# Path reflectance of haze relative to the blue band, and noise (standard deviation in reflectance), bands 1–7.
_HAZE = np.array([0.45, 0.24, 1.0, 0.62, 0.12, 0.07, 0.04], np.float32)
_NOISE = np.array([0.0025, 0.003, 0.002, 0.002, 0.005, 0.004, 0.004], np.float32)
_CLOUD = np.array([0.62, 0.64, 0.60, 0.61, 0.58, 0.42, 0.30], np.float32)
_DIFFUSE = 0.2  # share of the light that comes from the whole sky


@dataclass(frozen=True)
class Sun:
    """Where the sun stands: zenith angle and azimuth (clockwise from north), in radians."""

    zenith: float
    azimuth: float


def sun_position(latitude: float, day: int, hour: float = 10.5) -> Sun:
    """Return the sun's position at `latitude` (degrees) on `day` of the year at local solar `hour`.

    Declination after Cooper (1969), doi:10.1016/0038-092X(69)90047-4. MODIS on Terra passes at 10:30.
    """
    declination = np.deg2rad(23.45) * np.sin(2 * np.pi * (284 + day) / 365)
    phi, turn = np.deg2rad(latitude), np.deg2rad(15 * (hour - 12))
    up = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(turn)
    east = -np.cos(declination) * np.sin(turn)
    north = np.cos(phi) * np.sin(declination) - np.sin(phi) * np.cos(declination) * np.cos(turn)
    return Sun(float(np.arccos(np.clip(up, -1, 1))), float(np.arctan2(east, north)))


def illumination(height: np.ndarray, flat: np.ndarray, slope: float, sun: Sun) -> np.ndarray:
    """Return (h, w) float32 light on each cell relative to level ground, which is 1 where `flat`.

    `height` is scaled so that its root-mean-square slope is `slope`; light is cos(incidence) / cos(zenith) plus sky.
    """
    down, right = gradient(height)
    spread = float(np.sqrt(np.mean(down**2 + right**2, dtype=np.float64))) or 1.0
    # Rows run south and columns east; ground that rises away from the sun faces it.
    per_row = np.tan(sun.zenith) * slope / spread * np.cos(sun.azimuth)
    per_column = -np.tan(sun.zenith) * slope / spread * np.sin(sun.azimuth)
    light = np.clip(1 + np.float32(per_row) * down + np.float32(per_column) * right, 0, 2.5)
    light = np.float32(_DIFFUSE) + np.float32(1 - _DIFFUSE) * light
    light[flat] = 1
    return light


def box_pixels(cells: np.ndarray, shift: tuple[int, int] = (0, 0)) -> np.ndarray:
    """Return the (H, W) float32 mean of `cells` over each plain 500 m pixel, the grid moved by `shift` cells."""
    top, left = MARGIN + shift[0], MARGIN + shift[1]
    height, width = (n - 2 * MARGIN for n in cells.shape)
    frame = cells[top : top + height, left : left + width]
    blocks = frame.reshape(height // CELLS, CELLS, width // CELLS, CELLS)
    return blocks.mean(axis=(1, 3), dtype=np.float32)


def sensor_pixels(cells: np.ndarray) -> np.ndarray:
    """Return (H, W) float32 pixels as the sensor sees `cells`: a box along track (rows), a triangle along scan."""
    height, width = ((n - 2 * MARGIN) // CELLS for n in cells.shape)
    rows = cells[MARGIN:-MARGIN].reshape(height, CELLS, cells.shape[1]).mean(axis=1, dtype=np.float32)
    first = MARGIN + CELLS // 2 - _HALF_WIDTH  # left end of the triangle centred on the first pixel
    seen = np.zeros((height, width), np.float32)
    for step, weight in enumerate(_triangle()):
        seen += weight * rows[:, first + step :: CELLS][:, :width]
    return seen


def _triangle() -> np.ndarray:
    """Return the (4 px × 4 cells,) float32 weights of the along-scan response, which sum to 1."""
    distance = np.abs(np.arange(2 * _HALF_WIDTH) + 0.5 - _HALF_WIDTH)
    weights = 1 - distance / _HALF_WIDTH
    return (weights / weights.sum()).astype(np.float32)


def mix(layers: Sequence[Layer], light: np.ndarray) -> np.ndarray:
    """Return (H, W, 7) float32 reflectance at the ground: lit layers, blurred one by one, then mixed."""
    height, width = ((n - 2 * MARGIN) // CELLS for n in light.shape)
    image = np.zeros((height, width, len(_NOISE)), np.float32)
    for layer in layers:
        image += sensor_pixels(layer.abundance * light)[..., None] * layer.spectrum
    return image


@dataclass(frozen=True)
class Weather:
    """What stands between ground and sensor: haze in the blue band, the share under residual cloud, and dimming.

    `dimming` (≤ 1) is what is left of the reflectance in an image that was not corrected for a low sun.
    """

    haze: float
    cloud: float = 0.0
    dimming: float = 1.0


def observe(rng: np.random.Generator, ground: np.ndarray, weather: Weather, sun: Sun) -> np.ndarray:
    """Return (H, W, 7) int16 counts of (H, W, 7) `ground` reflectance seen through `weather`."""
    shape = ground.shape[:2]
    image = ground * _composite_patches(rng, shape)[..., None]
    cloud, shadow = _cloud_and_shadow(rng, shape, weather.cloud, sun)
    image *= (1 - np.float32(0.65) * shadow)[..., None]
    image = image * (1 - cloud[..., None]) + cloud[..., None] * _CLOUD
    veil = np.exp(np.float32(0.25) * fractal_field(rng, shape, Texture(1.2, 80)))[..., None]
    image = image * np.float32(weather.dimming) + np.float32(weather.haze) * veil * _HAZE
    return _to_counts(image + _sensor_noise(rng, image, weather.dimming))


def _composite_patches(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return (H, W) factors near 1: neighbouring pixels of a composite come from days of different geometry."""
    return np.exp(np.float32(0.025) * fractal_field(rng, shape, Texture(0.1, 8)))


def _cloud_and_shadow(
    rng: np.random.Generator, shape: tuple[int, int], share: float, sun: Sun
) -> tuple[np.ndarray, np.ndarray]:
    """Return (H, W) opacity (0–1) of residual cloud over `share` of the frame, and of its shadow away from the sun."""
    if share <= 0:
        return np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    reach = min(rng.uniform(0.8, 2.5) * np.tan(min(sun.zenith, 1.3)) / 0.5, 12)  # cloud height in km, to px
    down, right = round(reach * np.cos(sun.azimuth)), round(-reach * np.sin(sun.azimuth))
    pad = max(abs(down), abs(right), 1)
    field = fractal_field(rng, (shape[0] + 2 * pad, shape[1] + 2 * pad), Texture(1.0, 30))
    thickness = np.float32(rng.uniform(0.3, 0.9))  # thin: thick cloud did not survive the compositing
    opacity = thickness * np.clip((field - np.float32(quantile(field, 1 - share))) / np.float32(0.8), 0, 1)
    cloud = opacity[pad : pad + shape[0], pad : pad + shape[1]]
    shadow = opacity[pad - down : pad - down + shape[0], pad - right : pad - right + shape[1]]
    return cloud, shadow * (1 - cloud)


def _sensor_noise(rng: np.random.Generator, image: np.ndarray, dimming: float) -> np.ndarray:
    """Return (H, W, 7) noise: a floor for each band, higher in dim images, and 0.7 % of the signal."""
    floor = _NOISE * np.float32(1 + 0.8 * (1 - dimming))
    return rng.standard_normal(image.shape, dtype=np.float32) * (floor + np.float32(0.007) * np.abs(image))


def _to_counts(reflectance: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(reflectance * 1e4), *VALID).astype(np.int16)
