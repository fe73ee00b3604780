from dataclasses import replace

import numpy as np
import pytest

from lakeseg.analysis.selection import (
    SIZES,
    Selection,
    choose_lakes,
    ground_groups,
    select,
    size_class,
    size_edges,
    split_of,
    trained_split,
)
from lakeseg.cards import Card
from lakeseg.data.dataset import open_dataset
from lakeseg.data.splits import default_split, split_by_group
from lakeseg.errors import ConfigError
from lakeseg.store import ModelStore
from tests.lakes import make_dataset


@pytest.fixture
def home(lab):
    return ModelStore(lab / "models").card("logistic"), open_dataset(lab / "data" / "dataset2.h5")


def test_terciles_of_the_sizes(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6)])
    # a third of the way between six sizes lies at 1 + 5/3 = 2.67, two thirds at 4.33
    assert size_edges(dataset) == (3, 5)
    assert [SIZES[place] for place in size_class(dataset)] == ["small"] * 2 + ["medium"] * 2 + ["large"] * 2


def test_lakes_of_one_size_are_all_large(tmp_path):
    assert set(size_class(make_dataset(tmp_path / "d.h5", [(2, 2)] * 3))) == {2}


def test_parts_domains_and_sizes_cut_the_lakes(home):
    card, dataset = home
    whole = select(card, dataset, Selection("all"))
    assert whole.tolist() == list(range(9))
    assert dataset.lakes.id[select(card, dataset, Selection("test"))].tolist() == choose_lakes(card, dataset, "test")[0]
    parts = [select(card, dataset, Selection("all", sizes=(size,))) for size in SIZES]
    assert sorted(np.concatenate(parts).tolist()) == whole.tolist()
    domain = str(dataset.lakes.domain[0])
    assert (dataset.lakes.domain[select(card, dataset, Selection("all", domains=(domain,)))] == domain).all()
    assert select(card, dataset, Selection("all", domains=("nowhere",))).tolist() == []


def test_another_dataset_has_no_training_part(home, lab):
    card, other = home[0], open_dataset(lab / "data" / "dataset1.h5")
    with pytest.raises(ConfigError, match="was not trained on"):
        select(card, other, Selection("train"))
    assert len(select(card, other, Selection("test")))


def test_a_selection_knows_whether_it_takes_the_whole_part():
    assert Selection("test").is_whole_part
    assert Selection("test", sizes=SIZES).is_whole_part
    assert not Selection("test", sizes=("small",)).is_whole_part
    assert not Selection("test", domains=("arid",)).is_whole_part


def test_a_lake_without_a_group_stands_alone(home):
    _, dataset = home
    assert ground_groups(dataset, np.array([2])) == [dataset.lakes.group[2] or dataset.lakes.id[2]]


def card(dataset, split, name, **about) -> Card:
    origin = {"fingerprint": dataset.fingerprint, "groups_seen": [], **about}
    return Card(name, "", {"kind": "fcn"}, dataset.bands, 1, origin, split.to_json(), id=name)


@pytest.fixture
def twenty(tmp_path):
    return make_dataset(tmp_path / "d.h5", [(2, 2)] * 20)


def test_the_split_is_that_of_most_models_trained_here(twenty):
    one, other = (split_by_group(twenty.lakes, seed, (0.5, 0.25, 0.25)) for seed in (0, 7))
    cards = [card(twenty, other, "a"), card(twenty, one, "c"), card(twenty, one, "b")]
    assert split_of(twenty, cards) == trained_split(twenty, cards)
    found = split_of(twenty, cards)
    assert (found.model, found.split) == ("b", one)
    assert split_of(twenty, cards[:2]).model == "a"  # of two that differ, the first by name
    asked = split_of(twenty, cards, cards[0])
    assert (asked.model, asked.split) == ("a", other)


def test_a_split_that_cannot_be_has_no_say(twenty):
    expected = default_split(twenty.lakes)
    torn = replace(card(twenty, expected, "torn"), split={})
    gone = card(twenty, replace(expected, test=("gone",)), "gone")
    away = card(twenty, expected, "away", fingerprint="of another dataset")
    assert trained_split(twenty, [torn, gone, away]) is None
    found = split_of(twenty, [torn, gone, away])
    assert (found.model, found.split) == ("", expected)


def test_a_new_split_does_not_test_on_seen_ground(twenty):
    expected = split_by_group(twenty.lakes, 0, (0.5, 0.25, 0.25))
    made = default_split(twenty.lakes)
    groups = {lake: str(twenty.lakes.group[twenty.lakes.position(lake)]) for lake in expected.part("all")}
    elsewhere = {"fingerprint": "of another dataset"}
    network = card(twenty, expected, "network", groups_seen=[groups[made.test[0]]], **elsewhere)
    all_seen = card(twenty, expected, "all", groups_seen=list(groups.values()), **elsewhere)
    assert split_of(twenty, [all_seen], all_seen).split == made  # where nothing were left, all of them stay
    assert split_of(twenty, [network]).split == made
    left = split_of(twenty, [network], network).split
    assert (left.test, left.unused) == (made.test[1:], made.test[:1])
