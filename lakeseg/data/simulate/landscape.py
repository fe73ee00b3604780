"""A landscape on the 125 m grid: where the water is, where it was when the map was drawn, and what covers it all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lakeseg.data.simulate.spectra import WATERS, Cover, Domain, draw_spectrum
from lakeseg.data.simulate.terrain import (
    Texture,
    carve_valley,
    flood_level,
    fractal_field,
    quantile,
    river_distance,
    standardise,
)

_RIVER_SHARE_AT_MOST = 0.75  # of a scene's water, so that something is left for its lake
_SNOW_EDGE, _ICE_LEAD = 0.25, 0.05  # widths in standard deviations of the fields they are cut from


@dataclass(frozen=True)
class Water:
    """Water in a landscape.

    Attributes:
        height: (h, w) float32 terrain above the lake level, in standard deviations of the relief.
        now: (h, w) bool, where a body of water is on the day of the image.
        mapped: (h, w) bool, where it was on the day of the map.
        relief: How the terrain varies.
        margin: Cells of landscape around the frame that the image shows.
    """

    height: np.ndarray
    now: np.ndarray
    mapped: np.ndarray
    relief: Texture
    margin: int


@dataclass(frozen=True)
class Layer:
    """One endmember of a scene: its own (7,) spectrum and its (h, w) float32 abundance, 0 to 1."""

    name: str
    spectrum: np.ndarray
    abundance: np.ndarray


def lay_water(rng: np.random.Generator, shape: tuple[int, int], margin: int, share: float, river: bool) -> Water:
    """Return terrain of `shape` cells whose depressions, and a river, hold water over `share` of the inner frame.

    `margin` cells around the inner frame are terrain beyond the image. The map was drawn at another water level.
    """
    stretch = rng.uniform(1.5, 3.5) if rng.random() < 0.3 else 1.0
    outer = np.exp(rng.uniform(np.log(100), np.log(700)))
    relief = Texture(rng.uniform(0.75, 1.15), outer, stretch, rng.uniform(0, np.pi))
    terrain = fractal_field(rng, shape, relief, centred=not river)
    inner = (slice(margin, -margin), slice(margin, -margin))
    then = min(share * np.exp(rng.normal(0, 0.12)), 0.95)
    if not river:
        level, mapped_level = flood_level(terrain[inner], share), flood_level(terrain[inner], then)
        return Water(_above(terrain, level), terrain < level, terrain < mapped_level, relief, margin)
    distance = river_distance(rng, shape)
    terrain = carve_valley(terrain, distance, rng.uniform(0.3, 1.2), rng.uniform(6, 20))
    half_width = min(rng.uniform(1.0, 3.2), quantile(distance[inner], _RIVER_SHARE_AT_MOST * share))
    now, level = _flood_beside(terrain, distance < half_width, share, inner)
    mapped, _ = _flood_beside(terrain, distance < half_width * np.exp(rng.normal(0, 0.15)), then, inner)
    return Water(_above(terrain, level), now, mapped, relief, margin)


def _flood_beside(
    terrain: np.ndarray, stream: np.ndarray, share: float, inner: tuple[slice, slice]
) -> tuple[np.ndarray, float]:
    """Return the (h, w) bool mask of stream and lakes that cover `share` of the inner frame, and the lakes' level."""
    dry = terrain[inner][~stream[inner]]
    missing = share * terrain[inner].size - (terrain[inner].size - dry.size)
    level = flood_level(dry, missing / dry.size)
    return stream | (terrain < level), level


def _above(terrain: np.ndarray, level: float) -> np.ndarray:
    """Return (h, w) float32 height above `level`, which is taken no lower or higher than the terrain itself."""
    return terrain - np.clip(np.float32(level), terrain.min(), terrain.max())


@dataclass(frozen=True)
class Season:
    """What winter does to a scene: shares (0–1) of its land under open snow and of its water under ice."""

    snow: float = 0.0
    ice: float = 0.0


