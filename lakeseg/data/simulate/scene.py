"""One simulated scene, from a plan and a random generator to an image, its truth and what both labellers said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from lakeseg.data.dataset import Lake
from lakeseg.data.simulate.labellers import agreed, reconciled, spectral_rule, static_map
from lakeseg.data.simulate.landscape import Season, lay_cover, lay_water
from lakeseg.data.simulate.sensor import CELLS, MARGIN, Weather, box_pixels, illumination, mix, observe, sun_position
from lakeseg.data.simulate.spectra import Domain, domain_named

_DEGREES_PER_PX = 500 / 111_195  # of latitude
_DIM_REFERENCE = np.deg2rad(40)
_HAZY_SHARE, _HAZY = 0.12, 5.0  # one scene in eight is a hazy one


@dataclass(frozen=True)
class ScenePlan:
    """What is decided about a scene before it is drawn.

    Attributes:
        domain: Name of its domain.
        height, width: Pixels of 500 m.
        water: Share (0–1) of the frame that is a body of water, open or frozen.
        snow: Share of the land that lies open under snow (wintry domains).
        ice: Share of the water under ice (wintry domains).
        river: Whether a river crosses it.
        cloud: Share under residual cloud.
    """

    domain: str
    height: int
    width: int
    water: float
    snow: float = 0.0
    ice: float = 0.0
    river: bool = False
    cloud: float = 0.0


@dataclass(frozen=True)
class Scene:
    """A drawn scene: (H, W, 7) int16 counts, (H, W) uint8 truth in percent, both (H, W) bool masks, date and place."""

    domain: str
    image: np.ndarray
    truth: np.ndarray
    map_water: np.ndarray
    rule_water: np.ndarray
    date: str
    lon: float
    lat: float

    def lake(self, lake_id: str, group: str, three_classes: bool) -> Lake:
        """Return the scene as a lake, labelled water/land/unclassified, or water/land by the map alone."""
        labels = agreed(self.map_water, self.rule_water) if three_classes else reconciled(self.map_water)
        lon, lat = round(self.lon, 4), round(self.lat, 4)
        return Lake(lake_id, self.image, labels, group, self.truth, self.domain, self.date, lon, lat)

    def crop(self, top: int, left: int, height: int, width: int) -> Scene:
        """Return the part of the scene from row `top` and column `left`, its centre's coordinates moved along."""
        window = (slice(top, top + height), slice(left, left + width))
        rows, columns = self.truth.shape
        lat = self.lat - (top + height / 2 - rows / 2) * _DEGREES_PER_PX
        lon = self.lon + (left + width / 2 - columns / 2) * _DEGREES_PER_PX / np.cos(np.deg2rad(self.lat))
        names = ("image", "truth", "map_water", "rule_water")
        arrays = {name: getattr(self, name)[window].copy() for name in names}
        return replace(self, **arrays, lon=float(lon), lat=float(lat))


def draw_scene(rng: np.random.Generator, plan: ScenePlan) -> Scene:
    """Draw the scene that `plan` asks for.

    The truth is the share of the plain 500 m square (no blur) that a body of water takes up on the day of the image.
    A frozen lake counts as water, as it does in maps of water bodies, which both labellers of the study stand for.
    """
    domain = domain_named(plan.domain)
    lon, lat, day = _place_and_day(rng, domain)
    sun = sun_position(lat, day)
    shape = (plan.height * CELLS + 2 * MARGIN, plan.width * CELLS + 2 * MARGIN)
    water = lay_water(rng, shape, MARGIN, plan.water, plan.river)
    layers = lay_cover(rng, domain, water, Season(plan.snow, plan.ice) if domain.wintry else Season())
    slope = domain.relief * np.exp(rng.normal(0, 0.5))
    ground = mix(layers, illumination(water.height, water.now, slope, sun))
    image = observe(rng, ground, _weather(rng, domain, plan, sun.zenith), sun)
    truth = np.rint(box_pixels(water.now) * 100).astype(np.uint8)
    observed = (date(2000, 1, 1) + timedelta(days=day - 1)).isoformat()
    return Scene(plan.domain, image, truth, static_map(rng, water.mapped), spectral_rule(image), observed, lon, lat)


def _place_and_day(rng: np.random.Generator, domain: Domain) -> tuple[float, float, int]:
    west, east, south, north = domain.places[rng.integers(len(domain.places))]
    day = int(rng.integers(domain.days[0], domain.days[1] + 1))
    return float(rng.uniform(west, east)), float(rng.uniform(south, north)), day


def _weather(rng: np.random.Generator, domain: Domain, plan: ScenePlan, zenith: float) -> Weather:
    """Return haze, cloud and dimming; a low-light image keeps the darkness of its low sun, any other is corrected."""
    haze = domain.haze * np.exp(rng.normal(0, 0.5)) * (_HAZY if rng.random() < _HAZY_SHARE else 1)
    if domain.name != "low light":
        return Weather(haze, plan.cloud)
    dimming = float(np.cos(zenith) / np.cos(_DIM_REFERENCE) * np.exp(rng.normal(0, 0.25)))
    return Weather(haze * 0.5, plan.cloud, min(dimming, 1.0))
