"""Terrain on the 125 m grid: fractal relief, the depressions that water fills, and rivers.

Relief is made by spectral synthesis (Saupe in Peitgen & Saupe, The Science of Fractal Images, 1988, ch. 2,
doi:10.1007/978-1-4612-3784-6_2): white Gaussian noise shaped by a power law in the Fourier plane. The law levels off
beyond an outer scale, so that a landscape has hollows of a typical spacing instead of one continental slope.
Fields made this way are periodic; every field here is made larger than the frame that is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

_EXTRA_CELLS, _EXTRA_SHARE = 64, 4  # a field exceeds its frame by 64 cells and a quarter


@dataclass(frozen=True)
class Texture:
    """How a field varies.

    Attributes:
        hurst: Hurst exponent, 0 rough to 1 smooth.
        outer: Outer scale in cells: variation slower than this is levelled off.
        stretch: Elongation of its features (1 is isotropic), as ice sheets and folds leave.
        angle: Direction of the elongation in radians from the column axis.
    """

    hurst: float
    outer: float
    stretch: float = 1.0
    angle: float = 0.0


def fractal_field(
    rng: np.random.Generator, shape: tuple[int, int], texture: Texture, centred: bool = False
) -> np.ndarray:
    """Return a (H, W) float32 fractal field with zero mean and unit standard deviation.

    With `centred` the frame is laid around the deepest hollow of a larger field, as a lake's image is.
    """
    size = tuple(fft.next_fast_len(n + max(_EXTRA_CELLS, n // _EXTRA_SHARE), real=True) for n in shape)
    amplitude = _amplitude(size, texture)
    noise = rng.standard_normal((*amplitude.shape, 2), dtype=np.float32).view(np.complex64)[..., 0]
    field = fft.irfft2(noise * amplitude, s=size, workers=1)
    top, left = _frame_corner(rng, field, shape) if centred else (0, 0)
    rows, columns = (np.arange(start, start + n) % m for start, n, m in zip((top, left), shape, size, strict=True))
    return standardise(field[rows][:, columns])


def standardise(field: np.ndarray) -> np.ndarray:
    """Return `field` shifted and scaled to zero mean and unit standard deviation, float32."""
    spread = float(field.std(dtype=np.float64))
    return ((field - np.float32(field.mean(dtype=np.float64))) / np.float32(spread or 1.0)).astype(np.float32)


def _amplitude(size: tuple[int, int], texture: Texture) -> np.ndarray:
    """Return the (H, W // 2 + 1) float32 amplitude (k² + k0²)^(−(hurst + 1) / 2), 0 for the mean."""
    ky = fft.fftfreq(size[0]).astype(np.float32)[:, None]
    kx = fft.rfftfreq(size[1]).astype(np.float32)[None, :]
    cosine, sine = np.float32(np.cos(texture.angle)), np.float32(np.sin(texture.angle))
    stretch = np.float32(texture.stretch)
    along, across = kx * cosine + ky * sine, ky * cosine - kx * sine
    power = along**2 * stretch + across**2 / stretch + np.float32(texture.outer**-2)
    amplitude = power ** np.float32(-(texture.hurst + 1) / 2)
    amplitude[0, 0] = 0
    return amplitude


def _frame_corner(rng: np.random.Generator, field: np.ndarray, shape: tuple[int, int]) -> tuple[int, int]:
    """Return the corner of a frame of `shape` whose middle, give or take a tenth, is the deepest hollow of `field`."""
    block = 8
    rows, columns = (n // block for n in field.shape)
    coarse = field[: rows * block, : columns * block].reshape(rows, block, columns, block).mean(axis=(1, 3))
    row, column = np.unravel_index(int(coarse.argmin()), coarse.shape)
    jitter = rng.uniform(-0.1, 0.1, 2) * shape
    top = int(row * block + block // 2 - shape[0] / 2 + jitter[0])
    left = int(column * block + block // 2 - shape[1] / 2 + jitter[1])
    return top, left


def river_distance(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return the (H, W) float32 distance in cells to a meandering river that crosses the frame, with a tributary.

    The river is the zero line of a ramp bent by a fractal field; field over gradient is the distance to first order.
    """
    heading = rng.uniform(0, 2 * np.pi)
    main, side = _bent_ramp(rng, shape, heading)
    distance = _distance_to_zero(main)
    if rng.random() < 0.6:
        second, _ = _bent_ramp(rng, shape, heading + rng.choice([-1, 1]) * rng.uniform(0.7, 1.4))
        joined = np.where(main * side > 0, 1.6 * _distance_to_zero(second), np.inf)  # narrower, on one bank only
        distance = np.minimum(distance, joined)
    return distance.astype(np.float32)


def _bent_ramp(rng: np.random.Generator, shape: tuple[int, int], heading: float) -> tuple[np.ndarray, int]:
    """Return a (H, W) ramp across `heading`, bent by meanders, and the bank (±1) on which a tributary lies."""
    rows, columns = (np.arange(n, dtype=np.float32) - np.float32(n * rng.uniform(0.35, 0.65)) for n in shape)
    ramp = rows[:, None] * np.float32(np.cos(heading)) + columns[None, :] * np.float32(np.sin(heading))
    wavelength = rng.uniform(0.5, 1.0) * max(shape)
    bends = fractal_field(rng, shape, Texture(hurst=1.45, outer=wavelength))
    return ramp + np.float32(0.09 * wavelength) * bends, int(rng.choice([-1, 1]))


def _distance_to_zero(field: np.ndarray) -> np.ndarray:
    """Return |field| / |gradient| in cells, the gradient kept from vanishing."""
    down, right = gradient(field)
    return np.abs(field) / np.sqrt(down**2 + right**2 + np.float32(0.05))


def gradient(field: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return forward differences of a (H, W) field along rows and columns, the last one repeated."""
    down, right = np.empty_like(field), np.empty_like(field)
    np.subtract(field[1:], field[:-1], out=down[:-1])
    np.subtract(field[:, 1:], field[:, :-1], out=right[:, :-1])
    down[-1], right[:, -1] = down[-2], right[:, -2]
    return down, right


def carve_valley(terrain: np.ndarray, distance: np.ndarray, depth: float, breadth: float) -> np.ndarray:
    """Return (H, W) `terrain` lowered by `depth` at a river and by less within some `breadth` cells of it."""
    return terrain - np.float32(depth) * np.exp(-distance / np.float32(breadth))


def flood_level(terrain: np.ndarray, share: float) -> float:
    """Return the level at which `share` (0–1) of the (H, W) `terrain` lies under water."""
    return quantile(terrain, min(max(share, 0.0), 1.0)) if share > 0 else -np.inf


def quantile(values: np.ndarray, share: float) -> float:
    """Return the value below which `share` (0–1) of `values` lie, without interpolation; −inf/inf at 0/1."""
    flat = values.ravel()
    position = round(share * flat.size)
    if position <= 0 or position >= flat.size:
        return -np.inf if position <= 0 else np.inf
    return float(np.partition(flat, position)[position])
