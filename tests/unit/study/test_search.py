"""The search with trainings that cost nothing, and one trial that is real."""

import json
import sys
from dataclasses import replace

import pytest

from lakeseg.data.splits import Split
from lakeseg.errors import ConfigError, ModelError
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.layered import Layers, parameters
from lakeseg.segmenters.network import Network
from lakeseg.study import results
from lakeseg.study.search import log as logs
from lakeseg.study.search import run, space, trials
from lakeseg.study.search.log import Budget, Log, ranked, winner
from lakeseg.study.search.trials import COMPLETE, FAILED, PRUNED, REJECTED, Trial, run_trial

BANDS = (1, 2, 3, 4, 5, 6, 7)
SMALL = Budget(minutes=60, trials=8, epochs=3, finalists=2, final_epochs=4, seeds=(0, 1))


def split_of(dataset):
    ids = dataset.lake_ids
    return Split(ids[:-4], ids[-4:-2], ids[-2:], seed=0, rule="by hand")


def quiet(_share, _text):
    pass


@pytest.fixture
def trained(monkeypatch):
    """Train nothing: F1 follows from the config alone; the list tells what was asked for."""
    asked = []

    def instead(trial, config, _dataset, _split, poor, progress):
        asked.append((trial.phase, config))
        final = 0.6 + 0.001 * config.width + (0.05 if config.augment else 0) + 0.01 * config.seed
        f1 = []
        for epoch in range(1, config.epochs + 1):
            progress(epoch / config.epochs, f"epoch {epoch}")
            f1.append(round(final * epoch / config.epochs, 4))
            if epoch < config.epochs and poor(epoch, f1[-1]):
                return replace(trial, state=PRUNED, f1=tuple(f1), seconds=20.0)
        return replace(trial, f1=tuple(f1), threshold=0.4, seconds=30.0)

    monkeypatch.setattr(run, "run_trial", instead)
    return asked


@pytest.mark.parametrize(
    ("depth", "farthest", "expected"),
    [
        (3, 8, (1, 1, 1)),
        (6, 1, (1, 1, 1, 1, 1, 1)),
        (6, 2, (1, 1, 2, 2, 2, 1)),
        (6, 4, (1, 1, 2, 4, 2, 1)),
        (8, 4, (1, 1, 2, 4, 4, 4, 2, 1)),
        (8, 8, (1, 1, 2, 4, 8, 4, 2, 1)),
    ],
)
def test_dilations_rise_and_fall(depth, farthest, expected):
    assert space.dilations(depth, farthest) == expected


def test_first_settings_are_of_the_space_and_within_the_limit():
    for settings in space.FIRST:
        assert set(settings) == {*space.CHOICES, "learning_rate"}
        assert all(settings[name] in choices for name, choices in space.CHOICES.items())
        assert space.RATES[0] <= settings["learning_rate"] <= space.RATES[1]
        assert space.too_large(space.config_of(settings, BANDS, 3)) == 0


def test_what_is_too_large():
    settings = {**space.FIRST[0], "depth": 8, "width": 112}
    config = space.config_of(settings, BANDS, 3)
    # 9·7·112 + 7 · 9·112² + 8 · 4·112 + 113·3
    assert space.too_large(config) == parameters(config) == 7_056 + 790_272 + 3_584 + 339
    assert space.too_large(replace(config, width=80)) == 0
    assert Layers.of(config).margin == sum(config.dilations)


def test_the_baseline_is_the_studys_stack():
    assert Network(space.baseline(BANDS, 3)).parameters == 473_875


def test_a_search_tries_the_likely_first_and_trains_the_best_again(small_dataset, tmp_path, trained):
    path, shares = tmp_path / "search.json", []
    log = run.search(small_dataset, split_of(small_dataset), SMALL, path, lambda share, _text: shares.append(share))
    assert log.trials[0].phase == "baseline"
    assert [trial.settings for trial in log.of("search")] == list(space.FIRST[:7])
    assert shares == sorted(shares)
    assert shares[-1] == 1
    finals = log.of("final")
    best = ranked(log.trials)
    running = [best[0].number, best[1].number]
    running += [1] * (1 not in running) + [0]  # the settings tried first and the baseline run along
    assert [trial.number for trial in log.trials] == list(range(8 + 2 * len(running)))
    assert best[0].settings["width"] == max(settings["width"] for settings in space.FIRST[:7])  # as the stub has it
    assert [(trial.of, trial.config["seed"]) for trial in finals] == [(of, seed) for seed in (0, 1) for of in running]
    assert {trial.config["epochs"] for trial in finals} == {4}
    assert {config.precision for _, config in trained} == {"bfloat16"}


