"""Splits of a dataset's lakes into train, validation and test, such that lakes that share ground stay together.

The study behind this project used 701, 109 and 105 of its 956 lakes and left 41 out without a word; here the lakes that
are left out are named in `Split.unused`. Parts are balanced by chance alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from lakeseg.data.table import LakeTable
from lakeseg.errors import ConfigError, unknown

STUDY_SIZES: Final = (701, 109, 105)
DEFAULT_FRACTIONS: Final = (0.766, 0.119, 0.115)
PARTS: Final = ("train", "validation", "test")
_UNUSED: Final = 3
_ATTEMPTS: Final = 40


@dataclass(frozen=True)
class Split:
    """Lake ids of each part, in the dataset's order; `rule` says in words how they came about."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    seed: int
    rule: str
    unused: tuple[str, ...] = ()

    def part(self, name: str) -> tuple[str, ...]:
        """Return the ids of "train", "validation", "test", or of "all" lakes, unused ones included."""
        if name == "all":
            return self.train + self.validation + self.test + self.unused
        if name not in PARTS:
            raise ConfigError(unknown("split", name, [*PARTS, "all"]))
        return tuple(getattr(self, name))

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a model's card."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Split:
        """Read what `to_json` gave; a `ConfigError` says what is wrong with it."""
        try:
            parts = {name: tuple(str(lake) for lake in values[name]) for name in PARTS}
            unused = tuple(str(lake) for lake in values.get("unused", ()))
            split = cls(**parts, seed=int(values["seed"]), rule=str(values["rule"]), unused=unused)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"split cannot be read ({error}): expected train, validation, test, seed, rule") from None
        if len(set(split.part("all"))) != len(split.part("all")):
            raise ConfigError("split: a lake stands in more than one part; expected each id once")
        return split


def default_split(table: LakeTable, seed: int = 0) -> Split:
    """Split as the study did if the dataset has about its size (915 to 1,000 lakes), else by the same fractions."""
    if sum(STUDY_SIZES) <= len(table) <= 1000:
        return split_by_group(table, seed, STUDY_SIZES)
    return split_by_group(table, seed, DEFAULT_FRACTIONS)


def split_by_group(table: LakeTable, seed: int, sizes: Sequence[float] = STUDY_SIZES) -> Split:
    """Split lakes at random such that no group straddles two parts; the same table and seed give the same split.

    Args:
        table: The lakes. A lake without a group (empty) stands alone.
        seed: Of the random generator.
        sizes: Three whole numbers of lakes, met exactly where the groups allow it and never exceeded, the other lakes
            being unused; or three fractions that add up to 1, which use every lake.

    Raises:
        ConfigError: More lakes are asked for than there are, or there are too few groups for the parts.
    """
    fractions = _are_fractions(sizes)
    wanted = _targets(sizes, len(table), fractions)
    members = _groups(table)
    needed = sum(count > 0 for count in wanted)
    if len(members) < needed:
        counted = f"{len(members)} group{'s' * (len(members) != 1)} of lakes that share ground"
        raise ConfigError(f"{counted} cannot fill {needed} parts: expected at least one group for each part")
    rng = np.random.default_rng(seed)
    tries = (_assign(members, wanted, fractions, rng) for _ in range(_ATTEMPTS))
    parts, counts = _nearest(tries, members, wanted)
    if any(wanted[part] and not counts[part] for part in range(_UNUSED)):
        raise ConfigError(f"split {_slashed(wanted)}: the groups are too large for parts so small: use fractions")
    by, what = ("runs of single pixels", "runs") if table.of_pixels else ("group", "lakes")
    asked = "" if list(sizes) == list(counts[:_UNUSED]) else f" ({_each(sizes)} asked)"
    rule = f"by {by}: {_each(list(counts[:_UNUSED]))} {what}{asked}, {counts[_UNUSED]} unused"
    ids = [tuple(table.id[np.sort(_rows(members, parts == part))].tolist()) for part in range(4)]
    return Split(ids[0], ids[1], ids[2], seed, rule, ids[3])


def _each(values: Sequence[float]) -> str:
    """Return what each part has, as "7 train, 2 validation, 1 test"; fractions in percent."""
    numbers = [f"{value:g}" if value == int(value) else f"{100 * value:g} %" for value in values]
    return ", ".join(f"{number} {part}" for number, part in zip(numbers, PARTS, strict=True))


def _slashed(values: Iterable[float]) -> str:
    return "/".join(f"{value:g}" for value in values)


