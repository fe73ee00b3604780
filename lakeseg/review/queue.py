"""Which regions are left for whom: filters, the queue, progress.

A region is open for a reviewer as long as one of its pixels has no standing verdict of his. So a region that was split,
or cut anew with other models, asks for what is left of it, and nothing settled is asked twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Final

import numpy as np

from lakeseg.data.table import LakeTable
from lakeseg.errors import ConfigError, unknown
from lakeseg.review.ledger import Ledger
from lakeseg.review.regions import Regions
from lakeseg.review.verdicts import VERDICTS

ANY, UNANIMOUS, SPLIT = "any", "unanimous", "split"
VOTES: Final = (ANY, UNANIMOUS, SPLIT)


@dataclass(frozen=True)
class Filters:
    """Which regions are wanted.

    Attributes:
        domains: Of lakes; empty for all.
        lakes: Ids; empty for all.
        least: Fewest pixels.
        most: Most pixels; 0 for no limit.
        vote: One of `VOTES`: whether all judges give the region the same class.
        says: Class code that `judge` gives the region; 0 for any.
        judge: Id of a judge; empty for all of them.
    """

    domains: tuple[str, ...] = ()
    lakes: tuple[str, ...] = ()
    least: int = 1
    most: int = 0
    vote: str = ANY
    says: int = 0
    judge: str = ""

    def __post_init__(self) -> None:
        """Check the values; a `ConfigError` says what is expected."""
        if self.vote not in VOTES:
            raise ConfigError(unknown("vote", self.vote, list(VOTES)))

    @property
    def of_models(self) -> bool:
        """Whether it gives away what models say."""
        return self.vote != ANY or bool(self.says)


def select(regions: Regions, lakes: LakeTable, filters: Filters) -> np.ndarray:
    """Return (R,) bool: the regions that the filters keep, settled or not.

    Raises:
        ConfigError: The judge of the filters was not asked.
        DatasetError: A lake is unknown.
    """
    keep = regions.pixels >= filters.least
    if filters.most:
        keep &= regions.pixels <= filters.most
    if filters.domains:
        keep &= np.isin(lakes.domain, filters.domains)[regions.lake]
    if filters.lakes:
        keep &= np.isin(regions.lake, [lakes.position(lake) for lake in filters.lakes])
    if filters.vote != ANY:
        keep &= (regions.unanimous > 0) == (filters.vote == UNANIMOUS)
    if filters.says:
        keep &= _said(regions, filters.judge) == filters.says
    return keep


def _said(regions: Regions, judge: str) -> np.ndarray:
    if not judge:
        return regions.unanimous
    ids = [one.id for one in regions.judges]
    if judge not in ids:
        raise ConfigError(unknown("model of the regions", judge, ids))
    return np.asarray(regions.says[:, ids.index(judge)])


def in_queue(
    order: np.ndarray, wanted: np.ndarray, left: np.ndarray | None = None, skipped: Collection[int] = ()
) -> np.ndarray:
    """Return (n,) int64 regions in their order.

    Args:
        order: (R,) regions, from `ranking.rank`.
        wanted: (R,) bool, from `select`.
        left: (R,) pixels left, from `Standing.left`; regions with none are passed over. None takes settled ones too.
        skipped: Regions that the reviewer does not want now.
    """
    keep = wanted if left is None else wanted & (left > 0)
    if skipped:
        keep = keep.copy()
        keep[list(skipped)] = False
    return np.asarray(order[keep[order]])


class Standing:
    """How much of each region is settled, by whom and how; follows a ledger. Threads may share one.

    What it hands out is read-only and never changes: after a verdict there are new arrays, made by looking at the lakes
    concerned alone.
    """

    def __init__(self, regions: Regions, ledger: Ledger) -> None:
        self.regions, self.ledger = regions, ledger
        self._ids = ledger.dataset.lake_ids
        self._lock = RLock()
        self._version = 0
        self._counts: dict[tuple[str, str], np.ndarray] = {}  # (regions of the lake, verdicts) by reviewer and lake
        self._left: dict[str, np.ndarray] = {}
        self._tally = np.zeros((len(regions), len(VERDICTS)), np.int32)
        self._left_by_all = regions.pixels.astype(np.int32)

    def refresh(self) -> int:
        """Take in what the ledger has learned since (`Ledger.refresh` asks the database); return its version."""
        with self._lock:
            version = self.ledger.version
            places = self.ledger.changed_since(self._version)
            if places:
                self._tally, self._left_by_all = self._tally.copy(), self._left_by_all.copy()
                self._left = {name: self._left[name].copy() for name in self._left}
                for reviewer, lake in places:
                    self._look(reviewer, lake)
                for lake in {lake for _, lake in places}:
                    self._look_at_all(lake)
            self._version = version
            return version

    def left(self, reviewer: str) -> np.ndarray:
        """Return (R,) int32 pixels of each region without a standing verdict of a reviewer."""
        with self._lock:
            return _frozen(self._left.get(reviewer, self.regions.pixels.astype(np.int32)))

    @property
    def left_by_all(self) -> np.ndarray:
        """(R,) int32 pixels of each region that nobody settled."""
        with self._lock:
            return _frozen(self._left_by_all)

    @property
    def tally(self) -> np.ndarray:
        """(R, V) int32 how many pixels were given each of `VERDICTS`, by all reviewers together."""
        with self._lock:
            return _frozen(self._tally)

    @property
    def verdicts(self) -> np.ndarray:
        """(R,) uint8: 1 + place in `VERDICTS` of what most settled pixels of a region were given, 0 where none was."""
        tally = self.tally
        return np.where(tally.any(axis=1), tally.argmax(axis=1) + 1, 0).astype(np.uint8)

    def open_pixels(self, region: int, reviewer: str) -> np.ndarray:
        """Return the (n,) positions of a region in its lake that a reviewer has not settled yet."""
        positions = self.regions.positions_of(region)
        lake = self._ids[self.regions.lake[region]]
        return np.asarray(positions[self.ledger.settled_by(reviewer, lake).ravel()[positions] == 0])

    def _span(self, lake: str) -> tuple[slice, np.ndarray, np.ndarray]:
        """Return the regions of a lake, where their pixels begin among the lake's, and the positions of these."""
        row = self.ledger.dataset.lakes.position(lake)
        low, high = np.searchsorted(self.regions.lake, [row, row + 1])
        first = self.regions.first[low : high + 1]
        return slice(low, high), first[:-1] - first[0], self.regions.positions[first[0] : first[-1]]

    def _look(self, reviewer: str, lake: str) -> None:
        """Count a reviewer's verdicts on the regions of a lake anew."""
        span, starts, positions = self._span(lake)
        if not len(starts):
            return
        codes = self.ledger.settled_by(reviewer, lake).ravel()[positions]
        places = range(1, len(VERDICTS) + 1)
        counts = np.stack([np.add.reduceat(codes == code, starts, dtype=np.int32) for code in places], axis=1)
        self._tally[span] += counts - self._counts.get((reviewer, lake), np.zeros_like(counts))
        self._counts[reviewer, lake] = counts
        mine = self._left.setdefault(reviewer, self.regions.pixels.astype(np.int32))
        mine[span] = self.regions.pixels[span] - counts.sum(axis=1)

    def _look_at_all(self, lake: str) -> None:
        """Count anew what nobody settled on a lake."""
        span, starts, positions = self._span(lake)
        if len(starts):
            free = self.ledger.settled(lake).ravel()[positions] == 0
            self._left_by_all[span] = np.add.reduceat(free, starts, dtype=np.int32)


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