def test_the_winner_has_the_best_mean_over_seeds():
    def final(number, of, seed, f1):
        return Trial(number, "final", {"width": of}, {"seed": seed, "width": of}, 10 * of, f1=(0.1, f1), of=of)

    rows = [final(5, 1, 0, 0.80), final(6, 2, 0, 0.79), final(7, 0, 0, 0.9), final(8, 1, 1, 0.70), final(9, 2, 1, 0.78)]
    found = winner(rows)  # means .75 and .785; the baseline does not compete
    assert (found["trial"], found["parameters"], found["f1"], found["baseline_f1"]) == (2, 20, [0.79, 0.78], [0.9])
    assert found["config"] == {"width": 2}
    assert winner(rows[2:3]) is None
    assert winner([]) is None


def test_trials_that_fall_behind_are_given_up_after_two_epochs(small_dataset, tmp_path, trained, monkeypatch):
    good = {**space.FIRST[0], "augment": True, "width": 64}
    monkeypatch.setattr(
        space, "FIRST", [*({**good, "batch_size": size} for size in (4, 8, 16, 32)), {**good, "width": 32}]
    )
    log = run.search(small_dataset, split_of(small_dataset), replace(SMALL, trials=6), tmp_path / "search.json", quiet)
    assert [trial.state for trial in log.of("search")] == [COMPLETE] * 4 + [PRUNED]
    assert len(log.of("search")[-1].f1) == 2
    assert all(trial.state == COMPLETE for trial in log.of("final"))


def test_networks_that_are_too_large_are_rejected_before_training(small_dataset, tmp_path, trained, monkeypatch):
    monkeypatch.setattr(space, "FIRST", [{**space.FIRST[0], "depth": 8, "width": 112}, space.FIRST[0]])
    log = run.search(small_dataset, split_of(small_dataset), replace(SMALL, trials=3), tmp_path / "search.json", quiet)
    first = log.of("search")[0]
    assert (first.state, first.f1, first.seconds) == (REJECTED, (), 0)
    assert "801,251 parameters, 473,739 allowed" in first.reason
    assert len([phase for phase, _ in trained if phase == "search"]) == 1


class Killed(Exception):  # noqa: N818  stands for a kill
    pass


def test_a_search_that_was_killed_goes_on_and_repeats_nothing(small_dataset, tmp_path, trained, monkeypatch):
    path, split, budget = tmp_path / "search.json", split_of(small_dataset), replace(SMALL, trials=18)
    whole = run.search(small_dataset, split, budget, tmp_path / "whole.json", quiet)
    trained.clear()
    working = run.run_trial

    def stop_at(number):
        def instead(trial, *rest):
            if trial.number == number:
                raise Killed
            return working(trial, *rest)

        return instead

    for number in (3, 16, 19):
        monkeypatch.setattr(run, "run_trial", stop_at(number))
        with pytest.raises(Killed):
            run.search(small_dataset, split, budget, path, quiet, resume=True)
        assert len(json.loads(path.read_text())["rows"]) == number
    monkeypatch.setattr(run, "run_trial", working)
    log = run.search(small_dataset, split, budget, path, quiet, resume=True)
    assert len(log.of("final")) == len(whole.of("final")) in (6, 8)  # 8 where the first settings only run along
    assert len(log.trials) == len(whole.trials) == 18 + len(log.of("final"))
    given = len(space.FIRST)
    assert [one.settings for one in log.trials[: given + 1]] == [one.settings for one in whole.trials[: given + 1]]
    finals = [(one.of, one.config["seed"]) for one in log.of("final")]
    assert len(set(finals)) == len(finals)
    before = len(trained)
    run.search(small_dataset, split, budget, path, quiet, resume=True)
    assert len(trained) == before


