"""Regions that measure a reviewer, mixed in among those to be settled: honeypots and repeats.

A honeypot lies where both labellers agreed, has the size of a region, and is shown like one; a repeat is a region on
which the reviewer has already said something. Which turn is a check, and which one it is, follows from the reviewer's
name and the number of the turn, so that a reload or a restart brings the same.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np

from lakeseg.bands import LAND, WATER
from lakeseg.data.dataset import Dataset
from lakeseg.errors import ConfigError
from lakeseg.evaluation import scored_labels
from lakeseg.review import runs
from lakeseg.review.regions import Regions
from lakeseg.review.verdicts import HONEYPOT, REPEAT, REVIEW, Verdict
from lakeseg.review.verdicts import LAND as SAYS_LAND
from lakeseg.review.verdicts import WATER as SAYS_WATER

LARGEST: Final = 200
"""Most pixels of a honeypot."""
PAUSE: Final = 10
"""Verdicts between a region and its repeat at the least, so that nobody decides from memory."""
_TRIES: Final = 20


@dataclass(frozen=True)
class Rates:
    """Share of all turns that are honeypots and repeats, 0 to 1 and together at most a half; none by default."""

    honeypots: float = 0.0
    repeats: float = 0.0

    def __post_init__(self) -> None:
        """Check the values; a `ConfigError` says what is expected."""
        if min(self.honeypots, self.repeats) < 0 or not self.honeypots + self.repeats <= 0.5:
            raise ConfigError("rates of checks: expected shares from 0, together at most a half of all turns")


@dataclass(frozen=True, eq=False)
class Check:
    """A region that is shown to measure the reviewer.

    Attributes:
        purpose: `HONEYPOT` or `REPEAT`.
        lake: Id.
        positions: (n,) int64 pixels in the lake, ascending.
        box: First row, first column, last row, last column, both inclusive.
        expected: The verdict that would be right (of the labels), or that was given before.
    """

    purpose: str
    lake: str
    positions: np.ndarray
    box: tuple[int, int, int, int]
    expected: str


def purpose_at(turn: int, reviewer: str, rates: Rates) -> str | None:
    """Return whether a reviewer's turn (0, 1, …) is a honeypot, a repeat, or None for a region of the queue."""
    share = _draw(reviewer, turn, "purpose").random()
    if share < rates.honeypots:
        return HONEYPOT
    return REPEAT if share < rates.honeypots + rates.repeats else None


def check_at(
    turn: int, reviewer: str, rates: Rates, regions: Regions, dataset: Dataset, mine: Sequence[Verdict]
) -> Check | None:
    """Return the check of a reviewer's turn; None where it is not one, or where there is nothing to make it of.

    Args:
        turn: Number of regions that the reviewer was shown before.
        reviewer: His name.
        rates: How often there is one.
        regions: Whose sizes and neighbourhoods honeypots take.
        dataset: Where the labels are.
        mine: What he said before, the latest first (`Ledger.mine`).
    """
    purpose = purpose_at(turn, reviewer, rates)
    if purpose == HONEYPOT:
        return honeypot(turn, reviewer, regions, dataset)
    return repeat(turn, reviewer, dataset, mine) if purpose == REPEAT else None


def honeypot(turn: int, reviewer: str, regions: Regions, dataset: Dataset) -> Check | None:
    """Return an area of labelled water or land, near a region and as large; None where none of some tries finds one."""
    draw = _draw(reviewer, turn, HONEYPOT)
    for _ in range(_TRIES if len(regions) else 0):
        region = int(draw.integers(len(regions)))
        code = WATER if draw.random() < 0.5 else LAND
        lake_id = dataset.lake_ids[regions.lake[region]]
        labels = scored_labels(dataset.lake(lake_id), dataset.fill)
        size = min(int(regions.pixels[region]), LARGEST)
        grown = _grown(labels == code, regions.box[region], size)
        if len(grown) == size:
            expected = SAYS_WATER if code == WATER else SAYS_LAND
            return _check(HONEYPOT, lake_id, grown, labels.shape[1], expected)
    return None


def repeat(turn: int, reviewer: str, dataset: Dataset, mine: Sequence[Verdict]) -> Check | None:
    """Return a region that a reviewer looked at (so none of a bulk) some turns ago; None where there is none."""
    known = [one for one in mine[PAUSE:] if one.purpose == REVIEW and one.lake in dataset.lakes]
    if not known:
        return None
    one = known[int(_draw(reviewer, turn, REPEAT).integers(len(known)))]
    width = int(dataset.lakes.width[dataset.lakes.position(one.lake)])
    return _check(REPEAT, one.lake, runs.decode(one.runs), width, one.verdict)


def _check(purpose: str, lake: str, positions: np.ndarray, width: int, expected: str) -> Check:
    rows, columns = np.divmod(np.sort(positions), width)
    box = int(rows.min()), int(columns.min()), int(rows.max()), int(columns.max())
    return Check(purpose, lake, np.sort(positions), box, expected)


def _draw(reviewer: str, turn: int, what: str) -> np.random.Generator:
    """Return the random numbers of one turn of one reviewer."""
    digest = sha256(f"{what}\0{turn}\0{reviewer}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def _grown(allowed: np.ndarray, box: np.ndarray, size: int) -> np.ndarray:
    """Return up to `size` connected positions of an (H, W) mask, those first that are near the middle of a box.

    Pixels beside another class are left out where that leaves enough: borders are where labels err.
    """
    from scipy.ndimage import binary_erosion

    core = binary_erosion(allowed, np.ones((3, 3)), border_value=1)
    allowed = core if core.sum() >= 2 * size else allowed
    rows, columns = np.nonzero(allowed)
    if not len(rows):
        return np.empty(0, np.int64)
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    first = int(np.argmin((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2))
    return _flooded(allowed, (int(rows[first]), int(columns[first])), size)


def _flooded(allowed: np.ndarray, start: tuple[int, int], size: int) -> np.ndarray:
    """Return up to `size` positions connected to `start` by sides, the nearest first."""
    height, width = allowed.shape
    heap, seen = [(0, *start)], {start}
    found: list[int] = []
    while heap and len(found) < size:
        _, row, column = heapq.heappop(heap)
        found.append(row * width + column)
        for near in ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)):
            inside = 0 <= near[0] < height and 0 <= near[1] < width
            if inside and near not in seen and allowed[near]:
                seen.add(near)
                heapq.heappush(heap, ((near[0] - start[0]) ** 2 + (near[1] - start[1]) ** 2, *near))
    return np.array(found, np.int64)