def lay_cover(rng: np.random.Generator, domain: Domain, water: Water, season: Season) -> list[Layer]:
    """Return the layers of a scene; their abundances add up to 1 in every cell."""
    shape = water.height.shape
    moisture = fractal_field(rng, shape, replace(water.relief, hurst=0.7, outer=rng.uniform(150, 600)))
    texture = fractal_field(rng, shape, replace(water.relief, hurst=0.4, outer=rng.uniform(40, 200)))
    snow = _snow(rng, water, season.snow, moisture, texture)
    ice, crust = _ice(rng, water, season.ice, texture)
    layers = _water_layers(rng, domain, water.now & ~ice, moisture)
    layers += _land_layers(rng, domain.covers, water, (moisture, texture, snow))
    white = np.where(water.now, ice * crust, snow)
    layers += [_layer(rng, "snow", white), _layer(rng, "bare ice", ice * (1 - crust))]
    return [layer for layer in layers if layer.abundance.any()]


def _layer(rng: np.random.Generator, name: str, abundance: np.ndarray) -> Layer:
    return Layer(name, draw_spectrum(rng, name), abundance.astype(np.float32))


def _land_layers(
    rng: np.random.Generator, covers: tuple[Cover, ...], water: Water, fields: tuple[np.ndarray, ...]
) -> list[Layer]:
    """Share out the land that `fields` (moisture, texture, snow) leave bare: a softmax of the covers' affinities."""
    moisture, texture, snow = fields
    elevation = standardise(water.height)
    moist = moisture - np.float32(0.4) * elevation
    shore = np.exp(-np.maximum(water.height, 0) / np.float32(0.06))
    sharpness = np.float32(rng.uniform(1.2, 2.6))
    weights = []
    for cover in covers:
        bias, e, m, t = cover.bias + rng.normal(0, 0.4), cover.elevation, cover.moisture, cover.texture
        affinity = np.float32(bias) + np.float32(e) * elevation + np.float32(m) * moist + np.float32(t) * texture
        if cover.name == "wet soil":
            affinity += shore * np.float32(1.6)
        weights.append(np.exp(np.clip(sharpness * affinity, -20, 20)))
    bare = np.where(water.now, 0, 1 - snow) / sum(weights)
    return [_layer(rng, cover.name, weight * bare) for cover, weight in zip(covers, weights, strict=True)]


def _water_layers(
    rng: np.random.Generator, domain: Domain, open_water: np.ndarray, moisture: np.ndarray
) -> list[Layer]:
    """Fill open water with two kinds that grade into each other, drawn by the domain's odds."""
    kinds = rng.choice(WATERS, 2, p=domain.waters)
    first = np.clip(np.float32(rng.uniform(0, 1)) + np.float32(0.35) * moisture, 0, 1)
    return [_layer(rng, kinds[0], open_water * first), _layer(rng, kinds[1], open_water * (1 - first))]


def _snow(
    rng: np.random.Generator, water: Water, share: float, moisture: np.ndarray, texture: np.ndarray
) -> np.ndarray:
    """Return (h, w) snow cover: near 1 on the open `share` of the land, patchy light under the forest on the rest."""
    under, thickness, slant = rng.uniform(0.02, 0.25), rng.uniform(0.93, 1.0), rng.normal(0, 0.3)
    if share <= 0:
        return np.zeros_like(texture)
    openness = texture + np.float32(0.6) * moisture + np.float32(slant) * water.height
    inner = (slice(water.margin, -water.margin),) * 2
    edge = quantile(openness[inner][~water.now[inner]], 1 - share)
    open_ground = np.clip((openness - np.float32(edge)) / np.float32(_SNOW_EDGE) + np.float32(0.5), 0, 1)
    return np.float32(under) + np.float32(thickness - under) * open_ground


def _ice(rng: np.random.Generator, water: Water, share: float, texture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the (h, w) bool mask of lake ice, open leads left out, and the part of it (0–1) that snow covers.

    Ice and the snow on it vary smoothly, whatever the land around is like; leads run along one contour.
    """
    crust_bias, shelter = rng.uniform(0, 1), rng.normal(0, 0.5)
    if share <= 0 or not water.now.any():
        return np.zeros_like(water.now), np.zeros_like(texture)
    smooth = fractal_field(rng, texture.shape, Texture(1.0, rng.uniform(60, 200)))
    cold = smooth + np.float32(shelter) * water.height
    ice = water.now & (cold >= quantile(cold[water.now], 1 - share))
    leads = np.abs(smooth - np.float32(0.5) + np.float32(0.05) * texture) < _ICE_LEAD
    crust = np.clip(np.float32(crust_bias) - np.float32(0.35) * smooth + np.float32(0.1) * texture, 0, 1)
    return ice & ~leads, crust
