"""The labelled pixels of lakes with what a segmenter says of them, without a cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lakeseg.analysis.thresholds import PixelScores, water_score
from lakeseg.bands import NO_LABEL
from lakeseg.data.dataset import Dataset
from lakeseg.evaluation import predict_dataset, scored_labels

if TYPE_CHECKING:
    from lakeseg.segmenters.base import Segmenter


def pixel_scores(segmenter: Segmenter, dataset: Dataset, ids: Sequence[str]) -> PixelScores:
    """Return the labelled pixels of the lakes `ids` with what a segmenter says of them.

    Raises:
        ModelError: The segmenter needs other bands, or gives values that are not finite.
    """
    labels, said = [np.empty(0, np.uint8)], [np.empty((0, 3), np.float32)]
    for each in predict_dataset(segmenter, "", dataset, ids):
        codes = scored_labels(each.lake, dataset.fill)
        labels.append(codes[codes != NO_LABEL])
        said.append(each.probabilities[codes != NO_LABEL])
    together = np.concatenate(said)
    ends = np.cumsum([len(codes) for codes in labels[1:]], dtype=np.int64)
    return PixelScores(np.concatenate(labels), water_score(together), together[:, 0].copy(), ends)
