"""The results that come with the project: made with the models that come with it, and in agreement with their cards."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from lakeseg.store import ModelStore
from lakeseg.study.parts import PARTS
from lakeseg.study.results import SHIPPED

STORE = ModelStore(Path(__file__).resolve().parents[3] / "models")
CARDS = {card.id: card for card in STORE.cards()[0]}
RESULTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.json"))}
DATASET2 = CARDS["fcn-lakeseg"].dataset["fingerprint"]
WHOLE_LAKE = 0
ELSEWHERE = {"unclassified"}  # parts that a dataset without unclassified pixels does not have


def home(part: str) -> dict:
    """The result of a part on the dataset that the models were trained on."""
    (found,) = [one for one in RESULTS.values() if one["part"] == part and one["dataset"]["fingerprint"] == DATASET2]
    return found


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_names_its_part_its_dataset_and_models_that_are_there(name):
    result = RESULTS[name]
    assert result["part"] in {*PARTS, "search"}
    assert name == f"{result['part']}-{result['dataset']['fingerprint'][:12]}"
    assert result["dataset"]["simulated"] is True
    assert result["models"] == {model: CARDS[model].fingerprint for model in result["models"]}
    assert result["rows"]


@pytest.mark.parametrize("part", sorted(set(PARTS) - ELSEWHERE))
def test_every_part_is_measured_on_the_dataset_of_the_models(part):
    assert home(part)["split"].startswith("test")


def test_every_model_is_measured_at_a_size():
    assert set(home("sizes")["models"]) == set(CARDS)


@pytest.mark.parametrize("row", [r for r in home("sizes")["rows"] if (r["terms"], r["size"]) == ("fair", WHOLE_LAKE)])
def test_over_whole_lakes_a_model_scores_what_its_card_says(row):
    card = CARDS[row["model"]].scores["test"]
    assert (row["pixels"], row["lakes"]) == (card["pixels"], card["lakes"])
    assert row["f1"] == card["f1"]
    assert (row["low"], row["high"]) == (card["f1_interval"]["low"], card["f1_interval"]["high"])


def test_all_subsets_are_scored_and_f1_follows_from_their_counts():
    rows = home("subsets")["rows"]
    every = {subset for size in range(1, 8) for subset in combinations(range(1, 8), size)}
    for model in ("fcn-bands", "logistic"):
        assert {tuple(row["bands"]) for row in rows if row["model"] == model} == every
    for row in rows:
        (hits, *missed), (false, *_), _ = row["confusion"]
        assert row["f1"] == pytest.approx(2 * hits / (2 * hits + sum(missed) + false))


def test_with_all_bands_the_network_for_any_scores_what_its_card_says():
    (row,) = [r for r in home("subsets")["rows"] if r["model"] == "fcn-bands" and len(r["bands"]) == 7]
    assert row["f1"] == CARDS["fcn-bands"].scores["test"]["f1"]


@pytest.mark.parametrize("name", [name for name in RESULTS if name.startswith("flips")])
def test_flips_add_up(name):
    for row in RESULTS[name]["rows"]:
        assert sum(row["flips"]) == row["pixels"]
        assert sum(times * pixels for times, pixels in enumerate(row["flips"])) == sum(row["changed"])


def test_components_hold_ever_more_variance():
    rows = [row for row in home("components")["rows"] if row["basis"] == "components"]
    for model in ("logistic", "boosting"):
        shares = [row["variance"] for row in sorted(rows, key=lambda row: row["k"]) if row["model"] == model]
        assert len(shares) == 7
        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(1)


UNCLASSIFIED = next(one for name, one in RESULTS.items() if name.startswith("unclassified"))


@pytest.mark.parametrize("row", UNCLASSIFIED["rows"], ids=lambda row: f"{row['model']} {row['domain']}")
def test_unclassified_pixels_add_up(row):
    water, land, unclassified = row["confusion"]
    assert sum(water) + sum(land) + sum(unclassified) == row["pixels"]
    assert list(row["says"].values()) == unclassified
    assert row["agreement"]["count"] == water[0] + land[1]
    truth = row["truth"]
    assert [sum(pair) for pair in zip(truth["counts"]["land"], truth["counts"]["water"], strict=True)] == unclassified
    assert truth["right"]["count"] == truth["counts"]["land"][1] + truth["counts"]["water"][0]
    labellers = truth["labellers"].values()
    assert sum(one["right"]["count"] for one in labellers) == sum(unclassified)  # where they disagree, one is right
    for one in labellers:
        difference = one["model_less_labeller"]
        assert difference["value"] == pytest.approx(truth["right"]["share"] - one["right"]["share"])
        assert difference["low"] <= difference["value"] <= difference["high"]


def test_domains_add_up_to_the_whole_and_only_unseen_ground_counts():
    for model in UNCLASSIFIED["models"]:
        whole, *domains = [row for row in UNCLASSIFIED["rows"] if row["model"] == model]
        assert (whole["domain"], whole["lakes"], whole["of_lakes"]) == ("", 93, 135)
        assert sum(row["pixels"] for row in domains) == whole["pixels"]
        assert sum(row["lakes"] for row in domains) == whole["lakes"]
