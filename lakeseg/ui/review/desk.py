"""The desk of one reviewer: what lies on it, what comes next, and what a key does. No Streamlit here.

What is shared (regions, ledger, order) comes in as a `Table` with each call; a `Desk` holds only what belongs to one
session, and nothing that a reload could lose: what was said is in the log, and what is open follows from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final
from uuid import uuid4

import numpy as np

from lakeseg.errors import LakesegError
from lakeseg.review import runs
from lakeseg.review.checks import check_at
from lakeseg.review.halving import two_parts
from lakeseg.review.queue import in_queue
from lakeseg.review.regions import Regions
from lakeseg.review.verdicts import BULK, MIXED, Verdict
from lakeseg.ui.review.question import Answer, Item, Table, seen

PREPARED: Final = 4


@dataclass
class Desk:
    """What belongs to one session."""

    item: Item | None = None
    region: int | None = None
    choices: tuple[Any, ...] = ()
    of: Regions | None = None
    skipped: set[int] = field(default_factory=set)
    passed: int = 0
    disputed: list[tuple[str, str]] = field(default_factory=list)
    since: float = 0.0
    nonce: str = field(default_factory=lambda: uuid4().hex[:12])
    serial: int = 0
    problem: str = ""
    offline: str = ""
    said: str = ""
    bulk: bool = False
    beat: int = 0
    suggested: tuple[int, str] = (0, "")  # number of the suggestion, runs

    def lay(self, table: Table) -> Item | None:
        """Put what is to be decided on the desk: what lies there as long as it is open, else what comes next."""
        self.follow(table)
        item = self._next(table)
        if item is None or self.item is None or item.token != self.item.token:
            self.since, self.bulk = time.monotonic(), False
            self.suggested = (self.suggested[0] + 1, "")
        self.item = item
        return item

    def follow(self, table: Table) -> None:
        """Forget the region in question where rule or filters changed; where regions were cut anew, what was skipped.

        The numbers of regions then mean others.
        """
        if self.of is not table.regions:
            self.of, self.region = table.regions, None
            self.skipped.clear()
        if self.choices != table.choices:
            self.choices, self.region = table.choices, None

    def _next(self, table: Table) -> Item | None:
        if self.disputed:
            lake, text = self.disputed[0]
            positions = runs.decode(text)
            return Item(lake, positions, region=table.region_at(lake, int(positions[0])), disputed=True)
        if table.tested:
            mine = table.ledger.mine(table.reviewer)
            check = check_at(len(mine) + self.passed, table.reviewer, table.rates, table.regions, table.dataset, mine)
            if check is not None:
                return Item(check.lake, check.positions, check.purpose)
        left = table.standing.left(table.reviewer)
        if self.region is None or not left[self.region] or self.region in self.skipped:
            queue = in_queue(table.order, table.wanted, left, self.skipped)
            self.region = int(queue[0]) if len(queue) else None
        if self.region is None:
            return None
        positions = table.standing.open_pixels(self.region, table.reviewer)
        return Item(table.lake_of(self.region), positions, region=self.region)

    def coming(self, table: Table) -> list[str]:
        """Return the lakes of the next regions."""
        queue = in_queue(table.order, table.wanted, table.standing.left(table.reviewer), self.skipped)
        return list(dict.fromkeys(table.lake_of(int(region)) for region in queue[: PREPARED + 1]))

    def drawn(self, sent: str | None) -> np.ndarray:
        """Return the (n,) positions that a verdict goes to: what is drawn of the item, or all of it.

        `sent` is what the browser says is drawn, None if it said nothing.
        """
        if self.item is None:
            return np.empty(0, np.int64)
        text = self.suggested[1] if sent is None else sent
        if not text:
            return self.item.positions
        part = np.intersect1d(self.item.positions, runs.decode(text))
        return part if len(part) else self.item.positions

    def decide(self, table: Table, token: str, verdict: str, answer: Answer) -> bool:
        """Keep a verdict on what lies on the desk; say whether it was kept. A failure leaves everything as it is."""
        item = self.item
        if item is None or item.token != token:
            return False
        positions = self.drawn(answer.drawn)
        text = runs.encode(positions)
        fraction = answer.fraction if verdict == MIXED else None
        seconds = round(time.monotonic() - self.since, 2)
        key = f"{self.nonce}-{self.serial}-{blake2b(f'{text}{verdict}{fraction}'.encode(), digest_size=6).hexdigest()}"
        said = Verdict(
            table.dataset.fingerprint,
            item.lake,
            text,
            len(positions),
            verdict,
            table.reviewer,
            fraction,
            answer.confidence,
            answer.note,
            item.purpose,
            seen(table, item),
            seconds,
            key,
        )
        if not self._try(lambda: table.ledger.add([said])):
            return False
        if item.disputed:
            rest = np.setdiff1d(item.positions, positions)
            self.disputed[:1] = [(item.lake, runs.encode(rest))] if len(rest) else []
        self.said, self.item = "", None  # a second press that is on its way finds nothing to settle
        return True

    def accept(self, table: Table, token: str, chosen: np.ndarray, verdict: str, confidence: int) -> bool:
        """Keep one verdict on all of some regions, as one that is taken back as one.

        Those that the reviewer settled meanwhile, in another tab, stay as they are.
        """
        if self.item is None or self.item.token != token:
            return False
        batch = f"{self.nonce}-{self.serial}"

        def one(region: int, positions: np.ndarray) -> Verdict:
            about = Item(table.lake_of(region), positions, BULK, region)
            return Verdict(
                table.dataset.fingerprint,
                about.lake,
                runs.encode(positions),
                len(positions),
                verdict,
                table.reviewer,
                confidence=confidence,
                purpose=BULK,
                seen=seen(table, about),
                key=f"{batch}-{region}",
                batch=batch,
            )

        left = {region: table.standing.open_pixels(region, table.reviewer) for region in chosen.tolist()}
        said = [one(region, positions) for region, positions in left.items() if len(positions)]
        return self._try(lambda: table.ledger.add(said))

    def undo(self, table: Table, number: int | None) -> None:
        """Take back the reviewer's last verdict, if that is `number`, and put its pixels on the desk again."""
        last = next(iter(table.ledger.mine(table.reviewer, 1)), None)
        if last is None or last.id != number:
            return
        if not self._try(lambda: table.ledger.undo(last.batch, table.reviewer)):
            return
        if last.seen.get("disputed"):
            self.disputed.insert(0, (last.lake, last.runs))
        self.region = table.region_at(last.lake, int(runs.decode(last.runs)[0]))
        self.skipped.discard(-1 if self.region is None else self.region)
        self.said = "Taken back"

    def take(self, table: Table, region: int) -> None:
        """Put a region of the queue on the desk."""
        self.follow(table)
        self.region = region
        self.disputed.clear()

    def skip(self, token: str) -> None:
        """Leave what lies on the desk for another session."""
        if self.item is None or self.item.token != token:
            return
        if self.item.disputed:
            self.disputed.pop(0)
        elif self.item.region is None:
            self.passed += 1
        else:
            self.skipped.add(self.item.region)
        self.said = "Skipped"

    def suggest(self, table: Table, token: str) -> None:
        """Draw the part of the region that differs most from the rest."""
        if self.item is None or self.item.token != token:
            return
        self.suggested = (
            self.suggested[0] + 1,
            runs.encode(two_parts(table.dataset, self.item.lake, self.item.positions)),
        )

    def _try(self, act: Callable[[], Any]) -> bool:
        """Do what touches the database; a failure is one line in `problem`, and the next try says the same again."""
        try:
            done = act()
        except LakesegError as error:
            self.problem = str(error)
            return False
        self.problem = ""
        self.serial += 1
        return bool(done)
