import json

import pytest

from lakeseg.data.splits import STUDY_SIZES, Split, default_split, split_by_group
from lakeseg.errors import ConfigError
from tests.lakes import make_table


def lakes(single, several=()):
    """`single` lakes alone, then one group for each count in `several`."""
    grouped = [f"group{n}" for n, count in enumerate(several) for _ in range(count)]
    return make_table([*grouped, *(f"alone{n}" for n in range(single))])


def sizes(split):
    return len(split.train), len(split.validation), len(split.test), len(split.unused)


def parts_of_groups(split, table):
    group = dict(zip(table.id.tolist(), table.group.tolist(), strict=True))
    found = {}
    for part in ("train", "validation", "test", "unused"):
        for lake in getattr(split, part):
            found.setdefault(group[lake], set()).add(part)
    return found


def test_the_study_s_sizes_are_met_and_41_lakes_left_out():
    table = lakes(956 - 220, several=[2] * 60 + [5] * 20)
    split = split_by_group(table, seed=1)
    assert sizes(split) == (701, 109, 105, 41)
    assert all(len(parts) == 1 for parts in parts_of_groups(split, table).values())
    assert split.rule == "by group: 701 train, 109 validation, 105 test lakes, 41 unused"


def test_big_groups_reach_every_part_over_seeds():
    table = lakes(50, several=[5] * 10)
    parts = [parts_of_groups(split_by_group(table, seed, (0.5, 0.25, 0.25)), table)["group0"] for seed in range(40)]
    assert {part for each in parts for part in each} == {"train", "validation", "test"}


def test_same_seed_same_split_whatever_the_order_of_calls():
    table = lakes(100, several=[3] * 10)
    assert split_by_group(table, 4, (60, 20, 20)) == split_by_group(table, 4, (60, 20, 20))
    assert split_by_group(table, 4, (60, 20, 20)) != split_by_group(table, 5, (60, 20, 20))


def test_fractions_use_every_lake():
    assert sizes(split_by_group(lakes(100), 0, (0.75, 0.12, 0.13))) == (75, 12, 13, 0)
    assert sizes(split_by_group(lakes(3), 0, (0.9, 0.05, 0.05))) == (1, 1, 1, 0)


def test_fractions_with_groups_too_large_still_fill_every_part():
    table = lakes(0, several=[10, 3, 2])
    split = split_by_group(table, 0, (0.34, 0.33, 0.33))
    assert all(split.part(name) for name in ("train", "validation", "test"))
    assert sum(sizes(split)) == 15


def test_the_last_groups_go_where_nothing_is_yet():
    # 28/1/1 wanted of three groups of ten: all three would fit best into train
    assert sizes(split_by_group(lakes(0, several=[10, 10, 10]), 0, (0.98, 0.01, 0.01))) == (10, 10, 10, 0)


def test_sizes_that_groups_cannot_reach_are_not_exceeded():
    # pairs only: 7/3/3 can be met no nearer than 6/2/2
    split = split_by_group(lakes(0, several=[2] * 10), 0, (7, 3, 3))
    assert sizes(split) == (6, 2, 2, 10)
    assert (
        split.rule == "by group: 6 train, 2 validation, 2 test lakes (7 train, 3 validation, 3 test asked), 10 unused"
    )


def test_exact_when_single_lakes_are_scarce():
    # 4 + 4 + 1 + 1 + 1: 5/5/1 needs a single beside each group of four
    for seed in range(20):
        assert sizes(split_by_group(lakes(3, several=[4, 4]), seed, (5, 5, 1))) == (5, 5, 1, 0)


def test_parts_may_be_left_out():
    assert sizes(split_by_group(lakes(10), 0, (8, 0, 2))) == (8, 0, 2, 0)
    assert sizes(split_by_group(lakes(10), 0, (1.0, 0, 0))) == (10, 0, 0, 0)


@pytest.mark.parametrize(
    ("table", "wanted", "says"),
    [
        (lakes(900), STUDY_SIZES, "915 lakes wanted, there are 900: use fractions"),
        (lakes(0, several=[5, 5]), (0.6, 0.2, 0.2), "2 groups of lakes that share ground cannot fill 3 parts"),
        (lakes(1), (0.6, 0.2, 0.2), "1 group of lakes"),
        (lakes(0, several=[9, 9, 9]), (20, 1, 1), "groups are too large"),
        (lakes(9), (0.5, 0.2, 0.2), "add up to 1"),
        (lakes(9), (5, 2.5, 1), "add up to 1, or whole numbers"),
        (lakes(9), (0, 5, 1), "train above 0"),
        (lakes(9), (5, -1, 1), "none negative"),
        (lakes(9), (5, 1), "expected three"),
    ],
)
def test_impossible_splits_say_why(table, wanted, says):
    with pytest.raises(ConfigError, match=says):
        split_by_group(table, 0, wanted)


def test_lakes_without_a_group_stand_alone():
    split = split_by_group(make_table([""] * 20), 0, (10, 5, 5))
    assert sizes(split) == (10, 5, 5, 0)


def test_default_is_the_study_s_where_the_dataset_is_of_its_size():
    assert sizes(default_split(lakes(956))) == (701, 109, 105, 41)
    assert sizes(default_split(lakes(915))) == (701, 109, 105, 0)
    # 0.766 / 0.119 / 0.115 of 135: 16.065 and 15.525 round to 16 and 16, train has the rest
    assert sizes(default_split(lakes(135))) == (103, 16, 16, 0)
    assert default_split(lakes(5000)).unused == ()


def test_parts_keep_the_order_of_the_file():
    split = split_by_group(lakes(30), 2, (10, 10, 10))
    assert list(split.train) == sorted(split.train, key=lambda name: int(name[4:]))


def test_part_and_its_unknown_name():
    split = Split(("a",), ("b",), ("c",), 0, "by hand", ("d",))
    assert split.part("test") == ("c",)
    assert split.part("all") == ("a", "b", "c", "d")
    with pytest.raises(ConfigError, match="expected one of train, validation, test, all"):
        split.part("unused")


def test_json_round_trip():
    split = split_by_group(lakes(956), 3)
    assert Split.from_json(json.loads(json.dumps(split.to_json()))) == split


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "cannot be read"),
        ([], "cannot be read"),
        ({"train": 5, "validation": [], "test": [], "seed": 0, "rule": ""}, "cannot be read"),
        ({"train": ["a"], "validation": ["a"], "test": [], "seed": 0, "rule": ""}, "more than one part"),
    ],
)
def test_json_that_is_no_split(values, says):
    with pytest.raises(ConfigError, match=says):
        Split.from_json(values)
