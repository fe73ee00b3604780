"""The log of the search that comes with the project: whole, honest, and in agreement with itself."""

from __future__ import annotations

import json

import pytest

from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.layered import parameters
from lakeseg.study.results import SHIPPED
from lakeseg.study.search import space
from lakeseg.study.search.trials import COMPLETE, FAILED, PRUNED, REJECTED, Trial

(PATH,) = SHIPPED.glob("search-*.json")
LOG = json.loads(PATH.read_text(encoding="utf-8"))
MADE, ROWS = LOG["made"], LOG["rows"]
TRIALS = [Trial.from_json(row) for row in ROWS]


def test_every_trial_is_there_in_order():
    assert [trial.number for trial in TRIALS] == list(range(len(TRIALS)))
    assert [trial.phase for trial in TRIALS] == sorted(
        (trial.phase for trial in TRIALS), key=["baseline", "search", "final"].index
    )
    assert {trial.state for trial in TRIALS} <= {COMPLETE, PRUNED, REJECTED, FAILED}
    assert MADE["seconds"] == pytest.approx(sum(trial.seconds for trial in TRIALS))


@pytest.mark.parametrize("trial", [trial for trial in TRIALS if trial.settings], ids=lambda trial: str(trial.number))
def test_a_trials_config_is_what_its_settings_ask_for(trial):
    config = SegmenterConfig.from_json(trial.config)
    assert config == space.config_of(trial.settings, config.bands, config.epochs, config.seed)
    assert trial.parameters == parameters(config)
    assert len(trial.f1) <= config.epochs
    assert trial.state == REJECTED or trial.parameters <= space.LIMIT


def test_no_trial_was_judged_on_test_lakes():
    assert LOG["split"] == "validation"
    assert "read neither pixel nor label of a test lake" in MADE["about"]
    assert MADE["lakes"] == {"train": 701, "validation": 109}


def test_the_winner_is_the_finalist_with_the_best_mean():
    finals = {}
    for trial in TRIALS:
        if trial.phase == "final":
            finals.setdefault(trial.of, []).append(trial.value)
    means = {of: sum(values) / len(values) for of, values in finals.items() if of != 0}
    found = MADE["winner"]
    assert found["trial"] == max(means, key=means.get)
    assert found["f1"] == finals[found["trial"]]
    assert found["baseline_f1"] == finals[0]
    assert found["parameters"] <= space.LIMIT == MADE["limit"]
    best = sorted(
        (trial.value for trial in TRIALS if trial.phase == "search" and trial.state == COMPLETE), reverse=True
    )
    finalists = [of for of in means if TRIALS[of].settings != space.FIRST[0]]  # these run along in any case
    assert {TRIALS[of].value for of in finalists} <= set(best[: len(means)])


def test_times_name_their_machine():
    assert MADE["machine"]["processor"]
    assert MADE["machine"]["cores"] >= 1
    assert {"optuna", "keras"} <= set(MADE["versions"])
