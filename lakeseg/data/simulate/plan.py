"""What the two demo datasets hold before a single scene is drawn: sizes, domains, shares of water, snow and ice.

Table 2 of the study fixes the statistics. Shares are stratified draws (one from every quantile, shuffled), moved along
the logit until their mean over pixels is what the table needs, so that any seed comes out on the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from lakeseg.data.simulate.scene import ScenePlan
from lakeseg.data.simulate.spectra import DOMAINS

CROPS: Final = 120  # lakes of Dataset2 that are cut from scenes of Dataset1
_PARENTS: Final = 56
_SMALLEST, _LARGEST = (12, 28), (132, 132)


@dataclass(frozen=True)
class Recipe:
    """Composition of a dataset.

    Attributes:
        lakes, pixels: How many.
        spread: Standard deviation of log area.
        sides: Shortest and longest side of a lake in pixels.
        domains: Share of the pixels in each domain.
        water: Mean share of the pixels that are bodies of water. The labels show less than that: shores, which one
            labeller gives away, and in three-class labels every lake that one of them misses.
        snow: Mean share of open snow on the land of each wintry domain.
    """

    lakes: int
    pixels: int
    spread: float
    sides: tuple[int, int]
    domains: Mapping[str, float]
    water: float
    snow: Mapping[str, float]


# Late February: nearly all of Dataset1's conflict is snow that the spectral rule takes for water, so boreal winter
# makes up most of it. Dataset2 is where both sources agreed: milder places, thinner snow.
DATASET1: Final = Recipe(
    135, 3_931_252, 0.45, (96, 320),
    {"boreal winter": 0.66, "temperate": 0.10, "tropical": 0.08, "arid": 0.08, "low light": 0.08},
    water=0.1445, snow={"boreal winter": 0.68, "low light": 0.45},
)  # fmt: skip
DATASET2: Final = Recipe(
    956, 1_852_618, 0.85, (12, 131),
    {"temperate": 0.30, "tropical": 0.24, "arid": 0.20, "boreal winter": 0.17, "low light": 0.09},
    water=0.0625, snow={"boreal winter": 0.40, "low light": 0.25},
)  # fmt: skip

_WATER_SPREAD, _SNOW_SPREAD, _ICE_SPREAD = 0.9, 0.9, 1.6  # in logits
_ICE_MEAN, _RIVERS, _CLOUDY = 0.6, 0.25, 0.15
_FEWEST_WATER_PX = 8


@dataclass(frozen=True)
class CropPlan:
    """A lake of Dataset2 that is cut from scene `parent` of Dataset1, where about `water` of it is water."""

    parent: int
    height: int
    width: int
    water: float


def plan_dataset1(rng: np.random.Generator) -> list[ScenePlan]:
    """Return the scenes of Dataset1, in order."""
    sizes = lake_sizes(rng, DATASET1)
    return _scene_plans(rng, DATASET1, sizes, _allot(sizes.prod(axis=1), DATASET1.domains))


def plan_dataset2(rng: np.random.Generator, parents: list[ScenePlan]) -> list[ScenePlan | CropPlan]:
    """Return the lakes of Dataset2, in order: scenes of their own, and crops of `parents`, the scenes of Dataset1."""
    sizes = lake_sizes(rng, DATASET2, [_SMALLEST, _LARGEST])
    origin = _origins(rng, sizes, parents)
    given = [parents[p].domain if p >= 0 else "" for p in origin]
    plans = _scene_plans(rng, DATASET2, sizes, _allot(sizes.prod(axis=1), DATASET2.domains, given))
    lakes = [
        CropPlan(int(p), plan.height, plan.width, plan.water) if p >= 0 else plan
        for p, plan in zip(origin, plans, strict=True)
    ]
    return [lakes[position] for position in rng.permutation(len(lakes))]


def lake_sizes(rng: np.random.Generator, recipe: Recipe, fixed: Sequence[tuple[int, int]] = ()) -> np.ndarray:
    """Return (L, 2) int64 heights and widths, the `fixed` ones first, whose areas sum to `pixels` within a few rows.

    The other areas are log-normal.
    """
    count = recipe.lakes - len(fixed)
    area = np.exp(recipe.spread * _strata(rng, count))
    aspect = np.exp(rng.normal(0, 0.28, count))
    rest = recipe.pixels - sum(height * width for height, width in fixed)
    low, high = 1.0, float(recipe.pixels)
    for _ in range(60):
        middle = np.sqrt(low * high)
        sizes = _rounded(area * middle, aspect, recipe.sides)
        low, high = (middle, high) if sizes.prod(axis=1).sum() < rest else (low, middle)
    return np.concatenate([np.array(fixed, np.int64).reshape(-1, 2), sizes])


def _rounded(area: np.ndarray, aspect: np.ndarray, sides: tuple[int, int]) -> np.ndarray:
    """Return (L, 2) whole sides within `sides`, every area larger than that of the smallest lake of the study."""
    height = np.clip(np.rint(np.sqrt(area * aspect)), *sides).astype(np.int64)
    width = np.clip(np.rint(area / height), *sides).astype(np.int64)
    smallest = int(np.prod(_SMALLEST))
    return np.stack([height, np.maximum(width, smallest // height + 1)], axis=1)


def _strata(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return (n,) standard normal values, one from each of n equal quantiles, shuffled."""
    return special.ndtri((rng.permutation(n) + rng.uniform(0.2, 0.8, n)) / n)


