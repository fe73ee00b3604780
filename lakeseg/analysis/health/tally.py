"""One pass over the pixels of a dataset: what the checks need to know of every lake."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.bands import CLASS_NAMES, NO_LABEL
from lakeseg.data.dataset import Dataset

HIGH: Final = 1.6  # of reflectance: the valid range of MOD09 (MODIS surface reflectance user's guide, collection 6,
LOW: Final = -0.01  # Vermote, Roger and Ray 2015, table 7) is −100 to 16000 counts
_SAMPLES: Final = 1 << 20  # pixels that are remembered to find lakes that share some
_CODES: Final = len(CLASS_NAMES)
Progress = Callable[[float, str], None]
_NOTHING: Final = (np.iinfo(np.int16).max, np.iinfo(np.int16).min)


@dataclass(eq=False)
class Tally:
    """Counts for each lake (L,), and for each of its bands (L, B), in file order; pixels alone are one lake.

    Attributes:
        size: Pixels.
        classes: (L, 5): pixels of each class code 0 to 3, and of codes that are none.
        fill: Pixels with a missing value; `part` of them in some bands alone, `labelled` of them with a label.
        negative: Pixels with a value below 0 in any band; `low` of them below `LOW`.
        high: Pixels with a value above `HIGH` in any band.
        valid: (L, B) values that are not missing; `sums`, `least` and `most` of them, in counts.
        digests: A hash of shape and pixels.
        same_bands: (B, B) bool: which bands hold the same counts everywhere.
        sampled: Hashes of some pixels (n,) uint64, and in `sampled_at` their places in the file (n,) int64.
    """

    size: np.ndarray
    classes: np.ndarray
    fill: np.ndarray
    part: np.ndarray
    labelled: np.ndarray
    negative: np.ndarray
    low: np.ndarray
    high: np.ndarray
    valid: np.ndarray
    sums: np.ndarray
    least: np.ndarray
    most: np.ndarray
    digests: list[bytes]
    same_bands: np.ndarray
    sampled: np.ndarray
    sampled_at: np.ndarray


class _Counter:
    """Adds parts of the file up; a lake may begin in one part and end in another."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.size = np.array([dataset.pixel_count]) if dataset.of_pixels else dataset.lakes.size
        self.ends = np.cumsum(self.size)
        lakes, bands = len(self.size), len(dataset.bands)
        self.whole = {
            name: np.zeros(lakes, np.int64) for name in ("fill", "part", "labelled", "negative", "low", "high")
        }
        self.classes = np.zeros((lakes, _CODES + 1), np.int64)
        self.valid, self.sums = np.zeros((lakes, bands), np.int64), np.zeros((lakes, bands), np.int64)
        self.least, self.most = (np.full((lakes, bands), value, np.int16) for value in _NOTHING)
        self.same_bands = np.ones((bands, bands), bool)
        self.digests: list[bytes] = []
        self.hasher = hashlib.blake2b(digest_size=16)
        self.samples: list[tuple[np.ndarray, np.ndarray]] = []
        self.every = np.uint64((1 << max(dataset.pixel_count // _SAMPLES, 1).bit_length() - 1) - 1)
        self.done = 0

    def add(self, counts: np.ndarray, labels: np.ndarray) -> None:
        """Add the next (n, B) counts and (n,) labels of the file."""
        first = int(np.searchsorted(self.ends, self.done, side="right"))
        last = int(np.searchsorted(self.ends, self.done + len(labels) - 1, side="right"))
        starts = np.maximum(self.ends[first : last + 1] - self.size[first : last + 1] - self.done, 0)
        rows = slice(first, last + 1)
        self._add_values(rows, starts, counts, labels)
        codes = np.minimum(labels, _CODES)
        for code in range(_CODES + 1):
            self.classes[rows, code] += np.add.reduceat(codes == code, starts, dtype=np.int64)
        self._add_digests(counts, starts, first)
        self._sample(counts)
        for one in range(counts.shape[1]):
            for other in range(one):
                self.same_bands[one, other] &= np.array_equal(counts[:, one], counts[:, other])
        self.done += len(labels)

    def _add_values(self, rows: slice, starts: np.ndarray, counts: np.ndarray, labels: np.ndarray) -> None:
        missing = counts == self.dataset.fill
        fill = missing.any(axis=1)
        known, scale = ~missing, self.dataset.scale
        masks = {
            "fill": fill,
            "part": fill & ~missing.all(axis=1),
            "labelled": fill & (labels != NO_LABEL),
            "negative": ((counts < 0) & known).any(axis=1),
            "low": ((counts < round(LOW / scale)) & known).any(axis=1),
            "high": ((counts > round(HIGH / scale)) & known).any(axis=1),
        }
        for name, mask in masks.items():
            self.whole[name][rows] += np.add.reduceat(mask, starts, dtype=np.int64)
        self.valid[rows] += np.add.reduceat(known, starts, axis=0, dtype=np.int64)
        self.sums[rows] += np.add.reduceat(np.where(known, counts, 0), starts, axis=0, dtype=np.int64)
        least = np.minimum.reduceat(np.where(known, counts, _NOTHING[0]), starts, axis=0)
        most = np.maximum.reduceat(np.where(known, counts, _NOTHING[1]), starts, axis=0)
        self.least[rows] = np.minimum(self.least[rows], least)
        self.most[rows] = np.maximum(self.most[rows], most)

    def _add_digests(self, counts: np.ndarray, starts: np.ndarray, first: int) -> None:
        for place, part in enumerate(np.split(counts, starts[1:])):
            self.hasher.update(np.ascontiguousarray(part).data)
            if self.ends[first + place] <= self.done + starts[place] + len(part):
                self.hasher.update(self._shape(first + place))
                self.digests.append(self.hasher.digest())
                self.hasher = hashlib.blake2b(digest_size=16)

    def _shape(self, row: int) -> bytes:
        table = self.dataset.lakes
        return f"{table.height[row]}×{table.width[row]}".encode() if len(table) else b""

    def _sample(self, counts: np.ndarray) -> None:
        """Remember pixels by their own values, so that the same ground is remembered in every lake that shows it."""
        hashes = pixel_hashes(counts)
        chosen = np.flatnonzero(((hashes & self.every) == 0) & ~(counts == self.dataset.fill).any(axis=1))
        lake = np.searchsorted(self.ends, chosen + self.done, side="right")
        order = np.lexsort((lake, hashes[chosen]))
        chosen, lake = chosen[order], lake[order]
        new = np.ones(len(chosen), bool)  # a lake of one value is one sample
        new[1:] = (lake[1:] != lake[:-1]) | (hashes[chosen[1:]] != hashes[chosen[:-1]])
        self.samples.append((hashes[chosen[new]], chosen[new] + self.done))

    def finish(self) -> Tally:
        """Return what was counted."""
        sampled, places = (np.concatenate(parts) for parts in zip(*self.samples, strict=True))
        return Tally(
            size=self.size,
            classes=self.classes,
            **self.whole,
            valid=self.valid,
            sums=self.sums,
            least=self.least,
            most=self.most,
            digests=self.digests,
            same_bands=self.same_bands,
            sampled=sampled,
            sampled_at=places,
        )


def pixel_hashes(counts: np.ndarray) -> np.ndarray:
    """Return a hash of each pixel's values, (n,) uint64 of (n, B) int16, by the finaliser of splitmix64."""
    mixed = np.zeros(len(counts), np.uint64)
    for band in range(counts.shape[1]):
        mixed = (mixed ^ counts[:, band].astype(np.uint16)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), np.uint64)


def quiet(share: float, text: str) -> None:
    """Report to nobody."""


def tally(dataset: Dataset, progress: Progress = quiet, at_once: int = 1 << 17) -> Tally:
    """Read a dataset once, in parts of `at_once` pixels, and count; memory stays with one part and the samples."""
    counter = _Counter(dataset)
    for counts, labels in dataset.iter_pixels(at_once):
        counter.add(counts, labels)
        progress(counter.done / dataset.pixel_count, f"{counter.done:,} of {dataset.pixel_count:,} px")
    return counter.finish()
