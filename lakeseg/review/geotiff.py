"""What reviewers settled on as maps: the labels of each lake as GeoTIFF, where it lies (`exports/maps.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lakeseg.data.dataset import Dataset
from lakeseg.errors import ConfigError
from lakeseg.evaluation import Progress, scored_labels
from lakeseg.exports.content import RULE, Content, Origin, labelled
from lakeseg.exports.maps import has_place, placed, write_map, write_maps
from lakeseg.review.consensus import Consensus, settled_labels

__all__ = ["has_place", "origin", "placed", "relabelled", "settled", "settled_by", "write_geotiff", "write_geotiffs"]


def origin(found: Consensus) -> Origin:
    """Return what files of settled labels say of themselves."""
    return settled_by(Origin("Labels that reviewers settled on"), found)


def settled_by(origin: Origin, found: Consensus) -> Origin:
    """Return an origin that also says by which rule labels were settled."""
    return replace(origin, facts={**origin.facts, RULE: found.rule.words})


def settled(
    dataset: Dataset, ids: Sequence[str], found: Consensus, progress: Progress | None = None
) -> Iterator[Content]:
    """Yield lakes with the labels that reviewers settled on; pixels that miss a band have none."""
    yield from (
        replace(each, codes=scored_labels(each.lake, dataset.fill))
        for each in relabelled(dataset, labelled(dataset, ids, progress), found)
    )


def relabelled(dataset: Dataset, contents: Iterable[Content], found: Consensus) -> Iterator[Content]:
    """Yield what is said of lakes, with lakes whose labels are those that reviewers settled on."""
    for content in contents:
        lake = content.lake
        offset = int(dataset.lakes.offset[dataset.lakes.position(lake.id)])
        yield replace(content, lake=replace(lake, labels=settled_labels(lake, offset, dataset.fill, found)))


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
