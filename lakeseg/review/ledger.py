"""The log of one dataset in memory: who settled which pixel, always up to date, shared by all sessions of a server.

    ledger = Ledger(dataset, log)
    ledger.add([verdict])                       # durable, and in the ledger
    ledger.settled_by("Ann", "lake 7")          # (H, W) uint8

Arrays that it hands out never change: a verdict replaces them. So any thread may look at them as long as it likes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from threading import RLock
from typing import Final

import numpy as np

from lakeseg.data.dataset import Dataset
from lakeseg.errors import ConfigError, ReviewError
from lakeseg.review import runs
from lakeseg.review.log import Log
from lakeseg.review.verdicts import VERDICTS, Verdict
from lakeseg.review.votes import SETTLING, decoded

_CODES: Final = {name: 1 + place for place, name in enumerate(VERDICTS)}
Place = tuple[str, str]
"""A reviewer and a lake."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What a ledger held at one moment: numbers that are made of one belong together, whatever is said meanwhile.

    Attributes:
        dataset: The dataset.
        log: Its log.
        read: Last id of a verdict and of an undo that had been read. What they hold follows from it.
        verdicts: All of them, in the order of the log.
    """

    dataset: Dataset
    log: Log
    read: tuple[int, int]
    verdicts: tuple[Verdict, ...]

    def standing(self) -> list[Verdict]:
        """Return what settles pixels and was not taken back, in the order of the log.

        Two of one reviewer may share pixels: there the later counts.
        """
        return [one for one in self.verdicts if one.purpose in SETTLING and one.undone_by is None]


class Ledger:
    """What the log holds of a dataset. Threads may share a ledger.

    Attributes:
        dataset: The dataset.
        log: Its log, which must be prepared.
        version: Grows with every change.
        problem: One line about what the log holds and this dataset cannot take; empty where all is well.
        offline: One line about why the log could not be read the last time; empty where it could.
    """

    def __init__(self, dataset: Dataset, log: Log) -> None:
        self.dataset, self.log = dataset, log
        self.version = 0
        self.problem = self.offline = ""
        self._lock = RLock()
        self._verdicts: dict[int, Verdict] = {}  # by id, which is the order of the log
        self._batches: dict[tuple[str, str], list[int]] = defaultdict(list)  # ids by batch and reviewer
        self._said: dict[Place, list[int]] = defaultdict(list)  # ids of what settles, by reviewer and lake
        self._by_reviewer: dict[str, list[int]] = defaultdict(list)
        self._undone: set[tuple[str, str]] = set()
        self._maps: dict[Place, np.ndarray] = {}
        self._counts: dict[str, np.ndarray] = {}
        self._pixels: Counter[str] = Counter()
        self._changed: dict[Place, int] = {}  # version of the last change
        self._last = self._last_undo = 0

    def refresh(self) -> int:
        """Read what the log holds by now, by whatever server it was written; return the version.

        Raises:
            ReviewError: The database cannot be read; the ledger stays as it was.
        """
        with self._lock:
            news, undos = self.log.news(self.dataset.fingerprint, self._last, self._last_undo)
            fresh = {(undo.batch, undo.reviewer) for undo in undos} - self._undone
            self._undone |= fresh
            gone, touched = self._take_back(fresh)
            touched |= self._take(news)
            self._last = news[-1].id or 0 if news else self._last
            self._last_undo = undos[-1].id if undos else self._last_undo
            if news or gone:
                self.version += 1
                self._changed.update(dict.fromkeys(touched, self.version))
            return self.version

    def try_refresh(self) -> None:
        """Read what the log holds by now; where it cannot be read, keep what is known and say so in `offline`."""
        try:
            self.refresh()
        except ReviewError as error:
            self.offline = str(error)
        else:
            self.offline = ""

    def add(self, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """Keep verdicts (`Log.add`) and take them into the ledger."""
        kept = self.log.add(verdicts)
        self.try_refresh()  # they are kept: that they cannot be read back at once is no failure of theirs
        return kept

    def undo(self, batch: str, reviewer: str) -> bool:
        """Take back a batch (`Log.undo`), in the ledger too."""
        found = self.log.undo(batch, reviewer)
        self.try_refresh()
        return found

    def snapshot(self) -> Snapshot:
        """Return everything as it is now."""
        with self._lock:
            return Snapshot(self.dataset, self.log, (self._last, self._last_undo), tuple(self._verdicts.values()))

    def standing(self) -> list[Verdict]:
        """Return what settles pixels and was not taken back (`Snapshot.standing`)."""
        return self.snapshot().standing()

    def all(self) -> list[Verdict]:
        """Return everything in the order of the log: honeypots, repeats and what was taken back among it."""
        with self._lock:
            return list(self._verdicts.values())

    def mine(self, reviewer: str, limit: int | None = None) -> list[Verdict]:
        """Return what a reviewer said and did not take back, whatever it was for, the latest first."""
        found: list[Verdict] = []
        with self._lock:
            for number in reversed(self._by_reviewer.get(reviewer, [])):
                if limit is not None and len(found) >= limit:
                    break
                if self._verdicts[number].undone_by is None:
                    found.append(self._verdicts[number])
        return found

    def reviewers(self) -> list[str]:
        """Return the names of all who said something on this dataset, in alphabetical order."""
        with self._lock:
            return sorted(self._by_reviewer)

    def settled_by(self, reviewer: str, lake: str) -> np.ndarray:
        """Return (H, W) uint8, read-only: 0 where a reviewer has not settled a pixel, else 1 + place in `VERDICTS`."""
        found = self._maps.get((reviewer, lake))
        return (self._empty(lake) if found is None else found).reshape(self._shape(lake))

    def settled(self, lake: str) -> np.ndarray:
        """Return (H, W) uint8, read-only: how many reviewers settled each pixel."""
        found = self._counts.get(lake)
        return (self._empty(lake) if found is None else found).reshape(self._shape(lake))

    def pixels_by_reviewer(self) -> dict[str, int]:
        """Return how many pixels each reviewer settled."""
        with self._lock:
            return {name: count for name, count in sorted(self._pixels.items()) if count}

    def places(self) -> list[Place]:
        """Return every reviewer and lake of which there is something in the log."""
        with self._lock:
            return list(self._changed)

    def changed_since(self, version: int) -> set[Place]:
        """Return the reviewers and lakes whose pixels changed after a version."""
        with self._lock:
            return {place for place, changed in self._changed.items() if changed > version}

    def _take(self, news: Iterable[Verdict]) -> set[Place]:
        """Take new verdicts in; return where pixels changed."""
        fresh: dict[Place, list[Verdict]] = defaultdict(list)
        for one in news:
            number, batch = one.id or 0, (one.batch, one.reviewer)
            taken = replace(one, undone_by=one.reviewer) if batch in self._undone and not one.undone_by else one
            self._verdicts[number] = taken
            self._batches[batch].append(number)
            self._by_reviewer[one.reviewer].append(number)
            if one.purpose in SETTLING and self._fits(one):
                self._said[one.reviewer, one.lake].append(number)
                if taken.undone_by is None:
                    fresh[one.reviewer, one.lake].append(one)
        for place, verdicts in fresh.items():
            self._paint(place, self._map(place), verdicts)
        return set(fresh)

    def _take_back(self, batches: Collection[tuple[str, str]]) -> tuple[list[Verdict], set[Place]]:
        """Mark batches as taken back; return what was not before, and where pixels changed."""
        numbers = [number for batch in batches for number in self._batches.get(batch, [])]
        numbers = [number for number in numbers if self._verdicts[number].undone_by is None]
        for number in numbers:
            one = self._verdicts[number]
            self._verdicts[number] = replace(one, undone_by=one.reviewer)
        gone = [self._verdicts[number] for number in numbers]
        touched = {(one.reviewer, one.lake) for one in gone} & self._said.keys()
        for place in touched:
            self._paint(place, self._empty(place[1]), self._left(place))
        return gone, touched

    def _fits(self, one: Verdict) -> bool:
        """Say whether a verdict's pixels lie in its lake; if not, another program wrote it."""
        try:
            pixels, last = runs.extent(one.runs)
            fits = pixels == one.pixels and one.lake in self.dataset.lakes and last < self._empty(one.lake).size
        except ConfigError:
            fits = False
        if not fits:
            self.problem = f"{self.log.where}: verdict {one.id}: its pixels do not fit lake {one.lake!r}: left out"
        return fits

    def _left(self, place: Place) -> list[Verdict]:
        """Return what still stands of a reviewer on a lake, in the order of the log."""
        said = (self._verdicts[number] for number in self._said[place])
        return [one for one in said if one.undone_by is None]

    def _paint(self, place: Place, before: np.ndarray, verdicts: Sequence[Verdict]) -> None:
        """Put verdicts over `before`, the later over the earlier, and take that as the reviewer's map of the lake."""
        positions, counts = decoded([one.runs for one in verdicts])
        painted = before.copy()
        painted[positions] = np.repeat(np.array([_CODES[one.verdict] for one in verdicts], np.uint8), counts)
        self._count(place, self._map(place), painted)
        painted.flags.writeable = False
        self._maps[place] = painted

    def _count(self, place: Place, before: np.ndarray, after: np.ndarray) -> None:
        """Count a reviewer's pixels, and the reviewers of a pixel, anew."""
        reviewer, lake = place
        self._pixels[reviewer] += int(np.count_nonzero(after)) - int(np.count_nonzero(before))
        counts = self._counts.get(lake, self._empty(lake)) + (after > 0) - (before > 0)
        counts = counts.astype(np.uint8)
        counts.flags.writeable = False
        self._counts[lake] = counts

    def _map(self, place: Place) -> np.ndarray:
        found = self._maps.get(place)
        return self._empty(place[1]) if found is None else found

    def _shape(self, lake: str) -> tuple[int, int]:
        table = self.dataset.lakes
        row = table.position(lake)
        return int(table.height[row]), int(table.width[row])

    def _empty(self, lake: str) -> np.ndarray:
        height, width = self._shape(lake)
        nothing = np.broadcast_to(np.uint8(0), (height * width,))
        nothing.flags.writeable = False
        return nothing
