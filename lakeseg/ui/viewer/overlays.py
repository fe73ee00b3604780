"""What may lie over all pictures of a scene: a patch grid, a set of marked pixels, a region in question."""

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


def check_marked(marked: np.ndarray, height: int, width: int, name: str = "marked") -> None:
    """Raise a `ConfigError` unless `marked` is (H, W) bool."""
    if marked.shape != (height, width) or marked.dtype != np.bool_:
        raise ConfigError(f"{name}: expected {(height, width)} bool, got {marked.shape} {marked.dtype}")


def encode_marked(marked: np.ndarray) -> Part:
    """Return the marked pixels, 1 for each, as a blob, and how many there are."""
    return {"pixels": int(marked.sum())}, {"mask": encode_bytes(marked.astype(np.uint8))}


@dataclass(frozen=True, eq=False)
class RegionOverlay:
    """Pixels in question: outlined on every panel, framed by the camera when they are new, and open to drawing.

    Attributes:
        name: Identifies the region and what is left of it. When it changes, the browser frames the region and forgets
            what was drawn; what is drawn comes back with it.
        mask: (H, W) bool.
        drawable: Whether lasso and brush are offered; what they reach outside `mask` does not count.
        drawn: Pixels that are drawn already, as runs (`lakeseg.review.runs`); for a new name only, or a new `serial`.
        serial: Changed by the page to replace what is drawn.
        once: Keys of the page, as the browser names them and with spaces between: after one of them acted, none acts
            before the next answer of the page is on the screen, nor by being held down.
        plain: Other keys of the page that act again and again, but not by being held down.
        buttons: CSS class of a container on the page whose buttons are treated like the keys of `once`.
        note: Label of a text field of the page: N goes there, Enter and Escape leave it.
        beat: Changed by the page with every answer.
    """

    name: str
    mask: np.ndarray
    drawable: bool = False
    drawn: str = ""
    serial: int = 0
    once: str = ""
    plain: str = ""
    buttons: str = ""
    note: str = ""
    beat: int = 0

    def box(self) -> tuple[int, int, int, int] | None:
        """Return first row, first column, last row, last column, both inclusive; None without pixels."""
        rows, columns = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(axis=0))
        return (int(rows[0]), int(columns[0]), int(rows[-1]), int(columns[-1])) if len(rows) else None

    def encode(self) -> Part:
        """Return plain values and the mask, 1 for each pixel, as a blob."""
        words = {"name": self.name, "pixels": int(self.mask.sum()), "drawable": self.drawable, "drawn": self.drawn}
        keys = {"once": self.once, "plain": self.plain, "buttons": self.buttons, "note": self.note}
        plain = {**words, **keys, "serial": self.serial, "beat": self.beat}
        return plain, {"mask": encode_bytes(self.mask.astype(np.uint8))}
