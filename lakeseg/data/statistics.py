"""Mean spectra of the classes, of one lake or of a whole dataset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lakeseg.bands import CLASS_NAMES, is_fill
from lakeseg.data.dataset import Dataset


@dataclass(frozen=True)
class ClassSpectra:
    """Reflectance of each class code 0–3: mean and standard deviation (4, B), NaN where `pixels` (4,) is 0."""

    mean: np.ndarray
    spread: np.ndarray
    pixels: np.ndarray


def class_spectra(counts: np.ndarray, labels: np.ndarray, scale: float, fill: int) -> ClassSpectra:
    """Return the spectra of the classes in (N, B) int16 counts with (N,) labels; fill pixels are left out."""
    return _finish(_moments(counts, labels, fill), scale)


def dataset_spectra(dataset: Dataset) -> ClassSpectra:
    """Return the spectra of the classes over every pixel of a dataset, read in parts."""
    parts = (_moments(counts, labels, dataset.fill) for counts, labels in dataset.iter_pixels())
    return _finish(np.sum(list(parts), axis=0), dataset.scale)


def _moments(counts: np.ndarray, labels: np.ndarray, fill: int) -> np.ndarray:
    """Return (4, 1 + 2B): pixels, sums and sums of squares of each class, by one matrix product."""
    members = (labels == np.array(list(CLASS_NAMES), np.uint8)[:, None]) & ~is_fill(counts, fill)
    values = counts.astype(np.float64)
    table = np.concatenate([np.ones((len(values), 1)), values, values**2], axis=1)
    return members.astype(np.float64) @ table


def _finish(moments: np.ndarray, scale: float) -> ClassSpectra:
    bands = (moments.shape[1] - 1) // 2
    pixels = moments[:, 0]
    known = np.where(pixels > 0, pixels, np.nan)[:, None]
    mean = moments[:, 1 : 1 + bands] / known
    variance = moments[:, 1 + bands :] / known - mean**2
    return ClassSpectra(mean * scale, np.sqrt(np.maximum(variance, 0)) * scale, pixels.astype(np.int64))
