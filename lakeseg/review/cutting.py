"""Cut the unclassified pixels of a dataset into regions that one verdict can settle.

Within a lake neighbouring pixels merge (`merging.py`) that are alike in spectrum and in what the judges say of them.
Spectra count by the square root of reflectance, whose noise is as large on snow as on water, each band standardised
over the dataset's unclassified pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.bands import LAND, UNCLASSIFIED, WATER, is_fill, to_reflectance
from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.errors import ModelError
from lakeseg.evaluation import scored_labels
from lakeseg.metrics import classes
from lakeseg.review.merging import Sizes, merge, neighbours
from lakeseg.review.regions import Judge, Regions

SIZES: Final = Sizes(price=0.7, least=6, most=600)
OPINION: Final = 3.0
"""What a judge's change from land to water counts, in standard deviations of a spectrum."""
_CODES: Final = 3

Progress = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class _Cut:
    """The regions of one lake, r of them: fields as in `Regions`."""

    counts: np.ndarray
    positions: np.ndarray
    box: np.ndarray
    spectra: np.ndarray
    water: np.ndarray
    says: np.ndarray
    split: np.ndarray
    entropy: np.ndarray
    shore: np.ndarray


def cut(
    dataset: Dataset,
    judges: Sequence[Judge],
    cache: PredictionCache,
    progress: Progress | None = None,
    sizes: Sizes = SIZES,
) -> Regions:
    """Return the regions of all lakes; each unclassified pixel without fill is in exactly one.

    Args:
        dataset: A dataset with lakes.
        judges: Models that have an opinion; may be none.
        cache: Holds their predictions of every lake that has unclassified pixels.
        progress: Called with the share done (0 to 1) and the lake's id after each lake.
        sizes: Price of borders and limits of size.

    Raises:
        ModelError: A prediction is missing.
    """
    spread = _spread(dataset)
    cuts = []
    for row, lake_id in enumerate(dataset.lake_ids):
        open_ = int(dataset.class_counts()[row, UNCLASSIFIED])
        said = _predictions(dataset, lake_id, judges, cache) if open_ else np.empty((0, 1, 1, _CODES), np.float32)
        cuts.append(_cut_lake(dataset.lake(lake_id), dataset, said, spread, sizes) if open_ else None)
        if progress is not None:
            progress((row + 1) / len(dataset.lakes), lake_id)
    return _joined(dataset, tuple(judges), cuts)


def open_pixels(lake: Lake, fill: int) -> np.ndarray:
    """Return the (H, W) bool mask of what there is to settle: unclassified, and no value missing."""
    return np.asarray(scored_labels(lake, fill) == UNCLASSIFIED)


def _spread(dataset: Dataset) -> np.ndarray:
    """Return (B,) standard deviations of the square root of reflectance over the unclassified pixels; none is 0."""
    bands = len(dataset.bands)
    count, total, squares = 0, np.zeros(bands), np.zeros(bands)
    for counts, labels in dataset.iter_pixels():
        some = _rooted(counts[(labels == UNCLASSIFIED) & ~is_fill(counts, dataset.fill)], dataset)
        count, total, squares = count + len(some), total + some.sum(axis=0), squares + (some**2).sum(axis=0)
    variance = squares / max(count, 1) - (total / max(count, 1)) ** 2
    return np.sqrt(np.where(variance > np.finfo(np.float32).eps, variance, 1.0))


def _rooted(counts: np.ndarray, dataset: Dataset) -> np.ndarray:
    return np.sqrt(np.maximum(counts.astype(np.float64) * dataset.scale, 0))


def _predictions(dataset: Dataset, lake: str, judges: Sequence[Judge], cache: PredictionCache) -> np.ndarray:
    """Return the (K, H, W, 3) probabilities of one lake."""
    found = []
    for judge in judges:
        made = cache.get(CacheKey(dataset.fingerprint, lake, judge.fingerprint))
        if made is None:
            command = f"python -m lakeseg predict --warm --model {judge.id} --dataset {dataset.path}"
            raise ModelError(f"lake {lake!r}: {judge.id} has not predicted it yet: run `{command}`")
        found.append(made)
    return np.stack(found) if found else np.empty((0, 1, 1, _CODES), np.float32)


def _cut_lake(lake: Lake, dataset: Dataset, said: np.ndarray, spread: np.ndarray, sizes: Sizes) -> _Cut | None:
    """Return the regions of a lake; None where nothing is open."""
    mask = open_pixels(lake, dataset.fill)
    if not mask.any():
        return None
    here = said[:, mask] if len(said) else np.empty((0, int(mask.sum()), _CODES), np.float32)
    features = [_rooted(lake.image[mask], dataset) / spread / np.sqrt(len(spread))]
    features += [OPINION * one[:, :1] / np.sqrt(len(here)) for one in here]
    region = merge(np.hstack(features), np.argwhere(mask), *neighbours(mask), sizes)
    shore = _shore(_known(lake, dataset.fill, said))[mask]
    return _described(region, mask, to_reflectance(lake.image[mask], dataset.scale, dataset.fill), here, shore)


