import pytest

from lakeseg.cards import Card


def card(split, groups):
    about = {"fingerprint": "home", "groups_seen": groups}
    return Card("T", "", {"kind": "naive"}, (), 0, dataset=about, split=split)


SPLIT = {"train": ["a", "b"], "validation": ["c"], "test": ["d"]}


@pytest.mark.parametrize(
    ("lake", "group", "home", "elsewhere"),
    [
        ("a", "x", "train", "seen ground"),
        ("c", "y", "validation", "seen ground"),
        ("d", "z", "test", "unseen"),  # elsewhere only the ground counts, whatever the lake is called there
        ("e", "z", "unused", "unseen"),
        ("a", "", "train", "unseen"),
    ],
)
def test_what_a_model_has_to_do_with_a_lake(lake, group, home, elsewhere):
    known = card(SPLIT, ["x", "y"])
    assert known.standing("home", lake, group) == home
    assert known.standing("other", lake, group) == elsewhere
    assert known.is_home("home")
    assert not known.is_home("other")


def test_a_model_of_single_pixels_does_not_know_the_ground_it_saw():
    about = {"fingerprint": "home", "groups_seen": [], "of_pixels": True}
    known = Card("T", "", {"kind": "naive"}, (), 0, dataset=about, split=SPLIT)
    assert (known.standing("home", "a", ""), known.standing("other", "a", "x")) == ("train", "not known")


@pytest.mark.parametrize("split", [{}, {"train": None, "test": 3}, {"train": [1, None]}])
@pytest.mark.parametrize("groups", [None, 7, "x"])
def test_odd_cards_know_nothing(split, groups):
    odd = card(split, groups)
    assert odd.standing("home", "a", "x") == "unused"
    assert odd.standing("other", "a", "x") == "unseen"
