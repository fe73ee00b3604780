from __future__ import annotations

import pytest

from lakeseg.data.splits import Split
from lakeseg.errors import ConfigError, ModelError
from lakeseg.study.experiments import FAIR, PAPER, PROGRAMMES, TABLE, is_of_the_study, programme
from lakeseg.study.published import table4, table6

BANDS = (1, 2, 3, 4, 5, 6, 7)


def test_every_experiment_has_a_name_of_its_own_and_settings_that_hold():
    assert len({row.name for row in TABLE}) == len(TABLE)
    for row in TABLE:
        assert row.config(BANDS, 3).seed == 3
        assert row.label


def test_every_cell_of_the_published_tables_is_run_five_times():
    names = {row.name: row for row in programme(PAPER).experiments}
    wanted = {f"fcn-paper-{row.patch}{rgb}" for row in table4() for rgb in ("", "-rgb")}
    wanted |= {f"{row.model}-paper-{row.patch}" for row in table6()} | {"logistic-pixels"}
    assert wanted == set(names)
    assert all(row.seeds >= 5 for row in names.values())
    for row in names.values():
        config = row.config(BANDS, 0)
        if config.is_network:
            assert is_of_the_study(config)
            assert (config.epochs, config.batch_size, config.learning_rate, config.prune) == (30, 16, 0.001, True)
            assert (config.loss, config.augment, config.schedule) == ("crossentropy", False, "constant")
    assert names["logistic-pixels"].pixels


def test_on_fair_terms_no_model_sees_pixels_of_test_lakes():
    assert not any(row.pixels for row in programme(FAIR).experiments)


def test_a_programme_can_be_narrowed():
    some = programme(FAIR).narrowed(["boosting"], 2)
    assert [row.name for row in some.experiments] == ["boosting"]
    assert some.seeds == 2
    assert programme("quick").narrowed([], None, 4).changes == {"epochs": 4, "precision": "float32"}
    assert programme(FAIR).narrowed([], None) == programme(FAIR)
    with pytest.raises(ConfigError, match=r"unknown experiment of this preset 'bosting'.*boosting"):
        programme(FAIR).narrowed(["bosting"], None)
    with pytest.raises(ConfigError, match="seeds 0"):
        programme(FAIR).narrowed([], 0)
    with pytest.raises(ConfigError, match="unknown preset of the study 'fare'"):
        programme("fare")


def test_a_quick_programme_takes_few_lakes_and_one_epoch():
    quick = PROGRAMMES["quick"]
    split = Split(tuple(f"t{n}" for n in range(100)), tuple("abcdefghijk"), tuple("lmnopqrstuv"), 0, "by hand")
    short = quick.shortened(split)
    assert [len(part) for part in (short.train, short.validation, short.test)] == [40, 8, 8]
    assert short.train == split.train[:40]
    assert "by hand" in short.rule
    assert quick.changes["epochs"] == 1
    assert programme(FAIR).shortened(split) is split
    assert programme(FAIR).changes == {}


def test_bands_that_are_missing_are_said():
    row = next(row for row in TABLE if row.name == "fcn-paper-8-rgb")
    with pytest.raises(ModelError, match="band"):
        row.config((1, 2), 0)