def _described(region: np.ndarray, mask: np.ndarray, spectra: np.ndarray, said: np.ndarray, shore: np.ndarray) -> _Cut:
    """Return what is known of the regions of one lake.

    Args:
        region: (n,) region of each open pixel.
        mask: (H, W) of the open pixels.
        spectra: (n, B) reflectance.
        said: (K, n, 3) probabilities of the judges.
        shore: (n,) distance to the shore.
    """
    order = np.argsort(region, kind="stable")
    counts = np.bincount(region)
    starts = np.cumsum(counts) - counts
    rows, columns = np.nonzero(mask)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.add.reduceat(values[order], starts, dtype=np.float64).T / counts).T.astype(np.float32)

    codes = np.array([classes(one) for one in said], np.uint8).reshape(len(said), len(region))
    votes = np.stack([[np.bincount(region[one == code], minlength=len(counts)) for one in codes] for code in (1, 2, 3)])
    edges = [np.minimum.reduceat(values[order], starts) for values in (rows, columns)]
    edges += [np.maximum.reduceat(values[order], starts) for values in (rows, columns)]
    differs = (codes != codes[:1]).any(axis=0) if len(codes) else np.zeros(len(region), bool)
    return _Cut(
        counts,
        (rows * mask.shape[1] + columns)[order].astype(np.int32),
        np.stack(edges, axis=1).astype(np.int32),
        mean(spectra),
        np.stack([mean(one[:, 0]) for one in said], axis=1) if len(said) else np.empty((len(counts), 0), np.float32),
        (votes.argmax(axis=0).T + 1).astype(np.uint8).reshape(len(counts), len(said)),
        mean(differs),
        mean(_entropy(said.mean(axis=0))) if len(said) else np.zeros(len(counts), np.float32),
        np.minimum.reduceat(shore[order], starts).astype(np.float32),
    )


def _entropy(probabilities: np.ndarray) -> np.ndarray:
    """Return the (n,) entropy of (n, 3) probabilities in bits."""
    sure = np.maximum(probabilities.astype(np.float64), 1e-12)
    return np.asarray(-(sure * np.log2(sure)).sum(axis=1))


def _known(lake: Lake, fill: int, said: np.ndarray) -> np.ndarray:
    """Return (H, W) uint8 labels with what most judges say where the labels are open, 0 where neither knows."""
    labels = scored_labels(lake, fill)
    open_ = labels == UNCLASSIFIED
    filled = np.where(open_, 0, labels).astype(np.uint8)
    codes = [classes(one) for one in said]
    for code in (WATER, LAND):
        votes = np.sum([one == code for one in codes], axis=0) if codes else np.zeros(labels.shape)
        filled[open_ & (votes > len(codes) / 2)] = code
    return filled


def _shore(known: np.ndarray) -> np.ndarray:
    """Return (H, W) float32 how many pixels away both water and land are found; infinite where one is missing.

    On water it is the distance to the nearest land and the other way round, so that 1 is a pixel at the shore; where
    nobody knows the class, it is the larger of the two.
    """
    from scipy.ndimage import distance_transform_edt

    away = np.zeros(known.shape, np.float32)
    for code in (WATER, LAND):
        if not (known == code).any():
            return np.full(known.shape, np.inf, np.float32)
        away = np.maximum(away, distance_transform_edt(known != code).astype(np.float32))
    return away


def _joined(dataset: Dataset, judges: tuple[Judge, ...], cuts: Sequence[_Cut | None]) -> Regions:
    """Return the regions of all lakes one after the other."""
    some = [(row, one) for row, one in enumerate(cuts) if one is not None]
    empty = _empty(len(dataset.bands), len(judges))
    lake = np.repeat([row for row, _ in some] or [0], [len(one.counts) for _, one in some] or [0]).astype(np.int32)
    parts = [empty, *(one for _, one in some)]

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(one, name) for one in parts])

    names = ("positions", "box", "spectra", "water", "says", "split", "entropy", "shore")
    columns = {name: column(name) for name in names}
    first = np.concatenate([[0], np.cumsum(column("counts"))]).astype(np.int64)
    return Regions(dataset.fingerprint, judges, tuple(dataset.bands), lake, first, **columns)


def _empty(bands: int, judges: int) -> _Cut:
    """Return no regions, with columns of the right types."""
    ints, floats = np.empty(0, np.int32), np.empty(0, np.float32)
    table = np.empty((0, judges), np.float32)
    boxes, spectra = np.empty((0, 4), np.int32), np.empty((0, bands), np.float32)
    return _Cut(ints, ints, boxes, spectra, table, table.astype(np.uint8), floats, floats, floats)
