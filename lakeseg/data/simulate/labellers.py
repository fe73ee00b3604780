"""The two labellers, each wrong in its own way, and what becomes of their verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from lakeseg.bands import ALL_BANDS, LAND, UNCLASSIFIED, WATER, spectral_index, to_reflectance
from lakeseg.data.simulate.sensor import CELLS, box_pixels
from lakeseg.data.simulate.terrain import Texture, fractal_field

if TYPE_CHECKING:
    from lakeseg.data.dataset import Dataset

SETTLED: Final = "review"
"""`made_by` in the provenance of a dataset whose unclassified pixels people have settled."""
_DARK_NIR = 0.05
_MAP_ERROR = 0.15  # standard deviation of the map's error in water fraction


def static_map(rng: np.random.Generator, mapped: np.ndarray) -> np.ndarray:
    """Return the (H, W) bool water mask of a map made once, from the `mapped` water of another date (cells).

    The map lies up to one pixel off, and calls a pixel water from half its area on, give or take an error that
    neighbouring pixels share.
    """
    turn, length = rng.uniform(0, 2 * np.pi), rng.uniform(0, CELLS)
    shift = (round(length * np.sin(turn)), round(length * np.cos(turn)))
    fraction = box_pixels(mapped, shift)
    error = np.float32(_MAP_ERROR) * fractal_field(rng, fraction.shape, Texture(0.8, 10))
    return fraction + error > 0.5


def spectral_rule(image: np.ndarray) -> np.ndarray:
    """Return the (H, W) bool water mask of fixed thresholds on (H, W, 7) int16 counts.

    Water is where both water indices (NDWI of McFeeters, MNDWI of Xu) are positive, or where the near infrared is
    dark. Snow and ice are greener than infrared and so pass for water, as do deep shadows; turbid water, algal blooms
    and mixed shores lift the infrared and pass for land.
    """
    reflectance = to_reflectance(image)
    wet = (spectral_index("NDWI", reflectance, ALL_BANDS) > 0) & (spectral_index("MNDWI", reflectance, ALL_BANDS) > 0)
    return np.asarray(wet | (reflectance[..., 1] < _DARK_NIR))


def agreed(map_water: np.ndarray, rule_water: np.ndarray) -> np.ndarray:
    """Return (H, W) uint8 labels: the class on which both masks agree, unclassified where they do not."""
    same = np.where(map_water, WATER, LAND)
    return np.where(map_water == rule_water, same, UNCLASSIFIED).astype(np.uint8)


def reconciled(map_water: np.ndarray) -> np.ndarray:
    """Return (H, W) uint8 labels of two classes: where the labellers conflict, the static map decides.

    The study's second dataset holds no conflict. Leaving conflicting pixels out would leave out every shore, so they
    are settled by the one labeller that does not look at the image, which makes the label the map's.
    """
    return np.where(map_water, WATER, LAND).astype(np.uint8)


def may_be_known(dataset: Dataset) -> bool:
    """Say whether `votes` can tell of a dataset's lakes: simulated, of all bands, and settled by nobody since."""
    simulated = dataset.simulated and dataset.truth_available and tuple(dataset.bands) == ALL_BANDS
    return simulated and dataset.header.provenance.get("made_by") != SETTLED


def votes(image: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the (H, W) bool water masks of the static map and of the spectral rule behind labels of three classes.

    A file keeps what became of the two verdicts, not the verdicts. Of a simulated lake they follow from it all the
    same: the rule sees nothing but the image, and the map says as the label where that is sure and the opposite of the
    rule where it is not.

    Args:
        image: (H, W, 7) int16 counts.
        labels: (H, W) uint8 as `agreed` gives them.

    Returns:
        Both masks, or None where a sure label is not what the rule says: then other labellers were at work.
    """
    rule = spectral_rule(image)
    sure = (labels == WATER) | (labels == LAND)
    if (rule[sure] != (labels[sure] == WATER)).any() or not (sure | (labels == UNCLASSIFIED)).all():
        return None
    return np.where(labels == UNCLASSIFIED, ~rule, labels == WATER), rule
