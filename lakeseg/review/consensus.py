"""Labels on which reviewers settle: by majority of their votes, each weighed by its confidence; ties stay open."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from lakeseg.bands import LAND, UNCLASSIFIED, WATER, is_fill
from lakeseg.data.dataset import PIXEL_SIZE, Dataset, Header, Lake
from lakeseg.data.simulate.labellers import SETTLED
from lakeseg.data.write import write_dataset
from lakeseg.errors import ConfigError
from lakeseg.evaluation import Progress
from lakeseg.plain import plain
from lakeseg.review.votes import NOTHING, Votes

MADE_BY: Final = SETTLED


@dataclass(frozen=True)
class Rule:
    """How votes become labels.

    Attributes:
        by_confidence: Whether a vote weighs as much as its confidence, 1 to 3, or all weigh the same.
        least: How many reviewers who could tell a pixel needs; with fewer it stays open.
    """

    by_confidence: bool = True
    least: int = 1

    def __post_init__(self) -> None:
        """Check the values; a `ConfigError` says what is expected."""
        if self.least < 1:
            raise ConfigError(f"{self.least} reviewers a pixel: expected at least 1")

    @property
    def words(self) -> str:
        """The rule in one sentence."""
        weight = "weighed by confidence (1 to 3)" if self.by_confidence else "all weighing the same"
        least = f"; at least {self.least} reviewers who could tell" if self.least > 1 else ""
        return (
            f"majority of the reviewers' votes, {weight}; mixed gives its fraction to water and the rest to land; "
            f"can't tell gives nothing; ties stay unclassified{least}"
        )


@dataclass(frozen=True, eq=False)
class Consensus:
    """What the votes on P pixels come to.

    Attributes:
        rule: How.
        pixel: (P,) int64 rows in `/pixels`, ascending.
        water: (P,) int64 weight of water, in hundredths of a vote of confidence 1.
        land: (P,) int64 that of land.
        raters: (P,) int64 reviewers who could tell.
    """

    rule: Rule
    pixel: np.ndarray
    water: np.ndarray
    land: np.ndarray
    raters: np.ndarray

    @cached_property
    def label(self) -> np.ndarray:
        """(P,) uint8 water, land, or unclassified where it stays open."""
        found = np.where(self.water > self.land, WATER, np.where(self.land > self.water, LAND, UNCLASSIFIED))
        return np.where(self.raters >= self.rule.least, found, UNCLASSIFIED).astype(np.uint8)

    @property
    def counts(self) -> dict[str, int]:
        """Pixels that become water, that become land, that stay open on a tie, and those for want of votes."""
        label, enough = self.label, self.raters >= self.rule.least
        tied = (label == UNCLASSIFIED) & enough
        counted = {"water": label == WATER, "land": label == LAND, "tied": tied, "too few": ~enough}
        return {name: int(mask.sum()) for name, mask in counted.items()}


def consensus(votes: Votes, rule: Rule = Rule()) -> Consensus:
    """Return what votes come to under a rule. Weights are whole numbers, so that a tie is a tie."""
    told = votes.percent != NOTHING
    weight = np.where(told, votes.confidence if rule.by_confidence else 1, 0).astype(np.int64)
    percent = np.where(told, votes.percent, 0).astype(np.int64)
    sums = [
        np.bincount(votes.places, values, minlength=len(votes.pixels)).astype(np.int64)
        for values in (weight * percent, weight * (100 - percent), told)
    ]
    return Consensus(rule, votes.pixels, *sums)


def settled_labels(lake: Lake, offset: int, fill: int, found: Consensus) -> np.ndarray:
    """Return the (H, W) uint8 labels of a lake in which unclassified pixels have what the reviewers settled on.

    Labels that were sure stay as they were, and pixels with fill too.

    Args:
        lake: The lake.
        offset: Its first row in `/pixels`.
        fill: Count that marks a missing value.
        found: What the reviewers settled on.
    """
    labels = lake.labels.ravel().copy()
    first, last = np.searchsorted(found.pixel, [offset, offset + labels.size])
    places = found.pixel[first:last] - offset
    open_ = (labels[places] == UNCLASSIFIED) & ~is_fill(lake.image, fill).ravel()[places]
    labels[places[open_]] = found.label[first:last][open_]
    return labels.reshape(lake.shape)


def settled_lakes(dataset: Dataset, found: Consensus, progress: Progress | None = None) -> Iterator[Lake]:
    """Yield every lake of a dataset with the labels that the reviewers settled on."""
    for row, lake in enumerate(dataset.iter_lakes()):
        labels = settled_labels(lake, int(dataset.lakes.offset[row]), dataset.fill, found)
        yield replace(lake, labels=labels)
        if progress is not None:
            progress((row + 1) / len(dataset.lakes), lake.id)


def provenance(dataset: Dataset, votes: Votes, found: Consensus, database: str) -> dict[str, Any]:
    """Return where consensus labels come from, as plain values: source, database, reviewers, verdicts, rule.

    Args:
        dataset: The source.
        votes: The votes.
        found: What they came to.
        database: Where the log is, without a password.
    """
    times = sorted(one.made_at.isoformat() for one in votes.verdicts if one.made_at is not None)
    names, counts = np.unique([one.reviewer for one in votes.verdicts], return_counts=True)
    of = {"name": dataset.name, "file": dataset.path.name, "fingerprint": dataset.fingerprint}
    made: Mapping[str, Any] = {
        "made_by": MADE_BY,
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "rule": found.rule.words,
        "by_confidence": found.rule.by_confidence,
        "least_reviewers": found.rule.least,
        "database": database,
        "reviewers": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "verdicts": len(votes.verdicts),
        "last_id": max((one.id or 0 for one in votes.verdicts), default=0),
        "first_verdict": times[0] if times else None,
        "last_verdict": times[-1] if times else None,
        "settled": found.counts,
        "of": {**of, "provenance": dict(dataset.header.provenance)},
    }
    size = dataset.header.provenance.get(PIXEL_SIZE)
    return dict(plain(made)) | ({} if size is None else {PIXEL_SIZE: size})


def write_consensus(
    path: Path, dataset: Dataset, votes: Votes, found: Consensus, database: str, progress: Progress | None = None
) -> Dataset:
    """Write a dataset like the source whose unclassified pixels have what the reviewers settled on, and open it.

    Raises:
        ConfigError: It would replace the source.
        DatasetError: It cannot be written; nothing is left behind.
    """
    if path.resolve() == dataset.path.resolve():
        raise ConfigError(f"{path}: this is the dataset that was reviewed: give the new one another name")
    header = Header(
        f"{dataset.name}, reviewed",
        dataset.bands,
        f"{dataset.header.source}; unclassified pixels settled by {_people(votes.reviewers)}",
        dataset.simulated,
        dataset.scale,
        dataset.fill,
        provenance(dataset, votes, found, database),
    )
    return write_dataset(path, header, settled_lakes(dataset, found, progress))


def _people(reviewers: Sequence[str]) -> str:
    return f"{len(reviewers)} reviewer{'s' * (len(reviewers) != 1)}"
