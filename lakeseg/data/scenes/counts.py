"""From the numbers of a file to counts of 1e-4 reflectance, −28672 where missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.bands import DEFAULT_FILL, DEFAULT_SCALE
from lakeseg.errors import DatasetError

LIMIT: Final = 32767


@dataclass(frozen=True)
class CountRule:
    """What the numbers of a band mean: reflectance = number × `scale` + `offset`.

    Attributes:
        scale: Reflectance of one.
        offset: Reflectance of zero.
        fill: The number that means missing.
        valid: Smallest and largest number that means anything; others are missing.
        clip: Whether reflectance beyond int16 is cut off instead of refused.
    """

    scale: float = DEFAULT_SCALE
    offset: float = 0.0
    fill: float | None = None
    valid: tuple[float, float] | None = None
    clip: bool = False

    def counts(self, numbers: np.ndarray, where: str) -> np.ndarray:
        """Return (...) numbers as int16 counts.

        Raises:
            DatasetError: A number is beyond what int16 holds and `clip` is off.
        """
        missing = self._missing(numbers)
        clean = np.where(missing, 0, numbers).astype(np.float64)
        counts = np.rint((clean * self.scale + self.offset) / DEFAULT_SCALE)
        beyond = ~missing & (np.abs(counts) > LIMIT)
        if beyond.any() and not self.clip:
            worst = numbers[beyond][0]
            meaning = f"× {self.scale:g} + {self.offset:g} is a reflectance of {worst * self.scale + self.offset:.4g}"
            remedy = "name --scale, --fill, or cut such values off with --clip"
            raise DatasetError(f"{where}: {worst:g} {meaning}, beyond ±3.2767: {remedy}")
        return np.where(missing, DEFAULT_FILL, np.clip(counts, -LIMIT, LIMIT)).astype(np.int16)

    def _missing(self, numbers: np.ndarray) -> np.ndarray:
        missing = ~np.isfinite(numbers) if numbers.dtype.kind == "f" else np.zeros(numbers.shape, bool)
        if self.fill is not None:
            missing |= numbers == self.fill
        if self.valid is not None:
            missing |= (numbers < self.valid[0]) | (numbers > self.valid[1])
        return missing


def multiplier(scale: float) -> float:
    """Return what a number is to be multiplied with: MOD09GA states 10000 where it means 1/10000, as HDF4 did."""
    return 1 / scale if scale > 1 else scale
