"""Number, sum and sum of products of band values, from which means, covariances and principal components follow.

They add up: the moments of any union of groups are the sum of theirs, so one pass over a file answers for every choice
of domains and classes. Values are taken as differences from a fixed count before they are multiplied, in float64:
sums of products of raw counts would lose the digits that a small variance rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.errors import ConfigError

OFFSET: Final = 2000  # counts; near the middle of what land and water reflect


@dataclass(frozen=True, eq=False)
class Moments:
    """Of counts − `OFFSET`, one entry a group: `pixels` (...), `sums` (..., B) and `products` (..., B, B), float64."""

    pixels: np.ndarray
    sums: np.ndarray
    products: np.ndarray

    @classmethod
    def empty(cls, shape: tuple[int, ...], bands: int) -> Moments:
        """Return the moments of no pixel at all, for groups of this shape."""
        return cls(np.zeros(shape), np.zeros((*shape, bands)), np.zeros((*shape, bands, bands)))

    def add(self, group: tuple[int, ...], counts: np.ndarray) -> None:
        """Add (n, B) counts to one group."""
        values = counts.astype(np.float64) - OFFSET
        self.pixels[group] += len(values)
        self.sums[group] += values.sum(axis=0)
        self.products[group] += values.T @ values

    def union(self, *rows: Sequence[int]) -> Moments:
        """Return the moments of the groups in `rows` (one list of indices for each axis) taken as one group."""
        chosen = np.ix_(*rows)
        axes = tuple(range(len(rows)))
        return Moments(*(values[chosen].sum(axis=axes) for values in (self.pixels, self.sums, self.products)))

    @property
    def mean(self) -> np.ndarray:
        """Mean counts (..., B), NaN for a group without pixels."""
        return self.sums / self._known[..., None] + OFFSET

    @property
    def covariance(self) -> np.ndarray:
        """Sample covariance in counts² (..., B, B), divided by n − 1; NaN for a group of fewer than two pixels."""
        scatter = self.products - self.sums[..., :, None] * self.sums[..., None, :] / self._known[..., None, None]
        return scatter / np.where(self.pixels > 1, self.pixels - 1, np.nan)[..., None, None]

    @property
    def deviation(self) -> np.ndarray:
        """Sample standard deviation in counts (..., B)."""
        return np.sqrt(np.maximum(np.diagonal(self.covariance, axis1=-2, axis2=-1), 0))

    @property
    def correlation(self) -> np.ndarray:
        """Pearson correlation (..., B, B) within [−1, 1]; NaN where a band does not vary."""
        size = np.where(self.deviation > 0, self.deviation, np.nan)
        return np.clip(self.covariance / (size[..., :, None] * size[..., None, :]), -1, 1)

    @property
    def _known(self) -> np.ndarray:
        return np.where(self.pixels > 0, self.pixels, np.nan)


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components: `axes` (k, B) orthonormal rows, `variances` (k,) along them, `mean` and `size` (B,).

    A value v has scores ((v − mean) / size) · axesᵀ; `size` is 1 unless bands were scaled to unit variance. Signs are
    such that the largest entry of each axis is positive.
    """

    mean: np.ndarray
    size: np.ndarray
    axes: np.ndarray
    variances: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Share of the variance along each component, (k,), descending; NaN where nothing varies."""
        total = self.variances.sum()
        return self.variances / (total if total > 0 else np.nan)

    def scores(self, values: np.ndarray) -> np.ndarray:
        """Return the (..., k) float32 scores of (..., B) values in the unit of `mean`."""
        return np.asarray(((values - self.mean) / self.size) @ self.axes.T, np.float32)


def components(moments: Moments, scale: float = 1.0, standardised: bool = False) -> Components:
    """Return the principal components of one group, in reflectance if `scale` is that of a count.

    Args:
        moments: Of one group (no leading axes), with at least two pixels.
        scale: What one count is.
        standardised: Scale every band to unit variance first: components of the correlation, not the covariance.

    Raises:
        ConfigError: There are fewer than two pixels.
    """
    if not moments.pixels > 1:
        raise ConfigError(f"principal components: {int(moments.pixels)} px of this choice, expected two at least")
    return components_of(moments.mean * scale, moments.covariance * scale**2, standardised)


def components_of(mean: np.ndarray, covariance: np.ndarray, standardised: bool = False) -> Components:
    """Return the principal components of values with this mean (B,) and covariance (B, B)."""
    deviation = np.sqrt(np.maximum(np.diagonal(covariance), 0))
    size = np.where(deviation > 0, deviation, 1.0) if standardised else np.ones(len(deviation))
    variances, columns = np.linalg.eigh(covariance / np.outer(size, size))
    axes = columns.T[::-1]
    largest = axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)]
    axes = axes * np.where(largest < 0, -1.0, 1.0)[:, None]
    return Components(mean, size, axes, np.maximum(variances[::-1], 0))
