"""What may lie over all pictures of a scene: a patch grid, and a set of marked pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lakeseg.bands import CLASS_NAMES
from lakeseg.errors import ConfigError
from lakeseg.patches import grid
from lakeseg.ui.viewer.payload import Blob, encode_bytes

KEPT: Final = 0
PRUNED: Final = 1

Part = tuple[dict[str, Any], dict[str, Blob]]


@dataclass(frozen=True, eq=False)
class PatchOverlay:
    """Patches of `size` pixels, `gap` apart, from the top left corner; what lies in none of them is discarded.

    Attributes:
        size: Side of a patch in pixels.
        gap: Pixels between neighbours.
        states: (rows, columns) uint8: `KEPT` or `PRUNED`; no rows or no columns where the lake is too small.
        counts: (rows, columns, 4) whole numbers: pixels of each patch with label 0, 1, 2, 3.
    """

    size: int
    gap: int
    states: np.ndarray
    counts: np.ndarray

    def check(self, height: int, width: int) -> None:
        """Raise a `ConfigError` unless these are the patches of a lake of `height` × `width` pixels."""
        lay = grid(height, width, self.size, self.gap)
        shape, expected = self.states.shape, (lay.rows, lay.columns)
        if shape != expected or self.counts.shape != (*expected, len(CLASS_NAMES)):
            raise ConfigError(
                f"patches: expected {expected} of them, got states {shape} and counts {self.counts.shape}"
            )
        if self.states.size and int(self.states.max()) > PRUNED:
            raise ConfigError(f"patches: expected states 0 (kept) and 1 (pruned), got {int(self.states.max())}")

    def encode(self) -> Part:
        """Return plain values and blobs: states as bytes, counts as little-endian 32-bit words."""
        rows, columns = self.states.shape
        words = np.frombuffer(self.counts.astype("<u4").tobytes(), np.uint8)
        blobs = {"states": encode_bytes(self.states), "counts": encode_bytes(words)}
        return {"size": self.size, "gap": self.gap, "rows": rows, "columns": columns}, blobs


def check_marked(marked: np.ndarray, height: int, width: int) -> None:
    """Raise a `ConfigError` unless `marked` is (H, W) bool."""
    if marked.shape != (height, width) or marked.dtype != np.bool_:
        raise ConfigError(f"marked: expected {(height, width)} bool, got {marked.shape} {marked.dtype}")


def encode_marked(marked: np.ndarray) -> Part:
    """Return the marked pixels, 1 for each, as a blob, and how many there are."""
    return {"pixels": int(marked.sum())}, {"mask": encode_bytes(marked.astype(np.uint8))}