@dataclass(frozen=True)
class Progress:
    """How far a domain, or all (`domain` is empty and `whole`), is settled: regions and pixels done, of how many."""

    domain: str
    whole: bool
    regions: int
    of_regions: int
    pixels: int
    of_pixels: int

    @property
    def share(self) -> float:
        """Share of the pixels that are settled, 0 to 1; 1 where there are none."""
        return self.pixels / self.of_pixels if self.of_pixels else 1.0


def progress(regions: Regions, lakes: LakeTable, left: np.ndarray) -> list[Progress]:
    """Return how far all is settled, then each domain with regions; `left` is (R,) pixels, mine or the lab's."""
    names, of_lake = np.unique(lakes.domain, return_inverse=True)
    owner = of_lake[regions.lake]
    count = len(names)
    columns: Sequence[np.ndarray] = (
        np.bincount(owner[left == 0], minlength=count),
        np.bincount(owner, minlength=count),
        np.bincount(owner, regions.pixels - left, minlength=count).astype(np.int64),
        np.bincount(owner, regions.pixels, minlength=count).astype(np.int64),
    )
    rows = [
        Progress(str(name), False, *map(int, values))
        for name, *values in zip(names, *columns, strict=True)
        if values[1]
    ]
    return [Progress("", True, *(int(column.sum()) for column in columns)), *rows]


def reviewed(regions: Regions, lakes: LakeTable, left: np.ndarray) -> dict[str, float]:
    """Return the share of each domain's pixels that is settled, in whole percent, as `ranking.components` takes it.

    Rounded, so that the order does not change with each verdict under the hands of whoever decides.
    """
    return {row.domain: round(row.share, 2) for row in progress(regions, lakes, left) if not row.whole}
