import pytest

from lakeseg.errors import ConfigError
from lakeseg.segmenters.config import SegmenterConfig


def test_defaults_are_the_studys_settings():
    config = SegmenterConfig("fcn", "paper", patch=32)
    assert (config.epochs, config.batch_size, config.gap, config.prune) == (30, 16, 0, True)
    assert (config.schedule, config.keep, config.augment, config.classes) == ("constant", "last", False, (1, 2))


def test_json_round_trip():
    config = SegmenterConfig("unet", "lakeseg", bands=(1, 2, 6), patch=48, seed=7, third_class=True)
    assert SegmenterConfig.from_json(config.to_json()) == config
    assert config.to_json()["bands"] == [1, 2, 6]
    assert config.classes == (1, 2, 3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kind": "forest"}, "unknown kind of segmenter 'forest': expected one of naive, index"),
        (
            {"kind": "fcn", "variant": "best", "patch": 32},
            "unknown variant of fcn 'best': expected one of paper, lakeseg",
        ),
        ({"kind": "logistic", "bands": [2, 1]}, "bands .* ascending order"),
        ({"kind": "logistic", "bands": [8]}, "expected some of 1–7"),
        ({"kind": "fcn", "variant": "paper", "patch": 6}, "at least 7 px"),
        ({"kind": "unet", "variant": "paper", "patch": 8}, "multiples of 16"),
        ({"kind": "unet", "variant": "paper", "patch": 24}, "multiples of 16"),
        ({"kind": "naive", "epochs": 0}, "epochs 0: expected a whole number of at least 1"),
        ({"kind": "naive", "gap": -1}, "gap -1"),
        ({"kind": "naive", "learning_rate": 0.0}, "learning_rate 0.0: expected a number above 0"),
        ({"kind": "naive", "learning_rate": "fast"}, "learning_rate 'fast': expected a number"),
        ({"kind": "naive", "prune": 1}, "prune 1: expected true or false"),
        ({"kind": "naive", "seed": True}, "seed True: expected a whole number"),
        ({"kind": "naive", "schedule": "steep"}, "expected one of constant, cosine"),
        ({"kind": "naive", "colour": "red"}, "unknown setting 'colour'"),
        ({}, "no kind of segmenter"),
    ],
)
def test_bad_values_are_refused_in_one_line(values, message):
    with pytest.raises(ConfigError, match=message) as caught:
        SegmenterConfig.from_json(values)
    assert "\n" not in str(caught.value)
