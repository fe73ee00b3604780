"""Lakes by hand with a place on the ground, for the tests of what is written from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lakeseg.data.dataset import Header, Lake
from lakeseg.data.scenes.grids import CELL_M, SINUSOIDAL
from lakeseg.data.scenes.scene import Grid
from lakeseg.data.write import write_dataset
from tests.lakes import make_lake

HEADER = Header("Small", (1, 2, 3, 4, 5, 6, 7), "made by a test", simulated=True)
# Two bodies that touch at a corner, one of them with an island of land, and an unclassified pixel.
RING = np.array(
    [
        [1, 1, 1, 2, 2, 2],
        [1, 2, 1, 2, 2, 2],
        [1, 1, 1, 2, 2, 3],
        [2, 2, 2, 1, 1, 2],
        [2, 2, 2, 2, 2, 2],
    ],
    np.uint8,
)
TILE = Grid(SINUSOIDAL, (CELL_M, 0.0, 1_000_000.0, 0.0, -CELL_M, 6_000_000.0))
UTM = Grid("EPSG:32633", (30.0, 0.0, 500_000.0, 0.0, -30.0, 6_000_000.0))


def lake(name: str, labels: np.ndarray = RING, grid: Grid | None = None, **changed: object) -> Lake:
    made = make_lake(name, *labels.shape)
    return replace(made, labels=labels.copy(), grid=grid, domain="boreal", date="2018-07-01", **changed)


def dataset(path, *lakes: Lake, **provenance: object):
    return write_dataset(path, replace(HEADER, provenance=provenance), lakes)
