"""What reviewers settled on as maps: the labels of each lake as GeoTIFF, where it lies (`exports/maps.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from lakeseg.bands import NO_LABEL, is_fill
from lakeseg.data.dataset import Dataset
from lakeseg.errors import ConfigError
from lakeseg.evaluation import Progress
from lakeseg.exports.content import Content, Origin
from lakeseg.exports.maps import has_place, placed, write_map, write_maps
from lakeseg.review.consensus import Consensus, settled_labels

__all__ = ["has_place", "origin", "placed", "settled", "write_geotiff", "write_geotiffs"]


def origin(found: Consensus) -> Origin:
    """Return what files of settled labels say of themselves."""
    return Origin("Labels that reviewers settled on", facts={"rule": found.rule.words})


def settled(
    dataset: Dataset, ids: Sequence[str], found: Consensus, progress: Progress | None = None
) -> Iterator[Content]:
    """Yield lakes with the labels that reviewers settled on; pixels that miss a band have none."""
    for done, lake in enumerate(dataset.iter_lakes(ids), start=1):
        labels = settled_labels(lake, int(dataset.lakes.offset[dataset.lakes.position(lake.id)]), dataset.fill, found)
        yield Content(lake, np.where(is_fill(lake.image, dataset.fill), np.uint8(NO_LABEL), labels))
        if progress is not None:
            progress(done / len(ids), lake.id)


def write_geotiff(path: Path, dataset: Dataset, lake_id: str, found: Consensus) -> None:
    """Write the labels of one lake: class codes with a colour table, 0 no data.

    Raises:
        ConfigError: The place of the lake is not known, or rasterio is not installed.
        DatasetError: The lake is not in the dataset, or the file cannot be written.
    """
    for content in settled(dataset, [lake_id], found):
        write_map(path, dataset, content, origin(found))


def write_geotiffs(folder: Path, dataset: Dataset, found: Consensus, progress: Progress | None = None) -> list[Path]:
    """Write one GeoTIFF for each lake whose place is known, named by its id, and return their paths.

    Raises:
        ConfigError: No lake has a place, or rasterio is not installed.
        DatasetError: A file cannot be written.
    """
    ids = placed(dataset)
    if not ids:
        raise ConfigError(f"{dataset.path}: does not say where its lakes lie, which a GeoTIFF needs")
    return write_maps(folder, dataset, settled(dataset, ids, found, progress), origin(found))
