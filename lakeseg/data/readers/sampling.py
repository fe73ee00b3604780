"""What the first lakes of a file suggest: bands, whether labels are codes, whether real numbers are counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, TypeVar

import numpy as np

from lakeseg.bands import ALL_BANDS, LAND, UNCLASSIFIED, are_bands
from lakeseg.data.readers.options import ReadOptions

SAMPLED: Final = 16  # lakes looked at before anything is converted
_MOST_REFLECTANCE: Final = 2.0
_SHOWN: Final = 8
_VALUES: Final = 1 << 20
_BYTES: Final = 1 << 25

T = TypeVar("T")


@dataclass
class Sample:
    """Options that follow from what was seen, those that the user has to add to his, and a line on each."""

    options: ReadOptions
    suggested: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def bands(self, count: int, stated: Sequence[int] = ()) -> tuple[int, ...]:
        """Suggest the bands of `count` values a pixel: what the file states, else all seven; return them ascending."""
        if self.options.bands is not None:
            return tuple(sorted(self.options.bands))
        for bands, why in ((tuple(stated), "as the file says"), (ALL_BANDS, "the seven of MODIS in their order")):
            if len(bands) == count and are_bands(bands, ascending=False):
                self.suggested["bands"] = bands
                self.lines.append(f"bands {', '.join(map(str, bands))}, {why}")
                return tuple(sorted(bands))
        self.missing.append("bands")
        self.lines.append(f"{count} values a pixel: which bands they are, it does not say")
        return ()

    def pixels(self, images: Iterable[np.ndarray]) -> None:
        """Suggest that real numbers are counts where all are whole and some are too large for reflectance."""
        whole, largest = True, 0.0
        for image in images:
            if image.dtype.kind != "f":
                return
            values = _some(image)
            whole = whole and bool((values == np.rint(values)).all())
            largest = max(largest, float(np.abs(values).max(initial=0)))
        if whole and largest > _MOST_REFLECTANCE:
            self.suggested["counts"] = True
            self.lines.append("pixels are whole numbers kept as reals: taken as counts")

    def labels(self, opinions: Iterable[np.ndarray]) -> None:
        """Suggest class codes where labels are codes and cannot be a mask of 0 and 1; else ask for what is water."""
        numbers = [opinion for opinion in opinions if opinion.dtype.kind in "biuf"]
        parts = [np.unique(_some(opinion)) for opinion in numbers]
        seen = np.unique(np.concatenate(parts)).tolist() if parts else []
        shown = ", ".join(f"{value:g}" for value in seen[:_SHOWN]) + (", …" if len(seen) > _SHOWN else "")
        if self.options.water is not None:
            self.lines.append(f"labels {shown}")
        elif set(seen) <= {0, 1, 2, 3} and {LAND, UNCLASSIFIED} & set(seen):
            self.suggested["water"] = "codes"
            self.lines.append(f"labels {shown}: taken as 1 water, 2 land, 3 unclassified, 0 no label")
        else:
            self.missing.append("water")
            self.lines.append(f"labels {shown or 'nowhere'}: which of them is water, they do not say")

    def no_labels(self) -> None:
        """Ask for the key of the labels unless the user said that there are none."""
        if self.options.labels is None:
            self.missing.append("labels")
            self.lines.append("which array holds the labels, it does not say ('none' for lakes that nobody labelled)")
        else:
            self.lines.append("no labels")


def _some(array: np.ndarray) -> np.ndarray:
    """Return the finite values of an array, of a large one only some from everywhere, (n,)."""
    flat = array.reshape(-1) if array.flags.c_contiguous else array.ravel(order="K")
    flat = flat[:: max(1, flat.size // _VALUES)]
    return flat[np.isfinite(flat)]


def few(values: Iterable[T], size: Callable[[T], int]) -> list[T]:
    """Return the first of `values`: at most `SAMPLED`, fewer where they take much memory."""
    found: list[T] = []
    taken = 0
    for value in islice(values, SAMPLED):
        found.append(value)
        taken += size(value)
        if taken > _BYTES:
            break
    return found
