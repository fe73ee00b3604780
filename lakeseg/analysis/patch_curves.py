"""What a patch size keeps of a dataset: counts and shares over all sizes, for each part of a split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.analysis.selection import trained_split
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import PARTS
from lakeseg.patches import LabelSums

SMALLEST: Final = 8
LARGEST: Final = 64
SIZES: Final = tuple(range(SMALLEST, LARGEST + 1))
EVERY_LAKE: Final = "all lakes"


@dataclass(frozen=True, eq=False)
class PatchCurve:
    """One part of a dataset at each patch size; every array is (sizes,) int64.

    Attributes:
        sizes: Sides of the patches in pixels.
        lakes, pixels: How many there are.
        patches: Patches that are kept.
        pruned_patches: Patches of a single class that are not.
        kept, pruned, discarded: Pixels in kept patches, in pruned ones, and in none; they add up to `pixels`.
        water, classified: Pixels of kept patches labelled water, and labelled water or land.
        too_small: Lakes that hold no patch.
    """

    sizes: np.ndarray
    lakes: int
    pixels: int
    patches: np.ndarray
    pruned_patches: np.ndarray
    kept: np.ndarray
    pruned: np.ndarray
    discarded: np.ndarray
    water: np.ndarray
    classified: np.ndarray
    too_small: np.ndarray

    @property
    def water_share(self) -> np.ndarray:
        """Water among the classified pixels of kept patches, 0 to 1; NaN where there are none."""
        none = np.full(len(self.sizes), np.nan)
        return np.divide(self.water, self.classified, out=none, where=self.classified > 0)

    def share(self, name: str) -> np.ndarray:
        """Return `kept`, `pruned` or `discarded` as a share of all pixels, 0 to 1."""
        return np.asarray(getattr(self, name) / self.pixels)


def patch_curve(
    dataset: Dataset, ids: Sequence[str], gap: int = 0, prune: bool = True, sizes: Sequence[int] = SIZES
) -> PatchCurve:
    """Account for the lakes `ids` at each of `sizes`, patches `gap` pixels apart, with `prune` only mixed ones kept."""
    sums = LabelSums.of(dataset, ids)
    accounts = [sums.account(size, gap, prune) for size in sizes]
    shorter = np.sort(np.minimum(sums.heights, sums.widths))
    patches, pruned_patches, kept, pruned, discarded, water, classified = np.array(
        [
            (a.patches_kept, a.patches_pruned, a.kept, a.pruned, a.discarded, a.kept_labels[1], sum(a.kept_labels[1:3]))
            for a in accounts
        ],
        np.int64,
    ).T
    return PatchCurve(
        sizes=np.asarray(sizes),
        lakes=len(ids),
        pixels=sums.pixels,
        patches=patches,
        pruned_patches=pruned_patches,
        kept=kept,
        pruned=pruned,
        discarded=discarded,
        water=water,
        classified=classified,
        too_small=np.searchsorted(shorter, np.asarray(sizes), side="left"),
    )


def patch_curves(
    dataset: Dataset, parts: Mapping[str, Sequence[str]], gap: int = 0, prune: bool = True
) -> dict[str, PatchCurve]:
    """Return the curve of each part that has lakes, by its name."""
    return {name: patch_curve(dataset, ids, gap, prune) for name, ids in parts.items() if ids}


def split_parts(dataset: Dataset, cards: Iterable[Card]) -> dict[str, tuple[str, ...]]:
    """Return train, validation and test as most models trained on the dataset have them; else all lakes as one part."""
    known = trained_split(dataset, cards)
    if known is None:
        return {EVERY_LAKE: dataset.lake_ids}
    return {name: known.split.part(name) for name in PARTS}


def whole_context(sizes: Sequence[int] | np.ndarray, margin: int) -> np.ndarray:
    """Return the share of a patch's pixels whose neighbours within `margin` all lie in the patch, (sizes,) float64.

    A network that sees a patch alone has nothing but padding or its mirror for the others.
    """
    sides = np.asarray(sizes, np.float64)
    return np.asarray((np.maximum(sides - 2 * margin, 0) / sides) ** 2)