def shares_with_mean(
    logits: np.ndarray, weights: np.ndarray, mean: float, least: np.ndarray | float = 0.0
) -> np.ndarray:
    """Return (n,) shares in 0–1, `logits` moved by one constant so that their mean by `weights` is `mean`.

    No share falls below `least`.
    """
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        shares = np.maximum(special.expit(logits + middle), least)
        low, high = (middle, high) if np.average(shares, weights=weights) < mean else (low, middle)
    return shares


def _allot(areas: np.ndarray, wanted: Mapping[str, float], given: list[str] | None = None) -> list[str]:
    """Return a domain for each lake, so that each has its `wanted` share of pixels; those in `given` stay."""
    domains = list(given or [""] * len(areas))
    missing = {name: share * float(areas.sum()) for name, share in wanted.items()}
    for area, domain in zip(areas, domains, strict=True):
        if domain:
            missing[domain] -= float(area)
    for lake in np.argsort(-areas, kind="stable"):
        if not domains[lake]:
            domains[lake] = max(wanted, key=lambda name: missing[name] / wanted[name])
            missing[domains[lake]] -= float(areas[lake])
    return domains


def _scene_plans(rng: np.random.Generator, recipe: Recipe, sizes: np.ndarray, domains: list[str]) -> list[ScenePlan]:
    areas, names = sizes.prod(axis=1), np.array(domains)
    count = len(areas)
    least = np.maximum(0.012, _FEWEST_WATER_PX / areas)
    water, snow, ice = np.zeros((3, count))
    for name in recipe.domains:
        here = names == name
        logits = _strata(rng, int(here.sum()))
        water[here] = shares_with_mean(_WATER_SPREAD * logits, areas[here], recipe.water, least[here])
    for name, mean in recipe.snow.items():
        here = names == name
        land, wet = (areas * (1 - water))[here], (areas * water)[here]
        snow[here] = shares_with_mean(_SNOW_SPREAD * _strata(rng, len(land)), land, mean)
        ice[here] = shares_with_mean(_ICE_SPREAD * _strata(rng, len(wet)), wet, _ICE_MEAN)
    river = rng.random(count) < _RIVERS
    cloud = np.where(rng.random(count) < _CLOUDY, rng.uniform(0.01, 0.08, count), 0.0)
    return [
        ScenePlan(domains[i], int(sizes[i, 0]), int(sizes[i, 1]), float(water[i]), float(snow[i]), float(ice[i]),
                  bool(river[i]), float(cloud[i]))
        for i in range(count)
    ]  # fmt: skip


def _origins(rng: np.random.Generator, sizes: np.ndarray, parents: list[ScenePlan]) -> np.ndarray:
    """Return, for each lake of Dataset2, the scene of Dataset1 that it is cut from, −1 for a scene of its own.

    The parents are drawn from every domain in Dataset2's proportions; each gives a few crops smaller than itself.
    """
    chosen: list[int] = []
    for name in DOMAINS:
        family = [i for i, parent in enumerate(parents) if parent.domain == name]
        wanted = max(1, round(DATASET2.domains[name] * _PARENTS))
        chosen += rng.permutation(family)[:wanted].tolist()
    smallest_side = min(min(parents[i].height, parents[i].width) for i in chosen)
    fitting = np.flatnonzero(sizes.max(axis=1) <= 0.7 * smallest_side)
    origin = np.full(len(sizes), -1)
    crops = rng.permutation(fitting[fitting > 1])[:CROPS]  # the two extremes stay scenes of their own
    origin[crops] = np.resize(rng.permutation(chosen), len(crops))
    return origin
