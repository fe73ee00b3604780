"""Which lakes a model is judged on: a part of its split, or ground that it has not seen; domains; sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import PARTS
from lakeseg.errors import ConfigError

ALL: Final = "all"
SPLITS: Final = (*PARTS, ALL)
SIZES: Final = ("small", "medium", "large")


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
    every lake that shares no group with a lake of the model's training or validation. "all" is every lake.

    Raises:
        ConfigError: There are none, or the dataset is not the model's own and has no such part.
    """
    everything = list(dataset.lake_ids)
    if not everything:
        raise ConfigError(f"{dataset.path}: has pixels but no lakes: import it lake by lake")
    if part == ALL:
        return everything, "every lake of the dataset"
    found = standings(card, dataset)
    if card.is_home(dataset.fingerprint):
        chosen = [lake for lake in everything if found[lake] == part]
        rule = f"{part} part of the model's own split"
    elif part == "test":
        chosen = [lake for lake in everything if found[lake] == "unseen"]
        rule = "lakes of another dataset that share no group with the model's training and validation lakes"
    else:
        raise ConfigError(f"{card.id} was not trained on {dataset.path}, so there is no {part} part: use test or all")
    if not chosen:
        raise ConfigError(f"{card.id}: the {part} part on {dataset.path} has no lakes: use --split all")
    return chosen, rule


def standings(card: Card, dataset: Dataset) -> dict[str, str]:
    """Return what the model has to do with each lake of the dataset (`Card.standing`)."""
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