def test_minutes_end_a_search(small_dataset, tmp_path, trained):
    # 30 s each, or 20 where given up: after the baseline and two trials 90 s are spent.
    log = run.search(
        small_dataset, split_of(small_dataset), replace(SMALL, minutes=1.5), tmp_path / "search.json", quiet
    )
    assert len(log.of("search")) == 2
    assert log.seconds == 90
    assert len(log.of("final")) == 6


def test_the_log_is_a_result_of_the_study(small_dataset, tmp_path, trained, monkeypatch):
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path))
    path = results.local_dir() / results.file_name(logs.PART, small_dataset.fingerprint)
    log = run.search(small_dataset, split_of(small_dataset), SMALL, path, quiet)
    found = results.find("search", small_dataset.fingerprint)
    assert [Trial.from_json(dict(row)) for row in found.rows] == log.trials
    assert found.split == "validation"
    assert "neither pixel nor label of a test lake" in found.made["about"]
    assert found.made["winner"]["trial"] == log.result().made["winner"]["trial"]
    assert found.made["machine"]["cores"] >= 1
    assert found.made["budget"]["trials"] == 8
    assert SegmenterConfig.from_json(found.made["winner"]["config"]).dilations


@pytest.mark.parametrize(
    "content", ["", "{}", '{"part": "sizes", "dataset": {"fingerprint": "x"}, "split": "", "rows": []}']
)
def test_another_file_is_no_log(small_dataset, tmp_path, content):
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"other\.json: no log of a search on .*: give another --log"):
        Log(path, small_dataset, split_of(small_dataset), SMALL).read()
    assert path.read_text() == content


def test_without_optuna_it_says_what_to_install(small_dataset, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ModelError, match=r"needs Optuna.*pip install -r requirements-dev.txt"):
        run.search(small_dataset, split_of(small_dataset), SMALL, tmp_path / "search.json", quiet)


@pytest.mark.parametrize("values", [{"minutes": 0}, {"minutes": float("nan")}, {"trials": 0}, {"final_epochs": 0}])
def test_a_budget_is_something(values):
    with pytest.raises(ConfigError, match="expected"):
        Budget(**values)


class Forbidden:
    """A dataset whose test lakes may not be touched."""

    def __init__(self, dataset, forbidden):
        self.dataset, self.forbidden = dataset, set(forbidden)

    def __getattr__(self, name):
        return getattr(self.dataset, name)

    def lake(self, lake_id):
        assert lake_id not in self.forbidden
        return self.dataset.lake(lake_id)

    def pixels(self, ids):
        assert not self.forbidden & set(ids)
        return self.dataset.pixels(ids)

    def iter_lakes(self, ids):
        return map(self.lake, ids)


@pytest.fixture(scope="module")
def tiny():
    config = SegmenterConfig("fcn", "lakeseg", bands=BANDS, patch=16, prune=False, width=4, dilations=(1,), epochs=2)
    return Trial(3, "search", {}, config.to_json(), parameters(config)), config


def test_a_trial_reads_no_test_lake_and_scores_the_validation_lakes(small_dataset, tiny, monkeypatch):
    trial, config = tiny
    split = split_of(small_dataset)
    scored = []
    monkeypatch.setattr(trials, "pixel_scores", recording(trials.pixel_scores, scored))
    found = run_trial(trial, config, Forbidden(small_dataset, split.test), split, lambda *_: False, quiet)
    assert (found.state, len(found.f1), found.number) == (COMPLETE, 2, 3)
    assert all(0 < f1 <= 1 for f1 in found.f1)
    assert scored == [split.validation] * 2
    assert found.seconds > 0
    assert found.device


def recording(function, ids):
    def instead(segmenter, dataset, wanted):
        ids.append(tuple(wanted))
        return function(segmenter, dataset, wanted)

    return instead


def test_a_trial_that_is_poor_stops_and_one_that_breaks_down_says_why(small_dataset, tiny):
    trial, config = tiny
    split = split_of(small_dataset)
    stopped = run_trial(trial, config, small_dataset, split, lambda epoch, _f1: epoch == 1, quiet)
    assert (stopped.state, len(stopped.f1)) == (PRUNED, 1)
    broken = run_trial(trial, replace(config, learning_rate=1e30), small_dataset, split, lambda *_: False, quiet)
    assert broken.state == FAILED
    assert broken.reason
