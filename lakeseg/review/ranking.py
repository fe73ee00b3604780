"""Which region helps most, and why: named components from 0 to 1, summed with the weights of a rule.

No component falls when what it stands for grows, and no weight is negative, so that a region never moves back for being
more in dispute, less certain, nearer to a shore, larger or of a domain less reviewed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from lakeseg.bands import CLASS_NAMES
from lakeseg.data.table import LakeTable
from lakeseg.errors import ConfigError, unknown
from lakeseg.review.regions import Regions

DISAGREEMENT, UNCERTAINTY, SHORE, SIZE, DOMAIN, LEARNED = (
    "disagreement",
    "uncertainty",
    "shore",
    "size",
    "domain",
    "learned",
)
NAMES: Final = (DISAGREEMENT, UNCERTAINTY, SHORE, SIZE, DOMAIN, LEARNED)
OF_MODELS: Final = (DISAGREEMENT, UNCERTAINTY)
"""Components that give away what models say: a reviewer who decides blind must not see them."""

MEANING: Final[Mapping[str, str]] = MappingProxyType(
    {
        DISAGREEMENT: "Models differ: mean of the share of pixels on which they do not all say the same, and of the "
        "range of their mean probabilities of water.",
        UNCERTAINTY: "Models are unsure: entropy of their mean probabilities in bits, at most 1.",
        SHORE: "Near a shore, where labels and models err most: 1 at the shore, a half at 4 px, a quarter at 10 px.",
        SIZE: "One verdict settles many pixels: logarithm of the pixels, 1 from 600 px on.",
        DOMAIN: "Domain little reviewed: share of the domain's unclassified pixels that nobody has settled.",
        LEARNED: "What was learned from verdicts so far is unsure of it: entropy in bits of its probability of water.",
    }
)

HELPS_MOST: Final = "What helps most"
LEARNING: Final = "What the learner is unsure of"
RULES: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        HELPS_MOST: {DISAGREEMENT: 0.25, UNCERTAINTY: 0.2, SHORE: 0.1, SIZE: 0.3, DOMAIN: 0.15},
        LEARNING: {LEARNED: 0.4, SIZE: 0.3, DISAGREEMENT: 0.2, SHORE: 0.1},
        "Models differ most": {DISAGREEMENT: 1.0, SIZE: 0.05},
        "Models least certain": {UNCERTAINTY: 1.0, SIZE: 0.05},
        "Nearest to a shore": {SHORE: 1.0, SIZE: 0.1},
        "Largest first": {SIZE: 1.0},
        "Domains little reviewed": {DOMAIN: 1.0, SIZE: 0.1},
        "In the order of lakes": {},
    }
)
_LARGEST: Final = 600
_HALF: Final = 3.0  # pixels beyond the first after which the nearness to a shore is a half


@dataclass(frozen=True, eq=False)
class Components:
    """What speaks for each region: `table` (R, C) float32 from 0 to 1, a column for each of `NAMES`.

    `domains` are the names of the domains, `domain` (R,) the one of each region, `reviewed` (D,) the share of each
    domain's unclassified pixels that is settled.
    """

    table: np.ndarray
    domains: tuple[str, ...]
    domain: np.ndarray
    reviewed: np.ndarray


@dataclass(frozen=True)
class Reason:
    """One reason for a region's place: component `name`, its `value` from 0 to 1, its `weight`, and both in words."""

    name: str
    value: float
    weight: float
    words: str

    @property
    def share(self) -> float:
        """What it adds to the score."""
        return self.value * self.weight


def rule(name: str) -> Mapping[str, float]:
    """Return the weights of a rule.

    Raises:
        ConfigError: There is none of that name.
    """
    if name not in RULES:
        raise ConfigError(unknown("ranking", name, list(RULES)))
    return RULES[name]


