"""A proposal for how a region may be divided: where its spectra part most."""

from __future__ import annotations

import numpy as np

from lakeseg.data.dataset import Dataset


def two_parts(dataset: Dataset, lake_id: str, positions: np.ndarray) -> np.ndarray:
    """Return the smaller of two parts of (n,) positions whose spectra differ most: two means, by root reflectance.

    Lloyd's algorithm from the two ends of the first principal axis. A region of equal pixels gives none.
    """
    lake = dataset.lake(lake_id)
    counts = lake.image.reshape(-1, lake.image.shape[-1])[positions].astype(np.float64)
    values = np.sqrt(np.maximum(counts * dataset.scale, 0))
    values = (values - values.mean(axis=0)) / np.where(values.std(axis=0) > 0, values.std(axis=0), 1)
    axis = np.linalg.svd(values, full_matrices=False)[2][0]
    second = values @ axis > 0
    for _ in range(20):
        if second.all() or not second.any():
            return np.empty(0, np.int64)
        means = values[~second].mean(axis=0), values[second].mean(axis=0)
        nearer = ((values - means[1]) ** 2).sum(axis=1) < ((values - means[0]) ** 2).sum(axis=1)
        if (nearer == second).all():
            break
        second = nearer
    return positions[second if second.sum() * 2 <= len(second) else ~second]
