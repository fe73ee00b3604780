"""Groups for lakes that share pixels or ground, so that no split parts them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from lakeseg.analysis.health.ground import shared_ground
from lakeseg.analysis.health.tally import Progress, quiet, tally
from lakeseg.analysis.health.twins import overlapping, same_images
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.data.write import write_dataset
from lakeseg.errors import ConfigError

_READING = 0.7  # of the time


def regroup(dataset: Dataset, out: Path, progress: Progress = quiet) -> Dataset:
    """Write a dataset again at `out`, with one group for lakes that share pixels or ground, and return it.

    Raises:
        ConfigError: `out` is the dataset itself, or it has no lakes.
        DatasetError: The dataset cannot be read, or `out` cannot be written.
    """
    if out.resolve() == dataset.path.resolve():
        raise ConfigError(f"{out}: is the dataset itself: choose another name")
    if dataset.of_pixels:
        raise ConfigError(f"{dataset.path}: has pixels but no lakes, so there is nothing to group")
    groups = joined_groups(dataset, lambda share, text: progress(_READING * share, text))
    provenance = {**dataset.header.provenance, "regrouped_from": dataset.fingerprint}
    header = replace(dataset.header, name=f"{dataset.name}, regrouped", provenance=provenance)
    return write_dataset(out, header, _lakes(dataset, groups, progress))


def _lakes(dataset: Dataset, groups: list[str], progress: Progress) -> Iterator[Lake]:
    for done, (lake, group) in enumerate(zip(dataset.iter_lakes(), groups, strict=True), start=1):
        yield replace(lake, group=group)
        progress(_READING + (1 - _READING) * done / len(groups), f"lake {done:,} of {len(groups):,}")


def joined_groups(dataset: Dataset, progress: Progress = quiet) -> list[str]:
    """Return the group of each lake, in file order: groups that share pixels become one, named like its first lake's.

    So do groups that overlap on the ground by their coordinates, unless a simulator gave these at random.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names, group = np.unique(dataset.lakes.group, return_inverse=True)
    pairs = np.array(_pairs(dataset, progress), np.int64).reshape(-1, 2)
    links = group[pairs]
    size = len(names)
    graph = coo_array((np.ones(len(links), bool), (links[:, 0], links[:, 1])), (size, size))
    _, joined = connected_components(graph, directed=False)
    of_lake = joined[group]
    _, first = np.unique(of_lake, return_index=True)
    return dataset.lakes.group[first][of_lake].tolist()


def _pairs(dataset: Dataset, progress: Progress) -> list[tuple[int, int]]:
    """Return pairs of rows of the index that belong together."""
    counted = tally(dataset, progress)
    pairs = [pair for rows in same_images(counted) for pair in pairwise(rows)]
    pairs += [(pair.first, pair.second) for pair in overlapping(dataset, counted)]
    if not dataset.simulated:
        pairs += [(one, other) for one, other, _ in shared_ground(dataset)]
    return pairs
