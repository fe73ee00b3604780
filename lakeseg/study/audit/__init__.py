"""The audit of the study of 2018: fourteen points, each with its evidence computed anew from the published numbers."""

from __future__ import annotations

from lakeseg.study.audit import networks, protocol, tables
from lakeseg.study.audit.shapes import FALLS, OPEN, STANDS, Point, Row
from lakeseg.study.results import Result
from lakeseg.study.runs import Runs

__all__ = ["FALLS", "OPEN", "STANDS", "Point", "Row", "points"]


def points(runs: Runs | None = None, unclassified: Result | None = None) -> tuple[Point, ...]:
    """Return the points by number.

    Args:
        runs: Ours, which tell what a seed and a split of pixels do; without them their places say "not run yet".
        unclassified: Our measurement on a dataset like Dataset1, which tells how many lakes share ground.
    """
    found = (
        tables.land_of_dataset1(),
        tables.sizes_of_images(),
        tables.scores_of_sizes(),
        tables.caption_of_sizes(),
        tables.lakes_of_split(),
        tables.cells_of_regression(),
        networks.parameters_of_fcn(),
        networks.logits_cut_at_zero(),
        networks.gaps_between_patches(),
        protocol.pruned_test_patches(),
        protocol.random_pixels(runs),
        networks.parameters_of_unet(),
        protocol.one_seed(runs),
        protocol.shared_ground(unclassified),
    )
    return tuple(sorted(found, key=lambda point: point.number))
