import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lakeseg.data.splits import PARTS, Split, split_by_group
from lakeseg.errors import ConfigError
from tests.lakes import make_table

TABLES = st.lists(st.integers(0, 30), min_size=3, max_size=60).map(lambda groups: make_table([f"g{n}" for n in groups]))
SEEDS = st.integers(0, 2**32 - 1)
FRACTIONS = st.tuples(st.integers(1, 98), st.integers(1, 98)).filter(lambda two: sum(two) < 100)


def check(split, table):
    """Every lake stands in one part, and no group in two."""
    assert sorted(split.part("all")) == sorted(table.id.tolist())
    group = dict(zip(table.id.tolist(), table.group.tolist(), strict=True))
    groups = [{group[lake] for lake in lakes} for lakes in (split.train, split.validation, split.test, split.unused)]
    assert sum(map(len, groups)) == len(set(group.values()))


@given(TABLES, SEEDS, FRACTIONS)
def test_fractions_never_straddle_a_group_and_use_every_lake(table, seed, percent):
    assume(len(set(table.group.tolist())) >= 3)
    train, validation = (share / 100 for share in percent)
    split = split_by_group(table, seed, (train, validation, 1 - train - validation))
    check(split, table)
    assert not split.unused
    assert all(split.part(name) for name in PARTS)
    assert split == split_by_group(table, seed, (train, validation, 1 - train - validation))
    assert Split.from_json(json.loads(json.dumps(split.to_json()))) == split


@given(TABLES, SEEDS, st.tuples(*[st.integers(1, 20)] * 3))
def test_counts_never_straddle_a_group_and_are_never_exceeded(table, seed, sizes):
    assume(sum(sizes) <= len(table))
    try:
        split = split_by_group(table, seed, sizes)
    except ConfigError as error:
        assert "group" in str(error)  # noqa: PT017 - whether groups stand in the way depends on the draw
        return
    check(split, table)
    assert all(0 < len(split.part(name)) <= size for name, size in zip(PARTS, sizes, strict=True))


@given(st.lists(st.integers(2, 5), max_size=10), SEEDS, st.data())
def test_counts_are_exact_where_enough_lakes_stand_alone(several, seed, data):
    alone = sum(several) + 30
    names = [f"g{n}" for n, count in enumerate(several) for _ in range(count)] + [f"a{n}" for n in range(alone)]
    sizes = data.draw(st.tuples(*[st.integers(1, len(names) // 3)] * 3))
    split = split_by_group(make_table(names), seed, sizes)
    assert tuple(len(split.part(name)) for name in PARTS) == sizes


@given(TABLES, SEEDS)
def test_more_lakes_than_there_are(table, seed):
    with pytest.raises(ConfigError, match="use fractions"):
        split_by_group(table, seed, (len(table), 1, 1))
