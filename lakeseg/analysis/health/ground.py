"""Lakes that lie on the same ground by their coordinates, and groups that stand on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from lakeseg.data.dataset import MODIS_PIXEL_M, Dataset
from lakeseg.data.scenes.grids import CELL_M, RADIUS_M
from lakeseg.data.splits import PARTS, Split
from lakeseg.data.table import LakeTable

LEAST_SHARE: Final = 0.05  # of the smaller lake; neighbours whose edges touch do not share ground
MOST_PAIRS: Final = 10_000


def extents(dataset: Dataset) -> np.ndarray:
    """Return (L, 4) west, south, east, north of each lake in metres, on the sinusoidal grid; NaN without a place."""
    table = dataset.lakes
    side = CELL_M if dataset.pixel_size_m == MODIS_PIXEL_M else dataset.pixel_size_m
    lat = np.radians(table.lat)
    x, y = RADIUS_M * np.radians(table.lon) * np.cos(lat), RADIUS_M * lat
    half_x, half_y = table.width * side / 2, table.height * side / 2
    return np.stack([x - half_x, y - half_y, x + half_x, y + half_y], axis=1)


def shared_ground(dataset: Dataset) -> Iterator[tuple[int, int, float]]:
    """Yield pairs of lakes in different groups that overlap on the ground, and the share of the smaller one."""
    boxes = extents(dataset)
    placed = np.flatnonzero(np.isfinite(boxes).all(axis=1))
    placed = placed[np.argsort(boxes[placed, 0], kind="stable")]
    west, groups = boxes[placed, 0], dataset.lakes.group
    for at, row in enumerate(placed.tolist()):
        later = placed[at + 1 : np.searchsorted(west, boxes[row, 2])]
        later = later[groups[later] != groups[row]]
        share = _shares(boxes[row], boxes[later])
        for other in np.flatnonzero(share > LEAST_SHARE).tolist():
            yield row, int(later[other]), float(share[other])


def _shares(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return (n,) how much of the smaller one of `box` (4,) and each of `others` (n, 4) lies in both."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    common = np.prod(np.maximum(high - low, 0), axis=1)
    area = np.minimum(np.prod(box[2:] - box[:2]), np.prod(others[:, 2:] - others[:, :2], axis=1))
    return np.asarray(common / np.maximum(area, 1e-9))


def straddling(table: LakeTable, splits: Mapping[str, Split]) -> dict[str, list[str]]:
    """Return for each split, by name, the groups of which lakes stand in more than one part."""
    group = dict(zip(table.id.tolist(), table.group.tolist(), strict=True))
    found: dict[str, list[str]] = {}
    for name, split in splits.items():
        parts: dict[str, set[str]] = {}
        for part in PARTS:
            for lake in split.part(part):
                if group.get(lake):
                    parts.setdefault(group[lake], set()).add(part)
        found[name] = sorted(key for key, held in parts.items() if len(held) > 1)
    return {name: groups for name, groups in found.items() if groups}