def components(
    regions: Regions,
    lakes: LakeTable,
    reviewed: Mapping[str, float] | None = None,
    learned: np.ndarray | None = None,
) -> Components:
    """Return what speaks for each region.

    Args:
        regions: Of the dataset.
        lakes: Its table.
        reviewed: For each domain the share of its unclassified pixels that is settled, 0 to 1; default: none is.
        learned: (R,) probability of water by what was learned from verdicts (`learning.py`); None before there are any.
    """
    names, of_lake = np.unique(lakes.domain, return_inverse=True)
    shares = np.array([(reviewed or {}).get(str(name), 0.0) for name in names], np.float32)
    of_region = of_lake[regions.lake]
    columns = {
        DISAGREEMENT: disagreement(regions),
        UNCERTAINTY: np.minimum(regions.entropy, 1),
        SHORE: 1 / (1 + np.maximum(regions.shore - 1, 0) / _HALF),
        SIZE: np.minimum(np.log1p(regions.pixels) / np.log1p(_LARGEST), 1),
        DOMAIN: 1 - np.clip(shares, 0, 1)[of_region],
        LEARNED: np.zeros(len(regions)) if learned is None else binary_entropy(learned),
    }
    table = np.stack([columns[name] for name in NAMES], axis=1).astype(np.float32)
    return Components(table, tuple(map(str, names)), of_region, shares)


def disagreement(regions: Regions) -> np.ndarray:
    """Return (R,) from 0 to 1 how far the judges part; 0 with fewer than two."""
    if regions.water.shape[1] < 2:
        return np.zeros(len(regions), np.float32)
    return np.asarray((regions.split + np.ptp(regions.water, axis=1)) / 2)


def binary_entropy(water: np.ndarray) -> np.ndarray:
    """Return the (R,) entropy in bits of the probability of water."""
    sure = np.clip(water.astype(np.float64), 1e-12, 1 - 1e-12)
    return np.asarray(-(sure * np.log2(sure) + (1 - sure) * np.log2(1 - sure)))


def scores(found: Components, weights: Mapping[str, float]) -> np.ndarray:
    """Return the (R,) float64 scores, 0 to 1: the mean of the components with these weights.

    Raises:
        ConfigError: A weight is negative or of no component.
    """
    for name, weight in weights.items():
        if name not in NAMES:
            raise ConfigError(unknown("component", name, list(NAMES)))
        if not weight >= 0:
            raise ConfigError(f"weight {weight} of {name}: expected 0 or more")
    values = np.array([weights.get(name, 0.0) for name in NAMES])
    return np.asarray(found.table @ (values / (values.sum() or 1.0)))


def rank(found: Components, weights: Mapping[str, float]) -> np.ndarray:
    """Return (R,) int64 regions, those that help most first; equals in the order of lakes."""
    return np.argsort(-scores(found, weights), kind="stable")


def why(regions: Regions, found: Components, weights: Mapping[str, float], region: int) -> tuple[Reason, ...]:
    """Return the reasons for a region's place, what adds most to its score first; weights add up to 1."""
    total = sum(weights.values()) or 1.0
    words = _words(regions, found, region)
    reasons = [
        Reason(name, float(found.table[region, NAMES.index(name)]), weight / total, words[name])
        for name, weight in weights.items()
        if weight > 0
    ]
    return tuple(sorted(reasons, key=lambda reason: -reason.share))


def _words(regions: Regions, found: Components, region: int) -> dict[str, str]:
    """Return each component of a region in words with numbers."""
    pixels, domain = int(regions.pixels[region]), int(found.domain[region])
    nameless = "lakes without a domain" if len(found.domains) > 1 else "the dataset"
    open_ = f"{100 * (1 - found.reviewed[domain]):.0f} % of {found.domains[domain] or nameless} is open"
    learned = float(found.table[region, NAMES.index(LEARNED)])
    return {
        DISAGREEMENT: _dispute(regions, region),
        UNCERTAINTY: f"models are unsure: {regions.entropy[region]:.2f} bits",
        SHORE: nearness(float(regions.shore[region])),
        SIZE: f"{pixels:,} px" if pixels > 1 else "1 px",
        DOMAIN: open_,
        LEARNED: f"what was learned is unsure: {learned:.2f} bits" if learned else "nothing was learned yet",
    }


def _dispute(regions: Regions, region: int) -> str:
    water = regions.water[region]
    if len(water) < 2:
        return "no two models were asked"
    spread = f"water {100 * water.min():.0f}–{100 * water.max():.0f} %"
    same = int(regions.unanimous[region])
    share = f"on {100 * regions.split[region]:.0f} % of its pixels ({spread})"
    return f"all models say {CLASS_NAMES[same]}, but differ {share}" if same else f"models differ {share}"


def nearness(pixels: float) -> str:
    """Return the distance to the shore in words; it is infinite where a lake has none."""
    if not np.isfinite(pixels):
        return "no shore in this lake"
    return "at the shore" if pixels < 2 else f"{pixels:.0f} px from the shore"
