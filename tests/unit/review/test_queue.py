import numpy as np
import pytest

from lakeseg.data.dataset import Header, Lake
from lakeseg.data.write import write_dataset
from lakeseg.errors import ConfigError, DatasetError
from lakeseg.review.ledger import Ledger
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.queue import SPLIT, UNANIMOUS, Filters, Standing, in_queue, progress, reviewed, select
from lakeseg.review.regions import Regions
from lakeseg.review.verdicts import HONEYPOT, Verdict
from tests.unit.review.regions_by_hand import regions


@pytest.fixture
def dataset(tmp_path):
    """Two unclassified lakes of 4×5 px, "a" in the cold and "b" in the warm."""
    lakes = [
        Lake(name, np.full((4, 5, 1), 400, np.int16), np.full((4, 5), 3, np.uint8), name, domain=domain)
        for name, domain in (("a", "cold"), ("b", "warm"))
    ]
    return write_dataset(tmp_path / "d.h5", Header("d", (1,), "a test", simulated=False), lakes)


@pytest.fixture
def ledger(dataset, tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'review.db'}")
    log = Log(engine)
    log.prepare()
    yield Ledger(dataset, log)
    engine.dispose()


def say(ledger, lake, runs, what="water", by="ann", **more):
    pixels = sum(int(part.split(":")[1]) for part in runs.split(","))
    one = Verdict(ledger.dataset.fingerprint, lake, runs, pixels, what, by, key=f"{lake}{runs}{by}{what}", **more)
    return ledger.add([one])[0]


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (Filters(), [0, 1, 2, 3, 4, 5]),
        (Filters(domains=("warm",)), [3, 4, 5]),
        (Filters(lakes=("a",), least=2), [0, 1]),
        (Filters(least=2, most=4), [0, 1, 4]),
        (Filters(vote=UNANIMOUS), [0, 2, 3, 4, 5]),
        (Filters(vote=SPLIT), [1]),
        (Filters(says=2), [2, 4]),
        (Filters(says=2, judge="two"), [1, 2, 4]),
    ],
)
def test_filters_keep_what_they_say(dataset, filters, kept):
    assert np.flatnonzero(select(regions(), dataset.lakes, filters)).tolist() == kept
    assert filters.of_models == bool(filters.says or filters.vote != "any")


def test_filters_of_something_unknown_say_so(dataset):
    with pytest.raises(ConfigError, match="unknown vote 'all'"):
        Filters(vote="all")
    with pytest.raises(ConfigError, match="unknown model of the regions 'three': expected one of one, two"):
        select(regions(), dataset.lakes, Filters(says=1, judge="three"))
    with pytest.raises(DatasetError, match="unknown lake 'c'"):
        select(regions(), dataset.lakes, Filters(lakes=("c",)))


def test_the_queue_passes_over_what_is_settled_or_skipped():
    order, wanted = np.array([3, 0, 4, 1, 2, 5]), np.array([True, True, True, True, False, True])
    assert in_queue(order, wanted).tolist() == [3, 0, 1, 2, 5]
    assert in_queue(order, wanted, np.array([1, 0, 1, 6, 3, 1]), skipped={3}).tolist() == [0, 2, 5]


def test_a_region_is_open_until_its_last_pixel_is_settled(ledger):
    standing = Standing(regions(), ledger)
    assert standing.left("ann").tolist() == [4, 2, 1, 6, 3, 1]
    before = standing.left("ann")
    say(ledger, "a", "0:3")  # three of the four pixels of region 0
    say(ledger, "a", "4:3", "land", "bob")  # regions 1 and 2
    standing.refresh()
    assert standing.left("ann").tolist() == [1, 2, 1, 6, 3, 1]
    assert standing.left("bob").tolist() == [4, 0, 0, 6, 3, 1]
    assert standing.left_by_all.tolist() == [1, 0, 0, 6, 3, 1]
    assert standing.open_pixels(0, "ann").tolist() == [3]
    assert standing.verdicts.tolist() == [1, 2, 2, 0, 0, 0]
    assert before.tolist() == [4, 2, 1, 6, 3, 1]  # what was handed out does not change
    with pytest.raises(ValueError, match="read-only"):
        standing.left("ann")[0] = 0


def test_what_is_taken_back_is_open_again_and_checks_settle_nothing(ledger):
    standing = Standing(regions(), ledger)
    say(ledger, "b", "0:6", batch="now")
    say(ledger, "b", "6:3", purpose=HONEYPOT)
    standing.refresh()
    assert standing.left("ann").tolist() == [4, 2, 1, 0, 3, 1]
    ledger.undo("now", "ann")
    standing.refresh()
    assert standing.left("ann").tolist() == standing.left_by_all.tolist() == [4, 2, 1, 6, 3, 1]
    assert not standing.tally.any()


def test_two_reviewers_both_count(ledger):
    standing = Standing(regions(), ledger)
    for who, what in (("ann", "water"), ("bob", "land"), ("cid", "land")):
        say(ledger, "a", "0:4", what, who)
    standing.refresh()
    assert standing.tally[0].tolist() == [4, 8, 0, 0]
    assert standing.verdicts[0] == 2
    assert standing.left_by_all[0] == 0


def test_progress_counts_regions_and_pixels_of_each_domain(dataset):
    rows = progress(regions(), dataset.lakes, np.array([0, 2, 1, 3, 0, 0]))
    found = [(row.domain, row.whole, row.regions, row.of_regions, row.pixels, row.of_pixels) for row in rows]
    assert found == [("", True, 3, 6, 11, 17), ("cold", False, 1, 3, 4, 7), ("warm", False, 2, 3, 7, 10)]
    assert reviewed(regions(), dataset.lakes, np.array([0, 2, 1, 3, 0, 0])) == {"cold": 0.57, "warm": 0.7}


def test_nothing_to_settle_is_all_settled(dataset):
    none = regions()
    empty = Regions(
        "d", none.judges, (1,), none.lake[:0], none.first[:1], *(getattr(none, name)[:0] for name in
        ("positions", "box", "spectra", "water", "says", "split", "entropy", "shore")),
    )  # fmt: skip
    assert progress(empty, dataset.lakes, np.empty(0, np.int32))[0].share == 1.0


def test_after_a_verdict_only_its_lake_is_looked_at(ledger, monkeypatch):
    standing, looked = Standing(regions(), ledger), []
    monkeypatch.setattr(standing, "_look", lambda reviewer, lake: looked.append((reviewer, lake)))
    say(ledger, "a", "0:1")
    standing.refresh()
    say(ledger, "b", "0:1")
    standing.refresh()
    standing.refresh()
    assert looked == [("ann", "a"), ("ann", "b")]
