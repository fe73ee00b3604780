from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import label

from lakeseg.data.dataset import Header, Lake
from lakeseg.data.write import write_dataset
from lakeseg.errors import ConfigError
from lakeseg.review.checks import PAUSE, Rates, check_at, honeypot, purpose_at, repeat
from lakeseg.review.verdicts import HONEYPOT, REPEAT, Verdict
from tests.unit.review.regions_by_hand import regions


@pytest.fixture
def dataset(tmp_path):
    """Lakes "a" and "b" of 4×5 px: two columns of water, one unclassified, two of land."""
    labels = np.tile(np.array([1, 1, 3, 2, 2], np.uint8), (4, 1))
    lakes = [Lake(name, np.full((4, 5, 1), 400, np.int16), labels, name) for name in "ab"]
    return write_dataset(tmp_path / "d.h5", Header("d", (1,), "a test", simulated=False), lakes)


def said(count: int) -> list[Verdict]:
    return [Verdict("d", "a", f"{n}:2", 2, "land", "ann", id=n) for n in reversed(range(count))]


def test_there_are_no_checks_by_default():
    assert {purpose_at(turn, "ann", Rates()) for turn in range(200)} == {None}


def test_checks_come_as_often_as_asked_and_the_same_each_time():
    rates = Rates(honeypots=0.2, repeats=0.1)
    turns = [purpose_at(turn, "ann", rates) for turn in range(2000)]
    found = Counter(turns)
    # 400 and 200 expected, standard deviations of 18 and 13
    assert abs(found[HONEYPOT] - 400) < 72
    assert abs(found[REPEAT] - 200) < 52
    assert turns == [purpose_at(turn, "ann", rates) for turn in range(2000)]
    assert turns != [purpose_at(turn, "bob", rates) for turn in range(2000)]


@pytest.mark.parametrize("rates", [(-0.1, 0.1), (0.4, 0.2), (float("nan"), 0)])
def test_rates_are_checked(rates):
    with pytest.raises(ConfigError, match="expected shares from 0"):
        Rates(*rates)


def test_a_honeypot_is_labelled_alike_hangs_together_and_has_the_size_of_a_region(dataset):
    sizes = set()
    for turn in range(40):
        check = honeypot(turn, "ann", regions(), dataset)
        labels = dataset.lake(check.lake).labels
        code = {"water": 1, "land": 2}[check.expected]
        assert set(labels.ravel()[check.positions]) == {code}
        mask = np.zeros(20, bool)
        mask[check.positions] = True
        assert label(mask.reshape(4, 5))[1] == 1
        rows, columns = np.divmod(check.positions, 5)
        assert check.box == (rows.min(), columns.min(), rows.max(), columns.max())
        sizes.add(len(check.positions))
        again = honeypot(turn, "ann", regions(), dataset)
        assert (again.lake, again.positions.tolist()) == (check.lake, check.positions.tolist())
    assert sizes <= {1, 2, 3, 4, 6}
    assert len(sizes) > 2


def test_without_sure_labels_there_is_no_honeypot(tmp_path):
    lakes = [Lake(name, np.full((4, 5, 1), 1, np.int16), np.full((4, 5), 3, np.uint8), name) for name in "ab"]
    dataset = write_dataset(tmp_path / "d.h5", Header("d", (1,), "a test", simulated=False), lakes)
    assert honeypot(0, "ann", regions(), dataset) is None


def test_a_repeat_asks_for_what_was_said_a_while_ago(dataset):
    rates = Rates(repeats=0.5)
    turns = [turn for turn in range(60) if purpose_at(turn, "ann", rates) == REPEAT]
    mine = said(PAUSE + 3)
    found = [check_at(turn, "ann", rates, regions(), dataset, mine) for turn in turns]
    # the latest ten are too fresh: the verdicts on pixels 0, 1 and 2 are left
    assert {int(check.positions[0]) for check in found} <= {0, 1, 2}
    assert {check.expected for check in found} == {"land"}
    assert check_at(turns[0], "ann", rates, regions(), dataset, said(PAUSE)) is None
    assert check_at(turns[0], "ann", Rates(), regions(), dataset, mine) is None


def test_nothing_is_repeated_that_was_accepted_unseen(dataset):
    mine = [replace(one, purpose="bulk") for one in said(PAUSE + 5)]
    assert repeat(0, "ann", dataset, mine) is None
    assert repeat(0, "ann", dataset, [*mine, *said(1)]).positions.tolist() == [0, 1]
