"""Which lakes a model is judged on: a part of its split, or ground that it has not seen; domains; sizes; splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lakeseg.cards import NOT_KNOWN, SEEN, Card
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import PARTS, Split, default_split
from lakeseg.errors import ConfigError

ALL: Final = "all"
SPLITS: Final = (*PARTS, ALL)
SIZES: Final = ("small", "medium", "large")
_BY_RUNS: Final = ", by runs of single pixels, which may share ground"
_ELSEWHERE: Final = "lakes of another dataset that share no group with the model's training and validation lakes"
_ANYWHERE: Final = "another dataset; whether the model has seen its ground is not known"


@dataclass(frozen=True)
class Selection:
    """Lakes of a `part` (of `SPLITS`), of these `domains` and `sizes` (of `SIZES`); an empty tuple takes them all."""

    part: str = "test"
    domains: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()

    @property
    def is_whole_part(self) -> bool:
        """Say whether neither domain nor size leaves a lake of the part out."""
        return not self.domains and set(self.sizes) in (set(), set(SIZES))


def choose_lakes(card: Card, dataset: Dataset, part: str) -> tuple[list[str], str]:
    """Return the lakes of `part` in file order and the rule in words.

    On the dataset a model was trained on, train, validation and test are the parts of its card. On any other, test is
    every lake that shares no group with a lake of the model's training or validation, or all where the model or the
    dataset is of single pixels, of whose ground nothing is known. "all" is every lake.

    Raises:
        ConfigError: There are none, or the dataset is not the model's own and has no such part.
    """
    everything = list(dataset.lake_ids)
    if part == ALL:
        return everything, "every pixel of the dataset" if dataset.of_pixels else "every lake of the dataset"
    found = standings(card, dataset)
    if card.is_home(dataset.fingerprint):
        chosen = [lake for lake in everything if found[lake] == part]
        rule = f"{part} part of the model's own split" + _BY_RUNS * dataset.of_pixels
    elif part == "test":
        chosen = [lake for lake in everything if found[lake] in ("unseen", NOT_KNOWN)]
        rule = _ANYWHERE if NOT_KNOWN in found.values() else _ELSEWHERE
    else:
        raise ConfigError(f"{card.id} was not trained on {dataset.path}, so there is no {part} part: use test or all")
    if not chosen:
        raise ConfigError(f"{card.id}: the {part} part on {dataset.path} has no lakes: use --split all")
    return chosen, rule


def has_lakes(card: Card, dataset: Dataset, part: str) -> bool:
    """Say whether `choose_lakes` finds any."""
    try:
        return bool(choose_lakes(card, dataset, part)[0])
    except ConfigError:
        return False


def standings(card: Card, dataset: Dataset) -> dict[str, str]:
    """Return what the model has to do with each lake (`Card.standing`), or with each run of single pixels."""
    if dataset.of_pixels and not card.is_home(dataset.fingerprint):
        return dict.fromkeys(dataset.lake_ids, NOT_KNOWN)
    pairs = zip(dataset.lake_ids, dataset.lakes.group.tolist(), strict=True)
    return {lake: card.standing(dataset.fingerprint, lake, group) for lake, group in pairs}


def size_edges(dataset: Dataset) -> tuple[int, int]:
    """Return the terciles of the lakes' sizes in pixels: small is below the first, large is from the second on."""
    low, high = np.quantile(dataset.lakes.size, [1 / 3, 2 / 3])
    return int(np.ceil(low)), int(np.ceil(high))


def size_class(dataset: Dataset) -> np.ndarray:
    """Return the position in `SIZES` of each lake, (L,) int64."""
    return np.searchsorted(size_edges(dataset), dataset.lakes.size, side="right")


def select(card: Card, dataset: Dataset, selection: Selection) -> np.ndarray:
    """Return the rows in the lake table of the lakes that `selection` takes for a model, ascending; perhaps none.

    Raises:
        ConfigError: The dataset has no such part for this model.
    """
    ids, _ = choose_lakes(card, dataset, selection.part)
    rows = np.array([dataset.lakes.position(lake) for lake in ids], np.int64)
    kept = np.ones(len(rows), bool)
    if selection.domains:
        kept &= np.isin(dataset.lakes.domain[rows], selection.domains)
    if selection.sizes:
        kept &= np.isin(size_class(dataset)[rows], [SIZES.index(size) for size in selection.sizes])
    return rows[kept]


def ground_groups(dataset: Dataset, rows: np.ndarray) -> list[str]:
    """Return the ground group of each of the lakes `rows`; a lake without one stands alone, under its id."""
    pairs = zip(dataset.lakes.group[rows].tolist(), dataset.lakes.id[rows].tolist(), strict=True)
    return [group or lake for group, lake in pairs]


@dataclass(frozen=True)
class KnownSplit:
    """The split of a dataset, and the id of a model that it was trained on; "" for one that was made here."""

    split: Split
    model: str


def trained_split(dataset: Dataset, cards: Iterable[Card], network: Card | None = None) -> KnownSplit | None:
    """Return the split that most models of the dataset were trained on (that of `network`, if it is one), or None.

    A card whose split cannot be read, or names lakes that are not there, has no say.
    """
    pairs = [(card, split) for card in cards if (split := _own_split(dataset, card))]
    if not pairs:
        return None
    votes = Counter(_parts(split) for _, split in pairs)
    card, split = min(pairs, key=lambda pair: (pair[0] != network, -votes[_parts(pair[1])], pair[0].id))
    return KnownSplit(split, card.id)


def _own_split(dataset: Dataset, card: Card) -> Split | None:
    """Return the split of a model that was trained on the dataset; somebody may have written anything into its card."""
    if not card.is_home(dataset.fingerprint):
        return None
    try:
        split = Split.from_json(card.split)
    except ConfigError:
        return None
    whole = split.train and split.test and all(lake_id in dataset.lakes for lake_id in split.part(ALL))
    return split if whole else None


def _parts(split: Split) -> tuple[tuple[str, ...], ...]:
    return split.train, split.validation, split.test


def split_of(dataset: Dataset, cards: Iterable[Card], network: Card | None = None) -> KnownSplit:
    """Return the split that models were trained on (`trained_split`), else a new one by group.

    Of a new split, lakes on ground that `network` has seen are not tested on.

    Raises:
        ConfigError: No model was trained on this dataset, and it has too few groups of lakes to split it.
    """
    known = trained_split(dataset, cards, network)
    if known is not None:
        return known
    split = default_split(dataset.lakes)
    return KnownSplit(split if network is None else _unseen(split, dataset, network), "")


def _unseen(split: Split, dataset: Dataset, network: Card) -> Split:
    """Move test lakes on ground that a network has seen to the unused ones, unless none were left."""
    found = standings(network, dataset)
    seen = [lake_id for lake_id in split.test if found[lake_id] in SEEN]
    left = tuple(lake_id for lake_id in split.test if lake_id not in seen)
    return replace(split, test=left, unused=(*split.unused, *seen)) if left else split
