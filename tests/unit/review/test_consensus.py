from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from lakeseg.data.dataset import Header, Lake, open_dataset
from lakeseg.data.write import write_dataset
from lakeseg.errors import ConfigError
from lakeseg.review.consensus import Rule, consensus, settled_labels, write_consensus
from lakeseg.review.verdicts import Verdict
from lakeseg.review.votes import votes_of
from tests.lakes import HEADER, make_lake

W, L, U, N = 1, 2, 3, 0


@pytest.fixture
def dataset(tmp_path):
    """Lake "a" of 2×3 px, whose labels are U U U / U W N, after a lake of 1×4 px that nobody reviews."""
    one = replace(make_lake("a", 2, 3), labels=np.array([[U, U, U], [U, W, N]], np.uint8))
    header = replace(HEADER, provenance={"seed": 1, "pixel_size_m": 30.0})
    return write_dataset(tmp_path / "source.h5", header, [make_lake("z", 1, 4), one])


def vote(position: int, what: str | int, by: str, confidence: int = 2) -> Verdict:
    verdict, fraction = ("mixed", what) if isinstance(what, int) else (what, None)
    made = datetime(2026, 1, 2, 3, position, tzinfo=UTC)
    return Verdict("f", "a", f"{position}:1", 1, verdict, by, fraction, confidence, id=position + 1, made_at=made)


def label_of(dataset, *votes: Verdict, rule: Rule | None = None) -> int:
    return int(consensus(votes_of(votes, dataset.lakes), rule or Rule()).label[0])


def test_the_majority_decides_and_confidence_weighs(dataset):
    water, land = vote(0, "water", "ann", 1), vote(0, "land", "bob", 1)
    assert label_of(dataset, water) == W
    assert label_of(dataset, water, land, vote(0, "land", "cy", 1)) == L
    # One who is sure (3) against two who guess (1 + 1).
    assert label_of(dataset, replace(water, confidence=3), land, vote(0, "land", "cy", 1)) == W
    alike = Rule(by_confidence=False)
    assert label_of(dataset, replace(water, confidence=3), land, vote(0, "land", "cy", 1), rule=alike) == L


def test_a_tie_stays_unclassified(dataset):
    assert label_of(dataset, vote(0, "water", "ann"), vote(0, "land", "bob")) == U
    assert label_of(dataset, vote(0, 50, "ann", 3)) == U
    # 2 · 70 + 1 · 10 = 150 of water against 2 · 30 + 1 · 90 = 150 of land.
    assert label_of(dataset, vote(0, 70, "ann", 2), vote(0, 10, "bob", 1)) == U
    assert consensus(votes_of([vote(0, 50, "ann")], dataset.lakes)).counts["tied"] == 1


def test_mixed_gives_its_fraction_to_water_and_the_rest_to_land(dataset):
    assert label_of(dataset, vote(0, 60, "ann")) == W
    assert label_of(dataset, vote(0, 60, "ann"), vote(0, 30, "bob")) == L  # 60 + 30 against 40 + 70
    found = consensus(votes_of([vote(0, 60, "ann", 3)], dataset.lakes))
    assert (found.water[0], found.land[0]) == (180, 120)


def test_cannot_tell_gives_nothing(dataset):
    assert label_of(dataset, vote(0, "unsure", "ann", 3)) == U
    assert label_of(dataset, vote(0, "unsure", "ann", 3), vote(0, "land", "bob", 1)) == L
    # Neither does it count as one who could tell.
    assert label_of(dataset, vote(0, "unsure", "ann", 3), vote(0, "land", "bob"), rule=Rule(least=2)) == U
    assert label_of(dataset, vote(0, "land", "ann"), vote(0, "land", "bob"), rule=Rule(least=2)) == L


def test_a_rule_of_no_reviewers_is_refused():
    with pytest.raises(ConfigError, match="at least 1"):
        Rule(least=0)


def test_only_unclassified_pixels_change(dataset):
    said = [vote(n, "land", "ann") for n in range(6)]
    found = consensus(votes_of(said, dataset.lakes))
    labels = settled_labels(dataset.lake("a"), 4, dataset.fill, found)
    assert labels.tolist() == [[L, L, L], [L, W, N]]


def test_fill_stays_as_it_was(tmp_path):
    image = np.full((1, 2, 2), 5, np.int16)
    image[0, 1, 0] = -28672
    lake = Lake("a", image, np.array([[U, U]], np.uint8), "g")
    dataset = write_dataset(tmp_path / "d.h5", Header("d", (1, 2), "a test", simulated=False), [lake])
    found = consensus(votes_of([vote(0, "water", "ann"), vote(1, "water", "ann")], dataset.lakes))
    assert settled_labels(lake, 0, dataset.fill, found).tolist() == [[W, U]]


def test_the_written_dataset_opens_and_says_where_it_comes_from(dataset, tmp_path):
    votes = votes_of(
        [vote(0, "water", "ann", 3), vote(1, "land", "bob"), vote(2, 50, "bob"), vote(0, "land", "cy", 1)],
        dataset.lakes,
    )
    found = consensus(votes)
    steps = []
    write_consensus(tmp_path / "new.h5", dataset, votes, found, "sqlite:///review.db", lambda *one: steps.append(one))
    new = open_dataset(tmp_path / "new.h5")
    assert new.lake("a").labels.tolist() == [[W, L, U], [U, W, N]]
    assert new.lake("z").labels.tolist() == dataset.lake("z").labels.tolist()
    np.testing.assert_array_equal(new.pixels()[0], dataset.pixels()[0])
    assert new.lakes.group.tolist() == dataset.lakes.group.tolist()
    assert new.pixel_size_m == 30.0
    assert new.fingerprint != dataset.fingerprint
    said = new.header.provenance
    assert said["reviewers"] == {"ann": 1, "bob": 2, "cy": 1}
    assert said["verdicts"] == 4
    assert said["settled"] == {"water": 1, "land": 1, "tied": 1, "too few": 0}
    assert said["of"]["fingerprint"] == dataset.fingerprint
    assert said["of"]["provenance"]["seed"] == 1
    assert said["database"] == "sqlite:///review.db"
    assert said["rule"] == Rule().words
    assert (said["first_verdict"], said["last_id"]) == ("2026-01-02T03:00:00+00:00", 3)
    assert steps[-1] == (1.0, "a")


def test_the_source_is_never_replaced(dataset):
    votes = votes_of([], dataset.lakes)
    with pytest.raises(ConfigError, match="another name"):
        write_consensus(dataset.path, dataset, votes, consensus(votes), "")


def test_no_verdicts_change_no_label(dataset, tmp_path):
    votes = votes_of([], dataset.lakes)
    new = write_consensus(tmp_path / "same.h5", dataset, votes, consensus(votes), "")
    assert new.fingerprint == dataset.fingerprint