def _are_fractions(sizes: Sequence[float]) -> bool:
    """Tell fractions from counts; a `ConfigError` if they are neither."""
    if len(sizes) != 3 or min(sizes) < 0 or not sizes[0] > 0:
        raise ConfigError(f"split {_slashed(sizes)}: expected three counts or fractions, none negative, train above 0")
    if abs(sum(sizes) - 1) < 1e-6:
        return True
    if not all(float(size).is_integer() for size in sizes):
        raise ConfigError(f"split {_slashed(sizes)}: expected fractions that add up to 1, or whole numbers of lakes")
    return False


def _targets(sizes: Sequence[float], lakes: int, fractions: bool) -> list[int]:
    """Return how many lakes each part wants."""
    if fractions:
        rest = [max(1, round(size * lakes)) if size else 0 for size in sizes[1:]]
        return [max(1, lakes - sum(rest)), *rest]
    if sum(sizes) > lakes:
        raise ConfigError(f"split {_slashed(sizes)}: {sum(sizes):g} lakes wanted, there are {lakes}: use fractions")
    return [int(size) for size in sizes]


def _groups(table: LakeTable) -> list[np.ndarray]:
    """Return the rows of each group, in the sorted order of the groups' names (lakes without one by their ids)."""
    alone = table.group == ""
    keys = np.char.add(np.where(alone, "lake ", "group "), np.where(alone, table.id, table.group))
    _, group = np.unique(keys, return_inverse=True)
    order = np.argsort(group, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def _rows(members: list[np.ndarray], chosen: np.ndarray) -> np.ndarray:
    """Return the rows of the lakes in the chosen groups."""
    return np.concatenate([np.empty(0, np.int64), *(members[group] for group in np.flatnonzero(chosen))])


def _assign(members: list[np.ndarray], wanted: list[int], fractions: bool, rng: np.random.Generator) -> np.ndarray:
    """Return the part of each group at random: big groups first, then lakes that stand alone fill what is free."""
    size = np.array([len(rows) for rows in members])
    order = rng.permutation(len(size))
    order = order[np.argsort(-size[order], kind="stable")]
    free = np.array([*wanted, size.sum() - sum(wanted)])
    empty = {part for part in range(_UNUSED) if wanted[part]}
    parts = np.full(len(size), _UNUSED)
    several = int((size > 1).sum())
    for done, group in enumerate(order[:several]):
        allowed = sorted(empty) if len(size) - done <= len(empty) else list(range(4))
        part = _place(int(size[group]), free, allowed, fractions, rng)
        parts[group] = part
        free[part] -= size[group]
        empty.discard(part)
    parts[order[several:]] = _place_singles(len(size) - several, free, empty, rng)
    return parts


def _place(size: int, free: np.ndarray, allowed: list[int], fractions: bool, rng: np.random.Generator) -> int:
    """Choose a part with room for a group, with odds by its free places; without one, the roomiest or none at all."""
    fitting = [part for part in allowed if free[part] >= size]
    if fitting:
        return int(rng.choice(fitting, p=free[fitting] / free[fitting].sum()))
    return max(allowed, key=lambda part: free[part]) if fractions else _UNUSED


def _place_singles(count: int, free: np.ndarray, empty: set[int], rng: np.random.Generator) -> np.ndarray:
    """Return a part for each of `count` lone lakes: one for every empty part, the rest by room, what is over unused."""
    first = np.array(sorted(empty), np.int64)
    room = np.maximum(free[:_UNUSED], 0)
    room[first] -= 1
    rest = rng.permutation(np.repeat(np.arange(_UNUSED), room))
    return np.concatenate([first, rest, np.full(count, _UNUSED)])[:count]


def _nearest(
    tries: Iterable[np.ndarray], members: list[np.ndarray], wanted: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first assignment that meets the wanted counts, else the nearest, and its lakes in each part, (4,)."""
    best: tuple[np.ndarray, np.ndarray] = (np.empty(0), np.empty(0))
    nearest, size = np.inf, np.array([len(rows) for rows in members])
    for parts in tries:
        counts = np.bincount(parts, weights=size, minlength=4).astype(np.int64)
        hollow = sum(wanted[part] > 0 and not counts[part] for part in range(_UNUSED))
        misses = float(np.abs(counts[:_UNUSED] - wanted).sum() + hollow * size.sum())
        if misses < nearest:
            best, nearest = (parts, counts), misses
        if not misses:
            break
    return best
