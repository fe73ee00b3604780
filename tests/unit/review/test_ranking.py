import numpy as np
import pytest

from lakeseg.errors import ConfigError
from lakeseg.review.ranking import (
    DOMAIN,
    HELPS_MOST,
    LEARNED,
    MEANING,
    NAMES,
    RULES,
    components,
    rank,
    rule,
    scores,
    why,
)
from tests.lakes import make_table
from tests.unit.review.regions_by_hand import regions


@pytest.fixture
def lakes():
    """Two lakes, of the domains "cold" and "warm"."""
    table = make_table(["g0", "g1"])
    return type(table)({**table.columns, "domain": np.array([b"cold", b"warm"])})


def column(found, name):
    return found.table[:, NAMES.index(name)]


def test_components_are_what_they_say(lakes):
    found = components(regions(), lakes, {"cold": 0.75}, np.array([0.5, 1, 0, 0.5, 0.25, 1]))
    # share of pixels in dispute and range of the mean probabilities, halved: 0, (1 + .7)/2, (0 + .1)/2, …
    assert column(found, "disagreement") == pytest.approx([0, 0.85, 0.05, 0.005, 0.015, 0.55], abs=1e-6)
    assert column(found, "uncertainty") == pytest.approx([0.29, 0.99, 0.29, 0.2, 0.2, 1])  # at most 1
    assert column(found, "shore") == pytest.approx([1, 0.5, 0, 0.75, 0.25, 1])  # 1 / (1 + (d − 1) / 3)
    assert column(found, "size") == pytest.approx(np.log1p([4, 2, 1, 6, 3, 1]) / np.log(601))
    assert column(found, DOMAIN) == pytest.approx([0.25] * 3 + [1] * 3)
    # entropy of a quarter: .25 · 2 + .75 · log2(4/3) = .8113
    assert column(found, LEARNED) == pytest.approx([1, 0, 0, 1, 0.8113, 0], abs=1e-4)
    assert ((found.table >= 0) & (found.table <= 1)).all()


def test_the_order_follows_the_weights_and_then_the_file(lakes):
    found = components(regions(), lakes)
    assert rank(found, {"size": 1.0}).tolist() == [3, 0, 4, 1, 2, 5]  # 1 px twice: the first of the file first
    assert rank(found, {"disagreement": 2.0}).tolist() == [1, 5, 2, 4, 3, 0]
    assert rank(found, rule("In the order of lakes")).tolist() == [0, 1, 2, 3, 4, 5]
    assert scores(found, {"shore": 1.0, "uncertainty": 3.0})[0] == pytest.approx((1 + 3 * 0.29) / 4)


@pytest.mark.parametrize(
    ("weights", "text"),
    [({"size": -1.0}, "weight -1.0 of size: expected 0 or more"), ({"beauty": 1.0}, "unknown component 'beauty'")],
)
def test_weights_are_checked(lakes, weights, text):
    with pytest.raises(ConfigError, match=text):
        scores(components(regions(), lakes), weights)


def test_each_rule_names_components_that_are_explained():
    assert next(iter(RULES)) == HELPS_MOST
    assert set(MEANING) == set(NAMES)
    assert all(set(weights) <= set(NAMES) for weights in RULES.values())
    with pytest.raises(ConfigError, match="unknown ranking 'best'"):
        rule("best")


def test_a_region_says_why_it_is_where_it_is(lakes):
    found = components(regions(), lakes, {"warm": 0.4})
    reasons = why(regions(), found, rule(HELPS_MOST), 1)
    assert [reason.name for reason in reasons][:2] == ["disagreement", "uncertainty"]
    assert sum(reason.weight for reason in reasons) == pytest.approx(1)
    assert sum(reason.share for reason in reasons) == pytest.approx(scores(found, rule(HELPS_MOST))[1])
    said = {reason.name: reason.words for reason in reasons}
    assert said["disagreement"] == "models differ on 100 % of its pixels (water 20–90 %)"
    assert said["uncertainty"] == "models are unsure: 0.99 bits"
    assert said["shore"] == "4 px from the shore"
    assert said["size"] == "2 px"
    assert said["domain"] == "100 % of cold is open"
    other = {reason.name: reason.words for reason in why(regions(), found, rule(HELPS_MOST), 2)}
    assert other["shore"] == "no shore in this lake"
    assert other["disagreement"].startswith("all models say land")


def test_without_models_nothing_is_in_dispute(lakes):
    empty = regions(water=np.empty((6, 0), np.float32), says=np.empty((6, 0), np.uint8))
    found = components(empty, lakes)
    assert not column(found, "disagreement").any()
    assert why(empty, found, {"disagreement": 1.0}, 0)[0].words == "no two models were asked"
